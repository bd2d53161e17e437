//! The nodes of each zone by how many pods of one template are on each.
//!
//! Why: nodes of a zone with as many siblings are equally crowded for the scheduler. A pod's node is found among these few
//! levels, and a level changes by one node when a pod comes or goes. To score every node for every pod took 11 % of the
//! instructions of a rollout of 1,000 pods on ten nodes, and more on more nodes.

use crate::k8s::objects::Template;
use crate::k8s::scheduler::{self, NodeSet};
use crate::sim::observation::NodeId;

/// Nodes with the same number of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) pods: u32,
    pub(crate) nodes: NodeSet,
}

/// The levels of the template that the scheduler has placed last.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    of: Option<Template>,
    /// By zone; levels are few, not empty and in no order.
    zones: Vec<Vec<Level>>,
    /// Nodes in the order in which a heap has them, and each one's place.
    order: Vec<NodeId>,
    places: Vec<u8>,
}

impl Levels {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.of = None;
    }

    /// A pod of a template came to a node or left it, which had `before` such pods.
    #[inline]
    pub(crate) fn change(&mut self, template: Template, node: usize, zone: usize, before: u32, after: u32) {
        if self.of == Some(template) {
            move_node(&mut self.zones[zone], 1 << self.places[node], before, after);
        }
    }

    /// Whether the levels are those of a template.
    pub(crate) fn are_of(&self, template: Template) -> bool {
        self.of == Some(template)
    }

    /// Finds the levels of a template: `pods` on each node, and the zone of each. False where there are more nodes than a set
    /// may have.
    pub(crate) fn find(&mut self, template: Template, pods: &[u32], zones_of: &[u16], zones: usize) -> bool {
        if pods.len() > NodeSet::BITS as usize {
            return false;
        }
        self.of = Some(template);
        scheduler::heap_order(pods.len(), &mut self.order);
        self.places.resize(pods.len(), 0);
        self.zones.resize_with(zones, Vec::new);
        self.zones.iter_mut().for_each(Vec::clear);
        for (place, &node) in self.order.iter().enumerate() {
            let node = node as usize;
            self.places[node] = place as u8;
            add_node(&mut self.zones[usize::from(zones_of[node])], 1 << place, pods[node]);
        }
        true
    }

    /// The levels of each zone.
    pub(crate) fn by_zone(&self) -> &[Vec<Level>] {
        &self.zones
    }

    /// The node at a place of a heap.
    pub(crate) fn node_at(&self, place: u32) -> NodeId {
        self.order[place as usize]
    }
}

/// Moves a node from the level of `from` pods, where it is, to that of `to`.
fn move_node(levels: &mut Vec<Level>, node: NodeSet, from: u32, to: u32) {
    if let Some(place) = levels.iter().position(|level| level.pods == from) {
        levels[place].nodes &= !node;
        if levels[place].nodes == 0 {
            levels.swap_remove(place);
        }
    }
    add_node(levels, node, to);
}

fn add_node(levels: &mut Vec<Level>, node: NodeSet, pods: u32) {
    match levels.iter_mut().find(|level| level.pods == pods) {
        Some(level) => level.nodes |= node,
        None => levels.push(Level { pods, nodes: node }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_is_in_the_level_of_its_pods() {
        let (zones_of, mut pods) = ([0, 1, 0, 0, 1, 1, 0], [3_u32, 0, 0, 1, 0, 2, 0]);
        let mut levels = Levels::default();
        assert!(levels.find(1, &pods, &zones_of, 2) && levels.are_of(1) && !levels.are_of(0));
        for step in 0..500_usize {
            let node = step * 5 % 7;
            let after = if pods[node] > 0 && step % 3 == 0 { pods[node] - 1 } else { pods[node] + 1 };
            levels.change(0, node, usize::from(zones_of[node]), pods[node], 9);
            levels.change(1, node, usize::from(zones_of[node]), pods[node], after);
            pods[node] = after;
            let mut found = Vec::new();
            for (zone, of_zone) in levels.by_zone().iter().enumerate() {
                assert!(of_zone.iter().all(|level| level.nodes > 0));
                for place in 0..7 {
                    let node = levels.node_at(place) as usize;
                    let of_node = of_zone.iter().filter(|level| level.nodes >> place & 1 == 1);
                    found.extend(of_node.map(|level| (node, level.pods, zone)));
                }
            }
            found.sort_unstable();
            let expected: Vec<_> = (0..7).map(|node| (node, pods[node], usize::from(zones_of[node]))).collect();
            assert_eq!(found, expected);
        }
        assert!(!levels.find(1, &[0; 129], &[0; 129], 1), "a set has 128 nodes");
    }
}
