//! What one sync sees, and the actions that it takes.

use crate::k8s::fenceposts::Limits;
#[cfg(doc)]
use crate::k8s::objects::DeploymentSpec;
use crate::k8s::objects::{Deployment, DeploymentStatus, ReplicaSet, ReplicaSetId, Template};
use crate::time::SimDuration;

/// What the Deployment controller's caches show when a sync starts.
#[derive(Clone, Copy, Debug)]
pub struct DeploymentView<'a> {
    /// The Deployment.
    pub deployment: &'a Deployment,
    /// `maxSurge` and `maxUnavailable` in pods: [`Limits::of`] its spec.
    pub limits: Limits,
    /// Its ReplicaSets, oldest first: by creation second, then number.
    pub replica_sets: &'a [ReplicaSet],
    /// For each ReplicaSet, the number of its pods in a phase that is not terminal; terminating pods count too where
    /// [`DeploymentSpec::recreate_waits_for_terminating`] holds. Only `Recreate` reads it.
    pub live_pods: &'a [u32],
}

impl<'a> DeploymentView<'a> {
    /// A view of a Deployment, with the limits computed from its spec.
    #[must_use]
    pub fn new(deployment: &'a Deployment, replica_sets: &'a [ReplicaSet], live_pods: &'a [u32]) -> Self {
        Self { deployment, limits: Limits::of(&deployment.spec), replica_sets, live_pods }
    }
}

/// The copy whose resource version a write carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The copy in the view.
    Cached,
    /// The copy that this sync's previous write to the same object returned.
    Returned,
}

/// How a failed write affects the rest of the sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The sync ends and is retried, rate-limited.
    Abort,
    /// Later `UpdateReplicaSet` actions of the sync are dropped; the rest continues (`rolling.go:
    /// reconcileOldReplicaSets` swallows the error).
    SkipScaling,
}

/// One API write, or a request to the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// POST of the new ReplicaSet.
    CreateReplicaSet {
        /// Pod template.
        template: Template,
        /// `spec.replicas`
        replicas: i32,
        /// Revision annotation.
        revision: i64,
        /// `desired-replicas` annotation.
        desired_replicas: i32,
        /// `max-replicas` annotation.
        max_replicas: i32,
        /// `spec.minReadySeconds`
        min_ready_seconds: i32,
    },
    /// PUT of a ReplicaSet with these values; its generation rises if `replicas` or `min_ready_seconds` changes.
    UpdateReplicaSet {
        /// The ReplicaSet to write.
        id: ReplicaSetId,
        /// `spec.replicas`
        replicas: i32,
        /// `desired-replicas` annotation.
        desired_replicas: Option<i32>,
        /// `max-replicas` annotation.
        max_replicas: Option<i32>,
        /// `replicaset-replicas-before-scale` annotation.
        replicas_before_scale: Option<i32>,
        /// Revision annotation.
        revision: i64,
        /// `spec.minReadySeconds`
        min_ready_seconds: i32,
        /// The copy whose resource version the write carries.
        held: Held,
        /// How a failure affects the rest of the sync.
        errors: OnError,
    },
    /// DELETE of a ReplicaSet.
    DeleteReplicaSet {
        /// The ReplicaSet to delete.
        id: ReplicaSetId,
    },
    /// PUT of the Deployment's status, with the resource version of the view. The same write carries the revision
    /// annotation.
    UpdateStatus {
        /// The whole status.
        status: DeploymentStatus,
    },
    /// Queue the Deployment again after this length of time.
    RequeueAfter(SimDuration),
    /// Queue the Deployment again by the rate limiter; this sync's success then resets the count of failures.
    RequeueRateLimited,
}
