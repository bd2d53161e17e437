//! `helm --wait` of version 3: whether an object is ready. It never sees a failure.
//!
//! Upstream: `helm pkg/kube/ready.go: IsReady, deploymentReady, replicaSetReady, statefulSetReady, daemonSetReady`.

use super::seen::Seen;
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::fenceposts::max_unavailable;
use crate::k8s::objects::{Deployment, ReplicaSet};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus, UpdateStrategy};

pub(super) fn is_ready(seen: Seen<'_>) -> bool {
    match seen {
        Seen::Deployment(deployment, new) => deployment.spec.paused || deployment_ready(deployment, new),
        Seen::StatefulSet(spec, generation, status) => stateful_set_ready(spec, generation, status),
        Seen::DaemonSet(spec, generation, status) => daemon_set_ready(spec, generation, status),
    }
}

/// Old pods, `minReadySeconds` and availability play no part, and `maxUnavailable` new pods may be missing.
fn deployment_ready(deployment: &Deployment, new: Option<&ReplicaSet>) -> bool {
    let observed = deployment.status.observed_generation == deployment.generation;
    let expected = deployment.spec.replicas - max_unavailable(&deployment.spec);
    new.is_some_and(|set| {
        observed && set.status.observed_generation == set.generation && set.status.ready_replicas >= expected
    })
}

/// The revisions need to be equal only where there is no partition.
fn stateful_set_ready(spec: &StatefulSetSpec, generation: i64, status: &StatefulSetStatus) -> bool {
    let partition = spec.partition();
    status.observed_generation == generation
        && (spec.update == UpdateStrategy::OnDelete
            || status.updated_replicas >= spec.replicas - partition
                && status.ready_replicas == spec.replicas
                && (partition != 0 || status.current_revision == status.update_revision))
}

fn daemon_set_ready(spec: &DaemonSetSpec, generation: i64, status: &DaemonSetStatus) -> bool {
    let desired = status.desired_number_scheduled;
    let expected = desired - spec.max_unavailable.scaled(desired, true);
    status.observed_generation == generation
        && (spec.on_delete || status.updated_number_scheduled == desired && status.number_ready >= expected)
}
