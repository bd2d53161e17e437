//! What one sync sees and what it does.

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
    /// What its `maxSurge` and `maxUnavailable` come to: [`Limits::of`] its spec.
    pub limits: Limits,
    /// Its ReplicaSets, oldest first: by creation second, then number.
    pub replica_sets: &'a [ReplicaSet],
    /// For each of them, its pods of non-terminal phase: terminating ones too where
    /// [`DeploymentSpec::recreate_waits_for_terminating`]. Only `Recreate` reads it.
    pub live_pods: &'a [u32],
}

impl<'a> DeploymentView<'a> {
    /// A view of a Deployment whose limits are not known yet.
    #[must_use]
    pub fn new(deployment: &'a Deployment, replica_sets: &'a [ReplicaSet], live_pods: &'a [u32]) -> Self {
        Self { deployment, limits: Limits::of(&deployment.spec), replica_sets, live_pods }
    }
}

/// Which copy's resource version a write carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The one in the view.
    Cached,
    /// The one that this sync's previous write to the same object returned.
    Returned,
}

/// What a failed write does to the rest of the sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// The sync ends and is retried, rate-limited.
    Abort,
    /// Later `UpdateReplicaSet` actions of the sync are dropped, the rest goes on
    /// (`rolling.go: reconcileOldReplicaSets` swallows the error).
    SkipScaling,
}

/// One API write, or a wish about the work queue.
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
        /// Which one.
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
        /// Whose resource version it carries.
        held: Held,
        /// What follows if it fails.
        errors: OnError,
    },
    /// DELETE of a ReplicaSet.
    DeleteReplicaSet {
        /// Which one.
        id: ReplicaSetId,
    },
    /// PUT of the Deployment's status, with the resource version of the view. The revision annotation travels along.
    UpdateStatus {
        /// All of it.
        status: DeploymentStatus,
    },
    /// Queue the Deployment again after so long.
    RequeueAfter(SimDuration),
    /// Queue the Deployment again by the rate limiter; this sync's success then resets the count of failures.
    RequeueRateLimited,
}
