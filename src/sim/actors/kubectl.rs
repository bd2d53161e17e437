//! `kubectl`: what a person changes about a Deployment, a StatefulSet or a DaemonSet.

use crate::k8s::kubectl;
use crate::k8s::objects::DeploymentSpec;
use crate::k8s::validation::validate;
use crate::scenario::{SpecPatch, WorkloadId};
use crate::sim::actors::{api_server, pod_lifecycle};
use crate::sim::observation::Observer;
use crate::sim::run::Run;
use crate::sim::state::State;

/// Changes a workload's spec; the API server answers with an error where there is no such object.
pub(crate) fn edit_spec<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, change: impl FnOnce(&mut DeploymentSpec)) {
    if run.workload(w).deployment.is_some() {
        api_server::change_spec(run, w, change);
    } else if O::MANY {
        edit_set(run, w, |run| api_server::change_spec(run, w, change));
    }
}

/// Changes a StatefulSet or a DaemonSet, if there is one, and applies a changed `minReadySeconds` to its pods.
fn edit_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, edit: impl FnOnce(&mut Run<'_, O>)) {
    let Some(before) = min_ready_seconds(run, w) else { return };
    edit(run);
    if min_ready_seconds(run, w) != Some(before) {
        pod_lifecycle::change_window(run, w);
    }
}

/// `minReadySeconds` of a StatefulSet or a DaemonSet that exists.
fn min_ready_seconds<O: Observer>(run: &Run<'_, O>, w: WorkloadId) -> Option<i32> {
    let of_daemon_set = || run.daemon_set_object(w).map(|object| object.spec.min_ready_seconds);
    run.stateful_set_object(w).map(|object| object.spec.min_ready_seconds).or_else(of_daemon_set)
}

/// `kubectl scale` and `kubectl patch`: the API server refuses the patch as a whole where the result is invalid.
pub(crate) fn patch<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, patch: &SpecPatch) {
    if O::MANY && run.stateful_set_object(w).is_some() {
        return edit_set(run, w, |run| {
            api_server::change_stateful_set(run, w, |spec| *spec = patch.applied_to_stateful_set(*spec));
        });
    }
    if O::MANY && run.daemon_set_object(w).is_some() {
        return edit_set(run, w, |run| {
            api_server::change_daemon_set(run, w, |spec| *spec = patch.applied_to_daemon_set(*spec));
        });
    }
    let Some(deployment) = &run.workload(w).deployment else { return };
    let spec = patch.applied_to(deployment.spec);
    if validate(&spec).is_ok() {
        api_server::change_spec(run, w, |current| *current = spec);
    }
}

/// `kubectl rollout undo`, which kubectl refuses while the Deployment is paused. Without a revision the previous one
/// comes back.
pub(crate) fn undo_to<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, revision: Option<i64>) {
    if O::MANY && !run.has_replica_sets(w) {
        return undo_set(run, w, revision);
    }
    let Some(deployment) = run.workload(w).deployment else { return };
    let sets = &run.workload(w).replica_sets;
    let target = match revision {
        None | Some(0) => kubectl::undo_target(&deployment, sets),
        Some(revision) => kubectl::undo_target_of(&deployment, sets, revision),
    };
    if let Some(template) = target {
        api_server::change_spec(run, w, |spec| spec.template = template);
    }
}

/// The same for a StatefulSet or a DaemonSet, whose history is its ControllerRevisions.
fn undo_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, revision: Option<i64>) {
    let State { stateful_sets, daemon_sets, .. } = &*run.state;
    let of_daemon_set = &daemon_sets.sets[usize::from(w)].revisions;
    let of_stateful_set = &stateful_sets.sets[usize::from(w)].revisions;
    let revisions = if of_daemon_set.is_empty() { of_stateful_set } else { of_daemon_set };
    if let Some(template) = kubectl::undo_target_among(revisions, revision) {
        api_server::change_spec(run, w, |spec| spec.template = template);
    }
}
