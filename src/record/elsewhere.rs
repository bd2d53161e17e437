//! What is remembered of nodes and of other workloads' pods, of which streams have many lines that tell nothing new: the last state of each
//! pod that is there, each change of a node, and of all other lines at most one for each instant, because stamps tell the time.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::seen::Printed;
use super::sighting::{Happening, Of, Sighting};
use super::source::text_at;

/// What is remembered of all files that were read.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// What comes later than this is left out.
    until: Option<i64>,
    /// By a number that stands for the pod's namespace and name.
    pods: BTreeMap<u64, PodState>,
    nodes: BTreeMap<String, (bool, Value)>,
    /// The line that is kept for its stamp: no later one with a stamp up to that is.
    clock: Option<(u64, i64)>,
}

/// The last state of somebody else's pod, and its version; of one that is gone nothing but that.
#[derive(Debug)]
struct PodState {
    version: u64,
    pod: Option<Box<Value>>,
}

impl Memory {
    pub(super) fn until(until: Option<i64>) -> Self {
        Self { until, ..Self::default() }
    }

    /// Takes a line, and gives back what has to be kept of it. A pod of a workload that is recorded too is nobody else's.
    pub(super) fn take(&mut self, mut line: Printed, is_recorded_too: bool) -> Option<Printed> {
        match line.of {
            Of::OtherPod => {
                if !is_recorded_too {
                    self.take_pod(&line);
                }
                self.tells_time(&line).then(|| line.clock())
            }
            Of::Node => {
                line.object = node(&line.object);
                if !line.gone && !self.is_news(&line.name, (false, &line.object)) {
                    return self.tells_time(&line).then(|| line.clock());
                }
                if line.gone {
                    self.nodes.remove(&line.name);
                }
                Some(line)
            }
            _ => Some(line),
        }
    }

    /// Whether a line of an audit log says something new.
    pub(super) fn wants(&mut self, line: &mut Sighting) -> bool {
        if line.of != Of::Node {
            return true;
        }
        match line.what {
            Happening::Patched => {
                line.patch = node(&line.patch);
                self.is_news(&line.name, (true, &line.patch))
            }
            Happening::Gone => {
                self.nodes.remove(&line.name);
                true
            }
            _ => {
                line.object = node(&line.object);
                self.is_news(&line.name, (false, &line.object))
            }
        }
    }

    /// The pods of others that there are.
    pub(super) fn into_pods(self) -> Vec<Value> {
        self.pods.into_values().filter_map(|state| state.pod.map(|pod| *pod)).collect()
    }

    fn take_pod(&mut self, line: &Printed) {
        if self.until.is_some_and(|until| line.told().is_some_and(|at| at > until)) {
            return;
        }
        let namespace = text_at(&line.object, "/metadata/namespace").unwrap_or_default();
        let pod = (!line.gone).then(|| Box::new(pod(&line.object)));
        let state = PodState { version: line.version, pod };
        let known = self.pods.entry(number(namespace, &line.name)).or_insert(PodState { version: 0, pod: None });
        if known.version <= state.version {
            *known = state;
        }
    }

    fn is_news(&mut self, name: &str, (is_patch, known): (bool, &Value)) -> bool {
        let is_news = self.nodes.get(name).is_none_or(|(was_patch, before)| (*was_patch, before) != (is_patch, known));
        if is_news {
            self.nodes.insert(name.to_owned(), (is_patch, known.clone()));
        }
        is_news
    }

    /// Whether no line that is kept already, and is not later, tells that it is as late as that.
    fn tells_time(&mut self, line: &Printed) -> bool {
        let Some(stamp) = line.stamp else { return false };
        let is_known = self.clock.is_some_and(|(version, latest)| version <= line.version && latest >= stamp);
        if !is_known {
            self.clock = Some((line.version, stamp));
        }
        !is_known
    }
}

/// Stands for a pod.
fn number(namespace: &str, name: &str) -> u64 {
    let hash = Sha256::digest(format!("{namespace}/{name}"));
    hash.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// What is read of somebody else's pod: where it is, whether it has ended, and what it asks for.
fn pod(object: &Value) -> Value {
    let asked = |list: &str| -> Vec<Value> {
        let containers = object.pointer("/spec").and_then(|spec| spec.get(list)).and_then(Value::as_array);
        let of = |one: &Value| json!({"resources": {"requests": one.pointer("/resources/requests")}});
        containers.into_iter().flatten().map(of).collect()
    };
    json!({
        "spec": {
            "nodeName": object.pointer("/spec/nodeName"),
            "containers": asked("containers"),
            "initContainers": asked("initContainers")
        },
        "status": {"phase": object.pointer("/status/phase")}
    })
}

/// What is read of a node, or of a patch of one.
fn node(object: &Value) -> Value {
    let fields = |path: &str, names: &[&str]| -> Map<String, Value> {
        let inside = object.pointer(path).and_then(Value::as_object);
        names.iter().filter_map(|name| Some(((*name).to_owned(), inside?.get(*name)?.clone()))).collect()
    };
    let mut status = fields("/status", &["allocatable"]);
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let ready = conditions.filter(|one| one["type"] == "Ready" && one.get("status").is_some());
    let ready: Vec<Value> = ready.map(|one| json!({"type": "Ready", "status": one["status"]})).collect();
    if !ready.is_empty() {
        status.insert("conditions".into(), ready.into());
    }
    json!({
        "metadata": fields("/metadata", &["name", "labels"]),
        "spec": fields("/spec", &["taints", "unschedulable"]),
        "status": status
    })
}

#[cfg(test)]
mod tests {
    use super::super::seen::{Line, printed};
    use super::super::source::Source;
    use super::*;

    fn line(object: Value, kind: Line) -> Printed {
        let target = "deploy/web".parse().unwrap();
        printed(object, kind, None, Source::Watch, &target).unwrap()
    }

    fn pod_line(number: usize, version: usize, kind: Line) -> Printed {
        let object = json!({"kind": "Pod", "metadata": {"name": format!("job-{number}"), "namespace": "batch",
            "resourceVersion": version.to_string(), "creationTimestamp": format!("2026-01-01T00:{:02}:{:02}Z", version / 6000, version / 100 % 60)},
            "spec": {"nodeName": "n1", "containers": [{"image": "x".repeat(200), "resources": {"requests": {"cpu": "1"}}}]}});
        line(object, kind)
    }

    /// Ten thousand pods come and go, a hundred lines a second: of all that are gone a version remains, and of the lines one for each second.
    #[test]
    fn pods_that_are_gone_leave_nothing_but_a_number() {
        let mut memory = Memory::default();
        let mut kept = 0;
        for number in 0..10_000 {
            for (step, kind) in [Line::Added, Line::Other, Line::Deleted].into_iter().enumerate() {
                kept += usize::from(memory.take(pod_line(number, 3 * number + step, kind), false).is_some());
            }
        }
        assert_eq!(kept, 300, "one line for each second");
        assert_eq!(memory.pods.len(), 10_000);
        assert!(memory.pods.values().all(|state| state.pod.is_none()));
        assert_eq!(size_of::<(u64, PodState)>(), 24, "bytes for a pod that is gone");
        memory.take(pod_line(1, 40_000, Line::Added), false);
        memory.take(pod_line(3, 40_001, Line::Added), true);
        // What a file of before says does not bring it back.
        memory.take(pod_line(2, 7, Line::Added), false);
        let there = memory.into_pods();
        assert_eq!(there.len(), 1);
        assert!(there[0].to_string().len() < 200, "{}", there[0]);
    }

    #[test]
    fn heartbeats_of_nodes_are_not_kept() {
        let node_line = |version: usize, ready: &str, beat: usize| {
            line(
                json!({"kind": "Node", "metadata": {"name": "n1", "resourceVersion": version.to_string()},
                    "status": {"conditions": [{"type": "Ready", "status": ready, "lastHeartbeatTime": beat}]}}),
                Line::Other,
            )
        };
        let mut memory = Memory::default();
        let kept = (0..1000).filter(|beat| memory.take(node_line(*beat, "True", *beat), false).is_some()).count();
        assert_eq!(kept, 1);
        for (version, ready) in [(1000, "Unknown"), (1001, "True")] {
            assert!(memory.take(node_line(version, ready, 0), false).is_some(), "{ready}");
        }
    }

    /// What comes later than the end of the recording changes nothing.
    #[test]
    fn what_is_later_than_the_end_is_left_out() {
        let mut memory = Memory::until(Some(1_767_225_600_000_000_000 + 5_000_000_000));
        memory.take(pod_line(1, 100, Line::Added), false);
        memory.take(pod_line(2, 900, Line::Added), false);
        assert_eq!(memory.into_pods().len(), 1);
    }
}
