//! A recording that begins in the middle of a rollout: its old and new pods as they were, for the simulator to go on from.

use std::collections::BTreeMap;

use super::began::{Start, StartPod, Was};
use super::pod_life::PodLife;
use super::recording::Recording;
use super::stop::{MOST_PODS, Result, Templates, unsupported, wrong};
use crate::scenario::{FoundPhase, FoundPlace, FoundPod, SUBJECT, Stamp, Template, WorkloadId};
use crate::script::{PodScript, Script};
use crate::time::{SimDuration, SimTime};

/// When pods were created of which the recording does not say so [s].
const LONG_AGO: f64 = -86_400.0;

/// A pod that was there when the recording begins, for who observes the run.
#[derive(Clone, Debug)]
pub(super) struct PodThere {
    /// `v1-0`
    pub(super) name: String,
    pub(super) workload: WorkloadId,
    pub(super) template: Template,
    /// Of a StatefulSet's pod: the number at the end of its name; of a DaemonSet's: that of its node.
    pub(super) ordinal: Option<u32>,
    /// Since when it has been Ready [s]; `None`: it is not.
    pub(super) ready_since: Option<f64>,
    pub(super) life: PodLife,
}

/// What was there.
#[derive(Clone, Debug, Default)]
pub(super) struct There {
    /// The pods, in the order in which the run finds them.
    pub(super) pods: Vec<PodThere>,
    /// The sizes of ReplicaSets, with their numbers in the run and the names of their templates.
    pub(super) sets: Vec<(u16, String, i32)>,
    /// Status and reason of the condition Progressing.
    pub(super) progressing: Option<(String, String)>,
}

/// A pod as the simulator finds it, and as the observer does.
pub(super) struct Pair {
    pub(super) found: FoundPod,
    pub(super) there: PodThere,
}

/// Which workload it is about: what `start` says of it, and under which path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Of<'a> {
    pub(super) workload: WorkloadId,
    pub(super) start: &'a Start,
    pub(super) path: &'a str,
}

/// What pods belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    ReplicaSets,
    /// A StatefulSet, whose ordinals begin with this one.
    StatefulSet(u32),
    DaemonSet,
}

/// Reads the pods that were there, in order of creation. `size_of` says how many of a template there are where the recording does not
/// list them; the script of each gets what it must know of those that were bound before the run.
pub(super) fn pods(
    recording: &Recording,
    of: Of<'_>,
    (owner, sizes): (Owner, &[(String, u32)]),
    (templates, script): (&Templates, &mut Script),
) -> Result<Vec<Pair>> {
    let listed = if of.start.pods.is_empty() { unlisted(owner, sizes)? } else { of.start.pods.clone() };
    let path = of.path;
    let mut reader = Reader { recording, of, owner, templates, script, on_node: BTreeMap::new() };
    let read = listed.iter().enumerate().map(|(place, pod)| reader.read(&format!("{path}.pods[{place}]"), pod));
    let mut pairs = read.collect::<Result<Vec<Pair>>>()?;
    // A pod that was deleted before it got a node is gone.
    pairs.retain(|pair| pair.found.stands());
    pairs.sort_by(|one, other| one.there.life.created.total_cmp(&other.there.life.created));
    if owner == Owner::ReplicaSets || owner == Owner::DaemonSet {
        check_order(&format!("{path}.pods"), &pairs)?;
    }
    Ok(pairs)
}

/// Pods of which the recording says how many there are, and no more: they have been Ready for long.
fn unlisted(owner: Owner, sizes: &[(String, u32)]) -> Result<Vec<StartPod>> {
    let total: i64 = sizes.iter().map(|(_, size)| i64::from(*size)).sum();
    if total > MOST_PODS {
        return unsupported(format!("{total} replicas"));
    }
    let mut place = match owner {
        Owner::StatefulSet(first) => first,
        Owner::ReplicaSets | Owner::DaemonSet => 0,
    };
    let mut pods = Vec::new();
    for (template, size) in sizes {
        for number in 0..*size {
            let own = if matches!(owner, Owner::StatefulSet(_)) { place } else { number };
            let node = (owner == Owner::DaemonSet).then_some(place);
            pods.push(StartPod { pod: format!("{template}-{own}"), node, ..StartPod::default() });
            place += 1;
        }
    }
    Ok(pods)
}

/// Pods are numbered in order of creation, so that their times are their own.
fn check_order(path: &str, pairs: &[Pair]) -> Result<()> {
    let mut next: BTreeMap<Template, u32> = BTreeMap::new();
    for pair in pairs {
        let expected = next.entry(pair.there.template).or_insert(0);
        let number = pair.there.name.rsplit_once('-').and_then(|(_, number)| number.parse().ok());
        if number != Some(*expected) {
            let (name, of) = (&pair.there.name, pair.there.name.rsplit_once('-').map_or("", |(of, _)| of));
            let advice = format!(
                "{name} stands where {of}-{expected} is expected: number the pods of a template from 0 in order of creation"
            );
            return wrong(path, advice);
        }
        *expected += 1;
    }
    Ok(())
}

/// Reads one pod after the other.
struct Reader<'a> {
    recording: &'a Recording,
    of: Of<'a>,
    owner: Owner,
    templates: &'a Templates,
    script: &'a mut Script,
    /// How many of the pods are on each node.
    on_node: BTreeMap<u32, u32>,
}

impl Reader<'_> {
    fn read(&mut self, path: &str, pod: &StartPod) -> Result<Pair> {
        let (template, place) = self.template_of(path, pod)?;
        let number = match self.owner {
            Owner::StatefulSet(first) => place.checked_sub(first).map_or_else(
                || wrong(format!("{path}.pod"), format!("{place} is below ordinals.start, {first}")),
                Ok,
            )?,
            Owner::ReplicaSets | Owner::DaemonSet => place,
        };
        let created = pod.created.map_or(LONG_AGO, |at| at.0);
        let bound = match pod.bound {
            Some(Was::Never) => None,
            Some(Was::At(at)) => Some(at.max(created)),
            None => Some(created),
        };
        let node = match bound {
            None => None,
            Some(_) => Some(self.node(path, pod, (template, number))?),
        };
        let place_of = match self.owner {
            // Which ReplicaSet it is, the caller knows.
            Owner::ReplicaSets => FoundPlace::ReplicaSet(0),
            Owner::StatefulSet(_) => FoundPlace::Ordinal { ordinal: place, template },
            Owner::DaemonSet => FoundPlace::Node { node: node.or(pod.node).unwrap_or(place), template },
        };
        let mut found = FoundPod::new(place_of, self.stamp(created));
        found.node = node;
        let waits = node.is_some_and(|node| self.recording.volumes.are_elsewhere(self.named(template), node));
        let own = &mut self.script.pods[usize::from(template)];
        if let Some(uid) = own.uids.get(&number) {
            found.uid = Some(u64::from(*uid));
        }
        let deleted = pod.deleted.map(|at| at.0.max(created));
        let mut life = PodLife { created, bound, ready: Vec::new(), deleted };
        let mut ready_since = None;
        found.phase = match (deleted, bound) {
            (Some(told), _) => FoundPhase::Terminating {
                told: stamp(self.recording.within_second, told),
                grace: SimDuration::ZERO,
                ran: true,
            },
            (None, None) => FoundPhase::Unscheduled { unschedulable: true },
            // Its times count from when it has its volume.
            (None, Some(bound)) if waits => FoundPhase::Starting { bound: stamp(self.recording.within_second, bound) },
            (None, Some(bound)) => {
                own.bound.insert(number, SimDuration::from_secs_f64(-bound));
                let (phase, ready) = phase(own, number, bound, self.recording.within_second);
                ready_since = ready;
                phase
            }
        };
        life.ready.extend(ready_since.map(|since| (since, true)));
        let ordinal = match self.owner {
            Owner::ReplicaSets => None,
            Owner::StatefulSet(_) => Some(place),
            Owner::DaemonSet => node,
        };
        let there =
            PodThere { name: pod.pod.clone(), workload: self.of.workload, template, ordinal, ready_since, life };
        Ok(Pair { found, there })
    }

    /// The template and the place that a pod's name has.
    fn template_of(&self, path: &str, pod: &StartPod) -> Result<(Template, u32)> {
        let parts = pod.pod.rsplit_once('-').and_then(|(name, place)| Some((name, place.parse::<u32>().ok()?)));
        let known = |name: &str| self.templates.names.iter().position(|known| known == name);
        if let Some((template, place)) = parts.and_then(|(name, place)| Some((known(name)?, place))) {
            return Ok((template as Template, place));
        }
        let advice = format!(
            "{:?} is no pod of `start`: write its template and its place, such as \"v1-0\", with a template that \
             `start.template` or `start.others` has",
            pod.pod
        );
        wrong(format!("{path}.pod"), advice)
    }

    fn stamp(&self, at: f64) -> Stamp {
        stamp(self.recording.within_second, at)
    }

    /// The name of a template, and whether it is of the workload that the recording is about.
    fn named(&self, template: Template) -> (&str, bool) {
        let name = self.templates.names.get(usize::from(template)).map_or("", String::as_str);
        (name, self.of.workload == SUBJECT)
    }

    /// Where a pod stands: as it is written, or as it was placed, or where its volume is; else on the node with the fewest of these pods.
    fn node(&mut self, path: &str, pod: &StartPod, (template, number): (Template, u32)) -> Result<u32> {
        let nodes = self.recording.cluster.nodes;
        let recorded = self.script.pods[usize::from(template)].nodes.get(&number).copied();
        let with_volume = || self.recording.volumes.node_of(self.named(template), &self.recording.cluster.zones());
        let node = pod.node.or(recorded).or_else(with_volume).unwrap_or_else(|| {
            let count = |node: &u32| self.on_node.get(node).copied().unwrap_or(0);
            (0..nodes).min_by_key(|node| (count(node), *node)).unwrap_or(0)
        });
        if node >= nodes {
            let reason = format!("there is no node {node}: the cluster has {nodes}, counted from 0");
            return wrong(format!("{path}.node"), reason);
        }
        *self.on_node.entry(node).or_insert(0) += 1;
        Ok(node)
    }
}

/// An instant of the recording as a stamp.
pub(super) fn stamp(within_second: f64, at: f64) -> Stamp {
    Stamp::exact(((within_second + at) * 1e9).round() as i64)
}

/// How far a pod that was bound at an instant has come by its script, and since when it has been Ready.
fn phase(script: &PodScript, number: u32, bound: f64, within_second: f64) -> (FoundPhase, Option<f64>) {
    let age = SimDuration::from_secs_f64(-bound);
    let at = |after: SimDuration| bound + after.as_secs_f64();
    let stamp = |after: SimDuration| stamp(within_second, at(after));
    let state = script.state(number, age);
    let started = script.running.of(number).unwrap_or_default().min(age);
    match script.last_change(number, age) {
        Some((after, true)) => {
            let started = stamp(started.min(after));
            (FoundPhase::Ready { started, since: stamp(after) }, Some(at(after)))
        }
        Some((after, false)) => (FoundPhase::NotReady { started: stamp(started), since: stamp(after) }, None),
        None if state.running => (FoundPhase::Warming { started: stamp(started) }, None),
        None => (FoundPhase::Starting { bound: stamp(SimDuration::ZERO) }, None),
    }
}

/// The instant at which a run that begins with a recording has this one of it.
pub(super) fn instant(start: SimTime, at: f64) -> SimTime {
    if at >= 0.0 {
        return start + SimDuration::from_secs_f64(at);
    }
    SimTime::ZERO + start.since(SimTime::ZERO + SimDuration::from_secs_f64(-at))
}

/// Counts of some pods: those without a deletion timestamp, of these the Ready and the available ones, and those that stop.
pub(super) fn counts<'a>(pairs: impl Iterator<Item = &'a Pair>, window: i32) -> [i32; 4] {
    let mut counts = [0; 4];
    for pair in pairs {
        let stops = pair.found.is_terminating();
        counts[0] += i32::from(!stops);
        counts[1] += i32::from(matches!(pair.found.phase, FoundPhase::Ready { .. }));
        counts[2] += i32::from(pair.found.is_available(window));
        counts[3] += i32::from(stops);
    }
    counts
}
