//! Where a pod goes, and how long one waits that found no place.
//!
//! Upstream: `pkg/scheduler/framework/plugins/noderesources: Fit, least_allocated.go`,
//! `pkg/scheduler/backend/queue/backoff_queue.go`.
//!
//! The rule is a simplification: of the nodes with room the least allocated one wins, and the lowest number among
//! equals. Upstream adds the scores of other plugins, which for equal pods and nodes also favour the emptiest node, and
//! takes equals in the order of a heap, which [`select_host`] follows.

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

/// Whether a domain that holds `count` matching pods may get one more, where the domain with the fewest holds `least`.
///
/// Upstream: `pkg/scheduler/framework/plugins/podtopologyspread/filtering.go: Filter`; of the counted pods none terminates
/// (`common.go: countPodsMatchSelector`), and every node counts whatever its taints (`nodeTaintsPolicy: Ignore`).
#[must_use]
pub const fn spread_allows(count: u32, least: u32, max_skew: u32) -> bool {
    count < least.saturating_add(max_skew)
}

/// A node that a pod fits on, as the scores that tell equal nodes apart see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoredNode {
    /// Pods of the same ReplicaSet on it, terminating ones left out.
    pub siblings: u32,
    /// Share of its processors that is asked for with the pod on it, in [0, 1].
    pub allocated: f64,
}

/// Weight of a topology of so many domains (`podtopologyspread/scoring.go: topologyNormalizingWeight`).
fn topology_weight(domains: usize) -> f64 {
    libm::log(domains as f64 + 2.0)
}

/// The node with the highest score among those that a pod fits on, in the scheduler's order of nodes. It is the top of
/// a binary heap of scores, so of equal ones not always the first. No lots are drawn: the random number that should
/// decide between equals is only set where the scheduler has extenders.
///
/// Upstream: `schedule_one.go: prioritizeNodes, newSortedNodeScores`; `noderesources/least_allocated.go`, weight 1;
/// `podtopologyspread/scoring.go: Score, NormalizeScore`, weight 2, with the default constraints (host, skew 3; zone,
/// skew 5) for nodes of one zone.
#[must_use]
pub fn select_host(nodes: &[ScoredNode]) -> Option<usize> {
    let siblings: u32 = nodes.iter().map(|node| node.siblings).sum();
    let zone = f64::from(siblings) * topology_weight(1) + 4.0;
    let host = topology_weight(nodes.len());
    let crowding = |node: &ScoredNode| (zone + f64::from(node.siblings) * host + 2.0).round() as i64;
    let most = nodes.iter().map(crowding).max()?;
    let least = nodes.iter().map(crowding).min()?;
    let score = |node: &ScoredNode| {
        let spread = 100 * (most + least - crowding(node)) / most;
        2 * spread + (100.0 * (1.0 - node.allocated)) as i64
    };
    top_of_heap(&nodes.iter().map(score).collect::<Vec<_>>())
}

/// Place of the score that a binary heap, built as Go's `container/heap: Init` does it, has at its top.
fn top_of_heap(scores: &[i64]) -> Option<usize> {
    let mut heap: Vec<usize> = (0..scores.len()).collect();
    for root in (0..scores.len() / 2).rev() {
        let mut parent = root;
        loop {
            let left = 2 * parent + 1;
            let children = left..heap.len().min(left + 2);
            let Some(child) = children.reduce(|a, b| if scores[heap[b]] > scores[heap[a]] { b } else { a }) else {
                break;
            };
            if scores[heap[child]] <= scores[heap[parent]] {
                break;
            }
            heap.swap(parent, child);
            parent = child;
        }
    }
    heap.first().copied()
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

    /// Where the first pods of a ReplicaSet went on equal nodes of a real cluster, in several recordings.
    #[test]
    fn equal_nodes_are_filled_in_the_order_of_the_heap() {
        for (count, expected) in [(4, vec![0, 1, 3, 2, 0, 1, 3, 2]), (5, vec![0, 1, 3])] {
            let mut nodes = vec![ScoredNode { siblings: 0, allocated: 0.0 }; count];
            let mut order = Vec::new();
            for _ in 0..expected.len() {
                let place = select_host(&nodes).unwrap();
                nodes[place].siblings += 1;
                nodes[place].allocated += 0.003;
                order.push(place);
            }
            assert_eq!(order, expected, "{count} nodes");
        }
        assert_eq!(select_host(&[]), None);
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
