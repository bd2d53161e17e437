//! The end of a scheduling cycle: one pod gets the best node that has room, or none.
//!
//! Upstream: `pkg/scheduler/schedule_one.go`. Which node is best is decided by [`crate::sim::state::placement`].

use crate::scenario::Refusals;
use crate::sim::actors::{
    api_server, cluster_autoscaler, daemon_nodes, kubelet, no_node, preemption, scheduler, volume_binding,
};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::scheduler::Tried;
use crate::sim::state::scheduling_queue::Queued;
use crate::time::SimDuration;

/// A cycle ends: the pod that was tried gets a node or goes back to the queue, and the next cycle starts. A cycle that takes no
/// time ends here too, unless something else happens at the same instant before it.
pub(crate) fn end_cycle<O: Observer>(run: &mut Run<'_, O>) {
    loop {
        match run.state.scheduler.trying.take() {
            Some(Tried::Own(queued)) if run.state.pods[queued.pod as usize].terminating => {
                scheduler::drop_from_queue(run, &queued);
            }
            Some(Tried::Own(queued)) => place_pod(run, queued),
            Some(Tried::Displaced) => preemption::try_displaced(run),
            None => {}
        }
        let Some(end) = scheduler::begin_cycle(run) else { return };
        if !run.state.agenda.schedule_or_take(end, Event::Scheduled) {
            return;
        }
        run.state.bindings.overlook(&run.state.agenda);
    }
}

fn place_pod<O: Observer>(run: &mut Run<'_, O>, queued: Queued) {
    let id = queued.pod;
    let template = run.state.pods[id as usize].template;
    let model = &run.scenario.pods[usize::from(template)];
    let Some(node) = find_node(run, &queued) else { return found_no_node(run, queued) };
    let now = run.now();
    let granted = run.state.scheduler.bucket.take(now);
    run.state.nodes.occupy(node, template);
    if model.is_constrained() {
        // One more pod on this node may change the spread that other pods are waiting for.
        run.state.scheduler.wake(now);
    }
    let owner = run.state.pods[id as usize].owner;
    run.node_changed(owner, node);
    let w = run.workload_of(id);
    let pod = &mut run.state.pods[id as usize];
    pod.node = node;
    pod.unschedulable = false;
    let epoch = pod.epoch;
    let committed = granted + run.api_latency(w);
    let provision = if model.uses_volumes() { volume_binding::provision(run, id) } else { SimDuration::ZERO };
    // Recordings count a pod's times from the instant at which it was bound.
    let at = if run.scenario.script.is_some() { granted } else { committed } + provision;
    if at <= now && run.scenario.script.is_some() {
        bind(run, id, epoch);
    } else {
        let State { bindings, pods, agenda, .. } = &mut *run.state;
        bindings.schedule(at, id, Event::Bound { pod: id, epoch }, pods, agenda);
    }
}

fn find_node<O: Observer>(run: &mut Run<'_, O>, queued: &Queued) -> Option<NodeId> {
    if let Some(node) = queued.nominated
        && preemption::take_kept_room(run, queued.pod, node)
    {
        return Some(node);
    }
    let template = run.state.pods[queued.pod as usize].template;
    let model = &run.scenario.pods[usize::from(template)];
    if let Some(node) = run.node_of_daemon(queued.pod) {
        return takes_daemon(run, queued.pod, node).then_some(node);
    }
    let node = if model.volumes.is_empty() {
        match recorded_node(run, queued.pod) {
            None => {
                let State { nodes, search, .. } = &mut *run.state;
                search.place_for(nodes, template, model)
            }
            Some(recorded) => place_as_recorded(run, queued.pod, recorded),
        }
    } else {
        let recorded = recorded_node(run, queued.pod);
        volume_binding::find_node(run, queued.pod, recorded)
    };
    if let (Some(_), Some(kept)) = (node, queued.nominated) {
        preemption::give_up_room(run, kept);
    }
    node
}

/// Whether the node that a DaemonSet's pod is for takes it. That it is cordoned does not matter.
fn takes_daemon<O: Observer>(run: &mut Run<'_, O>, pod: PodId, node: NodeId) -> bool {
    let template = run.state.pods[pod as usize].template;
    let model = &run.scenario.pods[usize::from(template)];
    // Its controller looks at labels and taints as the scheduler does.
    let is_there = daemon_nodes::of(run, run.workload_of(pod), node).should_run;
    let State { nodes, search, .. } = &mut *run.state;
    search.allow(nodes, template, model);
    is_there && search.is_allowed(node as usize) && nodes.has_room(node as usize, template)
}

/// The best node, of equals the one that a script has.
fn place_as_recorded<O: Observer>(run: &mut Run<'_, O>, pod: PodId, recorded: NodeId) -> Option<NodeId> {
    let template = run.state.pods[pod as usize].template;
    let model = &run.scenario.pods[usize::from(template)];
    let State { nodes, search, .. } = &mut *run.state;
    let (node, own) = search.place_as_recorded(nodes, template, model, (recorded, &[]))?;
    if node != own {
        run.emit(Fact::NodeGiven(pod));
    }
    Some(node)
}

/// The node that a script has for a pod.
fn recorded_node<O: Observer>(run: &Run<'_, O>, pod: PodId) -> Option<NodeId> {
    let script = run.scenario.script.as_ref()?;
    let pod = &run.state.pods[pod as usize];
    script.node_of(pod.template, pod.number)
}

fn found_no_node<O: Observer>(run: &mut Run<'_, O>, mut queued: Queued) {
    let now = run.now();
    if !run.state.pods[queued.pod as usize].unschedulable {
        run.state.pods[queued.pod as usize].unschedulable = true;
        // The pod's condition is written once: later attempts find the same.
        run.state.scheduler.bucket.take(now);
        let refusals = if O::DETAIL { no_node::refusals(run, queued.pod) } else { Refusals::default() };
        run.emit(Fact::PodUnschedulable { pod: queued.pod, refusals });
    }
    if daemon_nodes::has(run, queued.pod) {
        // No other node would help.
        return run.state.scheduler.queue.put_back(queued, now);
    }
    queued.nominated = preemption::preempt(run, &queued);
    run.state.scheduler.queue.put_back(queued, now);
    cluster_autoscaler::schedule_scan(run);
}

/// Bindings have been accepted.
pub(crate) fn bind_all<O: Observer>(run: &mut Run<'_, O>, first: PodId, epoch: u16) {
    let mut next = Some(first);
    while let Some(id) = next {
        next = run.state.pods[id as usize].joined.take();
        bind(run, id, epoch);
    }
}

/// The binding of a pod has been accepted; until then only its room was taken.
fn bind<O: Observer>(run: &mut Run<'_, O>, id: PodId, epoch: u16) {
    let pod = &mut run.state.pods[id as usize];
    if pod.epoch != epoch {
        return;
    }
    pod.bound = true;
    let node = pod.node;
    run.emit(Fact::PodScheduled { pod: id, node });
    let w = run.workload_of(id);
    let seen = run.now() + run.watch_latency(w);
    if run.scenario.script.is_none() {
        api_server::send_pod_update(run, id);
    }
    kubelet::start_pod(run, id, seen);
}
