//! The cluster autoscaler: nodes that come because pods fit nowhere. Rules are [`crate::k8s::autoscaler`].

use crate::k8s::autoscaler::nodes_to_add;
use crate::random::Purpose;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, NodeId, Observer};
use crate::sim::run::Run;
use crate::time::SimDuration;

/// What the autoscaler is at.
#[derive(Debug, Default)]
pub(super) struct Autoscaler {
    /// The next scan has a date.
    scanning: bool,
    /// Nodes asked for so far, and how many of them are there.
    asked: u32,
    there: u32,
}

impl<O: Observer> Run<'_, O> {
    /// A pod fits nowhere: the autoscaler finds it at its next scan.
    pub(super) fn wake_autoscaler(&mut self) {
        let Some(autoscaler) = &self.scenario.cluster.autoscaler else { return };
        let spare = autoscaler.nodes;
        let interval = autoscaler.scan_interval.as_nanos().max(1);
        if self.state.autoscaler.scanning || self.state.autoscaler.asked == spare {
            return;
        }
        self.state.autoscaler.scanning = true;
        let phase = (self.draws.uniform(0, Purpose::ScanPhase, 0) * interval as f64) as u64;
        let since = self.now().since(self.state.start).as_nanos();
        let scans = since.saturating_sub(phase).div_ceil(interval);
        let at = self.state.start + SimDuration::from_nanos(phase + scans * interval);
        self.schedule(at, Event::Scan);
    }

    pub(super) fn scan(&mut self) {
        let Some(autoscaler) = &self.scenario.cluster.autoscaler else { return };
        self.state.autoscaler.scanning = false;
        let first = self.state.nodes.states.len() as u32 - autoscaler.nodes;
        let Autoscaler { asked, there, .. } = self.state.autoscaler;
        let pending = self.unschedulable_pods() + self.state.lower_priority.displaced();
        let per_node = self.scenario.cluster.nodes.last().map_or(0, |node| node.slots);
        let coming = (asked - there).saturating_mul(per_node);
        let more = nodes_to_add(pending, coming, per_node, autoscaler.nodes - asked);
        for node in first + asked..first + asked + more {
            let length = self.draws.duration(&autoscaler.provisioning, 0, Purpose::Provisioning, u64::from(node));
            let at = self.now() + length;
            self.schedule(at, Event::NodeAdded { node });
        }
        self.state.autoscaler.asked += more;
    }

    pub(super) fn node_added(&mut self, node: NodeId) {
        self.state.autoscaler.there += 1;
        let zone = self.scenario.cluster.nodes[node as usize].zone;
        self.state.zones.states[usize::from(zone)].nodes += 1;
        self.state.nodes.add(node);
        self.tell(Fact::NodeAdded(node));
        self.schedule_loss(node);
        self.room_appeared();
    }
}

impl Autoscaler {
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}
