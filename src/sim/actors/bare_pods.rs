//! Pods without an owner, which a script has: they stand where they were, and make room for pods of higher priority.
//!
//! Upstream: `plugins/defaultpreemption/default_preemption.go: SelectVictimsOnNode, PodEligibleToPreemptOthers`,
//! `framework/preemption/preemption.go: pickOneNodeForPreemption`, `schedule_one.go: evaluateNominatedNode`. No budget selects such
//! pods, and all have started at one time.

use std::cmp::Reverse;

use crate::scenario::SUBJECT;
use crate::script::Script;
use crate::sim::actors::volume_binding;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::bare_pods::Bare;
use crate::sim::state::event::Event;
use crate::sim::state::scheduling_queue::Queued;
use crate::time::SimTime;

/// Puts them where they stand.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>) {
    let Some(script) = &run.scenario.script else { return };
    for bare in &script.bare {
        let node = bare.node.or_else(|| run.state.nodes.place(bare.template));
        if let Some(node) = node {
            run.state.nodes.take_room(node, bare.template);
        }
        run.state.bare.all.push(Bare { node, gone_at: SimTime::NEVER });
    }
}

/// Makes room for a pod that found no node: the node where it will be, if there is one.
pub(crate) fn preempt<O: Observer>(run: &mut Run<'_, O>, script: &Script, queued: &Queued) -> Option<NodeId> {
    if let Some(node) = queued.nominated {
        if run.state.bare.leave(node) && !run.state.nodes.states[node as usize].takes_none() {
            return Some(node);
        }
        give_up_room(run, script, node);
    }
    find_allowed(run, queued.pod);
    let pod = &run.state.pods[queued.pod as usize];
    let recorded = script.node_of(pod.template, pod.number);
    let mut best = None;
    let mut own = None;
    for node in 0..run.state.nodes.states.len() as NodeId {
        let Some(victims) = victims_on(run, script, queued.pod, node) else { continue };
        let priorities = || victims.iter().map(|victim| i64::from(script.bare[*victim].priority));
        // Upstream adds so much to each priority that none is less than nothing: fewer victims are a lower sum.
        let sum: i64 = priorities().map(|priority| priority - i64::from(i32::MIN)).sum();
        let key = (priorities().max(), sum, victims.len(), recorded != Some(node), node);
        let by_rule = (key.0, key.1, key.2, node);
        own = Some(own.map_or(by_rule, |known| by_rule.min(known)));
        if best.as_ref().is_none_or(|(known, _)| key < *known) {
            best = Some((key, victims));
        }
    }
    let ((.., node), victims) = best?;
    if own.is_some_and(|(.., own)| own != node) {
        run.emit(Fact::NodeGiven(queued.pod));
    }
    victims.into_iter().for_each(|victim| delete(run, script, victim, node));
    run.state.nodes.take_room(node, script.kept);
    run.emit(Fact::Preempted { pod: queued.pod, node });
    Some(node)
}

/// A pod's deletion is asked for, unless it has been.
fn delete<O: Observer>(run: &mut Run<'_, O>, script: &Script, victim: usize, node: NodeId) {
    if run.state.bare.all[victim].gone_at.is_never() {
        let gone = run.now() + run.api_latency(SUBJECT) + script.bare[victim].termination;
        run.state.bare.all[victim].gone_at = gone;
        run.schedule(gone, Event::VictimGone { node });
    }
}

/// Which pods would have to go from a node; `None`: none, or it would not help. Those that may stay beside the new one stay, the more
/// important ones first.
fn victims_on<O: Observer>(run: &mut Run<'_, O>, script: &Script, pod: PodId, node: NodeId) -> Option<Vec<usize>> {
    if run.state.nodes.states[node as usize].takes_none() || !run.state.search.is_allowed(node as usize) {
        return None;
    }
    let is_lower = |(number, bare): (usize, &Bare)| {
        (bare.node == Some(node) && script.bare[number].priority < script.priority).then_some(number)
    };
    let mut lower: Vec<usize> = run.state.bare.all.iter().enumerate().filter_map(is_lower).collect();
    lower.sort_by_key(|&number| (Reverse(script.bare[number].priority), number));
    let template = run.state.pods[pod as usize].template;
    let nodes = &mut run.state.nodes;
    lower.iter().for_each(|&number| nodes.free_room(node, script.bare[number].template));
    let helps = nodes.fits(node as usize, template);
    let mut victims = Vec::new();
    for &number in &lower {
        let size = script.bare[number].template;
        nodes.take_room(node, size);
        if helps && !nodes.fits(node as usize, template) {
            nodes.free_room(node, size);
            victims.push(number);
        }
    }
    victims.iter().for_each(|&number| nodes.take_room(node, script.bare[number].template));
    (!victims.is_empty()).then_some(victims)
}

/// Finds the nodes that a pod's constraints leave.
fn find_allowed<O: Observer>(run: &mut Run<'_, O>, pod: PodId) {
    let template = run.state.pods[pod as usize].template;
    let model = &run.scenario.pods[usize::from(template)];
    run.state.search.allow(&run.state.nodes, template, model);
    volume_binding::narrow_search(run, pod);
}

/// Pods that had to make room on a node are gone.
pub(crate) fn victim_left<O: Observer>(run: &mut Run<'_, O>, script: &Script, node: NodeId) {
    let now = run.now();
    for number in 0..run.state.bare.all.len() {
        let bare = &mut run.state.bare.all[number];
        if bare.node == Some(node) && bare.gone_at == now {
            bare.node = None;
            run.state.nodes.free_room(node, script.bare[number].template);
        }
    }
}

/// Whether a pod takes the room that was kept for it; then the room is kept no longer.
pub(crate) fn take_kept_room<O: Observer>(run: &mut Run<'_, O>, script: &Script, pod: PodId, node: NodeId) -> bool {
    run.state.nodes.free_room(node, script.kept);
    find_allowed(run, pod);
    let template = run.state.pods[pod as usize].template;
    let fits = run.state.search.is_allowed(node as usize) && run.state.nodes.fits(node as usize, template);
    if !fits {
        run.state.nodes.take_room(node, script.kept);
    }
    fits
}

/// Room is kept no longer for a pod that does not need it: others may have it.
pub(crate) fn give_up_room<O: Observer>(run: &mut Run<'_, O>, script: &Script, node: NodeId) {
    let now = run.now();
    run.state.nodes.free_room(node, script.kept);
    run.state.scheduler.wake(now);
}
