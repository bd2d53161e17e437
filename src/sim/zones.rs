//! Per zone: which lost nodes may be evicted, and when.

use crate::k8s::node_lifecycle::{ZoneState, zone_state};
use crate::scenario::Cluster;
use crate::time::SimTime;

/// Eviction of one zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Zone {
    pub(super) nodes: u32,
    pub(super) unreachable: u32,
    /// When a node was last given its taint, or will be.
    pub(super) last_taint: Option<SimTime>,
    /// The next taint has a date.
    pub(super) taint_planned: bool,
    /// How often the zone as a whole was lost.
    pub(super) losses: u32,
}

impl Zone {
    pub(super) fn state(&self) -> ZoneState {
        let unreachable = self.unreachable as usize;
        zone_state(self.nodes as usize - unreachable, unreachable)
    }
}

/// All zones, by number.
#[derive(Debug, Default)]
pub(super) struct Zones {
    pub(super) states: Vec<Zone>,
}

impl Zones {
    pub(super) fn reset(&mut self, cluster: &Cluster) {
        self.states.clear();
        for (number, node) in cluster.nodes.iter().enumerate() {
            let zone = usize::from(node.zone);
            if self.states.len() <= zone {
                let empty = Zone { nodes: 0, unreachable: 0, last_taint: None, taint_planned: false, losses: 0 };
                self.states.resize(zone + 1, empty);
            }
            self.states[zone].nodes += u32::from(number < cluster.nodes_at_start());
        }
    }
}
