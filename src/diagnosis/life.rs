//! The lives of pods: what each did when, and what had let it come.

use super::phase::Phase;
use crate::k8s::objects::Template;
use crate::k8s::prober::KillingProbe;
use crate::scenario::Refusals;
use crate::sim::{NodeId, OwnerId, PodId};
use crate::time::{SimDuration, SimTime};

/// What let a pod come, or a rollout end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// The start of the rollout.
    Start,
    /// The workload's spec was changed while its rollout ran.
    Changed(SimTime),
    /// A pod had become available.
    Available(PodId, SimTime),
    /// A pod that had to go was gone.
    Gone(PodId, SimTime),
    /// A pod was lost or evicted and had to be replaced.
    Replaced(PodId, SimTime),
}

impl Release {
    /// When it was; `None`: at the start.
    #[must_use]
    pub const fn at(&self) -> Option<SimTime> {
        match self {
            Self::Start => None,
            Self::Changed(at) | Self::Available(_, at) | Self::Gone(_, at) | Self::Replaced(_, at) => Some(*at),
        }
    }
}

/// The instant from which a pod is in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// From when on.
    pub at: SimTime,
    /// What it does from then on.
    pub phase: Phase,
}

/// What happened to a pod beside its phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incident {
    /// A probe gave up, and the kubelet stops the container.
    Killed(KillingProbe),
    /// A container exited by itself.
    Exited,
    /// No node takes the pod.
    Unschedulable(Refusals),
    /// Its volume is attached to this node.
    VolumeElsewhere(NodeId),
    /// Its node was lost.
    NodeLost(NodeId),
    /// It was Ready and is so no longer, on a node that works.
    NotReady,
}

/// A pod of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// Its version.
    pub version: Template,
    /// Its place among the pods of its version, in order of creation; of a StatefulSet its ordinal, and of a DaemonSet
    /// the node that it is for.
    pub number: u32,
    /// The ReplicaSet, StatefulSet or DaemonSet that owns it.
    pub owner: OwnerId,
    /// Its node, once it is bound to one.
    pub node: Option<NodeId>,
    /// It was there when the run began.
    pub found: bool,
    /// What it did from when on; the first change is its creation, or of a pod that was found the start of the run.
    pub changes: Vec<Change>,
    /// What else happened to it.
    pub incidents: Vec<(SimTime, Incident)>,
    /// What let it come.
    pub released: Release,
    /// What let it go, where a ReplicaSet was made smaller or a StatefulSet or a DaemonSet replaced it.
    pub dismissed: Release,
}

impl Life {
    /// Its name in texts.
    #[must_use]
    pub fn name(&self) -> String {
        format!("v{}-{}", self.version + 1, self.number)
    }

    /// When it was created; of a pod that was found, when the run began.
    #[must_use]
    pub fn created(&self) -> SimTime {
        self.changes.first().map_or(SimTime::ZERO, |change| change.at)
    }

    /// What it does at an instant; `None` before it is created.
    #[must_use]
    pub fn phase_at(&self, at: SimTime) -> Option<Phase> {
        self.changes.iter().rev().find(|change| change.at <= at).map(|change| change.phase)
    }

    /// From when on it is in the phase that it is in at an instant.
    #[must_use]
    pub fn since(&self, at: SimTime) -> SimTime {
        let last = self.changes.iter().rposition(|change| change.at <= at).unwrap_or(0);
        let phase = self.changes.get(last).map(|change| change.phase);
        let first =
            self.changes[..last].iter().rposition(|change| Some(change.phase) != phase).map_or(0, |place| place + 1);
        self.changes.get(first).map_or(at, |change| change.at)
    }

    /// The first instant at which it is in a phase.
    #[must_use]
    pub fn first(&self, phase: Phase) -> Option<SimTime> {
        self.changes.iter().find(|change| change.phase == phase).map(|change| change.at)
    }

    /// How long it took from its creation until it was available first; `until`: where it never was.
    #[must_use]
    pub fn time_to_availability(&self, until: SimTime) -> SimDuration {
        self.first(Phase::Available).unwrap_or(until).since(self.created())
    }

    /// Its phases that last, as intervals up to `end`.
    pub fn intervals(&self, end: SimTime) -> impl Iterator<Item = (Phase, SimTime, SimTime)> + '_ {
        self.changes.iter().enumerate().filter_map(move |(place, change)| {
            let until = self.changes.get(place + 1).map_or(end, |next| next.at.min(end));
            (until > change.at && change.phase != Phase::Gone).then_some((change.phase, change.at, until))
        })
    }
}
