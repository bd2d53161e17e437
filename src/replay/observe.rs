//! Observes a run in the way in which a recorder observes a cluster.

use std::collections::BTreeMap;

use super::answer::Placement;
use super::found;
use super::low_point::LowPoint;
use super::pod_life::PodLife;
use super::progress::Progress;
use super::world::World;
use crate::k8s::objects::Template;
use crate::k8s::objects::{DeploymentStatus, ReplicaSetId};
use crate::scenario::{DeploymentAction, SUBJECT, ScriptAction, StepAction, WorkloadId};
use crate::sim::{Fact, NodeId, Observer, PodId, WorldObserver};
use crate::time::{SimDuration, SimTime};
use crate::trace::explained;

/// A total of pods counts only if it lasts for at least this long.
const SUSTAINED: SimDuration = SimDuration::from_millis(500);

/// A change of a ReplicaSet's size.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Seconds from the start.
    pub at: f64,
    /// Name of the pod template.
    pub template: String,
    /// Size before, in pods.
    pub from: i32,
    /// Size after, in pods.
    pub to: i32,
}

/// A pod of a StatefulSet or a DaemonSet was created, or got its deletion timestamp.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Seconds from the start.
    pub at: f64,
    /// It was created.
    pub created: bool,
    /// The number at the end of its name, or of its node.
    pub ordinal: u32,
    /// Name of its pod template.
    pub template: String,
}

/// What happened in a run, in the terms of a recording. Instants are in seconds from the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// Changes of ReplicaSets' sizes, in order.
    pub scaling: Vec<Scaling>,
    /// Least number of Ready pods.
    pub min_ready: i64,
    /// Least number of available pods.
    pub min_available: i64,
    /// Greatest sum of the ReplicaSets' sizes at one time.
    pub max_spec_replicas_sum: i64,
    /// Greatest number of pods without deletion timestamp that lasted for at least half a second.
    pub max_total_pods_sustained: i64,
    /// Deletion timestamps: instant and pod, named by its template and its index in order of creation.
    pub deletions: Vec<(f64, String)>,
    /// The course of each pod's life.
    pub(super) lives: BTreeMap<String, PodLife>,
    /// When the status became complete for the last time.
    pub complete_at: Option<f64>,
    /// `complete`, `progress-deadline-exceeded`, `incomplete` or `rejected`.
    pub outcome: String,
    /// Status and reason of the Progressing condition, each time either changed, and when.
    pub progressing: Vec<(f64, (String, String))>,
    /// The Deployment's revision at the end.
    pub revision: Option<String>,
    /// When Progressing last became `False/ProgressDeadlineExceeded`, and why.
    pub stalled: Option<(f64, String)>,
    /// Names of the pod templates that the Deployment had, in order of time.
    pub versions: Vec<String>,
    /// Pods of a StatefulSet or a DaemonSet that were created or deleted, in order.
    pub moves: Vec<Move>,
    /// How the other Deployments ended, in order of their names.
    pub others: Vec<Ended>,
    /// Where pods went whose node is recorded.
    pub placement: Placement,
    /// When fewest pods were available, and who was down then; `None`: the API server refused the workload.
    pub low_point: Option<LowPoint>,
}

/// How another Deployment than the first ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ended {
    /// Its name.
    pub name: String,
    /// `complete`, `progress-deadline-exceeded` or `incomplete`.
    pub outcome: String,
    /// When its status became complete for the last time.
    pub complete_at: Option<f64>,
}

impl Observed {
    /// What is observed where the API server refuses the Deployment.
    pub(super) fn rejected() -> Self {
        Self { outcome: "rejected".into(), ..Self::default() }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct PodSeen {
    workload: WorkloadId,
    /// Of a StatefulSet's pod: the number at the end of its name; of a DaemonSet's: that of its node.
    ordinal: Option<u32>,
    /// Since when the pod has been available or from when it will be, while it is Ready.
    available_from: Option<SimTime>,
    terminating: bool,
    /// The node that is recorded.
    recorded: Option<u32>,
    /// It was taken because it was recorded.
    given: bool,
}

impl PodSeen {
    /// What the pod adds to the number of Ready pods and to that of all pods.
    fn counts(&self) -> (i64, i64) {
        let alive = !self.terminating;
        (i64::from(alive && self.available_from.is_some()), i64::from(alive))
    }
}

/// Counts after a change.
#[derive(Clone, Copy, Debug)]
struct Counts {
    at: SimTime,
    ready: i64,
    total: i64,
}

/// Records the facts of a run.
#[derive(Debug)]
pub(super) struct Recorder<'a> {
    world: &'a World,
    observed: Observed,
    start: Option<SimTime>,
    sets: Vec<(ReplicaSetId, String, i32)>,
    pods: Vec<PodSeen>,
    /// Pods' names, and the number of pods of each template.
    names: Vec<String>,
    created: BTreeMap<String, u32>,
    counts: Vec<Counts>,
    /// When pods became available (1) and stopped being so (-1).
    availability: Vec<(SimTime, i64)>,
    /// How far each Deployment has come.
    progress: Vec<Progress>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self {
            world,
            observed: Observed::default(),
            start: None,
            sets: Vec::new(),
            pods: Vec::new(),
            names: Vec::new(),
            created: BTreeMap::new(),
            counts: Vec::new(),
            availability: Vec::new(),
            progress: vec![Progress::default(); world.world.as_ref().map_or(1, |world| world.workloads.len())],
        }
    }

    fn change_pod(&mut self, at: SimTime, pod: PodId, change: impl FnOnce(&mut PodSeen)) {
        let place = pod as usize;
        if self.pods.len() <= place {
            self.pods.resize(place + 1, PodSeen { terminating: true, ..PodSeen::default() });
        }
        let before = self.pods[place].counts();
        change(&mut self.pods[place]);
        let after = self.pods[place].counts();
        let last = self.counts.last().copied().unwrap_or(Counts { at, ready: 0, total: 0 });
        let counts = Counts { at, ready: last.ready + after.0 - before.0, total: last.total + after.1 - before.1 };
        match self.counts.last_mut().filter(|last| last.at == at) {
            Some(last) => *last = counts,
            None => self.counts.push(counts),
        }
    }

    /// Seconds from the start.
    fn seconds(&self, at: SimTime) -> f64 {
        self.start.map_or(0.0, |start| at.since(start).as_secs_f64())
    }

    /// A pod of a StatefulSet or a DaemonSet is created or deleted.
    fn note_move(&mut self, at: SimTime, pod: PodId, created: bool) {
        let Some(ordinal) = self.pods.get(pod as usize).and_then(|pod| pod.ordinal) else { return };
        let name = self.names.get(pod as usize).map_or("", String::as_str);
        let template = name.rsplit_once('-').map_or(name, |(template, _)| template).to_owned();
        let at = self.seconds(at);
        self.observed.moves.push(Move { at, created, ordinal, template });
    }

    /// Names a pod; the node that is recorded of it.
    fn name_pod(&mut self, number: Template) -> Option<u32> {
        let template = self.world.templates.get(usize::from(number)).map_or("", String::as_str);
        let count = self.created.entry(template.to_owned()).or_default();
        let recorded = self.world.scenario.script.as_ref().and_then(|script| script.node_of(number, *count));
        self.names.push(format!("{template}-{count}"));
        *count += 1;
        recorded
    }

    /// Counts a pod that got a node, where its node is recorded.
    fn note_node(&mut self, pod: PodId, node: NodeId) {
        let Some(seen) = self.pods.get(pod as usize) else { return };
        let Some(recorded) = seen.recorded else { return };
        let counted = &mut self.observed.placement;
        counted.recorded += 1;
        counted.given += usize::from(recorded == node && seen.given);
        counted.other += usize::from(recorded != node);
    }

    fn note(&mut self, pod: PodId, change: impl FnOnce(&mut PodLife)) {
        if let Some(name) = self.names.get(pod as usize) {
            change(self.observed.lives.entry(name.clone()).or_default());
        }
    }

    fn scale(&mut self, at: SimTime, id: ReplicaSetId, from: i32, to: i32) {
        let Some((_, template, size)) = self.sets.iter_mut().find(|(known, ..)| *known == id) else { return };
        *size = to;
        let template = template.clone();
        let at = self.seconds(at);
        self.observed.scaling.push(Scaling { at, template, from, to });
        let sum = self.sets.iter().map(|(.., size)| i64::from(*size)).sum();
        self.observed.max_spec_replicas_sum = self.observed.max_spec_replicas_sum.max(sum);
    }

    fn take_status(&mut self, at: SimTime, workload: WorkloadId, status: DeploymentStatus) {
        let progressing = self.progress[usize::from(workload)].take_status(at, status);
        if let Some(pair) = progressing.filter(|_| workload == SUBJECT)
            && self.observed.progressing.last().map(|(_, last)| last) != Some(&pair)
        {
            self.observed.progressing.push((self.seconds(at), pair));
        }
    }

    /// What a Deployment asks for from now on.
    fn take_target(&mut self, at: SimTime, workload: WorkloadId, desired: i32, version: Option<String>) {
        if self.start.is_none() {
            let first = self.world.scenario.timeline.iter().find(|step| creates(step.action));
            let created = first.map_or(SimDuration::ZERO, |step| step.at);
            self.start = Some(SimTime::ZERO + at.since(SimTime::ZERO + created));
            self.take_what_was_there(at);
        }
        self.progress[usize::from(workload)].take_target(at, desired);
        let version = version.unwrap_or_default();
        if workload == SUBJECT && self.observed.versions.last() != Some(&version) {
            self.observed.versions.push(version);
        }
    }

    /// What the run finds where the recording begins in the middle of a rollout. The simulator tells of none of it.
    fn take_what_was_there(&mut self, start: SimTime) {
        let Some(there) = &self.world.there else { return };
        for (place, pod) in there.pods.iter().enumerate() {
            let recorded = self.name_pod(pod.template);
            let window = self.window_of(pod.workload);
            let available_from = pod.ready_since.map(|since| {
                let ready = found::instant(start, since);
                ready.max(ready.truncated() + window)
            });
            let seen = PodSeen {
                workload: pod.workload,
                ordinal: pod.ordinal,
                available_from,
                terminating: pod.life.deleted.is_some(),
                recorded,
                given: false,
            };
            self.change_pod(start, place as PodId, |pod| *pod = seen);
            self.observed.lives.insert(self.names[place].clone(), pod.life.clone());
        }
        self.sets.extend(there.sets.iter().cloned());
        self.observed.max_spec_replicas_sum = there.sets.iter().map(|(.., size)| i64::from(*size)).sum();
        self.observed.progressing.extend(there.progressing.iter().map(|pair| (-1.0, pair.clone())));
    }

    /// The first `minReadySeconds` of the Deployment that a pod is of, whether or not they change later, as in recordings.
    fn window(&self, pod: PodId) -> SimDuration {
        self.window_of(self.pods.get(pod as usize).map_or(SUBJECT, |pod| pod.workload))
    }

    /// The same of a Deployment.
    fn window_of(&self, workload: WorkloadId) -> SimDuration {
        let own = self.world.world.as_ref().map(|world| &world.workloads[usize::from(workload)].deployment);
        let seconds = own.unwrap_or(&self.world.scenario.deployment).min_ready_seconds;
        SimDuration::from_secs(seconds.max(0) as u64)
    }

    fn ready(&mut self, at: SimTime, pod: PodId) {
        let from = at.max(at.truncated() + self.window(pod));
        self.change_pod(at, pod, |pod| pod.available_from = Some(from));
        let seconds = self.seconds(at);
        self.note(pod, |life| life.ready.push((seconds, true)));
    }

    fn not_ready(&mut self, at: SimTime, pod: PodId) {
        let mut from = None;
        self.change_pod(at, pod, |pod| from = pod.available_from.take());
        let seconds = self.seconds(at);
        self.note(pod, |life| life.ready.push((seconds, false)));
        if let Some(from) = from.filter(|&from| from < at) {
            self.availability.extend([(from, 1), (at, -1)]);
        }
    }

    /// Least number of available pods between two instants, from when on, and until when.
    fn least_available(&mut self, from: SimTime, until: SimTime) -> (i64, SimTime, Option<SimTime>) {
        let open = self.pods.iter().filter_map(|pod| pod.available_from).map(|from| (from, 1));
        self.availability.extend(open);
        self.availability.sort_unstable();
        let mut now = 0;
        let mut least: Option<(i64, SimTime, Option<SimTime>)> = None;
        for (place, &(at, change)) in self.availability.iter().enumerate() {
            if at > until {
                break;
            }
            if at > from {
                least.get_or_insert((now, from, None));
            }
            now += change;
            let settled = self.availability.get(place + 1).is_none_or(|next| next.0 > at);
            let Some(known) = least.as_mut().filter(|_| at > from && settled) else { continue };
            if now < known.0 {
                *known = (now, at, None);
            } else if now > known.0 && known.2.is_none() {
                known.2 = Some(at);
            }
        }
        least.unwrap_or((now, from, None))
    }

    /// The observed run that began at `start`, once it has ended.
    pub(super) fn finish(mut self, start: SimTime) -> Observed {
        let end = start + self.world.scenario.horizon;
        let from = start + self.world.watched_from;
        let complete_since = self.progress[0].complete_since;
        let until = complete_since.filter(|&at| at >= from).unwrap_or(end);
        let before = self.counts.iter().rev().find(|counts| counts.at <= from).map_or(0, |counts| counts.ready);
        let during = self.counts.iter().filter(|counts| counts.at > from && counts.at <= until);
        self.observed.min_ready = during.map(|counts| counts.ready).fold(before, i64::min);
        let (least, at, risen) = self.least_available(from, until);
        self.observed.min_available = least;
        let second = |at: SimTime| at.since(start).as_secs_f64();
        let window = self.world.scenario.deployment.min_ready_seconds.max(0);
        let low = (least, second(at), risen.map(second));
        let low = LowPoint::find(low, (second(from), f64::from(window)), &self.observed.lives);
        self.observed.low_point = Some(low);
        self.observed.max_total_pods_sustained = sustained(&self.counts, end);
        let seconds = |at: Option<SimTime>| at.map(|at| at.since(start).as_secs_f64());
        self.observed.complete_at = seconds(complete_since);
        self.observed.outcome = self.progress[0].outcome().into();
        self.observed.revision = self.progress[0].revision();
        let workloads = self.world.world.iter().flat_map(|world| &world.workloads);
        let ended = |(workload, own): (&crate::scenario::Workload, &Progress)| Ended {
            name: workload.name.clone(),
            outcome: own.outcome().into(),
            complete_at: seconds(own.complete_since),
        };
        self.observed.others = workloads.zip(&self.progress).skip(1).map(ended).collect();
        self.observed
    }
}

/// Whether an action creates a Deployment.
fn creates(action: StepAction) -> bool {
    let StepAction::Scripted(action) = action else { return false };
    matches!(action, ScriptAction::Create | ScriptAction::Other(_, DeploymentAction::Create))
}

/// The largest total that the number of pods reached or exceeded for half a second without a break.
fn sustained(counts: &[Counts], end: SimTime) -> i64 {
    let mut best = 0;
    for (place, first) in counts.iter().enumerate() {
        let mut least = first.total;
        for (next, later) in counts[place..].iter().enumerate() {
            least = least.min(later.total);
            let until = counts.get(place + next + 1).map_or(end, |next| next.at);
            if least <= best {
                break;
            }
            if until.since(first.at) >= SUSTAINED {
                best = least;
                break;
            }
        }
    }
    best
}

impl Observer for Recorder<'_> {
    const DETAIL: bool = false;

    fn fact(&mut self, at: SimTime, fact: Fact) {
        match fact {
            Fact::Target { workload, target } => {
                let version = self.world.templates.get(usize::from(target.version)).cloned();
                self.take_target(at, workload, target.desired as i32, version);
            }
            Fact::DeploymentStatus { workload, status, .. } => self.take_status(at, workload, status),
            Fact::Stalled { workload: SUBJECT, cause, held, of, refusals } => {
                self.observed.stalled = Some((self.seconds(at), explained(cause, held, of, &refusals, &[])));
            }
            Fact::ReplicaSetCreated { id, template, replicas, .. } => {
                let name = self.world.templates.get(usize::from(template)).cloned().unwrap_or_default();
                self.sets.push((id, name, 0));
                self.scale(at, id, 0, replicas);
            }
            Fact::ReplicaSetScaled { id, from, to } => self.scale(at, id, from, to),
            Fact::ReplicaSetDeleted(id) => self.sets.retain(|(known, ..)| *known != id),
            Fact::PodCreated { pod, workload, template, ordinal, .. } => {
                let recorded = self.name_pod(template);
                self.change_pod(at, pod, |pod| *pod = PodSeen { workload, ordinal, recorded, ..PodSeen::default() });
                self.note_move(at, pod, true);
                let seconds = self.seconds(at);
                self.note(pod, |life| life.created = seconds);
            }
            Fact::StatefulSetSpec { workload, spec } => {
                self.progress[usize::from(workload)].take_stateful_set(at, spec);
            }
            Fact::StatefulSetStatus { workload, status } => {
                self.progress[usize::from(workload)].take_stateful_set_status(at, status);
            }
            Fact::DaemonSetSpec { workload, spec } => self.progress[usize::from(workload)].take_daemon_set(at, spec),
            Fact::DaemonSetStatus { workload, status } => {
                self.progress[usize::from(workload)].take_daemon_set_status(at, status);
            }
            Fact::FailedPodDeleted(pod) => self.note_move(at, pod, false),
            Fact::NodeGiven(pod) => self.change_pod(at, pod, |pod| pod.given = true),
            Fact::PodScheduled { pod, node } => {
                self.note_node(pod, node);
                let seconds = self.seconds(at);
                self.note(pod, |life| life.bound = Some(seconds));
            }
            Fact::PodReady(pod) => self.ready(at, pod),
            Fact::PodNotReady { pod, .. } => self.not_ready(at, pod),
            Fact::PodTerminating { pod, .. } | Fact::PodFailed { pod, .. } => {
                let seconds = self.seconds(at);
                self.note(pod, |life| life.deleted = Some(seconds));
                self.not_ready(at, pod);
                self.change_pod(at, pod, |pod| pod.terminating = true);
                let name = self.names.get(pod as usize).cloned().unwrap_or_default();
                self.observed.deletions.push((seconds, name));
                if matches!(fact, Fact::PodTerminating { .. }) {
                    self.note_move(at, pod, false);
                }
            }
            _ => {}
        }
    }
}

impl WorldObserver for Recorder<'_> {
    fn of_workload(&mut self, _: SimTime, _: WorkloadId, _: Fact) {}

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        self.fact(at, fact);
    }
}
