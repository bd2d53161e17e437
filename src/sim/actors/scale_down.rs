//! The cluster autoscaler takes away nodes that have not been needed for some time. The rules are [`crate::k8s::autoscaler`].

use crate::k8s::autoscaler::{Candidate, nodes_to_remove};
use crate::scenario::ScaleDown;
use crate::sim::actors::{cluster_autoscaler, drain, node_removal};
use crate::sim::observation::{NodeId, Observer};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::time::{SimDuration, SimTime};

fn model<'a, O: Observer>(run: &Run<'a, O>) -> Option<&'a ScaleDown> {
    run.scenario.cluster.autoscaler.as_ref()?.scale_down.as_ref()
}

/// Schedules the first scan. What was unneeded before counts from the start.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    if model(run).is_none() {
        return;
    }
    let Some(autoscaler) = &run.scenario.cluster.autoscaler else { return };
    let phase = cluster_autoscaler::phase(run, autoscaler);
    run.state.autoscaler.unneeded.resize(run.state.nodes.states.len(), SimTime::NEVER);
    run.schedule(run.state.start + SimDuration::from_nanos(phase), Event::ScaleDownScan);
}

/// Looks which nodes are not needed and takes those away that have not been for long enough.
pub(crate) fn scan<O: Observer>(run: &mut Run<'_, O>) {
    let (Some(autoscaler), Some(scale_down)) = (&run.scenario.cluster.autoscaler, model(run)) else { return };
    let now = run.now();
    let room: u32 = (0..run.state.nodes.states.len()).map(|node| open_room(run, node)).sum();
    let mut ripe: Vec<NodeId> = Vec::new();
    for node in 0..run.state.nodes.states.len() {
        let unneeded = scale_down.little_used[node].is_some_and(|most| is_unneeded(run, node, most, room));
        let since = &mut run.state.autoscaler.unneeded[node];
        *since = if unneeded { now.min(*since) } else { SimTime::NEVER };
        if unneeded && *since + scale_down.unneeded_time <= now {
            ripe.push(node as NodeId);
        }
    }
    if now >= run.state.autoscaler.keeps_until && !ripe.is_empty() {
        // A node that is being emptied is as good as gone.
        let staying = run.state.nodes.there().saturating_sub(run.state.autoscaler.removals.len());
        let spare = staying.saturating_sub(scale_down.least_nodes as usize);
        let unneeded: Vec<(u32, bool)> =
            ripe.iter().map(|node| (pods_on(run, *node), drain::may_evict_one(run, *node))).collect();
        for place in nodes_to_remove(&unneeded, spare) {
            node_removal::begin_scale_down(run, ripe[place]);
        }
    }
    run.schedule(now + autoscaler.scan_interval, Event::ScaleDownScan);
}

fn pods_on<O: Observer>(run: &Run<'_, O>, node: NodeId) -> u32 {
    run.state.nodes.states[node as usize].occupied
}

/// How many more pods a node takes.
fn open_room<O: Observer>(run: &Run<'_, O>, node: usize) -> u32 {
    let state = &run.state.nodes.states[node];
    if state.takes_none() { 0 } else { state.room() }
}

fn is_unneeded<O: Observer>(run: &Run<'_, O>, node: usize, most: u32, room: u32) -> bool {
    let state = &run.state.nodes.states[node];
    let works = !state.absent && !state.takes_none() && state.health == Health::Up && state.others == 0;
    let elsewhere = room - open_room(run, node);
    works && Candidate { pods: state.occupied, most, elsewhere }.is_unneeded()
}
