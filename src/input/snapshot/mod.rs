//! A snapshot of a cluster, as `kubectl get deploy,rs,pods,nodes,events,... -A -o json` prints it: what one workload of it does at
//! that instant.
//!
//! All instants are whole seconds since 1970, as the API writes them: it cuts the fraction.

mod identity;
mod object;

mod newest;

mod condition;

mod subject;

mod set;

mod pod;

mod event;

mod missing;
mod node;
mod start_up;

mod fitted;

mod spec;

mod found;

mod found_objects;

pub use condition::Condition;
pub use event::Event;
pub(crate) use fitted::distribution as fitted_to;
pub use missing::Missing;
pub use node::StandingNode;
pub use pod::{Exit, Pod, Waiting};
pub use set::Set;
pub(crate) use spec::Spec;
pub use start_up::{PullSeen, StartUpSeen};
pub use subject::{Asked, Kind, Name, Rule, Workload};

use crate::input::kubernetes::object::objects;
use crate::input::tables::instant::stamp;
use crate::input::tree::error::InputError;
use crate::input::tree::yaml::Node;

/// An instant as the API writes it, in seconds since 1970.
#[must_use]
pub fn instant_of(text: &str) -> Option<i64> {
    stamp(text).filter(|stamp| stamp.zoned).and_then(|stamp| i64::try_from(stamp.nanos.div_euclid(1_000_000_000)).ok())
}

/// What a snapshot shows of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The instant of the snapshot.
    pub at: i64,
    /// The user gave that instant; else it is the newest one that the file holds, before which the snapshot cannot be.
    pub at_is_given: bool,
    /// The workload.
    pub workload: Workload,
    /// Its ReplicaSets or ControllerRevisions that have or had pods, by revision, the oldest first.
    pub sets: Vec<Set>,
    /// Its pods that have not ended, by name. Those that are being deleted are among them.
    pub pods: Vec<Pod>,
    /// Events about it, its sets and its pods, also those that are gone, the oldest first.
    pub events: Vec<Event>,
    /// Nodes.
    pub nodes: Vec<StandingNode>,
    /// What the file does not hold.
    pub missing: Vec<Missing>,
    /// How long its new pods took to start, as far as they tell.
    pub start_up: StartUpSeen,
}

impl Snapshot {
    /// Reads what `documents` show of the workload that is asked for.
    pub(crate) fn read(documents: &[Node], asked: &Asked, file: &str) -> Result<Self, InputError> {
        let all = objects(documents)?;
        let subject = subject::choose(&all, asked, file)?;
        let workload = Workload::read(subject.kind, &subject.object)?;
        let at = match asked.at {
            Some(at) => at,
            None => newest::newest(&all)?.ok_or_else(|| {
                InputError::in_file(
                    file,
                    "no instant is in the file: give the snapshot's with --at 2026-01-31T09:30:00Z",
                )
            })?,
        };
        let mut sets = set::read(&all, &workload, &subject.object)?;
        let mut pods = pod::read(&all, &workload, &mut sets)?;
        pods.sort_by(|one, other| one.name.cmp(&other.name));
        let events = event::read(&all, &workload, &sets, &pods)?;
        let missing = missing::missing(&all, &workload);
        let nodes = node::read(&all)?;
        let mut start_up = StartUpSeen::of(at, &pods, &sets);
        start_up.add_pulls(&pods, &sets, &events);
        start_up.add_stopped(at, &workload, &pods, &events);
        Ok(Self { at, at_is_given: asked.at.is_some(), workload, sets, pods, events, nodes, missing, start_up })
    }

    /// The set that the workload's template now asks for.
    #[must_use]
    pub fn new_set(&self) -> Option<&Set> {
        self.sets.iter().find(|set| set.is_new)
    }

    /// Whether a pod is of the workload's present template.
    #[must_use]
    pub fn is_new(&self, pod: &Pod) -> bool {
        pod.set.and_then(|set| self.sets.get(set)).is_some_and(|set| set.is_new)
    }

    /// Pods that count: those that are not being deleted.
    pub fn live(&self) -> impl Iterator<Item = &Pod> {
        self.pods.iter().filter(|pod| pod.told.is_none())
    }

    /// Whether a pod is Ready as the controllers see it.
    #[must_use]
    pub fn is_available(&self, pod: &Pod) -> bool {
        let least = i64::from(self.workload.min_ready_seconds);
        pod.ready.is_some_and(|since| since + least <= self.at)
    }

    /// Pods that are to be of the present template in the end.
    #[must_use]
    pub fn target(&self) -> u32 {
        match self.workload.rule {
            Rule::Ordered { partition, .. } => self.workload.desired.saturating_sub(partition),
            _ => self.workload.desired,
        }
    }

    /// Whether `kubectl rollout status` says that it is rolled out, and all its pods are available.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        let workload = &self.workload;
        let replaced = workload.kind == Kind::DaemonSet || workload.total <= workload.desired;
        workload.observed_generation >= workload.generation
            && (workload.rule == Rule::OnDelete || workload.updated >= self.target())
            && replaced
            && workload.available >= workload.desired
            && workload.deadline_passed().is_none()
            // The counts of the status come last: where the newest template has no set yet, nothing has begun.
            && (self.sets.is_empty() || self.new_set().is_some())
    }

    /// Since when the API server refuses the pods of the present template, and its message. A ReplicaSet has a condition for it; of a
    /// StatefulSet or a DaemonSet an event tells it, and holds while no pod has come after it and one is missing.
    pub(crate) fn refusal(&self) -> Option<(i64, String)> {
        if self.workload.kind == Kind::Deployment {
            return self.new_set()?.failure.clone();
        }
        let event = self.last_event(&self.workload.name, &["FailedCreate"])?;
        let came = self.pods.iter().any(|pod| pod.created > event.last);
        let missing = (self.live().count() as u64) < u64::from(self.workload.desired);
        (missing && !came && event.kind == self.workload.kind.as_str()).then(|| (event.first, event.message.clone()))
    }

    /// The newest event with one of these reasons about a pod. The pod before it may have had the same name.
    #[must_use]
    pub fn last_event_of(&self, pod: &Pod, reasons: &[&str]) -> Option<&Event> {
        self.last_event(&pod.name, reasons).filter(|event| event.last >= pod.created)
    }

    /// The newest event with one of these reasons about an object.
    #[must_use]
    pub fn last_event(&self, object: &str, reasons: &[&str]) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.object == object && reasons.contains(&event.reason.as_str()))
    }
}
