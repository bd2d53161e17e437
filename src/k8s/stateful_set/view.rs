//! What one sync of a StatefulSet sees, and the actions that it takes.

use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Template;

/// `spec.podManagementPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodManagementPolicy {
    /// One pod after the other.
    OrderedReady,
    /// As many at once as may be.
    Parallel,
}

/// `spec.updateStrategy.rollingUpdate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollingUpdate {
    /// Pods whose index is lower stay at the current revision. It counts from `ordinals.start`, not from 0.
    pub partition: i32,
    /// `maxUnavailable`; `None`: not set, which is 1.
    pub max_unavailable: Option<IntOrPercent>,
}

/// `spec.updateStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateStrategy {
    /// A pod is updated when somebody deletes it.
    OnDelete,
    /// The controller deletes pods. `None`: the manifest says `type: RollingUpdate` and no block, which the API server leaves so.
    RollingUpdate(Option<RollingUpdate>),
}

/// `spec` of a StatefulSet, after defaulting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulSetSpec {
    /// Wanted pods.
    pub replicas: i32,
    /// `ordinals.start`: the ordinal of the first pod.
    pub start_ordinal: i32,
    /// How pods are created and deleted.
    pub pod_management_policy: PodManagementPolicy,
    /// How pods are updated.
    pub update: UpdateStrategy,
    /// Seconds a pod must stay Ready to count as available.
    pub min_ready_seconds: i32,
    /// The pod template.
    pub template: Template,
}

impl StatefulSetSpec {
    /// `rollingUpdate.partition`; 0 where there is no block.
    #[must_use]
    pub fn partition(&self) -> i32 {
        match self.update {
            UpdateStrategy::RollingUpdate(Some(block)) => block.partition,
            _ => 0,
        }
    }

    /// Whether pods are processed one after the other.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        self.pod_management_policy == PodManagementPolicy::OrderedReady
    }
}

/// `status.phase` of a pod, as far as the controller cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPhase {
    /// Pending.
    Pending,
    /// Running.
    Running,
    /// Failed or Succeeded.
    Ended,
}

/// A pod of the StatefulSet in the controller's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulPod {
    /// The number at the end of its name.
    pub ordinal: i32,
    /// The revision that it was made from.
    pub template: Template,
    /// Its phase.
    pub phase: PodPhase,
    /// Running and Ready.
    pub ready: bool,
    /// Ready for `minReadySeconds`.
    pub available: bool,
    /// It has a deletion timestamp.
    pub terminating: bool,
}

/// `status` of a StatefulSet. Counts are pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatefulSetStatus {
    /// Generation that the controller has seen.
    pub observed_generation: i64,
    /// Pods that exist; those that terminate count.
    pub replicas: i32,
    /// Running and Ready; those that terminate count.
    pub ready_replicas: i32,
    /// Available; those that terminate count.
    pub available_replicas: i32,
    /// Pods of the current revision; those that terminate do not count.
    pub current_replicas: i32,
    /// Pods of the update revision; those that terminate do not count.
    pub updated_replicas: i32,
    /// `currentRevision`; `None`: not set yet.
    pub current_revision: Option<Template>,
    /// `updateRevision`; `None`: not set yet.
    pub update_revision: Option<Template>,
}

/// A StatefulSet, as the API server or a cache has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatefulSet {
    /// `metadata.generation`
    pub generation: i64,
    /// Resource version.
    pub resource_version: u64,
    /// Spec.
    pub spec: StatefulSetSpec,
    /// Status.
    pub status: StatefulSetStatus,
}

impl StatefulSet {
    /// One whose `template` has been complete for a long time.
    #[must_use]
    pub fn complete(spec: &StatefulSetSpec, template: Template) -> Self {
        let replicas = spec.replicas;
        let status = StatefulSetStatus {
            observed_generation: 1,
            replicas,
            ready_replicas: replicas,
            available_replicas: replicas,
            current_replicas: replicas,
            updated_replicas: replicas,
            current_revision: Some(template),
            update_revision: Some(template),
        };
        Self { generation: 1, resource_version: 1, spec: StatefulSetSpec { template, ..*spec }, status }
    }
}

/// What the StatefulSet controller's caches show when a sync starts.
#[derive(Clone, Copy, Debug)]
pub struct StatefulSetView<'a> {
    /// The spec.
    pub spec: &'a StatefulSetSpec,
    /// `metadata.generation`
    pub generation: i64,
    /// Whether a deletion timestamp is set.
    pub deleting: bool,
    /// Cached status.
    pub status: &'a StatefulSetStatus,
    /// Its pods, in order of their ordinals.
    pub pods: &'a [StatefulPod],
    /// Whether the feature gate `MaxUnavailableStatefulSet` is on. It is off in 1.28 to 1.34, from 1.35.4 on and in 1.36.
    pub max_unavailable_gate: bool,
}

impl StatefulSetView<'_> {
    /// The revision that pods are updated to.
    #[must_use]
    pub fn update_revision(&self) -> Template {
        self.spec.template
    }

    /// The revision that they are updated from; the update revision where the status names none.
    #[must_use]
    pub fn current_revision(&self) -> Template {
        self.status.current_revision.unwrap_or(self.spec.template)
    }
}

/// Why a pod is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its phase is Failed or Succeeded.
    Ended,
    /// Its ordinal is not wanted any more.
    ScaleDown,
    /// Its revision is old.
    Update,
}

/// One API write. Those with the same `batch` are sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// POST of a pod.
    CreatePod {
        /// Its ordinal.
        ordinal: i32,
        /// Its revision.
        template: Template,
        /// The batch.
        batch: u32,
    },
    /// DELETE of a pod.
    DeletePod {
        /// Its ordinal.
        ordinal: i32,
        /// Why.
        why: Why,
        /// The batch.
        batch: u32,
    },
}

impl Action {
    /// The batch that it is sent with.
    #[must_use]
    pub fn batch(self) -> u32 {
        match self {
            Self::CreatePod { batch, .. } | Self::DeletePod { batch, .. } => batch,
        }
    }
}
