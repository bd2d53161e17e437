//! What a script's actions do to pods, to nodes, and to the Deployment that they create.

use crate::k8s::objects::{Deployment, DeploymentStatus};
use crate::scenario::{SUBJECT, ScriptAction, ScriptedPod};
use crate::sim::actors::{api_server, kubelet, node_lifecycle, pod_lifecycle, scripted_pods};
use crate::sim::observation::{Fact, FailureReason, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Health;
use crate::sim::state::pods::Pod;

/// Carries out an action that only scripts have.
pub(crate) fn act<O: Observer>(run: &mut Run<'_, O>, action: ScriptAction) {
    match action {
        ScriptAction::Create => create_deployment(run),
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
                scripted_pods::set_by_hand(run, id, ready);
            }
        }),
        ScriptAction::SetDeletionCost(pod, cost) => with_pod(run, pod, |run, id| {
            run.state.pods[id as usize].deletion_cost = cost;
            run.state.sets.rank_by_deletion_cost();
        }),
        ScriptAction::NodeSilent(node) => node_silent(run, node),
        ScriptAction::NodeHeard(node) => node_heard(run, node),
    }
}

/// Creates the Deployment; the API server refuses a second one of the same name.
fn create_deployment<O: Observer>(run: &mut Run<'_, O>) {
    if run.workload(SUBJECT).deployment.is_some() {
        return;
    }
    let spec = run.scenario.deployment;
    let resource_version = run.next_version();
    let status = DeploymentStatus::default();
    run.workload(SUBJECT).deployment = Some(Deployment { generation: 1, resource_version, spec, status });
    api_server::emit_spec(run, SUBJECT, spec);
    api_server::send_deployment(run, SUBJECT);
}

/// Does something to a pod, if it exists and is not gone.
fn with_pod<O: Observer>(run: &mut Run<'_, O>, pod: ScriptedPod, act: impl FnOnce(&mut Run<'_, O>, PodId)) {
    let wanted = |known: &Pod| known.template == pod.template && known.number == pod.number;
    let found = run.state.pods.iter().position(wanted);
    if let Some(id) = found.filter(|&id| !run.state.pods[id].gone) {
        act(run, id as PodId);
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
