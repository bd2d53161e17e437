//! Where a pod goes, and how long one waits that found no place.
//!
//! Upstream: `pkg/scheduler/framework/plugins/noderesources: Fit, least_allocated.go`,
//! `pkg/scheduler/backend/queue/backoff_queue.go`.
//!
//! The rule is a simplification: of the nodes with room the least allocated one wins, and the lowest number among
//! equals. Upstream adds the scores of other plugins, which for equal pods and nodes also favour the emptiest node, and
//! draws lots among equals.

use crate::time::SimDuration;

/// Billionths of a node, so that loads compare exactly.
const WHOLE: f64 = 1e9;

/// What the scheduler knows of a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NodeRoom {
    /// Pods that it has room for, terminating ones counted as long as they have not ended. 0 for a node that takes none.
    pub free: u32,
    /// Its load with the pod on it; see [`load`].
    pub load: u64,
}

/// Load of a node in billionths: what else runs there, and `pods` pods that each take `pod_load` of it.
#[must_use]
pub fn load(base_load: f64, pod_load: f64, pods: u32) -> u64 {
    // A cast from a float saturates.
    ((base_load + pod_load * f64::from(pods)) * WHOLE).round() as u64
}

/// The node for the next pod: the first of the least loaded ones with room.
#[must_use]
pub fn place(nodes: impl Iterator<Item = NodeRoom>) -> Option<usize> {
    // `min_by_key` gives the first of equals.
    nodes.enumerate().filter(|(_, node)| node.free > 0).min_by_key(|(_, node)| node.load).map(|(number, _)| number)
}

/// How long a pod waits after its `attempts`-th failed attempt while others are waiting too: 1, 2, 4, 8, then 10 s.
/// With none waiting it is tried at once (`SchedulerPopFromBackoffQ`); either way only after an event that could help.
#[must_use]
pub fn unschedulable_backoff(attempts: u32) -> SimDuration {
    SimDuration::from_secs((1_u64 << attempts.saturating_sub(1).min(4)).min(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_loaded_node_with_room_wins_and_the_first_of_equals() {
        let node = |free, load| NodeRoom { free, load };
        assert_eq!(place([node(1, 5), node(1, 3), node(2, 3), node(0, 0)].into_iter()), Some(1));
        assert_eq!(place([node(0, 1)].into_iter()), None);
        assert_eq!(place(std::iter::empty()), None);
    }

    #[test]
    fn equal_sums_of_loads_are_equal() {
        assert_eq!(load(0.1, 0.2, 1), load(0.3, 0.0, 5));
        assert_eq!(load(0.5, 0.25, 2), 1_000_000_000);
    }

    #[test]
    fn backoff_doubles_to_ten_seconds() {
        let seconds: Vec<_> = (1..=6).map(|attempt| unschedulable_backoff(attempt).as_secs_f64()).collect();
        assert_eq!(seconds, [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]);
        assert_eq!(unschedulable_backoff(u32::MAX), SimDuration::from_secs(10));
    }
}
