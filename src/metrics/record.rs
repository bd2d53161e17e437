//! What is kept of one replication.

use serde::{Deserialize, Serialize};

use crate::metrics::listener::{Saying, Sayings};
use crate::scenario::{Refusals, Tool};
use crate::sim::{Placed, StallCause};
use crate::time::SimDuration;
use crate::traffic::Lost;

/// How a rollout ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Outcome {
    /// `kubectl rollout status` would have reported success.
    Completed,
    /// It was undone.
    RolledBack,
    /// Another template replaced the one being rolled out.
    Superseded,
    /// The horizon came first.
    #[default]
    Unfinished,
}

/// One simulated rollout. Times are from the rollout's start, counts are pods, integrals pod-nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Record {
    /// How it ended.
    pub outcome: Outcome,
    /// When `ProgressDeadlineExceeded` first appeared, and why; `None`: it did not before the end.
    pub stall: Option<(SimDuration, StallCause)>,
    /// Why no node took the pods that waited for one then.
    pub refusals: Refusals,
    /// Start to end; for an unfinished rollout the horizon, a censored value.
    pub duration: SimDuration,
    /// Longest time between two signs of progress; [`Self::NO_PROGRESS`] where no controller gives such signs.
    pub longest_progress_gap: SimDuration,
    /// Wanted pods at the start.
    pub desired: u32,
    /// Fewest available pods.
    pub min_available: u32,
    /// Fewest Ready pods.
    pub min_ready: u32,
    /// Largest of (desired - available) / desired over time, in billionths.
    pub dip_depth_ppb: u64,
    /// Intervals with available < desired.
    pub dip_count: u32,
    /// Their total length.
    pub dip: SimDuration,
    /// Integral of max(0, desired - available) [pod ns].
    pub dip_pod_nanos: u128,
    /// Time with available < desired - maxUnavailable.
    pub below_floor: SimDuration,
    /// Time with available / desired under the objective.
    pub below_objective: SimDuration,
    /// Most pods at once, on nodes or Pending, without Terminating ones.
    pub peak_pods: u32,
    /// Most pods on nodes at once, Terminating ones too.
    pub peak_footprint: u32,
    /// Integral of max(0, footprint - desired) [pod ns].
    pub surge_pod_nanos: u128,
    /// Integral of unscheduled pods [pod ns].
    pub pending_pod_nanos: u128,
    /// Longest time that a pod of a new version waited for a node; one that still waits counts up to the end.
    pub longest_pending: SimDuration,
    /// Pods created.
    pub pods_created: u32,
    /// Pods with a container that exited by itself.
    pub pods_failed: u32,
    /// Container restarts.
    pub restarts: u32,
    /// Nodes lost.
    pub nodes_lost: u32,
    /// Nodes that the autoscaler added.
    pub nodes_added: u32,
    /// Requests, where there is traffic.
    pub requests: Option<Requests>,
    /// What came after the end, where the run was followed beyond it.
    pub after: Option<After>,
    /// Where the pods stood at the end, where that was asked for and there was one.
    pub placed: Option<Placed>,
    /// What tools say that wait for the rollout, where that was asked for.
    pub said: Sayings,
}

/// What came after the end of what is measured, until the run was followed no longer. Counts are pods, integrals
/// pod-nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct After {
    /// Start of the run to the end of the time for which it was followed.
    pub until: SimDuration,
    /// Start of the run until the last pod was gone that the event replaced or removed; `None`: one was still there at the end.
    pub old_pods_gone: Option<SimDuration>,
    /// Fewest available pods.
    pub min_available: u32,
    /// Integral of max(0, desired - available) [pod ns].
    pub dip_pod_nanos: u128,
    /// Time with available / desired under the objective.
    pub below_objective: SimDuration,
    /// Pods with a container that exited by itself.
    pub pods_failed: u32,
    /// Container restarts.
    pub restarts: u32,
    /// Nodes lost.
    pub nodes_lost: u32,
    /// Most pods on nodes at once, Terminating ones too.
    pub peak_footprint: u32,
}

/// Requests in millionths, from the rollout's start until all senders know its pods and these are warm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// All that came.
    pub asked: u128,
    /// Sent to pods that answer no more.
    pub dead: u128,
    /// Came while no pod was known.
    pub nowhere: u128,
    /// Over the capacity of the pod that they were sent to.
    pub over: u128,
}

impl Record {
    /// [`Self::longest_progress_gap`] where no controller says when it makes progress: that of a StatefulSet, and of a DaemonSet.
    pub const NO_PROGRESS: SimDuration = SimDuration::MAX;

    /// What a tool says.
    #[must_use]
    pub const fn said_by(&self, tool: Tool) -> &Saying {
        &self.said[tool as usize]
    }
}

impl Requests {
    /// The requests of `lost`, rounded to millionths.
    #[must_use]
    pub fn of(lost: Lost) -> Self {
        // A float-to-integer cast saturates at both ends.
        let millionths = |requests: f64| (requests * 1e6).round() as u128;
        Self {
            asked: millionths(lost.asked),
            dead: millionths(lost.dead),
            nowhere: millionths(lost.nowhere),
            over: millionths(lost.over),
        }
    }

    /// All requests that no pod answered.
    #[must_use]
    pub fn lost(&self) -> u128 {
        self.dead + self.nowhere + self.over
    }

    /// Their share of all that came; 0 where none came.
    #[must_use]
    pub fn lost_fraction(&self) -> f64 {
        if self.asked == 0 { 0.0 } else { self.lost() as f64 / self.asked as f64 }
    }
}

/// The words in files for why a rollout stalled.
#[must_use]
pub fn stall_causes() -> Vec<&'static str> {
    StallCause::ALL.iter().map(|cause| cause.as_str()).collect()
}

impl Outcome {
    /// Every way in which a rollout can end.
    pub const ALL: [Self; 4] = [Self::Completed, Self::RolledBack, Self::Superseded, Self::Unfinished];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Superseded => "superseded",
            Self::Unfinished => "unfinished",
        }
    }
}
