//! Nodes that stop, are noticed, evicted, and come back.
//!
//! Upstream: `nodelifecycle/node_lifecycle_controller.go: monitorNodeHealth, processTaintBaseEviction`,
//! `tainteviction/taint_eviction.go`. Rules of zones are [`crate::k8s::node_lifecycle`].

use crate::k8s::node_lifecycle::{self, ZoneState};
use crate::random::Purpose;
use crate::scenario::NodeLoss;
use crate::sim::event::Event;
use crate::sim::nodes::Health;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::replica_set_controller::PodChange;
use crate::sim::run::Run;
use crate::time::SimTime;

/// A node's or zone's address for the random numbers of its n-th loss.
fn position(number: u32, losses: u32) -> u64 {
    u64::from(losses) << 32 | u64::from(number)
}

impl<O: Observer> Run<'_, O> {
    fn loss(&self) -> Option<&NodeLoss> {
        self.scenario.cluster.loss.as_ref()
    }

    pub(super) fn schedule_node_losses(&mut self) {
        if self.loss().is_none() {
            return;
        }
        for node in 0..self.state.nodes.states.len() {
            self.schedule_loss(node as NodeId);
        }
        for zone in 0..self.state.zones.states.len() {
            self.schedule_zone_loss(zone as u16);
        }
    }

    fn schedule_loss(&mut self, node: NodeId) {
        let Some(loss) = &self.scenario.cluster.loss else { return };
        let at = position(node, self.state.nodes.states[node as usize].losses);
        let due = self.now() + self.draws.duration(&loss.time_to_loss, 0, Purpose::NodeLoss, at);
        self.schedule_within_horizon(due, Event::NodeLost { node });
    }

    fn schedule_zone_loss(&mut self, zone: u16) {
        let Some(distribution) = self.scenario.cluster.loss.as_ref().and_then(|loss| loss.time_to_zone_loss.as_ref())
        else {
            return;
        };
        let at = position(u32::from(zone), self.state.zones.states[usize::from(zone)].losses);
        let due = self.now() + self.draws.duration(distribution, 0, Purpose::ZoneLoss, at);
        self.schedule_within_horizon(due, Event::ZoneLost { zone });
    }

    /// Most losses lie beyond the horizon; the agenda need not carry them.
    fn schedule_within_horizon(&mut self, due: SimTime, event: Event) {
        if due <= self.state.start + self.scenario.horizon {
            self.schedule(due, event);
        }
    }

    pub(super) fn zone_lost(&mut self, zone: u16) {
        self.state.zones.states[usize::from(zone)].losses += 1;
        for node in 0..self.state.nodes.states.len() {
            if self.scenario.cluster.nodes[node].zone == zone {
                self.node_lost(node as NodeId);
            }
        }
        self.schedule_zone_loss(zone);
    }

    pub(super) fn node_lost(&mut self, node: NodeId) {
        let Some(loss) = &self.scenario.cluster.loss else { return };
        let state = &mut self.state.nodes.states[node as usize];
        if state.health != Health::Up {
            return;
        }
        state.losses += 1;
        let at = position(node, state.losses);
        self.state.nodes.set_health(node, Health::Lost);
        self.tell(Fact::NodeLost(node));
        self.each_pod_on(node, |run, id| {
            let pod = &mut run.state.pods[id as usize];
            pod.lost = true;
            pod.epoch = pod.epoch.wrapping_add(1);
            if pod.ready {
                run.lose_readiness(id);
            }
        });
        let now = self.now();
        let noticed = now + self.draws.duration(&loss.detection, 0, Purpose::Detection, at);
        self.schedule(noticed, Event::NodeUnreachable { node });
        if let Some(recovery) = &loss.recovery {
            let back = now + self.draws.duration(recovery, 0, Purpose::Recovery, at);
            self.schedule(back, Event::NodeBack { node });
        }
    }

    pub(super) fn node_unreachable(&mut self, node: NodeId) {
        if self.state.nodes.states[node as usize].health != Health::Lost {
            return;
        }
        self.state.nodes.set_health(node, Health::Unreachable);
        self.tell(Fact::NodeUnreachable(node));
        let now = self.now();
        self.each_pod_on(node, |run, id| run.send_pod(now, id, PodChange::NotReady));
        let zone = self.scenario.cluster.nodes[node as usize].zone;
        self.state.zones.states[usize::from(zone)].unreachable += 1;
        self.plan_evictions(zone);
    }

    /// Gives the unreachable nodes of a zone that have no eviction yet their turn, as fast as the zone's state allows.
    fn plan_evictions(&mut self, zone: u16) {
        let Some(loss) = &self.scenario.cluster.loss else { return };
        let toleration = loss.toleration;
        let zones = &self.state.zones.states;
        let all_down = zones.iter().all(|zone| zone.state() == ZoneState::FullDisruption);
        let state = zones[usize::from(zone)];
        let usual = self.scenario.control_plane.node_eviction_rate;
        let rate = node_lifecycle::eviction_rate(state.state(), state.nodes as usize, usual, all_down);
        if rate <= 0.0 {
            return;
        }
        let now = self.now();
        for node in 0..self.state.nodes.states.len() {
            let known = &mut self.state.nodes.states[node];
            let waits = known.health == Health::Unreachable && !known.eviction_planned;
            if !waits || self.scenario.cluster.nodes[node].zone != zone {
                continue;
            }
            known.eviction_planned = true;
            let zone = &mut self.state.zones.states[usize::from(zone)];
            let tainted = node_lifecycle::taint_at(now, zone.last_taint, rate);
            zone.last_taint = Some(tainted);
            self.schedule(tainted + toleration, Event::NodeEvicted { node: node as NodeId });
        }
    }

    pub(super) fn node_evicted(&mut self, node: NodeId) {
        let state = &self.state.nodes.states[node as usize];
        if state.health != Health::Unreachable || !state.eviction_planned {
            return;
        }
        self.tell(Fact::NodeEvicted(node));
        self.each_pod_on(node, |run, id| {
            run.terminate(id, false);
        });
    }

    /// The machine is back, empty: its pods' containers start anew, pods that were told to go are gone.
    pub(super) fn node_back(&mut self, node: NodeId) {
        let state = &mut self.state.nodes.states[node as usize];
        state.eviction_planned = false;
        let was_unreachable = state.health == Health::Unreachable;
        self.state.nodes.set_health(node, Health::Up);
        self.tell(Fact::NodeBack(node));
        self.each_pod_on(node, |run, id| {
            let pod = &mut run.state.pods[id as usize];
            if pod.terminating {
                pod.lost = false;
                run.pod_gone(id);
            } else {
                if pod.seen_ready && !was_unreachable {
                    let now = run.now();
                    run.send_pod(now, id, PodChange::NotReady);
                }
                run.revive(id);
            }
        });
        if was_unreachable {
            let zone = self.scenario.cluster.nodes[node as usize].zone;
            self.state.zones.states[usize::from(zone)].unreachable -= 1;
            self.plan_evictions(zone);
        }
        let room = self.scenario.cluster.nodes[node as usize].slots;
        self.room_appeared(room.saturating_sub(self.state.nodes.states[node as usize].occupied));
        self.schedule_loss(node);
    }

    fn each_pod_on(&mut self, node: NodeId, mut visit: impl FnMut(&mut Self, PodId)) {
        for id in 0..self.state.pods.len() {
            let pod = &self.state.pods[id];
            if pod.node == node && !pod.gone {
                visit(self, id as PodId);
            }
        }
    }
}
