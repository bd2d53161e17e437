//! A node that an autoscaler takes away: it takes no more pods, its pods are evicted as far as the budget allows, and it goes.
//!
//! Upstream: cluster-autoscaler `core/scaledown/actuation`; Karpenter `pkg/controllers/disruption`, `node/termination`.

use crate::k8s::autoscaler::{
    CONSOLIDATION_CHECK_SECONDS, DELAY_AFTER_FAILURE_SECONDS, DELAY_AFTER_TAINT_SECONDS, EVICTION_RETRY_SECONDS,
    LONGEST_EVICTION_SECONDS,
};
use crate::random::Purpose;
use crate::sim::actors::{drain, pod_garbage, scheduler};
use crate::sim::observation::{Fact, NodeId, Observer};
use crate::sim::run::Run;
use crate::sim::state::cluster_autoscaler::Removal;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::time::{SimDuration, SimTime};

/// How often an autoscaler looks whether the pods that it has evicted are gone.
const LOOK: SimDuration = SimDuration::from_secs(1);

/// Karpenter's waits between evictions: from the first to the longest (`node/termination/terminator/eviction.go`).
const FIRST_RETRY: SimDuration = SimDuration::from_millis(100);
const LONGEST_RETRY: SimDuration = SimDuration::from_secs(10);

/// The cluster autoscaler takes a node away.
pub(crate) fn begin_scale_down<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let begins = run.now() + SimDuration::from_secs(DELAY_AFTER_TAINT_SECONDS);
    let retry = SimDuration::from_secs(EVICTION_RETRY_SECONDS);
    let given_up_at = begins + SimDuration::from_secs(LONGEST_EVICTION_SECONDS);
    begin(run, Removal { node, given_up_at, retry, longest_retry: retry }, begins);
}

/// Karpenter has decided to take a node away, and looks once more before it does.
pub(crate) fn consolidate<O: Observer>(run: &mut Run<'_, O>, node: NodeId, replacement: bool) {
    let at = run.now() + SimDuration::from_secs(CONSOLIDATION_CHECK_SECONDS);
    run.schedule(at, Event::Consolidation { node, replacement });
}

/// Karpenter takes a node away, after its replacement is Ready if it gets one.
pub(crate) fn begin_consolidation<O: Observer>(run: &mut Run<'_, O>, node: NodeId, replacement: bool) {
    let state = run.state.nodes.states[node as usize];
    if state.absent || state.closed || state.health != Health::Up {
        return;
    }
    let mut begins = run.now();
    if let (true, Some(autoscaler)) = (replacement, &run.scenario.cluster.autoscaler)
        && run.state.autoscaler.asked < autoscaler.nodes
    {
        let first = run.state.nodes.states.len() as u32 - autoscaler.nodes;
        let added = first + run.state.autoscaler.asked;
        run.state.autoscaler.asked += 1;
        begins += run.draws.duration(&autoscaler.provisioning, 0, Purpose::Provisioning, u64::from(added));
        run.schedule(begins, Event::NodeAdded { node: added });
    }
    begin(run, Removal { node, given_up_at: SimTime::NEVER, retry: FIRST_RETRY, longest_retry: LONGEST_RETRY }, begins);
}

/// Nothing, where the node is being taken away already: it may have been opened again meanwhile.
fn begin<O: Observer>(run: &mut Run<'_, O>, removal: Removal, begins: SimTime) {
    if run.state.autoscaler.removals.iter().any(|other| other.node == removal.node) {
        return;
    }
    if run.state.nodes.close(removal.node) {
        run.emit(Fact::NodeCordoned(removal.node));
    }
    run.state.autoscaler.removals.push(removal);
    run.schedule(begins, Event::NodeRemoval { node: removal.node });
}

/// Evicts what may be evicted from a node that is taken away, until nothing is left on it.
pub(crate) fn step<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let Some(place) = run.state.autoscaler.removals.iter().position(|removal| removal.node == node) else { return };
    if run.state.nodes.states[node as usize].health != Health::Up {
        // A lost node is the node lifecycle controller's.
        run.state.autoscaler.removals.remove(place);
        return;
    }
    let now = run.now();
    let evicted = drain::evict_from(run, node);
    if !evicted.left {
        run.state.autoscaler.removals.remove(place);
        run.emit(Fact::NodeDrained(node));
        return remove(run, node);
    }
    let removal = &mut run.state.autoscaler.removals[place];
    if evicted.refused && now >= removal.given_up_at {
        run.state.autoscaler.removals.remove(place);
        return give_up(run, node);
    }
    let wait = if evicted.refused { removal.retry } else { LOOK };
    if evicted.refused {
        removal.retry = removal.retry.times(2).min(removal.longest_retry);
    }
    run.schedule(now + wait, Event::NodeRemoval { node });
}

fn remove<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let zone = run.scenario.cluster.nodes[node as usize].zone;
    run.state.zones.states[usize::from(zone)].nodes -= 1;
    run.state.nodes.remove(node);
    run.emit(Fact::NodeRemoved(node));
    if O::MANY {
        pod_garbage::machine_gone(run, node);
    }
}

/// The budget did not let the pods go: the node stays, and for some time no other one is taken away.
fn give_up<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let now = run.now();
    let autoscaler = &mut run.state.autoscaler;
    autoscaler.unneeded[node as usize] = SimTime::NEVER;
    autoscaler.keeps_until = autoscaler.keeps_until.max(now + SimDuration::from_secs(DELAY_AFTER_FAILURE_SECONDS));
    run.state.nodes.open(node);
    run.emit(Fact::NodeUncordoned(node));
    scheduler::room_appeared(run);
}
