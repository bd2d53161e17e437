//! In which order the workloads of a world roll.

use crate::scenario::target::WorkloadId;
use crate::time::SimDuration;

/// In which order workloads roll that have no time of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// The order.
    pub order: Order,
    /// Time from the end of one rollout, or of a wave, to the beginning of the next.
    pub pause: SimDuration,
    /// What is done when a rollout has stalled.
    pub on_stall: OnStall,
}

/// The order of a release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// All at once.
    #[default]
    Together,
    /// So many at a time, in the order of the world's workloads: whenever one is over the next begins.
    AtOnce(u32),
    /// One group after the other. Workloads that are in no group are not rolled.
    Waves(Vec<Vec<WorkloadId>>),
}

/// What is done when a rollout of a release has stalled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnStall {
    /// Those that have begun go on, and no other one begins.
    #[default]
    Stop,
    /// The next one begins.
    Continue,
    /// It is undone at once, and no other one begins.
    Undo,
}
