//! Where pods stand on nodes and in zones: how unevenly.

use crate::k8s::objects::Template;
use crate::scenario::{PodModel, Scheduling};
use crate::sim::observation::Placed;
use crate::sim::state::nodes::Nodes;
use crate::sim::state::pods::Pod;

/// Memory of a count.
#[derive(Debug, Default)]
pub(crate) struct FinalPlacement {
    on_nodes: Vec<u32>,
    /// `None`: the zone has no node that counts.
    in_zones: Vec<Option<u32>>,
}

impl FinalPlacement {
    /// Counts the pods of a template that are bound and have no deletion timestamp. A node counts if one of them is on it, or if
    /// it is open to them; a zone, if one of its nodes does. `within`: nodes that can have the pods' volumes; empty: all. `zones`:
    /// how many there are in all. `None`: there is no such pod.
    pub(crate) fn count(
        &mut self,
        pods: &[Pod],
        (template, model): (Template, &PodModel),
        (nodes, within): (&Nodes, &[bool]),
        zones: u32,
    ) -> Option<Placed> {
        let Self { on_nodes, in_zones } = self;
        on_nodes.clear();
        on_nodes.resize(nodes.states.len(), 0);
        let stays = |pod: &&Pod| pod.template == template && pod.is_scheduled() && !pod.terminating && !pod.gone;
        pods.iter().filter(stays).for_each(|pod| on_nodes[pod.node as usize] += 1);
        in_zones.clear();
        let counts = |node: usize, pods: u32| {
            pods > 0 || (nodes.states[node].may_hold_some() && within.get(node) != Some(&false) && takes(model, node))
        };
        for (node, &pods) in on_nodes.iter().enumerate().filter(|(node, pods)| counts(*node, **pods)) {
            let zone = nodes.zone(node);
            in_zones.resize(in_zones.len().max(zone + 1), None);
            *in_zones[zone].get_or_insert(0) += pods;
        }
        let used = in_zones.iter().flatten().filter(|pods| **pods > 0).count();
        (used > 0).then(|| Placed {
            zone_skew: skew(in_zones.iter().flatten().copied()),
            node_skew: skew(
                on_nodes.iter().enumerate().filter(|(node, pods)| counts(*node, **pods)).map(|(_, pods)| *pods),
            ),
            one_zone: (zones > 1).then_some(used == 1),
        })
    }
}

/// Whether pods may go to a node by what they say of it and of the pods of others, wherever their own are.
fn takes(model: &PodModel, node: usize) -> bool {
    let named = match model.scheduling {
        Scheduling::Bound(named) => named as usize == node,
        _ => true,
    };
    named && model.topology.as_ref().is_none_or(|topology| topology.is_open(node))
}

/// The most minus the fewest.
fn skew(counts: impl Iterator<Item = u32> + Clone) -> u32 {
    counts.clone().max().unwrap_or(0) - counts.min().unwrap_or(0)
}
