//! How many nodes a cluster autoscaler asks for.
//!
//! After the cluster autoscaler's FAQ: each scan adds as many nodes of a group as the pods that fit nowhere need, less what is
//! under way, up to the group's largest size. Whether pods only wait for terminating ones to go is not asked.

/// Nodes to ask for when `pending` pods fit nowhere: `coming` places are under way, a node has `per_node`, and `spare` more
/// nodes may be had.
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
