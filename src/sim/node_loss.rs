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
use crate::time::{SimDuration, SimTime};
use crate::traffic::Listed;

/// A node's or zone's address for the random numbers of its n-th loss.
fn position(number: u32, losses: u32) -> u64 {
    u64::from(losses) << 32 | u64::from(number)
}

/// A machine works for at least an instant: losses without any time between them would never end. What is drawn above that
/// is kept as it is.
const LEAST: SimDuration = SimDuration::from_nanos(1);

impl<O: Observer> Run<'_, O> {
    fn loss(&self) -> Option<&NodeLoss> {
        self.scenario.cluster.loss.as_ref()
    }

    pub(super) fn schedule_node_losses(&mut self) {
        if self.loss().is_none() {
            return;
        }
        for node in 0..self.scenario.cluster.nodes_at_start() {
            self.schedule_loss(node as NodeId);
        }
        for zone in 0..self.state.zones.states.len() {
            self.schedule_zone_loss(zone as u16);
        }
    }

    pub(super) fn schedule_loss(&mut self, node: NodeId) {
        let Some(loss) = &self.scenario.cluster.loss else { return };
        let at = position(node, self.state.nodes.states[node as usize].losses);
        let due = self.now() + self.draws.duration(&loss.time_to_loss, 0, Purpose::NodeLoss, at).max(LEAST);
        self.state.nodes.states[node as usize].next_loss = due;
        if let Some(notice) = loss.notice {
            let at = self.now().max(SimTime::ZERO + due.since(SimTime::ZERO + notice));
            self.schedule_within_horizon(at, Event::Notice { node });
        }
        self.schedule_within_horizon(due, Event::NodeLost { node });
    }

    fn schedule_zone_loss(&mut self, zone: u16) {
        let Some(distribution) = self.scenario.cluster.loss.as_ref().and_then(|loss| loss.time_to_zone_loss.as_ref())
        else {
            return;
        };
        let at = position(u32::from(zone), self.state.zones.states[usize::from(zone)].losses);
        let due = self.now() + self.draws.duration(distribution, 0, Purpose::ZoneLoss, at).max(LEAST);
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

    /// A node's own time has come, unless its zone was lost meanwhile and it has another.
    pub(super) fn node_loss_due(&mut self, node: NodeId) {
        if self.state.nodes.states[node as usize].next_loss == self.now() {
            self.node_lost(node);
        }
    }

    fn node_lost(&mut self, node: NodeId) {
        let Some(loss) = &self.scenario.cluster.loss else { return };
        let state = &mut self.state.nodes.states[node as usize];
        if state.health != Health::Up || state.absent {
            return;
        }
        state.losses += 1;
        state.next_loss = SimTime::NEVER;
        let at = position(node, state.losses);
        self.state.nodes.set_health(node, Health::Lost);
        self.tell(Fact::NodeLost(node));
        self.each_pod_on(node, |run, id| {
            let now = run.now();
            let pod = &mut run.state.pods[id as usize];
            if !pod.is_scheduled() {
                return;
            }
            pod.lost = true;
            pod.epoch = pod.epoch.wrapping_add(1);
            if pod.started_at > now {
                pod.started_at = SimTime::NEVER;
            }
            if pod.ready {
                run.lose_readiness(id);
            }
            run.pod_falls_silent(id);
        });
        let now = self.now();
        let noticed = now + self.draws.duration(&loss.detection, 0, Purpose::Detection, at);
        self.state.nodes.states[node as usize].noticed = noticed;
        self.schedule(noticed, Event::NodeUnreachable { node });
        if let Some(recovery) = &loss.recovery {
            let back = now + self.draws.duration(recovery, 0, Purpose::Recovery, at);
            self.schedule(back, Event::NodeBack { node });
        }
    }

    pub(super) fn node_unreachable(&mut self, node: NodeId) {
        let state = &mut self.state.nodes.states[node as usize];
        if state.noticed != self.state.agenda.now() {
            return;
        }
        state.noticed = SimTime::NEVER;
        self.state.nodes.set_health(node, Health::Unreachable);
        self.tell(Fact::NodeUnreachable(node));
        self.mark_pods(node);
        let now = self.now();
        self.state.nodes.states[node as usize].waiting_since = now;
        let zone = self.scenario.cluster.nodes[node as usize].zone;
        self.state.zones.states[usize::from(zone)].unreachable += 1;
        if self.all_down() {
            self.take_taints_off();
        }
        self.plan_taints();
    }

    /// The node lifecycle controller sets the Ready condition of the node's pods to False.
    fn mark_pods(&mut self, node: NodeId) {
        let now = self.now();
        let silent = self.scenario.script.is_some();
        self.each_pod_on(node, |run, id| {
            let pod = &run.state.pods[id as usize];
            if silent && pod.ready {
                run.lose_readiness(id);
            }
            run.send_pod(now, id, PodChange::NotReady);
            run.publish(now, id, Listed::No);
        });
    }

    fn all_down(&self) -> bool {
        self.state.zones.states.iter().all(|zone| zone.state() == ZoneState::FullDisruption)
    }

    /// With every zone down the control plane is taken to be at fault: no node keeps its taint.
    fn take_taints_off(&mut self) {
        let now = self.now();
        for node in &mut self.state.nodes.states {
            if !node.eviction.is_never() {
                node.eviction = SimTime::NEVER;
                node.waiting_since = now;
            }
        }
    }

    fn taint_rate(&self, zone: u16) -> f64 {
        let state = self.state.zones.states[usize::from(zone)];
        let usual = self.scenario.control_plane.node_eviction_rate;
        node_lifecycle::eviction_rate(state.state(), state.nodes as usize, usual, self.all_down())
    }

    /// The node of a zone that has waited longest for its taint.
    fn next_to_taint(&self, zone: u16) -> Option<NodeId> {
        let nodes = self.scenario.cluster.nodes.iter().zip(&self.state.nodes.states).enumerate();
        nodes
            .filter(|(_, (node, state))| node.zone == zone && !state.waiting_since.is_never())
            .min_by_key(|(_, (_, state))| state.waiting_since)
            .map(|(number, _)| number as NodeId)
    }

    /// Gives the next taint of each zone its date, as the zones' states allow.
    fn plan_taints(&mut self) {
        for zone in 0..self.state.zones.states.len() {
            self.change_rate(zone as u16);
            self.plan_taint(zone as u16);
        }
    }

    fn change_rate(&mut self, zone: u16) {
        let rate = self.taint_rate(zone);
        let at = self.scenario.script.as_ref().map_or(self.now(), |script| self.next_look(script.monitor.period));
        let state = &mut self.state.zones.states[usize::from(zone)];
        if rate != state.rate {
            state.last_taint = node_lifecycle::last_after_swap(at, state.last_taint, state.rate);
            state.next_taint = None;
            state.rate = rate;
        }
    }

    fn plan_taint(&mut self, zone: u16) {
        let now = self.now();
        let waits = self.next_to_taint(zone).is_some();
        let state = &mut self.state.zones.states[usize::from(zone)];
        if !waits || state.rate <= 0.0 || state.next_taint.is_some() {
            return;
        }
        let at = node_lifecycle::taint_at(now, state.last_taint, state.rate);
        state.next_taint = Some(at);
        self.schedule(at, Event::NodeTainted { zone });
    }

    pub(super) fn node_tainted(&mut self, zone: u16) {
        let now = self.now();
        let state = &mut self.state.zones.states[usize::from(zone)];
        if state.next_taint != Some(now) {
            return;
        }
        state.next_taint = None;
        let Some(node) = self.next_to_taint(zone) else { return };
        self.state.zones.states[usize::from(zone)].last_taint = Some(now);
        let state = &mut self.state.nodes.states[node as usize];
        state.waiting_since = SimTime::NEVER;
        if let Some(toleration) = self.toleration() {
            let eviction = now + toleration;
            self.state.nodes.states[node as usize].eviction = eviction;
            self.schedule(eviction, Event::NodeEvicted { node });
        }
        self.plan_taint(zone);
    }

    fn toleration(&self) -> Option<SimDuration> {
        match &self.scenario.script {
            Some(script) => script.monitor.toleration,
            None => self.loss().map(|loss| loss.toleration),
        }
    }

    pub(super) fn node_evicted(&mut self, node: NodeId) {
        if self.state.nodes.states[node as usize].eviction != self.now() {
            return;
        }
        self.tell(Fact::NodeEvicted(node));
        self.each_pod_on(node, |run, id| {
            run.terminate(id, false);
        });
    }

    /// A node reports again: it loses its taint. True if it had been marked unreachable.
    pub(super) fn node_reports(&mut self, node: NodeId) -> bool {
        let state = &mut self.state.nodes.states[node as usize];
        state.noticed = SimTime::NEVER;
        state.waiting_since = SimTime::NEVER;
        state.eviction = SimTime::NEVER;
        let was_unreachable = state.health == Health::Unreachable;
        self.state.nodes.set_health(node, Health::Up);
        self.tell(Fact::NodeBack(node));
        was_unreachable
    }

    /// After the pods have been seen to.
    pub(super) fn node_is_back(&mut self, node: NodeId, was_unreachable: bool) {
        if was_unreachable {
            let zone = self.scenario.cluster.nodes[node as usize].zone;
            self.state.zones.states[usize::from(zone)].unreachable -= 1;
            self.plan_taints();
        }
        self.room_appeared();
    }

    /// The machine is back, rebooted: its pods' containers start anew, pods that were told to go are gone.
    pub(super) fn node_back(&mut self, node: NodeId) {
        let was_unreachable = self.node_reports(node);
        if self.loss().is_some_and(|loss| loss.notice.is_some()) {
            // What was reclaimed comes back as another machine.
            self.state.nodes.forget_images(node);
            self.state.nodes.open(node);
        }
        self.each_pod_on(node, |run, id| {
            let pod = &mut run.state.pods[id as usize];
            if !pod.is_scheduled() {
                return;
            }
            if pod.terminating {
                pod.lost = false;
                run.pod_gone(id);
            } else {
                if pod.seen_ready && !was_unreachable {
                    let now = run.now();
                    run.send_pod(now, id, PodChange::NotReady);
                    run.publish(now, id, Listed::No);
                }
                run.revive(id);
            }
        });
        self.node_is_back(node, was_unreachable);
        self.schedule_loss(node);
    }

    pub(super) fn each_pod_on(&mut self, node: NodeId, mut visit: impl FnMut(&mut Self, PodId)) {
        for id in 0..self.state.pods.len() {
            let pod = &self.state.pods[id];
            if pod.node == node && !pod.gone {
                visit(self, id as PodId);
            }
        }
    }
}
