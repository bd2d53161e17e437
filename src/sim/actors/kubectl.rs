//! `kubectl`: what a person changes about a Deployment.

use crate::k8s::kubectl;
use crate::k8s::objects::DeploymentSpec;
use crate::k8s::validation::validate;
use crate::scenario::{SpecPatch, WorkloadId};
use crate::sim::actors::api_server;
use crate::sim::observation::Observer;
use crate::sim::run::Run;

/// Changes a Deployment's spec; the API server answers with an error where there is no Deployment.
pub(crate) fn edit_spec<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, change: impl FnOnce(&mut DeploymentSpec)) {
    if run.workload(w).deployment.is_some() {
        api_server::change_spec(run, w, change);
    }
}

/// `kubectl scale` and `kubectl patch`: the API server refuses the patch as a whole where the result is invalid.
pub(crate) fn patch<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, patch: &SpecPatch) {
    let Some(deployment) = &run.workload(w).deployment else { return };
    let spec = patch.applied_to(deployment.spec);
    if validate(&spec).is_ok() {
        api_server::change_spec(run, w, |current| *current = spec);
    }
}

/// `kubectl rollout undo`, which kubectl refuses while the Deployment is paused. Without a revision the previous one
/// comes back.
pub(crate) fn undo_to<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, revision: Option<i64>) {
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
