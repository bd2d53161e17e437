//! What a rollout's speed depends on in a pod template.

use crate::input::kubernetes::hook::{Hook, hook};
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::kubernetes::placement::{Placement, PodNamespace};
use crate::input::kubernetes::requests::effective;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::quantity::{cpu_millis, memory_bytes};
use crate::input::tree::yaml::Node;
use crate::scenario::{Constraint, Preference, Probe, Probes};
use crate::time::SimDuration;

/// The parts of a pod template that are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodTemplate {
    pub(crate) probes: Probes,
    pub(crate) pre_stop: SimDuration,
    pub(crate) grace: SimDuration,
    /// CPU that the scheduler sets aside.
    pub(crate) cpu_millis: u64,
    /// Memory that the scheduler sets aside.
    pub(crate) memory_bytes: u64,
    /// No two of these pods fit on one node.
    pub(crate) one_per_node: bool,
    /// Where the pods may not go, beside that.
    pub(crate) constraints: Vec<Constraint>,
    /// Where they would rather not go.
    pub(crate) preferences: Vec<Preference>,
    /// They say nothing about topology, so that the scheduler's defaults hold.
    pub(crate) spread_by_default: bool,
    /// Nodes that take none of the pods but count as domains of a spread.
    pub(crate) counts_closed_nodes: bool,
    /// Which nodes take them.
    pub(crate) node_choice: NodeChoice,
    pub(crate) pull_policy: PullPolicy,
    /// What the forecast assumes where the template says nothing, in sentences that every answer repeats.
    pub(crate) assumed: Vec<String>,
    /// What is not modelled as written.
    pub(crate) notes: Vec<String>,
}

/// `imagePullPolicy`; of several containers' the one that asks the registry most counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PullPolicy {
    Never,
    #[default]
    IfNotPresent,
    Always,
}

impl PullPolicy {
    pub(crate) const NAMES: [&str; 3] = ["Never", "IfNotPresent", "Always"];

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Never, Self::IfNotPresent, Self::Always]
            .into_iter()
            .zip(Self::NAMES)
            .find(|(_, n)| *n == name)
            .map(|(p, _)| p)
    }
}

impl PodTemplate {
    /// Reads `spec.template.spec` with the API's defaults (`pkg/apis/core/v1/defaults.go`).
    pub(crate) fn read(spec: &Map<'_>, metadata: Option<Map<'_>>, home: PodNamespace<'_>) -> Result<Self, InputError> {
        let grace = match spec.get("terminationGracePeriodSeconds") {
            Some(node) => SimDuration::from_secs(node.integer(0, i32::MAX as u64)?),
            None => SimDuration::from_secs(30),
        };
        let mut template = Self { grace, ..Self::default() };
        let containers = maps(spec.list("containers")?)?;
        template.read_probes(&containers)?;
        containers.iter().try_for_each(|container| template.read_pre_stop(container))?;
        let host_network = spec.read("hostNetwork", Node::bool)?.unwrap_or(false);
        let sidecars = maps(spec.list("initContainers")?)?;
        let sidecars = sidecars.iter().filter(|container| text(container, "restartPolicy") == Some("Always"));
        for container in containers.iter().chain(sidecars) {
            template.one_per_node |= has_host_port(container, host_network)?;
        }
        template.cpu_millis = effective(spec, "cpu", cpu_millis)?;
        template.memory_bytes = effective(spec, "memory", memory_bytes)?;
        let labels = metadata.map(|metadata| metadata.map("labels")).transpose()?.flatten();
        let placement = Placement::read(spec, labels, home)?;
        template.one_per_node |= placement.one_per_node;
        template.constraints = placement.constraints;
        template.preferences = placement.preferences;
        template.spread_by_default = placement.spread_by_default;
        template.counts_closed_nodes = placement.counts_closed_nodes;
        template.assumed.extend(placement.assumed);
        template.node_choice = NodeChoice::read(spec)?;
        template.pull_policy = containers.iter().map(pull_policy).max().unwrap_or_default();
        if !spec.list("initContainers")?.is_empty() {
            template
                .assumed
                .push("init containers take no time of their own: their time belongs into pods.start".into());
        }
        Ok(template)
    }

    /// Of several containers the slowest to be found started and Ready counts, and the first to be given up.
    fn read_probes(&mut self, containers: &[Map<'_>]) -> Result<(), InputError> {
        let all = |key: &str| {
            let probes = containers.iter().filter_map(|container| container.map(key).transpose());
            probes.map(|map| probe(&map?)).collect::<Result<Vec<_>, InputError>>()
        };
        let (startup, readiness, liveness) = (all("startupProbe")?, all("readinessProbe")?, all("livenessProbe")?);
        if [&startup, &readiness, &liveness].iter().any(|probes| probes.len() > 1) {
            self.notes.push(
                "several containers have probes: the slowest of each kind counts, of liveness probes the strictest"
                    .into(),
            );
        }
        let slow = |probe: &Probe| (probe.initial_delay + probe.period, probe.period);
        let patience = |probe: &Probe| probe.initial_delay + probe.period.times(u64::from(probe.failure_threshold));
        self.probes = Probes {
            startup: startup.into_iter().max_by_key(slow),
            readiness: readiness.into_iter().max_by_key(slow),
            liveness: liveness.into_iter().min_by_key(patience),
        };
        Ok(())
    }

    fn read_pre_stop(&mut self, container: &Map<'_>) -> Result<(), InputError> {
        let lifecycle = container.map("lifecycle")?;
        let Some(own) = lifecycle.map(|map| map.map("preStop")).transpose()?.flatten() else { return Ok(()) };
        let read = match (own.map("sleep")?, own.map("exec")?) {
            (Some(sleep), _) => {
                let seconds = sleep.require("seconds")?.integer(0, i32::MAX as u64)?;
                Hook { least: SimDuration::from_secs(seconds), known: true }
            }
            (None, Some(exec)) => hook(&exec.list("command")?.iter().map(Node::text).collect::<Result<Vec<_>, _>>()?),
            (None, None) => Hook::default(),
        };
        self.pre_stop = self.pre_stop.max(read.least);
        let advice = "write its length with --set pods.preStop=30s";
        match read {
            Hook { known: true, .. } => {}
            Hook { least: SimDuration::ZERO, .. } => {
                self.assumed.push(format!("preStop: the hook's length is not known, counted as 0: {advice}"));
            }
            Hook { least, .. } => self.assumed.push(format!(
                "preStop: the hook takes at least {} s, which is counted; what else it does is not known: {advice}",
                least.as_secs_f64()
            )),
        }
        Ok(())
    }
}

/// `imagePullPolicy` of a container; by default that of its image's tag.
fn pull_policy(container: &Map<'_>) -> PullPolicy {
    let written = text(container, "imagePullPolicy").and_then(PullPolicy::named);
    let image = text(container, "image").unwrap_or("image:1");
    let name = image.rsplit('/').next().unwrap_or(image);
    let latest = !name.contains('@') && name.split_once(':').is_none_or(|(_, tag)| tag == "latest");
    written.unwrap_or(if latest { PullPolicy::Always } else { PullPolicy::IfNotPresent })
}

/// A probe with the API's defaults, which also stand for 0.
fn probe(map: &Map<'_>) -> Result<Probe, InputError> {
    let number = |key: &str, default: u64| {
        let written = map.get(key).map(|node| node.integer(0, i32::MAX as u64)).transpose()?;
        Ok::<u64, InputError>(written.filter(|number| *number > 0).unwrap_or(default))
    };
    let count = |key: &str, default: u64| number(key, default).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    Ok(Probe {
        initial_delay: SimDuration::from_secs(number("initialDelaySeconds", 0)?),
        period: SimDuration::from_secs(number("periodSeconds", 10)?),
        success_threshold: count("successThreshold", 1)?,
        failure_threshold: count("failureThreshold", 3)?,
    })
}

/// Whether a container asks for a port of the node. On the host's network the API server makes each of its ports one
/// (`pkg/apis/core/v1/defaults.go: defaultHostNetworkPorts`).
fn has_host_port(container: &Map<'_>, host_network: bool) -> Result<bool, InputError> {
    let ports = maps(container.list("ports")?)?;
    Ok(ports.iter().any(|port| host_network || text(port, "hostPort").is_some_and(|port| port != "0")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    fn template(spec: &str) -> PodTemplate {
        let (spec, metadata) = (node(spec), node("labels: {app: web, tier: front}"));
        let home = PodNamespace { name: "default", object: None };
        PodTemplate::read(&spec.map().unwrap(), Some(metadata.map().unwrap()), home).unwrap()
    }

    fn probe(delay: u64, period: u64, success: u32, failure: u32) -> Option<Probe> {
        Some(Probe {
            initial_delay: SimDuration::from_secs(delay),
            period: SimDuration::from_secs(period),
            success_threshold: success,
            failure_threshold: failure,
        })
    }

    #[test]
    fn probes_and_their_defaults() {
        let of = |startup, readiness, liveness| Probes { startup, readiness, liveness };
        let cases = [
            ("{}", of(None, None, None)),
            ("{readinessProbe: {httpGet: {path: /}}}", of(None, probe(0, 10, 1, 3), None)),
            (
                "{readinessProbe: {periodSeconds: 0, initialDelaySeconds: 4, failureThreshold: 2}}",
                of(None, probe(4, 10, 1, 2), None),
            ),
            ("{startupProbe: {periodSeconds: 2, failureThreshold: 30}}", of(probe(0, 2, 1, 30), None, None)),
            (
                "{startupProbe: {periodSeconds: 2}, readinessProbe: {successThreshold: 2}, livenessProbe: {}}",
                of(probe(0, 2, 1, 3), probe(0, 10, 2, 3), probe(0, 10, 1, 3)),
            ),
        ];
        for (container, expected) in cases {
            assert_eq!(template(&format!("containers: [{container}]")).probes, expected, "{container}");
        }
        let two = "containers: [{readinessProbe: {periodSeconds: 5}}, {readinessProbe: {periodSeconds: 2}}]";
        assert_eq!(template(two).probes.readiness, probe(0, 5, 1, 3));
        let liveness = "containers: [{livenessProbe: {periodSeconds: 5}}, {livenessProbe: {periodSeconds: 2}}]";
        assert_eq!(template(liveness).probes.liveness, probe(0, 2, 1, 3));
    }

    #[test]
    fn pre_stop_hooks() {
        let cases = [
            ("sleep: {seconds: 7}", 7.0, ""),
            ("exec: {command: [sleep, \"5\"]}", 5.0, ""),
            ("exec: {command: [/bin/sleep, 5]}", 5.0, ""),
            ("exec: {command: [/bin/sh, -c, sleep 2.5 && nginx -s quit]}", 2.5, "takes at least 2.5 s"),
            ("exec: {command: [/bin/sh, -c, sleep 5; nginx -s quit; sleep 25]}", 30.0, "takes at least 30 s"),
            ("exec: {command: [/wait-shutdown]}", 0.0, "counted as 0"),
            ("httpGet: {path: /}", 0.0, "counted as 0"),
        ];
        for (hook, seconds, message) in cases {
            let read = template(&format!("containers: [{{lifecycle: {{preStop: {{{hook}}}}}}}]"));
            assert_eq!(read.pre_stop, SimDuration::from_secs_f64(seconds), "{hook}");
            assert_eq!(read.assumed.is_empty(), message.is_empty(), "{hook}");
            assert!(read.assumed.iter().all(|one| one.contains(message)), "{hook}: {:?}", read.assumed);
        }
    }

    #[test]
    fn a_port_of_the_host_leaves_room_for_one_pod() {
        assert!(template("containers: [{ports: [{hostPort: 80}]}]").one_per_node);
        assert!(!template("containers: [{ports: [{containerPort: 80}]}]").one_per_node);
        assert!(template("{hostNetwork: true, containers: [{ports: [{containerPort: 80}]}]}").one_per_node);
        assert!(!template("{hostNetwork: true, containers: [{}]}").one_per_node);
        let init = |rest: &str| format!("initContainers: [{{ports: [{{hostPort: 80}}]{rest}}}]");
        assert!(template(&init(", restartPolicy: Always")).one_per_node);
        assert!(!template(&init("")).one_per_node);
    }

    #[test]
    fn pull_policies_and_their_defaults() {
        use PullPolicy::{Always, IfNotPresent, Never};
        let cases = [
            ("{image: \"nginx:1.27\"}", IfNotPresent),
            ("{image: nginx}", Always),
            ("{image: \"nginx:latest\"}", Always),
            ("{image: \"registry.example:5000/team/nginx\"}", Always),
            ("{image: \"nginx@sha256:0a1b\"}", IfNotPresent),
            ("{image: nginx, imagePullPolicy: IfNotPresent}", IfNotPresent),
            ("{image: \"nginx:1\", imagePullPolicy: Never}", Never),
            ("{}", IfNotPresent),
        ];
        for (container, policy) in cases {
            assert_eq!(template(&format!("containers: [{container}]")).pull_policy, policy, "{container}");
        }
        let both = "containers: [{image: \"a:1\"}, {image: b}]";
        assert_eq!(template(both).pull_policy, Always);
    }

    #[test]
    fn grace() {
        assert_eq!(template("containers: []").grace, SimDuration::from_secs(30));
        assert_eq!(template("terminationGracePeriodSeconds: 5").grace, SimDuration::from_secs(5));
    }
}
