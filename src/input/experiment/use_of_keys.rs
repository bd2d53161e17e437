//! Which keys count in a scenario: what an autoscaler takes, for example, counts only where there is one.

use crate::distribution::Distribution;
use crate::input::experiment::deployment::Workload;
use crate::input::experiment::version::{DETECTION, OLDER_DETECTION};
use crate::input::keys::defaults::{Default, TABLE};
use crate::input::kubernetes::pod_template::PullPolicy;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Value;
use crate::k8s::version::Feature;
use crate::scenario::{InitContainer, NEW_TEMPLATE, PodModel, Scenario};

const ENOUGH_NODES: &str = "Chosen: nodes for twice the replicas, and at least one in each zone";

/// What decides which keys count in a scenario.
pub(super) struct Use<'a> {
    scenario: &'a Scenario,
    workload: &'a Workload,
    map: Map<'a>,
    /// The experiment writes the nodes.
    own_nodes: bool,
}

impl<'a> Use<'a> {
    /// `map`: the whole experiment.
    pub(super) fn new(scenario: &'a Scenario, workload: &'a Workload, map: Map<'a>, own_nodes: bool) -> Self {
        Self { scenario, workload, map, own_nodes }
    }

    /// The file with the objects of the Deployment.
    pub(super) fn manifest(&self) -> Option<&'a str> {
        let node = self.map.get("deployment").or(self.map.get("statefulSet")).or(self.map.get("daemonSet"))?;
        match &node.value {
            Value::Map(_) => node.map().ok()?.get("manifest")?.text().ok(),
            _ => node.text().ok(),
        }
    }

    /// Whether a key that is written counts.
    pub(super) fn counts_written(&self, path: &str) -> bool {
        !(path.starts_with("horizontalPodAutoscaler.") && self.scenario.horizontal_autoscaler.is_none())
    }

    /// Whether the default of a key counts where it is not written.
    pub(super) fn counts_by_default(&self, path: &str) -> bool {
        let scenario = self.scenario;
        match path {
            "event" | "horizon" => true,
            "cluster.zones" => self.machines() == 0,
            "controlPlane.endpointPropagation" => scenario.traffic.is_some(),
            // They matter only among several workloads, and one of these is read as it is alone.
            "controlPlane.concurrentDeploymentSyncs" | "controlPlane.concurrentReplicaSetSyncs" => false,
            "controlPlane.nodeEvictionRate" => scenario.cluster.loss.is_some(),
            "cluster.defaultSpread" => self.model().is_some_and(|model| model.constraints.is_empty()),
            "cluster.quota" => scenario.cluster.pod_quota.is_none(),
            "cluster.disruptionBudget" => scenario.cluster.disruption_budget.is_none(),
            "horizontalPodAutoscaler" => scenario.horizontal_autoscaler.is_none(),
            _ => match path.split('.').next() {
                Some("pods" | "[pull: fixed part]" | "[pull: sigma]") => self.counts_of_pods(path),
                Some("cluster") => self.counts_of_cluster(path),
                Some("traffic") => path == "traffic" || scenario.traffic.is_some(),
                Some("horizontalPodAutoscaler") => scenario.horizontal_autoscaler.is_some(),
                Some("controlPlane" | "proposals") => true,
                // The rule for the number of nodes is said with the number.
                _ => false,
            },
        }
    }

    fn counts_of_pods(&self, path: &str) -> bool {
        let models = || self.scenario.pods.iter();
        let any = |share: fn(&PodModel) -> f64| models().any(|model| share(model) > 0.0);
        let Some(model) = self.model() else { return false };
        let containers = || model.init_containers.iter();
        let waits = model.probes.readiness.is_some() || model.probes.startup.is_some();
        match path.strip_prefix("pods.").unwrap_or(path) {
            "warmUp" => waits,
            "crashAfter" => any(|model| model.crash),
            "flapAfter" | "flapFor" => any(|model| model.flap),
            "evictedAfter" => any(|model| model.evicted),
            "leaseDuration" | "leaseRetryPeriod" => models().any(|model| model.leader.is_some()),
            "pullCheck" => models().any(|model| model.pull_check.is_some()),
            "initContainers" => containers().any(|one| matches!(one, InitContainer::Plain { .. })),
            "sidecarStart" | "sidecarWarmUp" | "sidecarTermination" => {
                containers().any(|one| matches!(one, InitContainer::Sidecar(_)))
            }
            "imageSize" | "registryThroughput" | "[pull: fixed part]" | "[pull: sigma]" => self.pulls_by_size(),
            "pullPolicy" => false,
            _ => true,
        }
    }

    /// Whether the time of a pull follows from the size of the image.
    fn pulls_by_size(&self) -> bool {
        let pods = self.map.map("pods").ok().flatten();
        let new = pods.and_then(|pods| pods.map("new").ok().flatten());
        let written = |key: &str| [new, pods].into_iter().flatten().any(|map| map.get(key).is_some());
        let size_first = new.is_some_and(|new| new.get("imageSize").is_some());
        let never = self.workload.template.pull_policy == PullPolicy::Never && !written("pullPolicy");
        (size_first || !written("pull")) && !never && self.model().is_some_and(|model| model.cached < 1.0)
    }

    fn counts_of_cluster(&self, path: &str) -> bool {
        let cluster = &self.scenario.cluster;
        let inside = |map: &str| path.strip_prefix("cluster.").is_some_and(|rest| rest.starts_with(map));
        if inside("allocatable.") || inside("used.") {
            return self.machines() == 0 && !self.is_in_every_pool(path);
        }
        if inside("autoscaler.scaleDown.") {
            return cluster.autoscaler.as_ref().is_some_and(|autoscaler| autoscaler.scale_down.is_some());
        }
        let parts = [
            ("autoscaler.", cluster.autoscaler.is_some()),
            ("loss.", cluster.loss.is_some()),
            ("upgrade.", cluster.upgrade.is_some()),
            ("lowerPriority.", cluster.lower_priority.is_some()),
            ("volumes.", self.scenario.pods.iter().any(PodModel::uses_volumes)),
        ];
        parts.iter().find(|(map, _)| inside(map)).is_none_or(|(_, there)| *there)
    }

    /// Whether every pool of nodes has an amount of its own.
    fn is_in_every_pool(&self, path: &str) -> bool {
        let mut parts = path.split('.').skip(1);
        let (Some(map), Some(resource)) = (parts.next(), parts.next()) else { return false };
        let nodes = self.map.map("cluster").ok().flatten().and_then(|cluster| cluster.get("nodes"));
        let Some(pools) = nodes.and_then(|nodes| nodes.list().ok()) else { return false };
        pools.iter().all(|pool| {
            let amounts = pool.map().ok().and_then(|pool| pool.map(map).ok().flatten());
            amounts.is_some_and(|amounts| amounts.get(resource).is_some())
        })
    }

    /// The default warm-up where the template's own probes make it shorter.
    pub(super) fn shortened(&self, path: &str) -> Option<&'a Distribution> {
        (path == "pods.warmUp")
            .then(|| self.scenario.pods.get(NEW_TEMPLATE as usize))
            .flatten()
            .map(|model| &model.warm_up)
    }

    /// The row of a rule that counts in place of the default of a key, because the cluster is older.
    pub(super) fn of_older_version(&self, path: &str) -> Option<&'static Default> {
        let older = path == DETECTION && !self.workload.version.kubernetes.has(Feature::LongerNodeMonitorGrace);
        older.then(|| TABLE.iter().find(|row| row.field == OLDER_DETECTION)).flatten()
    }

    /// What was read from objects of the cluster beside the Deployment: key, and what there is.
    pub(super) fn read_from_objects(&self) -> Vec<(&'static str, String)> {
        let written =
            |key: &str| self.map.map("cluster").ok().flatten().is_some_and(|cluster| cluster.get(key).is_some());
        let (cluster, workload) = (&self.scenario.cluster, self.workload);
        let mut found = Vec::new();
        if workload.version.is_read {
            found.push(("kubernetes", workload.version.kubernetes.version().to_string()));
        }
        if self.machines() > 0 {
            let pods = workload.neighbours.len() + workload.found_on.len();
            let with_pods = if pods > 0 { format!(" with {pods} pods on them") } else { String::new() };
            found.push(("cluster.nodes", format!("{} Node objects{with_pods}", self.machines())));
        }
        if cluster.pod_quota.is_some() && !written("quota") {
            found.push(("cluster.quota", "ResourceQuota objects".into()));
        }
        if cluster.disruption_budget.is_some() && !written("disruptionBudget") {
            found.push(("cluster.disruptionBudget", "PodDisruptionBudget object".into()));
        }
        if self.scenario.horizontal_autoscaler.is_some() && self.map.get("horizontalPodAutoscaler").is_none() {
            found.push(("horizontalPodAutoscaler", "HorizontalPodAutoscaler object".into()));
        }
        found
    }

    /// The number of nodes where neither the experiment nor an object says it, with the rule.
    pub(super) fn nodes_by_rule(&self) -> Option<(usize, &'static str)> {
        let by_rule = !self.own_nodes && self.machines() == 0;
        by_rule.then(|| (self.scenario.cluster.nodes_at_start(), ENOUGH_NODES))
    }

    /// The number of Node objects that count.
    fn machines(&self) -> usize {
        if self.own_nodes { 0 } else { self.workload.machines.len() }
    }

    /// The version that is rolled out.
    fn model(&self) -> Option<&'a PodModel> {
        self.scenario.pods.get(NEW_TEMPLATE as usize)
    }
}
