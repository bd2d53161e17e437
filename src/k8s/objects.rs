//! Deployment and ReplicaSet as the controllers read and write them: numbers only, names as in the Kubernetes API.
//!
//! Source: `staging/src/k8s.io/api/apps/v1/types.go`. What the API keeps in annotations
//! (`deployment.kubernetes.io/desired-replicas`, `max-replicas`, `revision`) are plain fields here. Times that the API
//! truncates to whole seconds are whole seconds.

use crate::k8s::int_or_percent::IntOrPercent;

/// A pod template, by its number: two Deployments or ReplicaSets have the same template exactly when this is equal.
pub type Template = u16;

/// A ReplicaSet's number in order of creation; stands for its name and breaks ties of equal creation seconds.
pub type ReplicaSetId = u16;

/// `spec.strategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// All old pods end before the first new one starts.
    Recreate,
    /// New pods replace old ones within the two limits.
    RollingUpdate {
        /// `maxSurge`: pods above `replicas` at one time.
        max_surge: IntOrPercent,
        /// `maxUnavailable`: pods below `replicas` that need not be available.
        max_unavailable: IntOrPercent,
    },
}

/// `podReplacementPolicy`: when a Deployment may create pods in place of those that go. It is a proposal (KEP-5882),
/// not a field of Kubernetes 1.36.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodReplacementPolicy {
    /// As soon as the old ones have a deletion timestamp.
    TerminationStarted,
    /// When the old ones are gone.
    TerminationComplete,
}

/// `spec` of a Deployment, after defaulting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeploymentSpec {
    /// Wanted pods.
    pub replicas: i32,
    /// How pods are replaced.
    pub strategy: Strategy,
    /// Seconds a pod must stay Ready to count as available.
    pub min_ready_seconds: i32,
    /// Seconds without progress until `ProgressDeadlineExceeded`; `None` is the API's 2147483647, no deadline.
    pub progress_deadline_seconds: Option<i32>,
    /// Old ReplicaSets kept; `None` is the API's 2147483647, all.
    pub revision_history_limit: Option<i32>,
    /// Whether the rollout is paused.
    pub paused: bool,
    /// The pod template.
    pub template: Template,
    /// The proposed `podReplacementPolicy`; `None` is Kubernetes 1.36, where a Recreate rollout waits for terminating
    /// pods and a rolling update does not.
    pub pod_replacement_policy: Option<PodReplacementPolicy>,
}

/// Status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConditionStatus {
    /// `True`
    True,
    /// `False`
    False,
    /// `Unknown`
    Unknown,
}

/// Reason of the `Progressing` condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressReason {
    /// The new ReplicaSet was created.
    NewReplicaSetCreated,
    /// A ReplicaSet with the template existed, and the Deployment had no condition.
    FoundNewReplicaSet,
    /// The counts of pods came closer to the goal.
    ReplicaSetUpdated,
    /// The rollout is complete.
    NewReplicaSetAvailable,
    /// No progress for `progressDeadlineSeconds`.
    ProgressDeadlineExceeded,
    /// The new ReplicaSet could not be created.
    ReplicaSetCreateError,
    /// The controller saw `spec.paused`.
    DeploymentPaused,
    /// The pause ended.
    DeploymentResumed,
}

/// The `Progressing` condition. Times are whole seconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progressing {
    /// Status of the condition.
    pub status: ConditionStatus,
    /// Reason of the status.
    pub reason: ProgressReason,
    /// `lastUpdateTime`, from which the deadline counts.
    pub last_update: u64,
    /// `lastTransitionTime`.
    pub last_transition: u64,
}

/// `status` of a Deployment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeploymentStatus {
    /// Generation of the spec that this status describes.
    pub observed_generation: i64,
    /// Pods of all ReplicaSets, as their statuses count them.
    pub replicas: i32,
    /// Pods of the new ReplicaSet.
    pub updated_replicas: i32,
    /// Ready pods.
    pub ready_replicas: i32,
    /// Available pods.
    pub available_replicas: i32,
    /// Wanted pods (by spec of the ReplicaSets) that are not available.
    pub unavailable_replicas: i32,
    /// Terminating pods.
    pub terminating_replicas: i32,
    /// `Available` is True; `None` before it was first set.
    pub available: Option<bool>,
    /// `Progressing`; absent without a deadline and before the first rollout.
    pub progressing: Option<Progressing>,
    /// `ReplicaFailure` is True.
    pub replica_failure: bool,
    /// The Deployment's revision annotation, which the controller writes with the status. 0 is none.
    pub revision: i64,
}

/// A Deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// `metadata.generation`.
    pub generation: i64,
    /// `metadata.resourceVersion`: changes with every write.
    pub resource_version: u64,
    /// Spec.
    pub spec: DeploymentSpec,
    /// Status.
    pub status: DeploymentStatus,
}

/// `status` of a ReplicaSet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplicaSetStatus {
    /// Generation of the spec that this status describes.
    pub observed_generation: i64,
    /// Active pods.
    pub replicas: i32,
    /// Ready pods among the active ones.
    pub ready_replicas: i32,
    /// Available pods among the active ones.
    pub available_replicas: i32,
    /// Pods with a deletion timestamp that have not ended.
    pub terminating_replicas: i32,
    /// `ReplicaFailure` is True.
    pub replica_failure: bool,
}

/// A ReplicaSet of the Deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplicaSet {
    /// Number in order of creation.
    pub id: ReplicaSetId,
    /// Its pod template.
    pub template: Template,
    /// `creationTimestamp`, whole seconds since the epoch.
    pub created: u64,
    /// `metadata.generation`.
    pub generation: i64,
    /// `metadata.resourceVersion`: changes with every write.
    pub resource_version: u64,
    /// A deletion timestamp is set.
    pub deleting: bool,
    /// `spec.replicas`.
    pub replicas: i32,
    /// `spec.minReadySeconds`.
    pub min_ready_seconds: i32,
    /// Revision annotation; 0 is none.
    pub revision: i64,
    /// `desired-replicas` annotation: the Deployment's size at the last scaling.
    pub desired_replicas: Option<i32>,
    /// `max-replicas` annotation: that size plus the surge.
    pub max_replicas: Option<i32>,
    /// The proposed `replicaset-replicas-before-scale` annotation: the size before a scaling that is not complete.
    /// Always `None` without `TerminationComplete`.
    pub replicas_before_scale: Option<i32>,
    /// Status.
    pub status: ReplicaSetStatus,
}

impl DeploymentSpec {
    /// Whether the strategy is `RollingUpdate`.
    #[must_use]
    pub const fn is_rolling_update(&self) -> bool {
        matches!(self.strategy, Strategy::RollingUpdate { .. })
    }

    /// Whether terminating pods take the room of new ones.
    #[must_use]
    pub fn counts_terminating(&self) -> bool {
        self.pod_replacement_policy == Some(PodReplacementPolicy::TerminationComplete)
    }

    /// Whether a Recreate rollout waits until the old pods are gone, and not only until they have deletion timestamps.
    #[must_use]
    pub fn recreate_waits_for_terminating(&self) -> bool {
        self.pod_replacement_policy != Some(PodReplacementPolicy::TerminationStarted)
    }
}

impl PodReplacementPolicy {
    /// The value in the proposed API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TerminationStarted => "TerminationStarted",
            Self::TerminationComplete => "TerminationComplete",
        }
    }

    /// The policy with that value in the proposed API.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::TerminationStarted, Self::TerminationComplete].into_iter().find(|policy| policy.as_str() == word)
    }
}
