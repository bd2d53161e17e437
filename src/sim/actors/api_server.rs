//! The API server: it accepts changes of the Deployment's spec and sends every accepted change to the controllers that
//! watch its kind of object.
//!
//! A delivery takes a watch's latency. What a controller has received and not yet looked at is in its own state.

use crate::k8s;
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::objects::{DeploymentSpec, ReplicaSet, ReplicaSetId, ReplicaSetStatus, Strategy};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};
use crate::scenario::{DaemonSet, StatefulSet, Target, Until, WorkloadId};
use crate::sim::actors::{daemon_nodes, tools};
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::replica_set_work::PodChange;
use crate::sim::state::workload::Workload;
use crate::time::SimTime;

/// Sends a pod's change, which reaches the API server at `at`, to the ReplicaSet controller.
pub(crate) fn send_pod<O: Observer>(run: &mut Run<'_, O>, at: SimTime, pod: PodId, change: PodChange) {
    let w = run.workload_of(pod);
    let at = at + run.watch_latency(w);
    let State { workloads, agenda, .. } = &mut *run.state;
    workloads.of_mut(O::MANY, w).watches.send_pod(pod, change, at, agenda);
}

/// Sends to the ReplicaSet controller that `count` of its pods were created, from `first` on. Where all deliveries take as long
/// they arrive together, and one change tells of them all.
pub(crate) fn send_created<O: Observer>(run: &mut Run<'_, O>, first: PodId, count: u32) {
    let now = run.now();
    if run.state.latencies.watch.is_some() {
        return send_pod(run, now, first, PodChange::Created { pods: count });
    }
    for pod in first..first + count {
        send_pod(run, now, pod, PodChange::Created { pods: 1 });
    }
}

/// Sends a change of a pod that no count depends on. Upstream every such change queues the ReplicaSet's key. That matters only
/// while a quota refuses pods, because each sync that fails makes the next one later; without a quota nothing is sent.
pub(crate) fn send_pod_update<O: Observer>(run: &mut Run<'_, O>, id: PodId) {
    if run.has_quota(run.state.pods[id as usize].template) {
        let now = run.now();
        send_pod(run, now, id, PodChange::Updated);
    }
}

/// Sends a Deployment to its controller.
pub(crate) fn send_deployment<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let deployment = *run.deployment(w);
    let at = run.now() + run.watch_latency(w);
    let State { workloads, agenda, .. } = &mut *run.state;
    workloads.of_mut(O::MANY, w).work.send_deployment(deployment, at, agenda);
}

/// Sends a Deployment's status back to the controller, which has just written it.
pub(crate) fn send_deployment_status<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let at = run.now() + run.watch_latency(w);
    let State { workloads, agenda, .. } = &mut *run.state;
    let Workload { deployment, work, .. } = workloads.of_mut(O::MANY, w);
    if let Some(deployment) = deployment {
        work.send_own_status(deployment, at, agenda);
    }
}

/// Sends a ReplicaSet to the two controllers that watch ReplicaSets.
pub(crate) fn send_replica_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, set: ReplicaSet) {
    let at = run.now() + run.watch_latency(w);
    let State { workloads, agenda, .. } = &mut *run.state;
    workloads.of_mut(O::MANY, w).work.send_replica_set(set, at, agenda);
    let at = run.now() + run.watch_latency(w);
    let State { workloads, sets, agenda, .. } = &mut *run.state;
    sets.send_spec(set, &mut workloads.of_mut(O::MANY, w).watches, at, agenda);
}

/// Sends a ReplicaSet's new status to the Deployment controller, and back to the ReplicaSet controller, which wrote it.
pub(crate) fn send_replica_set_status<O: Observer>(
    run: &mut Run<'_, O>,
    id: ReplicaSetId,
    version: u64,
    status: ReplicaSetStatus,
    replicas: i32,
) {
    let w = run.workload_of_set(id);
    let at = run.now() + run.watch_latency(w);
    let State { workloads, agenda, .. } = &mut *run.state;
    workloads.of_mut(O::MANY, w).work.send_replica_set_status(id, version, status, at, agenda);
    let at = run.now() + run.watch_latency(w);
    let State { workloads, sets, agenda, .. } = &mut *run.state;
    sets.send_own_status(id, replicas, &mut workloads.of_mut(O::MANY, w).watches, at, agenda);
}

/// Lets the Deployment controller know that a ReplicaSet is deleted.
pub(crate) fn send_removed_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, id: ReplicaSetId) {
    let at = run.now() + run.watch_latency(w);
    let State { workloads, agenda, .. } = &mut *run.state;
    workloads.of_mut(O::MANY, w).work.send_removed_set(id, at, agenda);
}

/// Lets the Deployment controller know that a pod is gone, which it waits for under Recreate.
pub(crate) fn send_pod_gone<O: Observer>(run: &mut Run<'_, O>, pod: PodId) {
    let w = run.workload_of(pod);
    if O::MANY && !run.has_replica_sets(w) {
        return;
    }
    if run.deployment(w).spec.strategy == Strategy::Recreate {
        let at = run.now() + run.watch_latency(w);
        let State { workloads, agenda, .. } = &mut *run.state;
        workloads.of_mut(O::MANY, w).work.send_pod_gone(at, agenda);
    }
}

/// Reports to the observer what a Deployment asks for from now on.
pub(crate) fn emit_spec<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, spec: DeploymentSpec) {
    run.emit(Fact::Target { workload: w, target: Target::of_deployment(&spec) });
    if O::DETAIL {
        run.emit(Fact::DeploymentSpec { workload: w, spec });
    }
    tools::look(run, w);
}

/// Reports what a workload asks for, which nobody changes.
pub(crate) fn emit_asked<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if let Some(object) = run.stateful_set_object(w) {
        return emit_stateful_set(run, w, object.spec);
    }
    if let Some(object) = run.daemon_set_object(w) {
        return emit_daemon_set(run, w, object.spec);
    }
    let target = Target::of_deployment(&run.deployment(w).spec);
    run.emit(Fact::Target { workload: w, target });
}

/// Reports what a DaemonSet asks for from now on.
fn emit_daemon_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, spec: DaemonSetSpec) {
    let wanted = daemon_nodes::wanted(run, w);
    run.state.daemon_sets.sets[usize::from(w)].told = wanted;
    run.emit(Fact::Target { workload: w, target: DaemonSet::target(&spec, wanted) });
    run.emit(Fact::DaemonSetSpec { workload: w, spec });
    tools::look(run, w);
}

/// Reports that a DaemonSet asks for another number of pods than before, because of its nodes.
pub(crate) fn emit_daemon_target<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let Some(object) = run.daemon_set_object(w) else { return };
    let wanted = daemon_nodes::wanted(run, w);
    let told = std::mem::replace(&mut run.state.daemon_sets.sets[usize::from(w)].told, wanted);
    // Before what happens to a workload nobody has asked for anything.
    let has_begun = run.scenario.until == Until::Horizon || run.workload(w).course.begun.is_some();
    if has_begun && told != wanted {
        run.emit(Fact::Target { workload: w, target: DaemonSet::target(&object.spec, wanted) });
    }
}

/// Creates a DaemonSet, of which its controller knows nothing yet.
pub(crate) fn create_daemon_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, spec: DaemonSetSpec) {
    let (resource_version, status) = (run.next_version(), DaemonSetStatus::default());
    let object = k8s::daemon_set::DaemonSet { generation: 1, resource_version, spec, status };
    run.state.daemon_sets.sets[usize::from(w)].object = Some(object);
    emit_daemon_set(run, w, spec);
    send_daemon_set(run, w);
}

/// Sends a DaemonSet to its controller.
pub(crate) fn send_daemon_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let at = run.now() + run.watch_latency(w);
    let State { daemon_sets, agenda, .. } = &mut *run.state;
    let work = &mut daemon_sets.sets[usize::from(w)];
    if let Some(object) = work.object {
        work.watch.send(at, object, agenda, Event::DaemonSetWatch { workload: w });
    }
}

/// Changes a DaemonSet's spec as the API server does.
pub(crate) fn change_daemon_set<O: Observer>(
    run: &mut Run<'_, O>,
    w: WorkloadId,
    change: impl FnOnce(&mut DaemonSetSpec),
) {
    let version = run.next_version();
    let Some(object) = &mut run.state.daemon_sets.sets[usize::from(w)].object else { return };
    let parts = (&mut object.spec, &mut object.generation, &mut object.resource_version);
    if let Some(spec) = changed(parts, version, change) {
        emit_daemon_set(run, w, spec);
        send_daemon_set(run, w);
    }
}

/// Changes the spec of an object; where it is then another one, generation and resource version grow. The new spec; `None`: nothing
/// has changed.
fn changed<S: Copy + PartialEq>(
    (spec, generation, resource_version): (&mut S, &mut i64, &mut u64),
    version: u64,
    change: impl FnOnce(&mut S),
) -> Option<S> {
    let mut new = *spec;
    change(&mut new);
    if new == *spec {
        return None;
    }
    (*spec, *generation, *resource_version) = (new, *generation + 1, version);
    Some(new)
}

/// Reports what a StatefulSet asks for from now on.
fn emit_stateful_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, spec: StatefulSetSpec) {
    let Some(set) = run.stateful_set(w) else { return };
    run.emit(Fact::Target { workload: w, target: set.target(spec) });
    run.emit(Fact::StatefulSetSpec { workload: w, spec });
    tools::look(run, w);
}

/// Creates a StatefulSet, of which its controller knows nothing yet.
pub(crate) fn create_stateful_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, spec: StatefulSetSpec) {
    let (resource_version, status) = (run.next_version(), StatefulSetStatus::default());
    let object = k8s::stateful_set::StatefulSet { generation: 1, resource_version, spec, status };
    run.state.stateful_sets.sets[usize::from(w)].object = Some(object);
    emit_stateful_set(run, w, spec);
    send_stateful_set(run, w);
}

/// Sends a StatefulSet to its controller.
pub(crate) fn send_stateful_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let at = run.now() + run.watch_latency(w);
    let State { stateful_sets, agenda, .. } = &mut *run.state;
    let work = &mut stateful_sets.sets[usize::from(w)];
    if let Some(object) = work.object {
        work.watch.send(at, object, agenda, Event::StatefulSetWatch { workload: w });
    }
}

/// Changes a StatefulSet's spec as the API server does.
pub(crate) fn change_stateful_set<O: Observer>(
    run: &mut Run<'_, O>,
    w: WorkloadId,
    change: impl FnOnce(&mut StatefulSetSpec),
) {
    let version = run.next_version();
    let Some(object) = &mut run.state.stateful_sets.sets[usize::from(w)].object else { return };
    let parts = (&mut object.spec, &mut object.generation, &mut object.resource_version);
    if let Some(spec) = changed(parts, version, change) {
        emit_stateful_set(run, w, spec);
        send_stateful_set(run, w);
    }
}

/// Changes a workload's spec as the API server does: generation and resource version grow, and the change is sent to those who watch.
/// Of a StatefulSet or a DaemonSet, what a Deployment has too is changed.
pub(crate) fn change_spec<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, change: impl FnOnce(&mut DeploymentSpec)) {
    if O::MANY
        && let Some(set) = run.stateful_set(w)
    {
        return change_stateful_set(run, w, |spec| {
            let mut like = StatefulSet { spec: *spec, ..set }.as_deployment();
            change(&mut like);
            spec.replicas = like.replicas;
            spec.min_ready_seconds = like.min_ready_seconds;
            spec.template = like.template;
        });
    }
    if O::MANY
        && let Some(set) = run.daemon_set(w)
    {
        return change_daemon_set(run, w, |spec| {
            let mut like = DaemonSet { spec: *spec, ..set }.as_deployment();
            change(&mut like);
            spec.min_ready_seconds = like.min_ready_seconds;
            spec.template = like.template;
        });
    }
    let version = run.next_version();
    let deployment = run.deployment(w);
    let mut spec = deployment.spec;
    change(&mut spec);
    if spec == deployment.spec {
        return;
    }
    deployment.spec = spec;
    deployment.generation += 1;
    deployment.resource_version = version;
    emit_spec(run, w, spec);
    send_deployment(run, w);
}
