//! The node lifecycle controller: it marks silent nodes as unreachable, taints them, and evicts their pods.
//!
//! Upstream: `nodelifecycle/node_lifecycle_controller.go: monitorNodeHealth, processTaintBaseEviction`,
//! `tainteviction/taint_eviction.go`. The rules of zones are [`crate::k8s::node_lifecycle`].

use crate::k8s::node_lifecycle::{self, ZoneState};
use crate::script::NodeMonitor;
use crate::sim::actors::{api_server, daemon_nodes, daemon_set_controller, endpoints, pod_lifecycle, scheduler};
use crate::sim::observation::{Fact, NodeId, Observer};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::sim::state::replica_set_work::PodChange;
use crate::time::{SimDuration, SimTime};
use crate::traffic::Listed;

/// A node has been silent for too long: it is marked, and queued for its taint.
pub(crate) fn mark_unreachable<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let state = &mut run.state.nodes.states[node as usize];
    if state.noticed != run.state.agenda.now() {
        return;
    }
    state.noticed = SimTime::NEVER;
    run.state.nodes.set_health(node, Health::Unreachable);
    run.emit(Fact::NodeUnreachable(node));
    mark_pods(run, node);
    daemon_set_controller::node_changed(run, node);
    let now = run.now();
    run.state.nodes.states[node as usize].waiting_since = now;
    let zone = run.scenario.cluster.nodes[node as usize].zone;
    run.state.zones.states[usize::from(zone)].unreachable += 1;
    if all_zones_down(run) {
        take_taints_off(run);
    }
    plan_taints(run);
}

/// The node lifecycle controller sets the Ready condition of the node's pods to False.
fn mark_pods<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let now = run.now();
    let silent = run.scenario.node_monitor.is_some();
    run.each_pod_on(node, |run, id| {
        let pod = &run.state.pods[id as usize];
        if silent && pod.ready {
            pod_lifecycle::lose_readiness(run, id);
        }
        api_server::send_pod(run, now, id, PodChange::NotReady);
        endpoints::publish(run, now, id, Listed::No);
    });
}

fn all_zones_down<O: Observer>(run: &Run<'_, O>) -> bool {
    run.state.zones.states.iter().all(|zone| zone.state() == ZoneState::FullDisruption)
}

/// With every zone down the control plane is taken to be at fault: no node keeps its taint.
fn take_taints_off<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    for node in &mut run.state.nodes.states {
        if !node.eviction.is_never() {
            node.eviction = SimTime::NEVER;
            node.waiting_since = now;
        }
    }
}

fn taint_rate<O: Observer>(run: &Run<'_, O>, zone: u16) -> f64 {
    let state = run.state.zones.states[usize::from(zone)];
    let usual = run.scenario.control_plane.node_eviction_rate;
    node_lifecycle::eviction_rate(state.state(), state.nodes as usize, usual, all_zones_down(run))
}

/// The node of a zone that has waited longest for its taint.
fn next_to_taint<O: Observer>(run: &Run<'_, O>, zone: u16) -> Option<NodeId> {
    let nodes = run.scenario.cluster.nodes.iter().zip(&run.state.nodes.states).enumerate();
    nodes
        .filter(|(_, (node, state))| node.zone == zone && !state.waiting_since.is_never())
        .min_by_key(|(_, (_, state))| state.waiting_since)
        .map(|(number, _)| number as NodeId)
}

/// Schedules the next taint of each zone, as the states of the zones allow.
fn plan_taints<O: Observer>(run: &mut Run<'_, O>) {
    for zone in 0..run.state.zones.states.len() {
        change_rate(run, zone as u16);
        plan_taint(run, zone as u16);
    }
}

fn change_rate<O: Observer>(run: &mut Run<'_, O>, zone: u16) {
    let rate = taint_rate(run, zone);
    let at = run.scenario.node_monitor.map_or(run.now(), |monitor| next_look(run, monitor.period));
    let state = &mut run.state.zones.states[usize::from(zone)];
    if rate != state.rate {
        state.last_taint = node_lifecycle::last_after_swap(at, state.last_taint, state.rate);
        state.next_taint = None;
        state.rate = rate;
    }
}

fn plan_taint<O: Observer>(run: &mut Run<'_, O>, zone: u16) {
    let now = run.now();
    let waits = next_to_taint(run, zone).is_some();
    let state = &mut run.state.zones.states[usize::from(zone)];
    if !waits || state.rate <= 0.0 || state.next_taint.is_some() {
        return;
    }
    let at = node_lifecycle::taint_at(now, state.last_taint, state.rate);
    state.next_taint = Some(at);
    run.schedule(at, Event::NodeTainted { zone });
}

/// The node of a zone that has waited longest gets its taint; the eviction of its pods follows after the toleration.
pub(crate) fn taint<O: Observer>(run: &mut Run<'_, O>, zone: u16) {
    let now = run.now();
    let state = &mut run.state.zones.states[usize::from(zone)];
    if state.next_taint != Some(now) {
        return;
    }
    state.next_taint = None;
    let Some(node) = next_to_taint(run, zone) else { return };
    run.state.zones.states[usize::from(zone)].last_taint = Some(now);
    let state = &mut run.state.nodes.states[node as usize];
    state.waiting_since = SimTime::NEVER;
    if let Some(toleration) = toleration(run) {
        let eviction = now + toleration;
        run.state.nodes.states[node as usize].eviction = eviction;
        run.schedule(eviction, Event::NodeEvicted { node });
    }
    plan_taint(run, zone);
}

fn toleration<O: Observer>(run: &Run<'_, O>) -> Option<SimDuration> {
    match &run.scenario.node_monitor {
        Some(monitor) => monitor.toleration,
        None => run.scenario.cluster.loss.as_ref().map(|loss| loss.toleration),
    }
}

/// The toleration of a tainted node is over: its pods are deleted. Those of DaemonSets tolerate the taint for ever.
pub(crate) fn evict<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if run.state.nodes.states[node as usize].eviction != run.now() {
        return;
    }
    run.emit(Fact::NodeEvicted(node));
    run.each_pod_on(node, |run, id| {
        if !daemon_nodes::has(run, id) {
            pod_lifecycle::terminate(run, id, false);
        }
    });
}

/// A node reports again: it loses its taint. True if it had been marked unreachable.
pub(crate) fn node_reports<O: Observer>(run: &mut Run<'_, O>, node: NodeId) -> bool {
    let state = &mut run.state.nodes.states[node as usize];
    state.noticed = SimTime::NEVER;
    state.waiting_since = SimTime::NEVER;
    state.eviction = SimTime::NEVER;
    let was_unreachable = state.health == Health::Unreachable;
    run.state.nodes.set_health(node, Health::Up);
    run.emit(Fact::NodeBack(node));
    was_unreachable
}

/// Ends what a lost node has caused, after its pods have been handled.
pub(crate) fn node_recovered<O: Observer>(run: &mut Run<'_, O>, node: NodeId, was_unreachable: bool) {
    if was_unreachable {
        let zone = run.scenario.cluster.nodes[node as usize].zone;
        run.state.zones.states[usize::from(zone)].unreachable -= 1;
        plan_taints(run);
        daemon_set_controller::node_changed(run, node);
    }
    scheduler::room_appeared(run);
}

/// When the node lifecycle controller looks next and finds the last heartbeat; it looks at half of its period.
fn next_look<O: Observer>(run: &Run<'_, O>, period: SimDuration) -> SimTime {
    let period = period.as_nanos().max(1);
    let since = run.now().since(run.state.start).as_nanos() + period / 2;
    let looks = since.div_ceil(period).max(1);
    run.state.start + SimDuration::from_nanos(looks * period - period / 2)
}

/// The controller will find that a node's kubelet is silent from now on.
pub(crate) fn notice_silence<O: Observer>(run: &mut Run<'_, O>, node: NodeId, monitor: NodeMonitor) {
    let by_rule = || next_look(run, monitor.period) + node_lifecycle::noticed_after(monitor.grace, monitor.period);
    let noticed = recorded_notice(run, node).unwrap_or_else(by_rule);
    run.state.nodes.states[node as usize].noticed = noticed;
    run.schedule(noticed, Event::NodeUnreachable { node });
}

/// When a script has a node that falls silent now found.
fn recorded_notice<O: Observer>(run: &Run<'_, O>, node: NodeId) -> Option<SimTime> {
    let recorded = run.scenario.script.as_ref()?.noticed.get(&node)?;
    recorded.iter().map(|after| run.state.start + *after).find(|at| *at > run.now())
}
