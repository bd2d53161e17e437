//! Every default of the world, in one table that the code itself reads: what stands here is what runs.
//!
//! The defaults of Deployment and probe fields are the Kubernetes API's own and stand beside their readers.

use std::rc::Rc;

use crate::input::tree::error::InputError;
use crate::input::tree::quantity::seconds;
use crate::input::tree::yaml::{Node, Source, documents};

/// One default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Default {
    /// Path of the field in an experiment; those in brackets are parts of a rule and cannot be set.
    pub field: &'static str,
    /// Its value, as it would be written.
    pub value: &'static str,
    /// Where the value comes from.
    pub source: &'static str,
}

const fn row(field: &'static str, value: &'static str, source: &'static str) -> Default {
    Default { field, value, source }
}

const OPT_IN: &str = "Chosen: off. Published change-fail rates (DORA) are about releases, not pods: opt in";
const KUBERNETES: &str = "Kubernetes default";

/// Every default, in the order of the experiment file.
pub const TABLE: &[Default] = &[
    row(
        "pods.start",
        "lognormal: {median: 2s, sigma: 0.35}",
        "p50 2.0 s, p99 4.5 s: between kubemark (p50 1.2 s) and AKS (4.1 s), within the Kubernetes pod start-up SLO (p99 5 s)",
    ),
    row(
        "pods.warmUp",
        "lognormal: {median: 5s, sigma: 0.67}",
        "14 published Spring Boot start-up lines, geometric mean 4.9 s; waited for only with a readiness or startup probe, and shortened where a startup or liveness probe would give up",
    ),
    row("pods.imageSize", "150MB", "Chosen; compressed size"),
    row(
        "[pull: fixed part]",
        "400ms",
        "Published kubelet events for images already present (0.2–0.4 s) and small in-region pulls (0.6 s)",
    ),
    row(
        "pods.registryThroughput",
        "40MB",
        "Chosen between published public-registry pulls (median 11 MB/s) and in-region ones (96–182 MB/s)",
    ),
    row("[pull: sigma]", "0.7", "Chosen: p10 16 MB/s, p90 98 MB/s"),
    row("pods.pullFailure", "0", OPT_IN),
    row(
        "pods.pullPolicy",
        "IfNotPresent",
        "Kubernetes default; Always where an image has the tag latest or none, or as the manifest says",
    ),
    row(
        "pods.pullCheck",
        "300ms",
        "Published kubelet events for images already present (0.2–0.4 s); waited for only with pullPolicy Always",
    ),
    row("pods.old.cached", "100%", "The old version's pods are running when the rollout starts"),
    row("pods.new.cached", "0%", "A new image has not been pulled by any node"),
    row(
        "pods.termination",
        "lognormal: {median: 2s, sigma: 0.8}",
        "nginx stops in about 1 s, a Go service with draining in 5 s; cut at terminationGracePeriodSeconds",
    ),
    row(
        "pods.crowding",
        "0",
        "Chosen: off: no published figure was found. Measure it: start one pod on a node, then several at once",
    ),
    row("pods.crash", "0.2%", "Chosen: no published share of service pods that fail to start was found"),
    row("pods.crashAfter", "5s", "Chosen: the median warm-up"),
    row("pods.neverReady", "0", OPT_IN),
    row("pods.flap", "0", OPT_IN),
    row("pods.flapAfter", "exponential: {mean: 1m}", "Chosen; used only with pods.flap"),
    row("pods.flapFor", "lognormal: {median: 10s, sigma: 0.7}", "Chosen; used only with pods.flap"),
    row("pods.badVersion", "0", OPT_IN),
    row("cluster.zones", "3", "Chosen: zones of a usual cloud region"),
    row("[cluster.nodes: least]", "3", "Chosen: one node in each zone"),
    row(
        "[cluster.nodes: room for replicas]",
        "2",
        "Chosen: nodes for twice the replicas, so that maxSurge 100% fits and capacity binds only where you say so",
    ),
    row(
        "cluster.allocatable.cpu",
        "4",
        "Chosen: a usual cloud node; room for two pods where one asks for more than it has",
    ),
    row(
        "cluster.allocatable.memory",
        "16Gi",
        "Chosen: a usual cloud node; room for two pods where one asks for more than it has",
    ),
    row("cluster.allocatable.pods", "110", "Kubernetes default (kubelet maxPods)"),
    row("cluster.used.cpu", "0", "Chosen: nothing else runs there"),
    row("cluster.used.memory", "0", "Chosen: nothing else runs there"),
    row("cluster.used.pods", "0", "Chosen: nothing else runs there"),
    row("cluster.quota", "none", "Chosen: off. ResourceQuota objects beside the Deployment count"),
    row("cluster.maxParallelImagePulls", "1", "Kubernetes default (kubelet serializeImagePulls)"),
    row("cluster.slowNodes", "none", "Chosen: off: opt in, such as {share: 10%, factor: 3}"),
    row("cluster.badNodes", "0", "Chosen: off: opt in"),
    row("cluster.lowerPriority", "none", "Chosen: off: opt in, such as {pods: 2}"),
    row(
        "cluster.lowerPriority.termination",
        "lognormal: {median: 2s, sigma: 0.8}",
        "As pods.termination; a placeholder pod stops at once: write 0s",
    ),
    row(
        "cluster.defaultSpread",
        "system",
        "Kubernetes default (PodTopologySpread defaultingType); for pods without spread constraints",
    ),
    row("cluster.autoscaler", "none", "Chosen: off: opt in with maxNodes"),
    row("cluster.autoscaler.scanInterval", "10s", "Cluster autoscaler default (--scan-interval)"),
    row(
        "cluster.autoscaler.provisioning",
        "lognormal: {median: 72s, sigma: 0.25}",
        "AKS, asked for to Ready: 72 s (two published observations); 60 s with Karpenter, 3-4 min on GCE by the FAQ",
    ),
    row("cluster.upgrade", "none", "Chosen: off: opt in"),
    row("cluster.upgrade.start", "0s", "Chosen: the upgrade and the rollout start together"),
    row(
        "cluster.upgrade.atOnce",
        "1",
        "Chosen: node after node, as managed node pools upgrade by default (maxSurge 1)",
    ),
    row("cluster.upgrade.takes", "3m", "Chosen: a new machine boots and joins"),
    row("cluster.disruptionBudget", "none", "Chosen: off. The PodDisruptionBudget beside the Deployment counts"),
    row("cluster.loss", "none", "Chosen: off. About one loss per machine in two years (Google 2007): opt in"),
    row(
        "cluster.loss.detection",
        "uniform: {low: 40s, high: 60s}",
        "node-monitor-grace-period 40–50 s, heartbeats each 10 s (Kubernetes defaults)",
    ),
    row("cluster.loss.toleration", "300s", "Kubernetes default (DefaultTolerationSeconds)"),
    row("cluster.loss.recovery", "never", "Chosen: not within a rollout"),
    row("controlPlane.apiLatency", "5ms", "perf-tests: pods POST p50 1.6 ms, p99 15.8 ms"),
    row("controlPlane.watchLatency", "10ms", "Chosen; not published apart from whole start-up times"),
    row("controlPlane.scheduling", "2ms", "scheduler_perf: 500–800 pods/s at 5000 nodes"),
    row("controlPlane.fleet", "1", "Chosen: this Deployment rolls alone"),
    row(
        "controlPlane.endpointPropagation",
        "lognormal: {median: 500ms, sigma: 0.8}",
        "Chosen to fit a published lab without preStop: requests lost 0.2 to 5.3 s after pods were told to go",
    ),
    row("controlPlane.controllerQps", "20", "Kubernetes default (kube-controller-manager --kube-api-qps)"),
    row("controlPlane.controllerBurst", "30", "Kubernetes default (kube-controller-manager --kube-api-burst)"),
    row("controlPlane.schedulerQps", "50", "Kubernetes default (kube-scheduler clientConnection)"),
    row("controlPlane.schedulerBurst", "100", "Kubernetes default (kube-scheduler clientConnection)"),
    row("controlPlane.nodeEvictionRate", "0.1", KUBERNETES),
    row("traffic", "none", "Chosen: off: opt in with rate and capacity"),
    row("traffic.warmUp", "none", "Chosen: a pod that is Ready has its full capacity"),
    row(
        "traffic.onSigterm",
        "stop",
        "The same lab: requests are lost without preStop and none with it, so the server stops accepting at SIGTERM",
    ),
    row("traffic.loadBalancer", "none", "Chosen: kube-proxy sends requests to the pods"),
    row("traffic.loadBalancer.registration", "10s", "Chosen: two health checks, 5 s apart; not published"),
    row("traffic.loadBalancer.deregistration", "5s", "Chosen: the least of the usual 5 to 30 s; not published"),
    row("traffic.cpuAtCapacity", "100%", "Chosen: pods that ask for the CPU that their capacity takes"),
    row(
        "horizontalPodAutoscaler",
        "none",
        "Chosen: off. The HorizontalPodAutoscaler beside the Deployment counts where there is traffic",
    ),
    row("horizontalPodAutoscaler.minReplicas", "1", "Kubernetes default (autoscaling/v2)"),
    row("horizontalPodAutoscaler.targetCPUUtilizationPercentage", "80", "Kubernetes default (DefaultCPUUtilization)"),
    row(
        "proposals.podReplacementPolicy",
        "none",
        "Off: a proposal (KEP-5882), no field of Kubernetes 1.36. TerminationStarted or TerminationComplete: opt in",
    ),
    row("objectives.availability", "90%", "Chosen: a usual floor, and no objective of its own unless written"),
    row("replications", "1000", "Chosen: a rate of 1 % is then known to ±0.6 %"),
    row("seed", "1", "Chosen: fixed, so that the same input gives the same output"),
    row("horizon", "1h", "Chosen: six times the default progressDeadlineSeconds"),
];

/// The table, read.
pub(crate) struct Defaults {
    nodes: Vec<(&'static str, Node)>,
    nothing: Node,
}

impl Defaults {
    /// Reads the table.
    pub(crate) fn read() -> Result<Self, InputError> {
        let mut nodes = Vec::new();
        for default in TABLE {
            nodes.push((default.field, parse(default.value)?));
        }
        Ok(Self { nodes, nothing: parse("none")? })
    }

    /// The default of a field.
    pub(crate) fn get(&self, field: &str) -> &Node {
        self.nodes.iter().find(|(name, _)| *name == field).map_or(&self.nothing, |(_, node)| node)
    }

    /// Seconds that pulling `bytes` takes at `per_second` bytes: the fixed part, the median of the rest, and its sigma.
    pub(crate) fn pull(&self, bytes: u64, per_second: u64) -> Result<(f64, f64, f64), InputError> {
        let fixed = seconds(self.get("[pull: fixed part]"))?;
        Ok((fixed, bytes as f64 / per_second as f64, self.get("[pull: sigma]").number()?))
    }
}

fn parse(text: &str) -> Result<Node, InputError> {
    let source = Rc::new(Source { name: "defaults".into(), text: text.into() });
    documents(&source)?.into_iter().next().ok_or_else(|| InputError::new("a default is empty"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_field_stands_once_with_a_source() {
        let fields: BTreeSet<&str> = TABLE.iter().map(|default| default.field).collect();
        assert_eq!(fields.len(), TABLE.len());
        assert!(TABLE.iter().all(|default| !default.source.is_empty()));
    }

    #[test]
    fn pulls_scale_with_the_image() {
        let (fixed, median, sigma) = Defaults::read().unwrap().pull(150_000_000, 40_000_000).unwrap();
        assert_eq!((fixed, median, sigma), (0.4, 3.75, 0.7));
    }
}
