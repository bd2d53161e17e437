//! Pods as `kubectl get pods -o json` prints them: how long each took to start and to become Ready.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::input::measured::sample::{Measurements, Sample};
use crate::input::tables::instant::instant;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node, Source, Value};
use crate::stats::fit::{Lengths, Resolution, Seen};

/// Period of a probe that does not say.
const PERIOD: u64 = 10;
/// A warm-up that is this many times longer than the median is doubted in a note.
const STRANGE: f64 = 20.0;

/// What is read of one pod; instants in seconds since 1970.
#[derive(Debug)]
struct Pod {
    name: String,
    scheduled: i64,
    /// When the last of its containers started; `None`: not all have.
    started: Option<i64>,
    ready: Ready,
    /// Seconds between two probes; `None`: no probe decides when it is Ready.
    period: Option<u64>,
}

#[derive(Debug, PartialEq, Eq)]
enum Ready {
    Since(i64),
    NotYet,
    /// It was, and is no more.
    Lost,
}

#[derive(Default)]
struct Pods {
    /// Each pod as it was last, or why it says nothing.
    states: Vec<Result<Pod, &'static str>>,
    /// The place of each pod in `states`, by its uid, else its namespace and name.
    places: BTreeMap<String, usize>,
    /// States of pods that a later state replaces.
    earlier: u64,
    read: Vec<Pod>,
    /// Why pods say nothing, and how many pods.
    left_out: BTreeMap<&'static str, u64>,
    owners: BTreeSet<String>,
    /// Other objects.
    others: u64,
    /// The latest instant of the file: then, at the earliest, it was written.
    latest: i64,
    init_containers: bool,
    gates: bool,
}

pub(super) fn read(source: &Rc<Source>, documents: &[Node]) -> Result<Measurements, InputError> {
    let mut pods = Pods::default();
    for document in documents {
        pods.take(document, None)?;
    }
    for state in std::mem::take(&mut pods.states) {
        match state {
            Ok(pod) => pods.read.push(pod),
            Err(reason) => *pods.left_out.entry(reason).or_default() += 1,
        }
    }
    if pods.read.is_empty() {
        return Err(InputError::in_file(&source.name, pods.nothing()));
    }
    let mut start = Vec::new();
    let mut warm_up = Vec::new();
    let (mut skewed, mut unprobed, mut lost) = (0_u64, 0_u64, 0_u64);
    let mut slowest: Option<(i64, &str)> = None;
    for pod in &pods.read {
        let Some(started) = pod.started else {
            start.push((followed(pods.latest - pod.scheduled), 1));
            continue;
        };
        match whole(started - pod.scheduled) {
            Some(seen) => start.push((seen, 1)),
            None => skewed += 1,
        }
        match pod.ready {
            _ if pod.period.is_none() => unprobed += 1,
            Ready::Lost => lost += 1,
            Ready::NotYet => warm_up.push((followed(pods.latest - started), 1)),
            Ready::Since(ready) => match whole(ready - started) {
                Some(seen) => {
                    warm_up.push((seen, 1));
                    slowest = slowest.max(Some((ready - started, &pod.name)));
                }
                None => skewed += 1,
            },
        }
    }
    let sample = |field: &'static str, seen| {
        let lengths = Lengths::new(Resolution::WholeSeconds, seen);
        Sample { field: Some(field), ..Sample::new(field, lengths) }
    };
    let mut notes = pods.notes();
    let mut note = |count: u64, text: &str| {
        if count > 0 {
            notes.push(format!("{}: {text}", of_pods(count)));
        }
    };
    note(skewed, "an end before its beginning (clocks that differ) is left out");
    note(unprobed, "Ready without a readiness or startup probe, which says nothing of warmUp");
    note(lost, "Ready once and no longer, so that when is not known: left out of warmUp");
    let samples = [sample("start", start), sample("warmUp", warm_up)];
    let samples: Vec<Sample> = samples.into_iter().filter(|sample| sample.lengths.count() > 0).collect();
    notes.extend(strange(&samples, slowest));
    Ok(Measurements { samples, of_pods: true, notes })
}

/// `1 pod`, `3 pods`.
fn of_pods(count: u64) -> String {
    format!("{count} pod{}", if count == 1 { "" } else { "s" })
}

/// A length between instants in whole seconds; `None` where it is negative.
fn whole(seconds: i64) -> Option<Seen> {
    (seconds >= 0).then_some(Seen::Whole(seconds as f64))
}

/// A length of time that had not ended when the observation stopped after `seconds`. Both ends are cut to whole
/// seconds, so it may be a second less.
fn followed(seconds: i64) -> Seen {
    Seen::at_least((seconds - 1).max(0) as f64)
}

/// Only the last time that a pod became Ready is known; one that lost readiness in between looks as if it had started slowly.
fn strange(samples: &[Sample], slowest: Option<(i64, &str)>) -> Option<String> {
    let (seconds, pod) = slowest?;
    let warm_up = samples.iter().find(|sample| sample.field == Some("warmUp"))?;
    let median = warm_up.lengths.curve().quantile(0.5).value?;
    (seconds as f64 > STRANGE * median.max(3.0)).then(|| {
        format!(
            "pod {pod} became Ready {seconds} s after its start: if it had been Ready before, take it out of the file"
        )
    })
}

impl Pods {
    fn take(&mut self, node: &Node, of_list: Option<&str>) -> Result<(), InputError> {
        if let Value::List(items) = &node.value {
            return items.iter().try_for_each(|item| self.take(item, of_list));
        }
        let object = node.map().map_err(|_| node.wrong("pods as `kubectl get pods -o json` prints them"))?;
        if let Some(changed) = watched(&object) {
            return self.take(changed, of_list);
        }
        let kind = match object.read("kind", Node::text)?.or(of_list) {
            Some(kind) => kind,
            // Programs that read from a cache keep no kinds.
            None if is_like_a_pod(&object) => "Pod",
            None => "",
        };
        if object.get("items").is_some() {
            let of_list = kind.strip_suffix("List").filter(|kind| !kind.is_empty());
            return object.list("items")?.iter().try_for_each(|item| self.take(item, of_list));
        }
        if kind != "Pod" {
            self.others += u64::from(!kind.ends_with("List"));
            return Ok(());
        }
        let state = self.pod(&object)?;
        self.keep(identity(&object)?, state);
        Ok(())
    }

    /// Puts a state in the place of an earlier one of the same pod, as `kubectl get pods --watch` prints them.
    fn keep(&mut self, identity: Option<String>, state: Result<Pod, &'static str>) {
        let Some(identity) = identity else { return self.states.push(state) };
        match self.places.get(&identity).and_then(|place| self.states.get_mut(*place)) {
            Some(earlier) => {
                *earlier = state;
                self.earlier += 1;
            }
            None => {
                self.places.insert(identity, self.states.len());
                self.states.push(state);
            }
        }
    }

    /// A pod, or why it says nothing.
    fn pod(&mut self, object: &Map<'_>) -> Result<Result<Pod, &'static str>, InputError> {
        let metadata = object.map("metadata")?;
        if let Some(metadata) = &metadata {
            self.owners.insert(owner(metadata)?);
            self.note_time(metadata, "creationTimestamp")?;
        }
        let Some(status) = object.map("status")? else { return Ok(Err("without status")) };
        self.note_time(&status, "startTime")?;
        let conditions = conditions(&status)?;
        conditions.values().for_each(|(_, since)| self.latest = self.latest.max(*since));
        let containers = statuses(&status, "containerStatuses")?;
        let initial = statuses(&status, "initContainerStatuses")?;
        for container in containers.iter().chain(&initial) {
            self.latest = self.latest.max(container.started.unwrap_or(0)).max(container.finished.unwrap_or(0));
        }
        if matches!(status.read("phase", Node::text)?, Some("Succeeded" | "Failed")) {
            return Ok(Err("that ended (Succeeded or Failed)"));
        }
        if metadata.is_some_and(|metadata| metadata.get("deletionTimestamp").is_some()) {
            return Ok(Err("being deleted"));
        }
        if containers.iter().chain(&initial).any(|container| container.restarts) {
            return Ok(Err("with a container that was restarted, which hides the first attempt"));
        }
        let Some((true, scheduled)) = conditions.get("PodScheduled").copied() else {
            return Ok(Err("not scheduled yet"));
        };
        let spec = object.map("spec")?;
        let wanted = spec.map(|spec| spec.list("containers").map(<[Node]>::len)).transpose()?;
        let all = !containers.is_empty() && containers.len() >= wanted.unwrap_or(0);
        let started = containers.iter().map(|container| container.started).collect::<Option<Vec<_>>>();
        let started = started.filter(|_| all).and_then(|started| started.into_iter().max());
        let ready = match (conditions.get("Ready"), started) {
            (Some((true, since)), _) => Ready::Since(*since),
            (Some((false, since)), Some(started)) if *since > started => Ready::Lost,
            _ => Ready::NotYet,
        };
        self.init_containers |= !initial.is_empty();
        self.gates |= spec.is_some_and(|spec| spec.list("readinessGates").is_ok_and(|gates| !gates.is_empty()));
        let period = spec.map_or(Ok(Some(PERIOD)), |spec| period(&spec))?;
        let name = metadata.map_or(Ok(None), |metadata| metadata.read("name", Node::text))?.unwrap_or("");
        Ok(Ok(Pod { name: name.into(), scheduled, started, ready, period }))
    }

    fn note_time(&mut self, map: &Map<'_>, key: &str) -> Result<(), InputError> {
        self.latest = self.latest.max(map.read(key, instant)?.unwrap_or(0));
        Ok(())
    }

    fn nothing(&self) -> String {
        if self.left_out.is_empty() {
            let others = if self.others > 0 { ", only objects of other kinds" } else { "" };
            return format!("no pod is here{others}: give what `kubectl get pods -l app=NAME -o json` prints");
        }
        format!("no pod tells when it was scheduled and started; left out: {}", self.reasons())
    }

    fn reasons(&self) -> String {
        let reasons: Vec<String> = self.left_out.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        reasons.join(", ")
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.left_out.is_empty() {
            notes.push(format!("{} used; left out: {}", of_pods(self.read.len() as u64), self.reasons()));
        }
        if self.earlier > 0 {
            let earlier = self.earlier;
            notes.push(format!("of each pod its last state counts; {earlier} earlier states are left out"));
        }
        if self.owners.len() > 1 {
            const MOST: usize = 5;
            let names: Vec<&str> = self.owners.iter().take(MOST).map(String::as_str).collect();
            let more = if self.owners.len() > MOST { ", …" } else { "" };
            let owners = self.owners.len();
            notes.push(format!(
                "pods of {owners} owners are taken together ({}{more}): kubectl's -l APP narrows them",
                names.join(", ")
            ));
        }
        let before = if self.init_containers { "image pulls and init containers" } else { "image pulls" };
        notes.push(format!(
            "start (PodScheduled to the last container's start) contains {before}, so pull is 0s beside it"
        ));
        let periods: BTreeSet<u64> = self.read.iter().filter_map(|pod| pod.period).collect();
        if let (Some(first), Some(last)) = (periods.first(), periods.last()) {
            let range = if first == last { format!("{first} s") } else { format!("{first} to {last} s") };
            notes.push(format!(
                "warmUp (the last container's start to Ready) contains the wait for the next probe: up to a period, {range}; \
                 simulated probes add their own, so take half a period off where that matters"
            ));
        }
        if self.gates {
            notes.push("warmUp contains the wait for readiness gates".into());
        }
        notes
    }
}

/// What changed, in an event of a watch: `{"type": "MODIFIED", "object": {...}}`.
pub(super) fn watched<'a>(map: &Map<'a>) -> Option<&'a Node> {
    let kind = map.get("type")?.text().ok()?;
    map.get("object").filter(|_| ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"].contains(&kind))
}

/// What identifies an object: its uid, else its namespace and name; `None` where it has neither.
pub(super) fn identity(object: &Map<'_>) -> Result<Option<String>, InputError> {
    let Some(metadata) = object.map("metadata")? else { return Ok(None) };
    if let Some(uid) = metadata.read("uid", Node::text)? {
        return Ok(Some(uid.into()));
    }
    let namespace = metadata.read("namespace", Node::text)?.unwrap_or("default");
    Ok(metadata.read("name", Node::text)?.map(|name| format!("{namespace}/{name}")))
}

/// Whether an object without a kind has what only pods have.
fn is_like_a_pod(object: &Map<'_>) -> bool {
    let part = |key: &str| object.get(key).and_then(|node| node.map().ok());
    let spec = part("spec").is_some_and(|spec| spec.get("containers").is_some());
    spec || part("status").is_some_and(|status| status.get("containerStatuses").is_some())
}

/// Each condition: whether it is true, and since when.
fn conditions<'a>(status: &Map<'a>) -> Result<BTreeMap<&'a str, (bool, i64)>, InputError> {
    let mut found = BTreeMap::new();
    for condition in status.list("conditions")? {
        let condition = condition.map()?;
        let Some(since) = condition.read("lastTransitionTime", instant)? else { continue };
        let (Some(kind), Some(value)) = (condition.read("type", Node::text)?, condition.read("status", Node::text)?)
        else {
            continue;
        };
        found.insert(kind, (value == "True", since));
    }
    Ok(found)
}

struct Container {
    restarts: bool,
    started: Option<i64>,
    finished: Option<i64>,
}

fn statuses(status: &Map<'_>, key: &str) -> Result<Vec<Container>, InputError> {
    let read = |node: &Node| {
        let container = node.map()?;
        let restarts = container.read("restartCount", |node| node.integer(0, u64::MAX))?.unwrap_or(0) > 0;
        let state = container.map("state")?;
        let part = |name: &str| state.map_or(Ok(None), |state| state.map(name));
        let (running, terminated) = (part("running")?, part("terminated")?);
        let time = |part: Option<Map<'_>>, key: &str| part.map_or(Ok(None), |part| part.read(key, instant));
        let started = time(running.or(terminated), "startedAt")?;
        Ok(Container { restarts, started, finished: time(terminated, "finishedAt")? })
    };
    status.list(key)?.iter().map(read).collect()
}

/// The longest period of the probes that decide when a pod is Ready; `None` where it has none.
fn period(spec: &Map<'_>) -> Result<Option<u64>, InputError> {
    let mut longest = None;
    for container in spec.list("containers")? {
        let container = container.map()?;
        for probe in ["readinessProbe", "startupProbe"] {
            if let Some(probe) = container.map(probe)? {
                let period =
                    probe.read("periodSeconds", |node| node.integer(0, u64::MAX))?.filter(|period| *period > 0);
                longest = longest.max(Some(period.unwrap_or(PERIOD)));
            }
        }
    }
    Ok(longest)
}

/// What owns a pod: of a ReplicaSet with a template hash its Deployment, so that a rollout is one owner.
fn owner(metadata: &Map<'_>) -> Result<String, InputError> {
    let namespace = metadata.read("namespace", Node::text)?.unwrap_or("default");
    let Some(owner) = metadata.list("ownerReferences")?.first() else { return Ok(format!("{namespace}, no owner")) };
    let owner = owner.map()?;
    let name = owner.read("name", Node::text)?.unwrap_or("");
    let hash = metadata.map("labels")?.map_or(Ok(None), |labels| labels.read("pod-template-hash", Node::text))?;
    let deployment = hash.and_then(|hash| name.strip_suffix(hash)?.strip_suffix('-'));
    Ok(format!("{namespace}/{}", deployment.unwrap_or(name)))
}

#[cfg(test)]
mod tests;
