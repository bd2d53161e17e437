//! `maxSurge` and `maxUnavailable` of a DaemonSet, in nodes.

use crate::k8s::int_or_percent::IntOrPercent;

/// How many nodes a rolling update may work on at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Nodes with a second pod.
    pub max_surge: i32,
    /// Nodes without an available pod.
    pub max_unavailable: i32,
}

impl Limits {
    /// Both round up. Where both would be 0 no pod could be replaced, so unavailable is then 1.
    ///
    /// Upstream: `update.go: updatedDesiredNodeCounts`.
    #[must_use]
    pub fn of(max_surge: IntOrPercent, max_unavailable: IntOrPercent, desired: i32) -> Self {
        let limits =
            Self { max_surge: max_surge.scaled(desired, true), max_unavailable: max_unavailable.scaled(desired, true) };
        if desired > 0 && limits == (Self { max_surge: 0, max_unavailable: 0 }) {
            return Self { max_unavailable: 1, ..limits };
        }
        limits
    }
}
