//! Nodes that are cordoned and drained: an upgrade that goes from node to node, and machines that are reclaimed with notice.
//!
//! Upstream: `kubectl/pkg/drain`. What a PodDisruptionBudget allows is decided by [`crate::k8s::disruption`].

use crate::k8s::disruption::RETRY_SECONDS;
use crate::random::Purpose;
use crate::scenario::{MeasuredEvent, SUBJECT, WorkloadId};
use crate::sim::actors::{daemon_nodes, pod_garbage, pod_lifecycle, scheduler};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::budgets::Selecting;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::sim::state::pods::Pod;
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

/// `kubectl drain` of several nodes: all are cordoned, and drained one after the other.
pub(crate) fn drain_in_turn<O: Observer>(run: &mut Run<'_, O>, nodes: &[NodeId]) {
    run.state.outstanding = nodes.len() as u32;
    for &node in nodes {
        if run.state.nodes.close(node) {
            run.emit(Fact::NodeCordoned(node));
        }
    }
    // Nothing is over before it has begun: whoever drains an empty node has to ask for its pods first.
    match nodes.first() {
        Some(&node) if is_empty(run, node) => {
            let at = run.now() + run.api_latency(SUBJECT);
            run.schedule(at, Event::Drain { node });
        }
        _ => drain_next(run, nodes),
    }
}

fn is_empty<O: Observer>(run: &mut Run<'_, O>, node: NodeId) -> bool {
    let mut empty = true;
    run.each_pod_on(node, |run, id| empty &= daemon_nodes::has(run, id));
    empty
}

/// Drains the node that comes next, if one does.
fn drain_next<O: Observer>(run: &mut Run<'_, O>, nodes: &[NodeId]) {
    let done = nodes.len() - run.state.outstanding as usize;
    if let Some(&node) = nodes.get(done) {
        drain_node(run, node);
    }
}

/// Goes on to the next node where a drain of several is what is measured.
fn one_of_several_drained<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let MeasuredEvent::Drain { nodes } = &run.scenario.event else { return };
    let present = nodes.len() - run.state.outstanding as usize;
    if nodes.get(present) == Some(&node) {
        run.node_done();
        drain_next(run, nodes);
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
    let Evicted { left, refused } = evict_from(run, node);
    if left {
        let at = run.now() + if refused { RETRY } else { LOOK };
        run.schedule(at, Event::Drain { node });
    } else {
        drained(run, node);
    }
}

/// What is left on a node after evictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evicted {
    /// Pods are still there.
    pub(crate) left: bool,
    /// The budget forbade an eviction.
    pub(crate) refused: bool,
}

/// Evicts the pods of a node that may be evicted, without those of DaemonSets (`--ignore-daemonsets`).
pub(crate) fn evict_from<O: Observer>(run: &mut Run<'_, O>, node: NodeId) -> Evicted {
    let mut evicted = Evicted { left: false, refused: false };
    run.each_pod_on(node, |run, id| {
        if !daemon_nodes::has(run, id) {
            evicted.left = true;
            evicted.refused |= !evict(run, id);
        }
    });
    evicted
}

/// Whether the budget allows the eviction of a Ready pod, if there is a pod on the node.
pub(crate) fn may_evict_one<O: Observer>(run: &mut Run<'_, O>, node: NodeId) -> bool {
    if !O::MANY {
        return run.state.nodes.states[node as usize].active == 0 || budget_allows(run, SUBJECT, true);
    }
    let mut allowed = true;
    run.each_pod_on(node, |run, id| {
        let w = run.workload_of(id);
        allowed &= daemon_nodes::has(run, id) || run.state.pods[id as usize].terminating || budget_allows(run, w, true);
    });
    allowed
}

/// Evicts a pod; false where the budget forbids it. Pending pods are not protected.
///
/// Upstream: `pkg/registry/core/pod/storage/eviction.go: canIgnorePDB`.
pub(crate) fn evict<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> bool {
    let pod = &run.state.pods[id as usize];
    let (protected, ready) = (!pod.terminating && !pod.is_pending(run.now()), pod.ready);
    let w = run.workload_of(id);
    if protected && !budget_allows(run, w, ready) {
        return false;
    }
    pod_lifecycle::terminate(run, id, false);
    true
}

/// Whether the budget of a workload allows the eviction of one of its pods. Of pods that several budgets select the API server evicts
/// none that runs.
///
/// Upstream: `pkg/registry/core/pod/storage/eviction.go: Create`.
fn budget_allows<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, ready: bool) -> bool {
    let budget = match run.state.budgets.of(w) {
        Selecting::None => run.disruption_budget(w),
        Selecting::One(budget) => Some(budget),
        Selecting::Several => return false,
    };
    let Some(budget) = budget else { return true };
    let replicas = u32::try_from(run.wanted(w).0).unwrap_or(0);
    let is_healthy = |pod: &&Pod| pod.ready && !pod.terminating && run.workload_of_set(pod.owner) == w;
    let healthy = run.state.pods.iter().filter(is_healthy).count();
    budget.allows(replicas, healthy as u32, ready)
}

/// The machine is replaced by a new one, without images; then the next node is drained.
fn drained<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    run.emit(Fact::NodeDrained(node));
    one_of_several_drained(run, node);
    let Some(upgrade) = &run.scenario.cluster.upgrade else { return };
    let length = run.draws.duration(&upgrade.takes, 0, Purpose::Upgrade, u64::from(node));
    let at = run.now() + length;
    if O::MANY {
        pod_garbage::machine_replaced(run, node);
    }
    run.schedule(at, Event::Upgraded { node });
}

/// A drained node is back, upgraded and without images; the next node is drained.
pub(crate) fn upgraded<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let Some(upgrade) = &run.scenario.cluster.upgrade else { return };
    run.state.nodes.forget_images(node);
    run.state.nodes.open(node);
    run.emit(Fact::NodeUncordoned(node));
    if O::MANY {
        pod_garbage::object_is_back(run, node);
    }
    if run.scenario.event == MeasuredEvent::Upgrade {
        run.node_done();
    }
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
    run.each_pod_on(node, |run, id| refused |= !daemon_nodes::has(run, id) && !evict(run, id));
    if refused {
        let at = run.now() + RETRY;
        run.schedule(at, Event::Notice { node });
    }
}
