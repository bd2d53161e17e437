//! What is kept of one simulated release.

use crate::metrics::{ClusterRecord, Record};
use crate::scenario::Order;
use crate::time::SimDuration;

/// One simulated release. Lists have one member for each workload, in the order of the world, where they say nothing else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReleaseRecord {
    /// Of the cluster.
    pub cluster: ClusterRecord,
    /// Of each workload.
    pub workloads: Vec<Record>,
    /// How long no pod of it was available, from the beginning of its rollout to the end of that.
    pub down: Vec<SimDuration>,
    /// How long a pod of it waited that had found no node, at most; zero: every pod found one at once.
    pub waits: Vec<SimDuration>,
    /// A pod of a workload that was not complete had found no node, and still had none at the end.
    pub left_without_node: bool,
    /// What each workload takes at the instant at which all together take most: resource by resource of the world's room, and then
    /// of what each quota counts, workload by workload.
    pub at_peak: Vec<u64>,
}

/// The simulated releases of one order.
#[derive(Clone, Copy, Debug)]
pub struct Releases<'a> {
    /// The order.
    pub order: &'a Order,
    /// Release by release.
    pub all: &'a [ReleaseRecord],
}

impl ReleaseRecord {
    /// The longest time for which a pod waited that had found no node.
    #[must_use]
    pub fn longest_wait(&self) -> SimDuration {
        self.waits.iter().copied().max().unwrap_or(SimDuration::ZERO)
    }
}
