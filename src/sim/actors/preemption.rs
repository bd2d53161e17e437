//! Preemption: pods of lower priority make room for the Deployment's pods and come back where room is left.
//!
//! Upstream: `pkg/scheduler/framework/preemption`, `plugins/defaultpreemption`, `schedule_one.go: evaluateNominatedNode`. All
//! are alike and as large as a pod of the Deployment, so one victim is enough wherever there is one. Among several such
//! nodes upstream takes the one whose victim started last; here the least loaded one is taken.

use crate::random::Purpose;
use crate::scenario::OLD_TEMPLATE;
use crate::scenario::SUBJECT;
use crate::script::Script;
use crate::sim::actors::{bare_pods, cluster_autoscaler, volume_binding};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::lower_priority::OnNode;
use crate::sim::state::scheduling_queue::Queued;

/// Puts pods of lower priority where the old version leaves room.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    let Some(model) = &run.scenario.cluster.lower_priority else { return };
    run.state.lower_priority.on.resize(run.state.nodes.states.len(), OnNode::default());
    for node in 0..run.scenario.cluster.nodes_at_start() {
        let staying = model.pods.min(run.state.nodes.states[node].room());
        change_others(run, node as NodeId, |on| on.staying = staying);
    }
}

/// Makes room for a pod that found no node: the node where it will be, if there is one.
pub(crate) fn preempt<O: Observer>(run: &mut Run<'_, O>, queued: &Queued) -> Option<NodeId> {
    if let Some(script) = with_bare_pods(run) {
        return bare_pods::preempt(run, script, queued);
    }
    let model = run.scenario.cluster.lower_priority.as_ref()?;
    if let Some(node) = queued.nominated {
        let comes = run.state.lower_priority.on[node as usize].going > 0;
        if comes && !run.state.nodes.states[node as usize].takes_none() {
            return Some(node);
        }
        give_up_room(run, node);
    }
    let node = node_with_victim(run, queued.pod)?;
    let number = run.state.lower_priority.on[node as usize].victims;
    change_others(run, node, |on| {
        on.staying -= 1;
        on.going += 1;
        on.kept += 1;
        on.victims += 1;
    });
    // Its owner creates another one in its place at once.
    run.state.lower_priority.to_try += 1;
    run.emit(Fact::Preempted { pod: queued.pod, node });
    let deleted = run.now() + run.api_latency(SUBJECT) + run.watch_latency(SUBJECT);
    let at = u64::from(number) << 32 | u64::from(node);
    let gone = deleted + run.draws.duration(&model.termination, 0, Purpose::Preemption, at);
    run.schedule(gone, Event::VictimGone { node });
    Some(node)
}

/// The script, where it has pods without an owner that may make room.
fn with_bare_pods<'a, O: Observer>(run: &Run<'a, O>) -> Option<&'a Script> {
    run.scenario.script.as_ref().filter(|script| !script.bare.is_empty())
}

fn node_with_victim<O: Observer>(run: &mut Run<'_, O>, pod: PodId) -> Option<NodeId> {
    find_allowed(run, pod);
    let State { nodes, search, lower_priority: lower, .. } = &*run.state;
    let candidates = nodes.states.iter().zip(&lower.on).enumerate();
    candidates
        .filter(|(number, (node, on))| on.staying > 0 && node.takes_one_for_one(on.going) && search.is_allowed(*number))
        .min_by_key(|(number, (node, _))| (node.load_with_one_more(), *number))
        .map(|(number, _)| number as NodeId)
}

/// Finds the nodes that a pod's constraints leave.
fn find_allowed<O: Observer>(run: &mut Run<'_, O>, pod: PodId) {
    let template = run.state.pods[pod as usize].template;
    let model = &run.scenario.pods[usize::from(template)];
    run.state.search.allow(&run.state.nodes, template, model);
    volume_binding::narrow_search(run, pod);
}

/// A pod of lower priority that had to make room is gone.
pub(crate) fn victim_left<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    match with_bare_pods(run) {
        Some(script) => bare_pods::victim_left(run, script, node),
        None => change_others(run, node, |on| on.going -= 1),
    }
}

/// Whether a pod takes the room that was kept for it; then the room is kept no longer.
pub(crate) fn take_kept_room<O: Observer>(run: &mut Run<'_, O>, pod: PodId, node: NodeId) -> bool {
    if let Some(script) = with_bare_pods(run) {
        return bare_pods::take_kept_room(run, script, pod, node);
    }
    change_others(run, node, |on| on.kept -= 1);
    find_allowed(run, pod);
    let template = run.state.pods[pod as usize].template;
    let fits = run.state.search.is_allowed(node as usize) && run.state.nodes.fits(node as usize, template);
    if !fits {
        change_others(run, node, |on| on.kept += 1);
    }
    fits
}

/// Room is kept no longer for a pod that does not need it: others may have it.
pub(crate) fn give_up_room<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if let Some(script) = with_bare_pods(run) {
        return bare_pods::give_up_room(run, script, node);
    }
    let now = run.now();
    change_others(run, node, |on| on.kept -= 1);
    run.state.scheduler.wake(now);
}

/// Tries to place one displaced pod. If it finds no node, no other displaced pod would: all are alike.
pub(crate) fn try_displaced<O: Observer>(run: &mut Run<'_, O>) {
    let found = run.state.nodes.place(OLD_TEMPLATE);
    let lower = &mut run.state.lower_priority;
    match found {
        Some(node) => {
            lower.to_try -= 1;
            change_others(run, node, |on| on.staying += 1);
        }
        None => {
            lower.unplaced += std::mem::take(&mut lower.to_try);
            cluster_autoscaler::schedule_scan(run);
        }
    }
}

fn change_others<O: Observer>(run: &mut Run<'_, O>, node: NodeId, change: impl FnOnce(&mut OnNode)) {
    let on = &mut run.state.lower_priority.on[node as usize];
    change(on);
    let (there, others) = (on.staying + on.going, on.staying + on.going + on.kept);
    run.state.nodes.set_others(node, others);
    debug_assert!(there == 0 || run.state.nodes.states[node as usize].holds(there), "no node holds more than it can");
}
