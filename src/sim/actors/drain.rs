//! Nodes that are cordoned and drained: an upgrade that goes from node to node, and machines that are reclaimed with notice.
//!
//! Upstream: `kubectl/pkg/drain`. What a PodDisruptionBudget allows is decided by [`crate::k8s::disruption`].

use crate::k8s::disruption::RETRY_SECONDS;
use crate::random::Purpose;
use crate::sim::actors::{pod_lifecycle, scheduler};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::time::SimDuration;

/// How often a drain looks whether the pods it has evicted are gone.
const LOOK: SimDuration = SimDuration::from_secs(1);

/// How long it waits after a refusal.
const RETRY: SimDuration = SimDuration::from_secs(RETRY_SECONDS);

/// Schedules the upgrade of the first nodes; each node that is ready again is followed by the next one.
pub(crate) fn schedule_upgrade<O: Observer>(run: &mut Run<'_, O>) {
    let Some(upgrade) = &run.scenario.cluster.upgrade else { return };
    let at = run.state.start + upgrade.start;
    for node in 0..upgrade.at_once.min(run.scenario.cluster.nodes_at_start() as u32) {
        run.schedule(at, Event::Drain { node });
    }
}

/// `kubectl drain` of a node, if there is one of this number.
pub(crate) fn drain_by_hand<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if run.state.nodes.states.get(node as usize).is_some_and(|state| !state.absent) {
        drain_node(run, node);
    }
}

/// Cordons a node and evicts what may be evicted, until nothing is left on it.
pub(crate) fn drain_node<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if run.state.nodes.close(node) {
        run.emit(Fact::NodeCordoned(node));
    }
    if run.state.nodes.states[node as usize].health != Health::Up {
        let at = run.now() + RETRY;
        return run.schedule(at, Event::Drain { node });
    }
    let (mut left, mut refused) = (false, false);
    run.each_pod_on(node, |run, id| {
        left = true;
        refused |= !evict(run, id);
    });
    if left {
        let at = run.now() + if refused { RETRY } else { LOOK };
        run.schedule(at, Event::Drain { node });
    } else {
        drained(run, node);
    }
}

/// Evicts a pod; false where the budget forbids it. Pending pods are not protected.
///
/// Upstream: `pkg/registry/core/pod/storage/eviction.go: canIgnorePDB`.
fn evict<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> bool {
    let pod = &run.state.pods[id as usize];
    let (protected, ready) = (!pod.terminating && !pod.is_pending(run.now()), pod.ready);
    if protected && !budget_allows(run, ready) {
        return false;
    }
    pod_lifecycle::terminate(run, id, false);
    true
}

fn budget_allows<O: Observer>(run: &mut Run<'_, O>, ready: bool) -> bool {
    let Some(budget) = run.scenario.cluster.disruption_budget else { return true };
    let replicas = u32::try_from(run.deployment().spec.replicas).unwrap_or(0);
    let healthy = run.state.pods.iter().filter(|pod| pod.ready && !pod.terminating).count();
    budget.allows(replicas, healthy as u32, ready)
}

/// The machine is replaced by a new one, without images; then the next node is drained.
fn drained<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    run.emit(Fact::NodeDrained(node));
    let Some(upgrade) = &run.scenario.cluster.upgrade else { return };
    let length = run.draws.duration(&upgrade.takes, 0, Purpose::Upgrade, u64::from(node));
    let at = run.now() + length;
    run.schedule(at, Event::Upgraded { node });
}

/// A drained node is back, upgraded and without images; the next node is drained.
pub(crate) fn upgraded<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let Some(upgrade) = &run.scenario.cluster.upgrade else { return };
    run.state.nodes.forget_images(node);
    run.state.nodes.open(node);
    run.emit(Fact::NodeUncordoned(node));
    let next = node + upgrade.at_once;
    // Nodes that the autoscaler adds are new enough.
    if (next as usize) < run.scenario.cluster.nodes_at_start() {
        let now = run.now();
        run.schedule(now, Event::Drain { node: next });
    }
    scheduler::room_appeared(run);
}

/// A machine will be reclaimed: whoever handles the notice drains it, as far as the budget and the time allow.
pub(crate) fn notice<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if run.state.nodes.states[node as usize].health != Health::Up {
        return;
    }
    if run.state.nodes.close(node) {
        run.emit(Fact::NodeCordoned(node));
    }
    let mut refused = false;
    run.each_pod_on(node, |run, id| refused |= !evict(run, id));
    if refused {
        let at = run.now() + RETRY;
        run.schedule(at, Event::Notice { node });
    }
}
