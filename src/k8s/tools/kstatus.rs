//! kstatus, by which Helm 4 and Flux wait.
//!
//! Upstream: `cli-utils pkg/kstatus/status/core.go: deploymentConditions, statefulsetConditions, daemonsetConditions`,
//! `generic.go: checkGenerationSet`.

use super::seen::{Seen, Verdict};
use crate::k8s::daemon_set::DaemonSetStatus;
use crate::k8s::objects::{ConditionStatus, Deployment, ProgressReason};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus, UpdateStrategy};

pub(super) fn status(seen: Seen<'_>) -> Verdict {
    match seen {
        Seen::Deployment(deployment, _) => deployment_status(deployment),
        Seen::StatefulSet(spec, generation, status) => {
            Verdict::done_if(status.observed_generation == generation && is_current(spec, status))
        }
        Seen::DaemonSet(spec, generation, status) => {
            Verdict::done_if(status.observed_generation == generation && (spec.on_delete || has_all(status)))
        }
    }
}

fn deployment_status(deployment: &Deployment) -> Verdict {
    let (spec, status) = (&deployment.spec, &deployment.status);
    if status.observed_generation != deployment.generation {
        return Verdict::Waiting;
    }
    let condition = status.progressing;
    if condition.is_some_and(|condition| condition.reason == ProgressReason::ProgressDeadlineExceeded) {
        return Verdict::Failed;
    }
    let is_complete = condition.is_some_and(|condition| {
        condition.status == ConditionStatus::True && condition.reason == ProgressReason::NewReplicaSetAvailable
    });
    Verdict::done_if(
        status.replicas == spec.replicas
            && status.updated_replicas >= spec.replicas
            && status.available_replicas >= status.updated_replicas
            && status.ready_replicas >= spec.replicas
            && (spec.progress_deadline_seconds.is_none() || is_complete)
            && status.available == Some(true),
    )
}

/// Terminating pods hold it up: they are among the `replicas` of a StatefulSet.
fn is_current(spec: &StatefulSetSpec, status: &StatefulSetStatus) -> bool {
    let block = match spec.update {
        UpdateStrategy::OnDelete => return true,
        UpdateStrategy::RollingUpdate(block) => block,
    };
    let is_updated = match block {
        Some(block) => status.updated_replicas >= spec.replicas - block.partition,
        None => status.current_replicas >= spec.replicas && status.current_revision == status.update_revision,
    };
    status.replicas == spec.replicas && status.ready_replicas >= spec.replicas && is_updated
}

fn has_all(status: &DaemonSetStatus) -> bool {
    let desired = status.desired_number_scheduled;
    [status.current_number_scheduled, status.updated_number_scheduled, status.number_available, status.number_ready]
        .iter()
        .all(|count| *count >= desired)
}
