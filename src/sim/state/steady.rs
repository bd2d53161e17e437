//! The objects of a rollout's start: a Deployment and its ReplicaSet that have been complete for a long time.

use crate::k8s::fenceposts::min_available;
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, ProgressReason, Progressing, ReplicaSet,
    ReplicaSetId, ReplicaSetStatus, Template,
};
use crate::time::SimTime;

/// A Deployment whose `template` has been complete for long.
pub(crate) fn steady_deployment(spec: &DeploymentSpec, template: Template, born: SimTime) -> Deployment {
    let progressing = spec.progress_deadline_seconds.map(|_| Progressing {
        status: ConditionStatus::True,
        reason: ProgressReason::NewReplicaSetAvailable,
        last_update: born.whole_seconds(),
        last_transition: born.whole_seconds(),
    });
    let status = DeploymentStatus {
        observed_generation: 1,
        replicas: spec.replicas,
        updated_replicas: spec.replicas,
        ready_replicas: spec.replicas,
        available_replicas: spec.replicas,
        unavailable_replicas: 0,
        terminating_replicas: 0,
        available: Some(true),
        progressing,
        replica_failure: false,
        revision: 1,
    };
    Deployment { generation: 1, resource_version: 1, spec: DeploymentSpec { template, ..*spec }, status }
}

/// Its ReplicaSet.
pub(crate) fn steady_replica_set(id: ReplicaSetId, spec: &DeploymentSpec, born: SimTime) -> ReplicaSet {
    ReplicaSet {
        id,
        template: spec.template,
        created: born.whole_seconds(),
        generation: 1,
        resource_version: 1,
        deleting: false,
        replicas: spec.replicas,
        min_ready_seconds: spec.min_ready_seconds,
        revision: 1,
        desired_replicas: Some(spec.replicas),
        max_replicas: Some(crate::k8s::fenceposts::max_replicas(spec)),
        replicas_before_scale: None,
        status: ReplicaSetStatus {
            observed_generation: 1,
            replicas: spec.replicas,
            ready_replicas: spec.replicas,
            available_replicas: spec.replicas,
            terminating_replicas: 0,
            replica_failure: false,
        },
    }
}

/// Changes the objects so that only one of the pods is Ready, and never more than one was: with more than one the Deployment
/// has exceeded its deadline.
pub(crate) fn one_ready(deployment: &mut Deployment, set: &mut ReplicaSet) {
    let replicas = deployment.spec.replicas;
    let (ready, missing) = (replicas.min(1), (replicas - 1).max(0));
    let status = &mut deployment.status;
    (status.ready_replicas, status.available_replicas, status.unavailable_replicas) = (ready, ready, missing);
    status.available = Some(ready >= min_available(&deployment.spec));
    if missing > 0
        && let Some(progressing) = &mut status.progressing
    {
        progressing.status = ConditionStatus::False;
        progressing.reason = ProgressReason::ProgressDeadlineExceeded;
    }
    (set.status.ready_replicas, set.status.available_replicas) = (ready, ready);
}
