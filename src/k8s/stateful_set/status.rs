//! The status of a StatefulSet.
//!
//! Upstream: `stateful_set_control.go: computeReplicaStatus, updateStatus`, `stateful_set_utils.go: completeRollingUpdate`.

use super::view::{StatefulPod, StatefulSetSpec, StatefulSetStatus, StatefulSetView, UpdateStrategy};

/// What the cached pods come to. Pods that this sync creates have no phase yet and do not count.
pub(super) fn observed(view: &StatefulSetView<'_>) -> StatefulSetStatus {
    let (current, update) = (view.current_revision(), view.update_revision());
    let count = |counts: &dyn Fn(&StatefulPod) -> bool| view.pods.iter().filter(|pod| counts(pod)).count() as i32;
    StatefulSetStatus {
        observed_generation: view.generation,
        replicas: view.pods.len() as i32,
        ready_replicas: count(&|pod| pod.ready),
        available_replicas: count(&|pod| pod.available),
        current_replicas: count(&|pod| !pod.terminating && pod.template == current),
        updated_replicas: count(&|pod| !pod.terminating && pod.template == update),
        current_revision: Some(current),
        update_revision: Some(update),
    }
}

/// Ends a rolling update when every wanted pod is at the update revision and Ready, available or not. With a partition that is
/// never the case.
pub(super) fn complete_rolling_update(spec: &StatefulSetSpec, status: &mut StatefulSetStatus) {
    let rolling = matches!(spec.update, UpdateStrategy::RollingUpdate(_));
    let counts = [status.updated_replicas, status.ready_replicas, status.replicas];
    if rolling && counts.iter().all(|&count| count == spec.replicas) {
        status.current_replicas = status.updated_replicas;
        status.current_revision = status.update_revision;
    }
}
