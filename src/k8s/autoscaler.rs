//! How many nodes a cluster autoscaler asks for, and which it takes away.
//!
//! This follows the cluster autoscaler's FAQ. Each scan adds the nodes of a group that the unschedulable pods need,
//! less those that the group is already getting, up to the group's largest size. The scan does not ask whether those
//! pods only wait for terminating pods to go.

/// Number of nodes to request for `pending` unschedulable pods. `coming` is the number of pods that have room on
/// requested nodes, `per_node` the pods that fit on one node, and `spare` the nodes by which the group may still grow.
#[must_use]
pub fn nodes_to_add(pending: u32, coming: u32, per_node: u32, spare: u32) -> u32 {
    if per_node == 0 {
        return 0;
    }
    pending.saturating_sub(coming).div_ceil(per_node).min(spare)
}

/// How long the autoscaler waits between the taint of a node and the first eviction from it
/// (`--node-delete-delay-after-taint`).
pub const DELAY_AFTER_TAINT_SECONDS: u64 = 5;

/// How long it tries to evict the pods of a node before it gives up (`--max-pod-eviction-time`).
pub const LONGEST_EVICTION_SECONDS: u64 = 120;

/// How long it waits between two tries to evict a pod (`core/scaledown/actuation/drain.go: EvictionRetryTime`).
pub const EVICTION_RETRY_SECONDS: u64 = 10;

/// How long it takes no node away after it failed to (`--scale-down-delay-after-failure`).
pub const DELAY_AFTER_FAILURE_SECONDS: u64 = 180;

/// How many empty nodes it takes away at a time (`--max-empty-bulk-delete`).
pub const EMPTY_NODES_AT_A_TIME: usize = 10;

/// How long Karpenter checks a decision again before it acts (`disruption/validation.go`).
pub const CONSOLIDATION_CHECK_SECONDS: u64 = 15;

/// A node of the cluster as a scan for nodes that are not needed sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Pods of the Deployment on it.
    pub pods: u32,
    /// Most of them with which the requests are less than the threshold of what the node has.
    pub most: u32,
    /// How many more pods the other nodes take.
    pub elsewhere: u32,
}

impl Candidate {
    /// Whether the node is not needed: little of it is requested, and its pods fit elsewhere.
    #[must_use]
    pub const fn is_unneeded(self) -> bool {
        self.pods <= self.most && self.pods <= self.elsewhere
    }
}

/// Which of the nodes that were not needed for long enough are taken away now: empty ones, else the first other one whose pods
/// may be evicted. Each is its number of pods, and whether a pod of it may be evicted; `spare` is how many nodes may go.
#[must_use]
pub fn nodes_to_remove(unneeded: &[(u32, bool)], spare: usize) -> Vec<usize> {
    let empty = unneeded.iter().enumerate().filter(|(_, (pods, _))| *pods == 0).map(|(place, _)| place);
    let empty: Vec<usize> = empty.take(EMPTY_NODES_AT_A_TIME.min(spare)).collect();
    if !empty.is_empty() || spare == 0 {
        return empty;
    }
    unneeded.iter().position(|(_, may_go)| *may_go).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_not_needed_where_little_is_requested_and_its_pods_fit_elsewhere() {
        let table = [((0, 0, 0), true), ((2, 2, 2), true), ((3, 2, 9), false), ((2, 2, 1), false)];
        for ((pods, most, elsewhere), expected) in table {
            assert_eq!(Candidate { pods, most, elsewhere }.is_unneeded(), expected, "{pods} {most} {elsewhere}");
        }
    }

    #[test]
    fn empty_nodes_go_together_and_others_one_by_one() {
        assert_eq!(nodes_to_remove(&[(1, true), (0, true), (0, true)], 5), [1, 2]);
        assert_eq!(nodes_to_remove(&[(0, true), (0, true), (0, true)], 2), [0, 1]);
        assert_eq!(nodes_to_remove(&[(1, false), (2, true), (1, true)], 5), [1]);
        assert!(nodes_to_remove(&[(1, false)], 5).is_empty());
        assert!(nodes_to_remove(&[(0, true)], 0).is_empty());
        assert_eq!(nodes_to_remove(&[(0, true); 12], 12), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }

    #[test]
    fn what_is_under_way_counts_and_the_group_has_an_end() {
        let table = [
            ((0, 0, 4, 9), 0),
            ((1, 0, 4, 9), 1),
            ((9, 0, 4, 9), 3),
            ((9, 8, 4, 9), 1),
            ((9, 12, 4, 9), 0),
            ((9, 0, 4, 2), 2),
            ((9, 0, 0, 2), 0),
        ];
        for ((pending, coming, per_node, spare), expected) in table {
            assert_eq!(nodes_to_add(pending, coming, per_node, spare), expected, "{pending} {coming}");
        }
    }
}
