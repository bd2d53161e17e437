//! Observes a run in the way in which a recorder observes a cluster.

use std::collections::BTreeMap;

use super::world::World;
use crate::k8s::objects::{ConditionStatus, DeploymentStatus, ProgressReason, Progressing, ReplicaSetId};
use crate::scenario::{ScriptAction, StepAction};
use crate::sim::{Fact, Observer, PodId, Span};
use crate::time::{SimDuration, SimTime};
use crate::trace::explained;

/// A total of pods counts only if it lasts for at least this long.
const SUSTAINED: SimDuration = SimDuration::from_millis(500);

const CREATE: StepAction = StepAction::Scripted(ScriptAction::Create);

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
    /// Status and reason of the Progressing condition, each time either changed.
    pub progressing: Vec<(String, String)>,
    /// The Deployment's revision at the end.
    pub revision: Option<String>,
    /// When Progressing last became `False/ProgressDeadlineExceeded`, and why.
    pub stalled: Option<(f64, String)>,
    /// Names of the pod templates that the Deployment had, in order of time.
    pub versions: Vec<String>,
}

/// The properties of a pod that the ranking for deletion compares. Instants are in seconds from the start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PodLife {
    /// When it was bound to its node.
    pub(super) bound: Option<f64>,
    /// Changes of its readiness.
    pub(super) ready: Vec<(f64, bool)>,
    /// When it got its deletion timestamp.
    pub(super) deleted: Option<f64>,
}

impl Observed {
    /// What is observed where the API server refuses the Deployment.
    pub(super) fn rejected() -> Self {
        Self { outcome: "rejected".into(), ..Self::default() }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct PodSeen {
    /// Since when the pod has been available or from when it will be, while it is Ready.
    available_from: Option<SimTime>,
    terminating: bool,
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
    desired: i32,
    generation: i64,
    status: Option<DeploymentStatus>,
    complete_since: Option<SimTime>,
    last: Option<Progressing>,
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
            desired: 0,
            generation: 0,
            status: None,
            complete_since: None,
            last: None,
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

    fn name_pod(&mut self, id: ReplicaSetId) {
        let template = self.sets.iter().find(|(known, ..)| *known == id).map_or("", |(_, template, _)| template);
        let count = self.created.entry(template.to_owned()).or_default();
        self.names.push(format!("{template}-{count}"));
        *count += 1;
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

    fn judge(&mut self, at: SimTime) {
        let Some(status) = &self.status else { return };
        let counts = [status.updated_replicas, status.replicas, status.available_replicas];
        let behind = status.observed_generation < self.generation;
        if behind || counts.iter().any(|&count| count != self.desired) {
            self.complete_since = None;
        } else if self.complete_since.is_none() {
            self.complete_since = Some(at);
        }
    }

    fn take_status(&mut self, at: SimTime, status: DeploymentStatus) {
        self.status = Some(status);
        self.judge(at);
        self.last = status.progressing;
        if let Some(progressing) = status.progressing {
            let pair = (status_word(progressing.status).to_owned(), reason_word(progressing.reason).to_owned());
            if self.observed.progressing.last() != Some(&pair) {
                self.observed.progressing.push(pair);
            }
        }
    }

    fn ready(&mut self, at: SimTime, pod: PodId) {
        // As in recordings: by the Deployment's first minReadySeconds, whether or not it changes later.
        let window = SimDuration::from_secs(self.world.scenario.deployment.min_ready_seconds.max(0) as u64);
        let from = at.max(at.truncated() + window);
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

    /// Least number of available pods between two instants.
    fn least_available(&mut self, from: SimTime, until: SimTime) -> i64 {
        let open = self.pods.iter().filter_map(|pod| pod.available_from).map(|from| (from, 1));
        self.availability.extend(open);
        self.availability.sort_unstable();
        let (mut now, mut least) = (0, None);
        for (place, &(at, change)) in self.availability.iter().enumerate() {
            if at > until {
                break;
            }
            if at > from {
                least.get_or_insert(now);
            }
            now += change;
            let settled = self.availability.get(place + 1).is_none_or(|next| next.0 > at);
            if at > from && settled {
                least = least.map(|least: i64| least.min(now));
            }
        }
        least.unwrap_or(now)
    }

    /// The observed run, once it has ended.
    pub(super) fn finish(mut self, span: Span) -> Observed {
        let end = span.start + self.world.scenario.horizon;
        let from = span.start + self.world.watched_from;
        let until = self.complete_since.filter(|&at| at >= from).unwrap_or(end);
        let before = self.counts.iter().rev().find(|counts| counts.at <= from).map_or(0, |counts| counts.ready);
        let during = self.counts.iter().filter(|counts| counts.at > from && counts.at <= until);
        self.observed.min_ready = during.map(|counts| counts.ready).fold(before, i64::min);
        self.observed.min_available = self.least_available(from, until);
        self.observed.max_total_pods_sustained = sustained(&self.counts, end);
        self.observed.complete_at = self.complete_since.map(|at| at.since(span.start).as_secs_f64());
        let exceeded = |last: Progressing| last.reason == ProgressReason::ProgressDeadlineExceeded;
        self.observed.outcome = if self.complete_since.is_some() {
            "complete"
        } else if self.last.is_some_and(exceeded) {
            "progress-deadline-exceeded"
        } else {
            "incomplete"
        }
        .into();
        let revision = self.status.map(|status| status.revision).filter(|&revision| revision > 0);
        self.observed.revision = revision.map(|revision| revision.to_string());
        self.observed
    }
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
            Fact::Target { target, .. } => {
                let first = self.world.scenario.timeline.iter().find(|step| step.action == CREATE);
                let created = first.map_or(SimDuration::ZERO, |step| step.at);
                self.start.get_or_insert(SimTime::ZERO + at.since(SimTime::ZERO + created));
                self.desired = target.desired as i32;
                let version = self.world.templates.get(usize::from(target.version)).cloned().unwrap_or_default();
                if self.observed.versions.last() != Some(&version) {
                    self.observed.versions.push(version);
                }
                self.generation += 1;
                self.judge(at);
            }
            Fact::DeploymentStatus { status, .. } => self.take_status(at, status),
            Fact::Stalled { cause, held, of, refusals, .. } => {
                self.observed.stalled = Some((self.seconds(at), explained(cause, held, of, &refusals, &[])));
            }
            Fact::ReplicaSetCreated { id, template, replicas, .. } => {
                let name = self.world.templates.get(usize::from(template)).cloned().unwrap_or_default();
                self.sets.push((id, name, 0));
                self.scale(at, id, 0, replicas);
            }
            Fact::ReplicaSetScaled { id, from, to } => self.scale(at, id, from, to),
            Fact::ReplicaSetDeleted(id) => self.sets.retain(|(known, ..)| *known != id),
            Fact::PodCreated { pod, owner, .. } => {
                self.name_pod(owner);
                self.change_pod(at, pod, |pod| *pod = PodSeen::default());
            }
            Fact::PodScheduled { pod, .. } => {
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
            }
            _ => {}
        }
    }
}

fn status_word(status: ConditionStatus) -> &'static str {
    match status {
        ConditionStatus::True => "True",
        ConditionStatus::False => "False",
        ConditionStatus::Unknown => "Unknown",
    }
}

fn reason_word(reason: ProgressReason) -> &'static str {
    match reason {
        ProgressReason::NewReplicaSetCreated => "NewReplicaSetCreated",
        ProgressReason::FoundNewReplicaSet => "FoundNewReplicaSet",
        ProgressReason::ReplicaSetUpdated => "ReplicaSetUpdated",
        ProgressReason::NewReplicaSetAvailable => "NewReplicaSetAvailable",
        ProgressReason::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
        ProgressReason::ReplicaSetCreateError => "ReplicaSetCreateError",
        ProgressReason::DeploymentPaused => "DeploymentPaused",
        ProgressReason::DeploymentResumed => "DeploymentResumed",
    }
}
