//! How many nodes a cluster autoscaler asks for.
//!
//! This follows the cluster autoscaler's FAQ: each scan adds the nodes of a group that the unschedulable pods need,
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

#[cfg(test)]
mod tests {
    use super::*;

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
