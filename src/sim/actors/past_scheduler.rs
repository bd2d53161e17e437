//! Pods that the scheduler does not look for a node for: those that name their node, and those with scheduling gates until the
//! gates are lifted. Those of which a script says that they found no node for a time are as these.
//!
//! Upstream: `pkg/scheduler/eventhandlers.go: assignedPod`, `plugins/schedulinggates`,
//! `pkg/kubelet/lifecycle/predicate.go: Admit`.

use crate::k8s::objects::Template;
use crate::scenario::Scheduling;
use crate::sim::actors::no_node::{self, Gated};
use crate::sim::actors::{kubelet, pod_lifecycle, scheduler};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Next;

/// Whether the scheduler looks for a node for the pods of a template as soon as they are created.
pub(crate) fn has_scheduler<O: Observer>(run: &Run<'_, O>, template: Template) -> bool {
    run.scenario.pods[usize::from(template)].scheduling == Scheduling::Scheduler
}

/// Pods have been created: they are bound, or wait until their gates are lifted.
pub(crate) fn receive_pods<O: Observer>(run: &mut Run<'_, O>, template: Template, first: PodId, count: u32) {
    for pod in first..first + count {
        match run.scenario.pods[usize::from(template)].scheduling {
            Scheduling::Bound(node) => bind(run, pod, node),
            Scheduling::Scripted => match no_node::gated_for(run, pod) {
                Gated::No => send(run, pod),
                Gated::For(_) | Gated::ForEver => hold_back(run, pod),
            },
            Scheduling::Scheduler | Scheduling::Gated(_) => hold_back(run, pod),
        }
    }
}

/// A pod is on the node that it names from its creation on. The kubelet refuses it where there is no room.
fn bind<O: Observer>(run: &mut Run<'_, O>, id: PodId, node: NodeId) {
    let template = run.state.pods[id as usize].template;
    let has_room = run.state.nodes.room(node as usize, template) > 0;
    run.state.nodes.occupy(node, template);
    let owner = run.state.pods[id as usize].owner;
    run.node_changed(owner, node);
    let pod = &mut run.state.pods[id as usize];
    (pod.node, pod.bound) = (node, true);
    run.emit(Fact::PodScheduled { pod: id, node });
    let w = run.workload_of_set(owner);
    let seen = run.now() + run.watch_latency(w);
    if has_room {
        kubelet::start_pod(run, id, seen);
    } else {
        pod_lifecycle::plan_step(run, id, Next::Refused, seen);
    }
}

/// The scheduler learns of a pod that nothing holds back.
fn send<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let w = run.workload_of(id);
    run.workload(w).arriving.push_back(id);
    let at = run.now() + run.watch_latency(w);
    run.schedule(at, Event::SchedulerWatch { workload: w, count: 1 });
}

fn hold_back<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    run.state.pods[id as usize].unschedulable = true;
    let refusals = no_node::refusals(run, id);
    run.emit(Fact::PodUnschedulable { pod: id, refusals });
    if let Gated::For(length) = no_node::gated_for(run, id) {
        let at = run.now() + length;
        run.schedule(at, Event::GatesLifted { pod: id });
    }
}

/// A pod that was there when the run began, and that the script may hold back, waits for what is left of that.
pub(crate) fn wait_on<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let (now, created) = (run.now(), run.state.pods[id as usize].created);
    match no_node::gated_for(run, id) {
        Gated::No => run.state.scheduler.queue.add(id, now),
        Gated::ForEver => run.state.pods[id as usize].unschedulable = true,
        Gated::For(length) => {
            run.state.pods[id as usize].unschedulable = true;
            run.schedule((created + length).max(now), Event::GatesLifted { pod: id });
        }
    }
}

/// The gates of a pod are lifted: from now on the scheduler looks for a node for it.
pub(crate) fn lift_gates<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let now = run.now();
    let pod = &mut run.state.pods[id as usize];
    if !pod.terminating {
        pod.unschedulable = false;
        run.state.scheduler.queue.add(id, now);
        scheduler::start_cycle(run);
    }
}
