//! What belongs to one workload of a run, and all workloads of it.

use std::collections::VecDeque;

use crate::k8s::objects::{Deployment, ReplicaSet};
use crate::k8s::tools::{Tool, Verdict};
use crate::scenario::{SUBJECT, WorkloadId};
use crate::sim::observation::PodId;
use crate::sim::state::deployment_work::DeploymentWork;
use crate::sim::state::replica_set_cache::Watches;
use crate::time::SimTime;

/// What belongs to one workload.
#[derive(Debug, Default)]
pub(crate) struct Workload {
    /// The Deployment as the API server has it.
    pub(crate) deployment: Option<Deployment>,
    /// The ReplicaSets as the API server has them, oldest first.
    pub(crate) replica_sets: Vec<ReplicaSet>,
    pub(crate) work: DeploymentWork,
    pub(crate) watches: Watches,
    /// Pods that were created and that the scheduler has not seen.
    pub(crate) arriving: VecDeque<PodId>,
    /// API requests so far: the position of the next one's random number.
    pub(crate) requests: u64,
    /// Watch deliveries so far, likewise.
    pub(crate) deliveries: u64,
    pub(crate) stalled: bool,
    /// The automatic undo has been made.
    pub(crate) rolled_back: bool,
    pub(crate) available: Available,
    pub(crate) course: Course,
    /// The verdicts of tools that somebody asks about, in the order of [`Tool::ALL`].
    pub(crate) said: [Verdict; Tool::ALL.len()],
}

/// Available pods, and what a pipeline sees that compares them with the objective. Counted only where somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Available {
    pub(crate) count: u32,
    /// Availability is below the objective.
    pub(crate) short: bool,
    /// How often [`Self::short`] has changed.
    pub(crate) changes: u32,
}

/// How far a workload of several has come with what happens to it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Course {
    /// When it began; `None`: it has not.
    pub(crate) begun: Option<SimTime>,
    /// It is over, or its time is.
    pub(crate) over: bool,
    /// When it was complete.
    pub(crate) end: Option<SimTime>,
}

impl Workload {
    /// Begins a run.
    fn reset(&mut self, workload: WorkloadId) {
        self.deployment = None;
        self.replica_sets.clear();
        self.work.reset(workload);
        self.watches.reset(workload);
        self.arriving.clear();
        self.requests = 0;
        self.deliveries = 0;
        self.stalled = false;
        self.rolled_back = false;
        self.available = Available::default();
        self.course = Course::default();
        self.said = Default::default();
    }
}

/// A release of several workloads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Release {
    /// A rollout has stalled, and no other one begins.
    pub(crate) stopped: bool,
    /// Rollouts that are over, and after which the pause is not.
    pub(crate) pauses: u32,
}

/// All workloads of a run. The first one lies in place, so that a run with no other one finds it without an index.
#[derive(Debug, Default)]
pub(crate) struct Workloads {
    first: Workload,
    others: Vec<Workload>,
}

impl Workloads {
    /// Begins a run of so many workloads.
    pub(crate) fn reset(&mut self, count: usize) {
        self.first.reset(SUBJECT);
        self.others.resize_with(count.saturating_sub(1), Workload::default);
        for (other, workload) in self.others.iter_mut().zip(SUBJECT + 1..) {
            other.reset(workload);
        }
    }

    /// A workload. `many`: there may be others than the first.
    #[inline(always)]
    pub(crate) fn of(&self, many: bool, workload: WorkloadId) -> &Workload {
        if many && workload != SUBJECT { &self.others[usize::from(workload) - 1] } else { &self.first }
    }

    /// A workload, to be changed.
    #[inline(always)]
    pub(crate) fn of_mut(&mut self, many: bool, workload: WorkloadId) -> &mut Workload {
        if many && workload != SUBJECT { &mut self.others[usize::from(workload) - 1] } else { &mut self.first }
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Workload> {
        std::iter::once(&self.first).chain(&self.others)
    }
}
