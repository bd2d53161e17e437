//! What happens at set times, and what a person or another controller does then.

use crate::k8s::daemon_set::DaemonSetSpec;
use crate::k8s::disruption::Budget;
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy, Template};
use crate::k8s::stateful_set::{StatefulSetSpec, UpdateStrategy};
use crate::scenario::target::WorkloadId;
use crate::time::SimDuration;

/// Something that happens at a set time after the rollout's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Since the rollout's start.
    pub at: SimDuration,
    /// What happens.
    pub action: StepAction,
}

/// What a user or another controller does to the Deployment or its pods.
///
/// Every reader of an action matches all variants by name, so that a new action does not compile before each reader has
/// decided what to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepAction {
    /// `kubectl scale`
    Scale(i32),
    /// `kubectl rollout pause`
    Pause,
    /// `kubectl rollout resume`
    Resume,
    /// `kubectl rollout undo`
    Undo,
    /// Another template is applied.
    SetTemplate(Template),
    /// The strategy is changed.
    SetStrategy(Strategy),
    /// `minReadySeconds` is changed.
    SetMinReadySeconds(i32),
    /// `kubectl rollout undo --to-revision`
    UndoTo(i64),
    /// `kubectl patch`; refused as a whole where the result is invalid.
    Patch(SpecPatch),
    /// No controller runs for this long: their leader is gone and the next one has not been elected.
    ControllersDown(SimDuration),
    /// No pod is scheduled for this long.
    SchedulerDown(SimDuration),
    /// Every request takes longer.
    ApiSlow {
        /// By how much.
        by: SimDuration,
        /// For how long.
        length: SimDuration,
    },
    /// `kubectl drain` of a node, which stays cordoned.
    Drain(u32),
    /// Karpenter consolidates a node: it is drained and goes, after its replacement has come if it gets one.
    Consolidate {
        /// The node.
        node: u32,
        /// Whether another node comes first, one of the autoscaler's.
        replacement: bool,
    },
    /// A ResourceQuota limits the number of pods; `None` takes it away.
    SetPodQuota(Option<u32>),
    /// What only a recorded incident has.
    Scripted(ScriptAction),
}

/// What only recorded incidents have: an experiment cannot name a single pod, and its Deployment exists at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptAction {
    /// The Deployment is created.
    Create,
    /// A pod is deleted by hand.
    DeletePod(ScriptedPod),
    /// A pod's phase becomes Failed, as when its kubelet evicts it; its object stays.
    FailPod(ScriptedPod),
    /// A pod becomes Ready (true) or stops being Ready (false), whatever its script says.
    SetReady(ScriptedPod, bool),
    /// A container of a Ready pod ends and is restarted.
    CrashPod(ScriptedPod),
    /// The container that has crashed is back, and the pod does again what its script says.
    RestartPod(ScriptedPod),
    /// A pod is evicted once, unless the budget forbids it.
    EvictPod(ScriptedPod),
    /// The API server removes a pod at once (`kubectl delete --force --grace-period=0`).
    RemovePod(ScriptedPod),
    /// `controller.kubernetes.io/pod-deletion-cost` is set on a pod.
    SetDeletionCost(ScriptedPod, i32),
    /// A node's kubelet stops reporting; its containers continue to run.
    NodeSilent(u32),
    /// A silent node's kubelet is heard again.
    NodeHeard(u32),
    /// `kubectl cordon` (true) or `kubectl uncordon` of a node.
    Cordon(u32, bool),
    /// A node gets a taint that no pod tolerates.
    Taint(u32, TaintEffect),
    /// The Node object is deleted; what runs on the machine goes on.
    RemoveNode(u32),
    /// A Node object is created, and its kubelet is ready.
    AddNode(u32),
    /// The HorizontalPodAutoscaler of the scenario is created.
    Autoscale,
    /// A PodDisruptionBudget that selects a workload's pods is created, changed, or deleted.
    SetBudget(ScriptedBudget),
    /// Something happens to another Deployment than the first.
    Other(WorkloadId, DeploymentAction),
}

/// A PodDisruptionBudget from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedBudget {
    /// The workload whose pods it selects.
    pub workload: WorkloadId,
    /// Which of the budgets it is.
    pub number: u16,
    /// What it says; `None`: it is deleted.
    pub budget: Option<Budget>,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaintEffect {
    /// No more of them come.
    NoSchedule,
    /// Those that are there have to go, too.
    NoExecute,
}

/// What happens to a Deployment in a recorded incident of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeploymentAction {
    /// It is created.
    Create,
    /// `kubectl patch`, and all else that changes its spec; refused as a whole where the result is invalid.
    Patch(SpecPatch),
    /// `kubectl rollout undo`, to a revision or to the one before.
    Undo(Option<i64>),
}

impl StepAction {
    /// The node that it drains.
    #[must_use]
    pub const fn drained_node(&self) -> Option<u32> {
        match self {
            Self::Drain(node) | Self::Consolidate { node, .. } => Some(*node),
            Self::Scale(_)
            | Self::Pause
            | Self::Resume
            | Self::Undo
            | Self::UndoTo(_)
            | Self::Patch(_)
            | Self::SetTemplate(_)
            | Self::SetStrategy(_)
            | Self::SetMinReadySeconds(_)
            | Self::ControllersDown(_)
            | Self::SchedulerDown(_)
            | Self::ApiSlow { .. }
            | Self::SetPodQuota(_)
            | Self::Scripted(_) => None,
        }
    }

    /// The number of replicas that it asks for.
    #[must_use]
    pub const fn replicas(&self) -> Option<i32> {
        match self {
            Self::Scale(replicas) => Some(*replicas),
            Self::Patch(patch) => patch.replicas,
            Self::Pause
            | Self::Resume
            | Self::Undo
            | Self::UndoTo(_)
            | Self::SetTemplate(_)
            | Self::SetStrategy(_)
            | Self::SetMinReadySeconds(_)
            | Self::ControllersDown(_)
            | Self::SchedulerDown(_)
            | Self::ApiSlow { .. }
            | Self::Drain(_)
            | Self::Consolidate { .. }
            | Self::SetPodQuota(_)
            | Self::Scripted(_) => None,
        }
    }
}

/// A pod by its template and its place among the template's pods in order of creation, from 0, or of a StatefulSet by its
/// ordinal, or of a DaemonSet by its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptedPod {
    /// Its template; `None`: it is the one of the StatefulSet's pods whose ordinal is `number`, or of the DaemonSet's pods whose node
    /// that is, and that is not gone.
    pub template: Option<Template>,
    /// Its place, its ordinal, or its node.
    pub number: u32,
}

/// New values for some fields of a Deployment's or a StatefulSet's spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecPatch {
    /// `replicas`
    pub replicas: Option<i32>,
    /// `strategy`
    pub strategy: Option<Strategy>,
    /// `minReadySeconds`
    pub min_ready_seconds: Option<i32>,
    /// `progressDeadlineSeconds`; the inner `None` is no deadline.
    pub progress_deadline_seconds: Option<Option<i32>>,
    /// `revisionHistoryLimit`; the inner `None` keeps all.
    pub revision_history_limit: Option<Option<i32>>,
    /// `paused`
    pub paused: Option<bool>,
    /// `template`
    pub template: Option<Template>,
    /// `updateStrategy` of a StatefulSet.
    pub update: Option<UpdateStrategy>,
    /// `updateStrategy` of a DaemonSet.
    pub daemon_update: Option<DaemonUpdate>,
}

/// `updateStrategy` of a DaemonSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonUpdate {
    /// Its type is OnDelete.
    pub on_delete: bool,
    /// `maxSurge`
    pub max_surge: IntOrPercent,
    /// `maxUnavailable`
    pub max_unavailable: IntOrPercent,
}

impl SpecPatch {
    /// The spec of a StatefulSet with the new values of what it has.
    #[must_use]
    pub fn applied_to_stateful_set(&self, spec: StatefulSetSpec) -> StatefulSetSpec {
        StatefulSetSpec {
            replicas: self.replicas.unwrap_or(spec.replicas),
            update: self.update.unwrap_or(spec.update),
            min_ready_seconds: self.min_ready_seconds.unwrap_or(spec.min_ready_seconds),
            template: self.template.unwrap_or(spec.template),
            ..spec
        }
    }

    /// The spec of a DaemonSet with the new values of what it has.
    #[must_use]
    pub fn applied_to_daemon_set(&self, spec: DaemonSetSpec) -> DaemonSetSpec {
        let DaemonSetSpec { on_delete, max_surge, max_unavailable, .. } = spec;
        let before = DaemonUpdate { on_delete, max_surge, max_unavailable };
        let DaemonUpdate { on_delete, max_surge, max_unavailable } = self.daemon_update.unwrap_or(before);
        DaemonSetSpec {
            on_delete,
            max_surge,
            max_unavailable,
            min_ready_seconds: self.min_ready_seconds.unwrap_or(spec.min_ready_seconds),
            template: self.template.unwrap_or(spec.template),
        }
    }

    /// The spec with the new values.
    #[must_use]
    pub fn applied_to(&self, spec: DeploymentSpec) -> DeploymentSpec {
        DeploymentSpec {
            replicas: self.replicas.unwrap_or(spec.replicas),
            strategy: self.strategy.unwrap_or(spec.strategy),
            min_ready_seconds: self.min_ready_seconds.unwrap_or(spec.min_ready_seconds),
            progress_deadline_seconds: self.progress_deadline_seconds.unwrap_or(spec.progress_deadline_seconds),
            revision_history_limit: self.revision_history_limit.unwrap_or(spec.revision_history_limit),
            paused: self.paused.unwrap_or(spec.paused),
            template: self.template.unwrap_or(spec.template),
            pod_replacement_policy: spec.pod_replacement_policy,
        }
    }
}
