//! What a script's actions do to pods, to nodes, and to the Deployment that they create.

use crate::k8s::objects::{Deployment, DeploymentStatus};
use crate::scenario::{
    DaemonSet, DeploymentAction, SUBJECT, ScriptAction, ScriptedPod, StatefulSet, TaintEffect, WorkloadId,
};
use crate::sim::actors::{
    api_server, daemon_set_controller, drain, horizontal_autoscaler, kubectl, kubelet, node_lifecycle, pod_garbage,
    pod_lifecycle, scheduler, scripted_pods,
};
use crate::sim::observation::{Fact, FailureReason, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::sim::state::pods::Pod;

/// Carries out an action that only scripts have.
pub(crate) fn act<O: Observer>(run: &mut Run<'_, O>, action: ScriptAction) {
    match action {
        ScriptAction::Create => create(run, SUBJECT),
        ScriptAction::DeletePod(pod) => with_pod(run, pod, |run, id| {
            pod_lifecycle::terminate(run, id, false);
        }),
        ScriptAction::FailPod(pod) => with_pod(run, pod, |run, id| {
            if run.state.pods[id as usize].is_scheduled() {
                pod_lifecycle::fail(run, id, FailureReason::Evicted);
            }
        }),
        ScriptAction::SetReady(pod, ready) => with_pod(run, pod, |run, id| {
            // A pod that is not Ready stays as it is, and its kubelet continues with the script.
            if ready || run.state.pods[id as usize].ready {
                scripted_pods::set_by_hand(run, id, Some(ready));
            }
        }),
        ScriptAction::CrashPod(pod) => with_pod(run, pod, crash),
        ScriptAction::RestartPod(pod) => with_pod(run, pod, |run, id| {
            if run.state.pods[id as usize].ready_by_hand == Some(false) {
                scripted_pods::set_by_hand(run, id, None);
            }
        }),
        ScriptAction::EvictPod(pod) => with_pod(run, pod, |run, id| {
            drain::evict(run, id);
        }),
        ScriptAction::RemovePod(pod) => with_pod(run, pod, pod_lifecycle::remove),
        ScriptAction::SetDeletionCost(pod, cost) => with_pod(run, pod, |run, id| {
            run.state.pods[id as usize].deletion_cost = cost;
            run.state.sets.rank_by_deletion_cost();
        }),
        ScriptAction::NodeSilent(node) => node_silent(run, node),
        ScriptAction::NodeHeard(node) => node_heard(run, node),
        ScriptAction::Cordon(node, true) => {
            run.state.nodes.close(node);
        }
        ScriptAction::Cordon(node, false) => {
            run.state.nodes.open(node);
            scheduler::room_appeared(run);
        }
        ScriptAction::Taint(node, effect) => taint(run, node, effect),
        ScriptAction::RemoveNode(node) => {
            if !run.state.nodes.states[node as usize].absent {
                run.state.nodes.remove(node);
            }
            pod_garbage::remove_object(run, node);
        }
        ScriptAction::AddNode(node) => {
            if run.state.nodes.states[node as usize].absent {
                run.state.nodes.add(node);
            }
            run.state.nodes.open(node);
            pod_garbage::object_is_back(run, node);
            scheduler::room_appeared(run);
        }
        ScriptAction::Autoscale => horizontal_autoscaler::create(run),
        ScriptAction::SetBudget(budget) => run.state.budgets.set(budget),
        ScriptAction::Other(w, DeploymentAction::Create) => create(run, w),
        ScriptAction::Other(w, DeploymentAction::Patch(patch)) => kubectl::patch(run, w, &patch),
        ScriptAction::Other(w, DeploymentAction::Undo(revision)) => kubectl::undo_to(run, w, revision),
    }
}

/// Creates a workload; the API server refuses a second one of the same name.
fn create<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if O::MANY
        && let Some(set) = run.stateful_set(w)
    {
        return create_stateful_set(run, w, set);
    }
    if O::MANY
        && let Some(set) = run.daemon_set(w)
    {
        return create_daemon_set(run, w, set);
    }
    if run.workload(w).deployment.is_some() {
        return;
    }
    let spec = run.world.map_or(run.scenario.deployment, |world| world.workloads[usize::from(w)].deployment);
    let resource_version = run.next_version();
    let status = DeploymentStatus::default();
    run.workload(w).deployment = Some(Deployment { generation: 1, resource_version, spec, status });
    api_server::emit_spec(run, w, spec);
    api_server::send_deployment(run, w);
}

/// Creates the StatefulSet; the API server refuses a second one of the same name.
fn create_stateful_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, set: StatefulSet) {
    if run.stateful_set_object(w).is_none() {
        run.state.sets.adopt_other(w, w);
        run.state.stateful_sets.sets[usize::from(w)].most = run.scenario.most_desired().max(1);
        run.state.next_replica_set = run.state.next_replica_set.max(w + 1);
        api_server::create_stateful_set(run, w, set.spec);
    }
}

/// The same for a DaemonSet.
fn create_daemon_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, set: DaemonSet) {
    if run.daemon_set_object(w).is_none() {
        run.state.sets.adopt_other(w, w);
        run.state.next_replica_set = run.state.next_replica_set.max(w + 1);
        api_server::create_daemon_set(run, w, set.spec);
    }
}

/// A node gets a taint that no pod tolerates.
fn taint<O: Observer>(run: &mut Run<'_, O>, node: NodeId, effect: TaintEffect) {
    if run.daemon_set(SUBJECT).is_none() {
        run.state.nodes.close(node);
        if effect == TaintEffect::NoExecute {
            run.each_pod_on(node, |run, id| {
                pod_lifecycle::terminate(run, id, false);
            });
        }
        return;
    }
    if run.world.is_some_and(|world| world.workloads.len() > 1) {
        run.state.nodes.close(node);
    }
    if let Some(taint) = run.state.daemon_sets.taints.get_mut(node as usize) {
        *taint = (*taint).max(Some(effect));
        daemon_set_controller::node_changed(run, node);
    }
}

/// Does something to a pod, if it exists and is not gone.
fn with_pod<O: Observer>(run: &mut Run<'_, O>, pod: ScriptedPod, act: impl FnOnce(&mut Run<'_, O>, PodId)) {
    let found = match pod.template {
        Some(template) => {
            let wanted = |known: &Pod| known.template == template && known.number == pod.number;
            run.state.pods.iter().position(wanted).filter(|&id| !run.state.pods[id].gone)
        }
        None if O::MANY && run.daemon_set(SUBJECT).is_some() => on_node(run, pod.number),
        None => with_ordinal(run, pod.number),
    };
    if let Some(id) = found {
        act(run, id as PodId);
    }
}

/// The pod of the StatefulSet with an ordinal that is not gone.
fn with_ordinal<O: Observer>(run: &Run<'_, O>, ordinal: u32) -> Option<usize> {
    let set = run.state.stateful_sets.sets.get(usize::from(SUBJECT))?;
    run.state.pods.iter().position(|pod| !pod.gone && set.ordinal_of(pod) == ordinal as i32)
}

/// The pod of the DaemonSet that is for a node and has no deletion timestamp.
fn on_node<O: Observer>(run: &Run<'_, O>, node: u32) -> Option<usize> {
    let set = run.state.daemon_sets.sets.get(usize::from(SUBJECT))?;
    let is_wanted = |(id, pod): (usize, &Pod)| !pod.terminating && set.node_of(id as PodId) == Some(node);
    run.state.pods.iter().enumerate().position(is_wanted)
}

/// The container of a Ready pod ends; its kubelet restarts it.
fn crash<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    let pod = &mut run.state.pods[id as usize];
    if pod.ready {
        pod.restarts = pod.restarts.saturating_add(1);
        scripted_pods::set_by_hand(run, id, Some(false));
    }
}

fn node_silent<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let known = run.state.nodes.states.get(node as usize);
    if known.is_none_or(|state| state.health != Health::Up) {
        return;
    }
    run.state.nodes.set_health(node, Health::Lost);
    run.emit(Fact::NodeLost(node));
    run.each_pod_on(node, |run, id| run.state.pods[id as usize].lost = true);
    if let Some(monitor) = run.scenario.node_monitor {
        node_lifecycle::notice_silence(run, node, monitor);
    }
}

fn node_heard<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let known = run.state.nodes.states.get(node as usize);
    if known.is_none_or(|state| state.health == Health::Up) {
        return;
    }
    let was_unreachable = node_lifecycle::node_reports(run, node);
    run.each_pod_on(node, |run, id| {
        let pod = &mut run.state.pods[id as usize];
        pod.lost = false;
        if pod.terminating {
            let due = pod.exits_at;
            run.schedule(due, Event::PodGone { pod: id });
        } else if pod.pulled_at.is_never() {
            let now = run.now();
            kubelet::start_pod(run, id, now);
        } else {
            scripted_pods::follow_anew(run, id);
        }
    });
    node_lifecycle::node_recovered(run, node, was_unreachable);
}
