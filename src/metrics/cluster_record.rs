//! What is kept of one replication of a world of several workloads, beside the records of these.

use serde::{Deserialize, Serialize};

use crate::scenario::WorkloadId;
use crate::sim::StallCause;
use crate::time::SimDuration;

/// How a release of several workloads ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ReleaseOutcome {
    /// Every rollout was complete.
    AllDone,
    /// A rollout stalled, and those that had not begun did not begin.
    Stopped,
    /// A rollout was not complete in its time.
    #[default]
    Unfinished,
}

/// One simulated release. Times are from its start. Counts are pods, CPU is in thousandths of a core, memory in bytes. Pods count from
/// their creation until they are gone: Terminating ones and Pending ones are among them, unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClusterRecord {
    /// How it ended.
    pub outcome: ReleaseOutcome,
    /// Start to the end of the last rollout; for one that was not all done the time that was followed, a censored value.
    pub duration: SimDuration,
    /// Workloads whose rollout has stalled.
    pub stalled_workloads: u32,
    /// Workloads whose rollout was not complete, those that never began included.
    pub unfinished_workloads: u32,
    /// Pods that the run found.
    pub found_pods: u32,
    /// Most pods at once.
    pub peak_pods: u32,
    /// Most pods on nodes at once: Pending ones take no room.
    pub peak_placed: u32,
    /// Most pods at once that had no node.
    pub peak_pending: u32,
    /// Integral of pods that had no node [pod ns].
    pub pending_pod_nanos: u128,
    /// CPU that the pods ask for that the run found.
    pub found_cpu_millis: u64,
    /// Most CPU that all pods asked for at once.
    pub peak_cpu_millis: u64,
    /// The same of the pods on nodes.
    pub peak_placed_cpu_millis: u64,
    /// Integral of the CPU above what the found pods ask for [thousandths of a core × ns].
    pub extra_cpu_milli_nanos: u128,
    /// Memory that the pods ask for that the run found.
    pub found_memory_bytes: u64,
    /// Most memory that all pods asked for at once.
    pub peak_memory_bytes: u64,
    /// The same of the pods on nodes.
    pub peak_placed_memory_bytes: u64,
    /// Most of each other resource that all pods asked for at once, in the order of the world's resources after `pods`.
    pub peak_others: Vec<u64>,
    /// Most that each quota counted at any instant, quota by quota in the order of the world, each in the order of its resources.
    /// A state that lasts no time counts too, because admission decides at instants.
    pub peak_quotas: Vec<u64>,
    /// The rollouts that stalled because no node had room for their pods or a quota refused them.
    pub stalls: Vec<StallForRoom>,
    /// Pods of each workload, in the order of the world, at the instant at which most CPU was asked for (the first such instant).
    pub pods_at_peak: Vec<u32>,
    /// How long more CPU or more memory was asked for than the nodes have for these pods.
    pub over_room: SimDuration,
    /// Pods that found no node when they were tried first.
    pub unschedulable_pods: u32,
    /// Pods that a ResourceQuota refused, each as often as it was refused.
    pub quota_refused_pods: u32,
    /// How long some ReplicaSet lacked pods that a quota had refused.
    pub quota_blocked: SimDuration,
    /// Nodes lost.
    pub nodes_lost: u32,
    /// Nodes that the autoscaler added.
    pub nodes_added: u32,
    /// Most nodes that were there at once.
    pub peak_nodes: u32,
}

/// A rollout that stalled because no node had room for its pods or a quota refused them, and who took room at that instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StallForRoom {
    /// The workload that stalled.
    pub workload: WorkloadId,
    /// What most of the pods that held it up waited for.
    pub cause: StallCause,
    /// How many pods more than the run found of them all other workloads had together that had more.
    pub more: u32,
    /// These workloads with how many more, the most first and at most [`Self::MOST`].
    pub others: Vec<(WorkloadId, u32)>,
}

impl StallForRoom {
    /// Other workloads that are kept of one stall: a release of a thousand workloads may have a thousand stalls.
    pub const MOST: usize = 8;
}

impl ClusterRecord {
    /// The most of each resource beside CPU, memory and the number of pods, and then of what each quota counts, in the order of
    /// [`other_series`](super::other_series).
    pub fn peaks(&self) -> impl Iterator<Item = u64> + '_ {
        self.peak_others.iter().chain(&self.peak_quotas).copied()
    }
}

impl ReleaseOutcome {
    /// Every way in which a release can end.
    pub const ALL: [Self; 3] = [Self::AllDone, Self::Stopped, Self::Unfinished];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllDone => "all_done",
            Self::Stopped => "stopped",
            Self::Unfinished => "unfinished",
        }
    }
}
