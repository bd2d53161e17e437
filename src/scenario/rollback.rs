//! When a pipeline undoes a rollout.

use crate::time::SimDuration;

/// When a pipeline that watches a rollout undoes it; each `None` is "never". It acts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rollback {
    /// Time from a stall to the undo.
    pub after_stall: Option<SimDuration>,
    /// Time from the rollout's start to the undo, if the rollout is not complete by then.
    pub after: Option<SimDuration>,
    /// How long the share of desired pods that are available must have been below the availability objective.
    pub after_breach: Option<SimDuration>,
}
