//! What a rollout's speed depends on in a pod template.

use crate::input::kubernetes::amounts::Amounts;
use crate::input::kubernetes::hook::{Hook, handler};
use crate::input::kubernetes::host_ports::{HostPort, clash};
use crate::input::kubernetes::init_containers::{WrittenInitContainer, init_containers};
use crate::input::kubernetes::injection::proxies;
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::kubernetes::placement::{Placement, PodNamespace};
use crate::input::kubernetes::probe::probe;
use crate::input::kubernetes::requests::PodResources;
use crate::input::kubernetes::volumes::PodVolumes;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::scenario::{Probe, Probes};
use crate::time::SimDuration;

/// The parts of a pod template that are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PodTemplate {
    pub(crate) probes: Probes,
    pub(crate) pre_stop: SimDuration,
    pub(crate) grace: SimDuration,
    /// What the parts of a pod ask for.
    pub(crate) resources: PodResources,
    /// What the scheduler sets aside for a pod.
    pub(crate) requests: Amounts,
    /// No two of these pods fit on one node.
    pub(crate) one_per_node: bool,
    /// They have scheduling gates.
    pub(crate) gated: bool,
    /// Ports of the node that they ask for.
    pub(crate) host_ports: Vec<HostPort>,
    /// Where the pods may not go beside that, and where they would rather not go.
    pub(crate) placement: Placement,
    /// Which nodes take them.
    pub(crate) node_choice: NodeChoice,
    pub(crate) pull_policy: PullPolicy,
    /// The persistent volumes that they use.
    pub(crate) volumes: PodVolumes,
    /// What runs before the containers or beside them.
    pub(crate) init_containers: Vec<WrittenInitContainer>,
    /// How long the postStart hooks take at least, one after the other.
    pub(crate) post_start: SimDuration,
    /// What the forecast assumes of hooks, each with the key of `pods` that says it in its place.
    pub(crate) hook_doubts: Vec<(&'static str, String)>,
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
        containers.iter().try_for_each(|container| template.read_hooks(container))?;
        template.assumed = template.hook_doubts.iter().map(|(_, sentence)| sentence.clone()).collect();
        template.init_containers = init_containers(spec)?;
        let ports = HostPort::of(spec)?;
        template.one_per_node = clash(&ports, &ports);
        template.host_ports = ports;
        template.gated = !spec.list("schedulingGates")?.is_empty();
        let mut resources = PodResources::as_written(spec)?;
        for (proxy, sentence) in proxies(metadata, &home)? {
            resources.containers.push(proxy);
            template.assumed.extend(sentence);
        }
        template.resources = resources.with_defaults();
        template.requests = template.resources.requests();
        let labels = metadata.map(|metadata| metadata.map("labels")).transpose()?.flatten();
        let placement = Placement::read(spec, labels, home)?;
        template.one_per_node |= placement.one_per_node;
        template.assumed.extend(placement.assumed.iter().cloned());
        template.placement = placement;
        template.node_choice = NodeChoice::read(spec)?;
        template.pull_policy = containers.iter().map(pull_policy).max().unwrap_or_default();
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

    /// The kubelet runs the postStart hooks of several containers one after the other, and the preStop hooks at once.
    fn read_hooks(&mut self, container: &Map<'_>) -> Result<(), InputError> {
        if let Some(read) = handler(container, "postStart")? {
            self.post_start += read.least;
            self.doubt("postStart", read);
        }
        if let Some(read) = handler(container, "preStop")? {
            self.pre_stop = self.pre_stop.max(read.least);
            self.doubt("preStop", read);
        }
        Ok(())
    }

    fn doubt(&mut self, hook: &'static str, read: Hook) {
        let advice = if hook == "preStop" {
            "write its length with --set pods.preStop=30s"
        } else {
            "write its length with --set pods.postStart=5s"
        };
        let sentence = match read {
            Hook { known: true, .. } => return,
            Hook { least: SimDuration::ZERO, .. } => {
                format!("{hook}: the hook's length is not known, counted as 0: {advice}")
            }
            Hook { least, .. } => format!(
                "{hook}: the hook takes at least {} s, which is counted; what else it does is not known: {advice}",
                least.as_secs_f64()
            ),
        };
        self.hook_doubts.push((hook, sentence));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::kubernetes::namespaces::Namespaces;
    use crate::input::tree::yaml::node;

    fn template(spec: &str) -> PodTemplate {
        let (spec, metadata) = (node(spec), node("labels: {app: web, tier: front}"));
        let home = PodNamespace { name: "default", all: &Namespaces::default() };
        PodTemplate::read(&spec.map().unwrap(), Some(metadata.map().unwrap()), home).unwrap()
    }

    fn probe(delay: u64, period: u64, success: u32, failure: u32) -> Option<Probe> {
        Some(Probe {
            initial_delay: SimDuration::from_secs(delay),
            period: SimDuration::from_secs(period),
            success_threshold: success,
            failure_threshold: failure,
            grace: None,
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
