//! For each zone: which lost nodes may be evicted, and when.

use crate::k8s::node_lifecycle::{ZoneState, zone_state};
use crate::scenario::Cluster;
use crate::time::SimTime;

/// Eviction of one zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone {
    pub(crate) nodes: u32,
    pub(crate) unreachable: u32,
    /// Taints per second at present.
    pub(crate) rate: f64,
    /// When a node was last given its taint, or would have been.
    pub(crate) last_taint: Option<SimTime>,
    /// When the next one will be.
    pub(crate) next_taint: Option<SimTime>,
    /// How often the zone as a whole was lost.
    pub(crate) losses: u32,
}

impl Zone {
    /// Its state by upstream's rule.
    pub(crate) fn state(&self) -> ZoneState {
        let unreachable = self.unreachable as usize;
        zone_state(self.nodes as usize - unreachable, unreachable)
    }
}

/// All zones, by number.
#[derive(Debug, Default)]
pub(crate) struct Zones {
    pub(crate) states: Vec<Zone>,
}

impl Zones {
    /// Begins a run.
    pub(crate) fn reset(&mut self, cluster: &Cluster, rate: f64) {
        self.states.clear();
        for (number, node) in cluster.nodes.iter().enumerate() {
            let zone = usize::from(node.zone);
            if self.states.len() <= zone {
                let empty = Zone { nodes: 0, unreachable: 0, rate, last_taint: None, next_taint: None, losses: 0 };
                self.states.resize(zone + 1, empty);
            }
            self.states[zone].nodes += u32::from(number < cluster.nodes_at_start());
        }
    }
}
