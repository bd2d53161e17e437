//! Machines and zones that fail, machines that come back, and machines that the cluster autoscaler adds.

use crate::random::Purpose;
use crate::scenario::{MeasuredEvent, NodeLoss};
use crate::sim::actors::{
    api_server, cluster_autoscaler, daemon_set_controller, endpoints, kubelet, leader, node_lifecycle, pod_lifecycle,
    scheduler, volume_attachment,
};
use crate::sim::observation::{Fact, NodeId, Observer};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::sim::state::replica_set_work::PodChange;
use crate::time::{SimDuration, SimTime};
use crate::traffic::Listed;

/// A node's or zone's address for the random numbers of its n-th loss.
fn position(number: u32, losses: u32) -> u64 {
    u64::from(losses) << 32 | u64::from(number)
}

/// A machine works for at least an instant: losses without any time between them would never end. What is drawn above that
/// is kept as it is.
const LEAST: SimDuration = SimDuration::from_nanos(1);

/// How nodes are lost, if they are.
pub(crate) fn model<'a, O: Observer>(run: &Run<'a, O>) -> Option<&'a NodeLoss> {
    run.scenario.cluster.loss.as_ref()
}

/// Schedules the first loss of every node and every zone.
pub(crate) fn schedule_all<O: Observer>(run: &mut Run<'_, O>) {
    if model(run).is_none() {
        return;
    }
    for node in 0..run.scenario.cluster.nodes_at_start() {
        schedule_loss(run, node as NodeId);
    }
    for zone in 0..run.state.zones.states.len() {
        schedule_zone_loss(run, zone as u16);
    }
}

fn schedule_loss<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let Some(loss) = &run.scenario.cluster.loss else { return };
    let at = position(node, run.state.nodes.states[node as usize].losses);
    if is_surely_beyond_horizon(run, loss, at) {
        run.state.nodes.states[node as usize].next_loss = SimTime::NEVER;
        return;
    }
    let due = run.now() + run.draws.duration(&loss.time_to_loss, 0, Purpose::NodeLoss, at).max(LEAST);
    run.state.nodes.states[node as usize].next_loss = due;
    if let Some(notice) = loss.notice {
        let at = run.now().max(SimTime::ZERO + due.since(SimTime::ZERO + notice));
        schedule_within_horizon(run, at, Event::Notice { node });
    }
    schedule_within_horizon(run, due, Event::NodeLost { node });
}

/// Machines are announced to be reclaimed, and are lost when the time is over.
pub(crate) fn reclaim<O: Observer>(run: &mut Run<'_, O>, nodes: u32, notice: SimDuration) {
    let now = run.now();
    run.state.outstanding = nodes;
    for node in 0..nodes {
        run.state.nodes.states[node as usize].next_loss = now + notice;
        run.schedule(now, Event::Notice { node });
        run.schedule(now + notice, Event::NodeLost { node });
    }
}

/// Whether nothing can come of a node's loss before the horizon, which is true of most losses: then their time is not
/// computed. A notice comes earlier than its loss.
fn is_surely_beyond_horizon<O: Observer>(run: &mut Run<'_, O>, loss: &NodeLoss, at: u64) -> bool {
    if loss.notice.is_some() || loss.time_to_loss.as_constant().is_some() {
        return false;
    }
    let left = run.last_instant().since(run.now()).as_secs_f64();
    let drawn = run.draws.uniform(0, Purpose::NodeLoss, at);
    loss.time_to_loss.surely_beyond(drawn, left)
}

fn schedule_zone_loss<O: Observer>(run: &mut Run<'_, O>, zone: u16) {
    let Some(distribution) = run.scenario.cluster.loss.as_ref().and_then(|loss| loss.time_to_zone_loss.as_ref()) else {
        return;
    };
    let at = position(u32::from(zone), run.state.zones.states[usize::from(zone)].losses);
    let due = run.now() + run.draws.duration(distribution, 0, Purpose::ZoneLoss, at).max(LEAST);
    schedule_within_horizon(run, due, Event::ZoneLost { zone });
}

/// Schedules an event unless it lies beyond the horizon, as most losses do: they would only fill the agenda.
fn schedule_within_horizon<O: Observer>(run: &mut Run<'_, O>, due: SimTime, event: Event) {
    if due <= run.last_instant() {
        run.schedule(due, event);
    }
}

/// A zone fails with all its nodes.
pub(crate) fn zone_lost<O: Observer>(run: &mut Run<'_, O>, zone: u16) {
    run.state.zones.states[usize::from(zone)].losses += 1;
    for node in 0..run.state.nodes.states.len() {
        if run.scenario.cluster.nodes[node].zone == zone {
            lose_node(run, node as NodeId);
        }
    }
    schedule_zone_loss(run, zone);
}

/// The time of a node's own loss has come, unless its zone was lost meanwhile and it got another time.
pub(crate) fn loss_due<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if run.state.nodes.states[node as usize].next_loss == run.now() {
        lose_node(run, node);
        if let MeasuredEvent::Reclaim { nodes, notice } = run.scenario.event
            && node < nodes
            && run.now() == run.state.start + notice
        {
            run.node_done();
        }
    }
}

fn lose_node<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let Some(loss) = &run.scenario.cluster.loss else { return };
    let state = &mut run.state.nodes.states[node as usize];
    if state.health != Health::Up || state.absent {
        return;
    }
    state.losses += 1;
    state.next_loss = SimTime::NEVER;
    let at = position(node, state.losses);
    run.state.nodes.set_health(node, Health::Lost);
    run.emit(Fact::NodeLost(node));
    run.each_pod_on(node, |run, id| {
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
            pod_lifecycle::lose_readiness(run, id);
        }
        endpoints::pod_falls_silent(run, id);
        if run.state.leader.in_use {
            leader::stopped(run, id, false);
        }
    });
    let now = run.now();
    let noticed = now + run.draws.duration(&loss.detection, 0, Purpose::Detection, at);
    run.state.nodes.states[node as usize].noticed = noticed;
    run.schedule(noticed, Event::NodeUnreachable { node });
    if let Some(recovery) = &loss.recovery {
        let back = now + run.draws.duration(recovery, 0, Purpose::Recovery, at);
        run.schedule(back, Event::NodeBack { node });
    }
}

/// The machine is back, rebooted: the containers of its pods start again, and pods with a deletion timestamp
/// are gone.
pub(crate) fn node_returns<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let was_unreachable = node_lifecycle::node_reports(run, node);
    if model(run).is_some_and(|loss| loss.notice.is_some()) {
        // A machine that was reclaimed comes back as another one.
        run.state.nodes.forget_images(node);
        run.state.nodes.open(node);
    }
    run.each_pod_on(node, |run, id| {
        let pod = &mut run.state.pods[id as usize];
        if !pod.is_scheduled() {
            return;
        }
        if pod.terminating {
            pod.lost = false;
            pod_lifecycle::containers_ended(run, id);
        } else {
            if pod.seen_ready && !was_unreachable {
                let now = run.now();
                api_server::send_pod(run, now, id, PodChange::NotReady);
                endpoints::publish(run, now, id, Listed::No);
            }
            kubelet::revive(run, id);
        }
    });
    volume_attachment::node_back(run, node);
    node_lifecycle::node_recovered(run, node, was_unreachable);
    schedule_loss(run, node);
}

/// A node that the cluster autoscaler has asked for is there; from now on it can be lost.
pub(crate) fn node_arrives<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    cluster_autoscaler::add_node(run, node);
    daemon_set_controller::node_changed(run, node);
    schedule_loss(run, node);
    scheduler::room_appeared(run);
}
