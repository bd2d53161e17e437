//! What a snapshot of a cluster shows: workloads in the middle of whatever they do, from which a run goes on.
//!
//! Kubernetes writes most of its stamps in whole seconds. A [`Stamp`] keeps what it was written with: where the part of a second is
//! not known, each replication draws it.

mod counts;

pub use counts::FoundCounts;

use crate::k8s::controller_revision::ControllerRevision;
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::objects::{
    ConditionStatus, DeploymentSpec, DeploymentStatus, ProgressReason, ReplicaSetStatus, Template,
};
use crate::k8s::prober::KillingProbe;
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};
use crate::time::{NANOS_PER_SECOND, SimDuration};

/// An instant, counted from the start of the second of the snapshot; before it the second is negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// The whole second.
    pub second: i64,
    /// Nanoseconds of that second, below 1,000,000,000; `None`: the stamp has whole seconds, and the rest is not known.
    pub nanos: Option<u32>,
}

impl Stamp {
    /// A stamp in whole seconds, of which the rest is not known.
    #[must_use]
    pub const fn whole(second: i64) -> Self {
        Self { second, nanos: None }
    }

    /// An instant that is known to the nanosecond, so many nanoseconds from the start of the second of the snapshot.
    #[must_use]
    pub const fn exact(nanos: i64) -> Self {
        let second = NANOS_PER_SECOND as i64;
        Self { second: nanos.div_euclid(second), nanos: Some(nanos.rem_euclid(second) as u32) }
    }
}

/// What a run finds when it starts from a snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Found {
    /// How far the second of the snapshot had gone when it was taken, in nanoseconds; `None`: that is not known, and drawn.
    pub within_second: Option<u32>,
    /// The workloads, in the order of those of the scenario: one, where it has no world.
    pub workloads: Vec<FoundWorkload>,
    /// What is known of which nodes have the images of a version. Where containers of a version run, its images are there anyway.
    /// Elsewhere the share of nodes that have them decides ([`PodModel::cached`](crate::scenario::PodModel::cached)).
    pub images: Vec<FoundImage>,
    /// Nodes whose kubelets do not report.
    pub silent_nodes: Vec<SilentNode>,
}

/// A workload as a snapshot shows it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundWorkload {
    /// The object, and what its controller keeps beside it.
    pub object: FoundObject,
    /// Its pods, those on their way out included, in order of creation, those of one second by name.
    pub pods: Vec<FoundPod>,
}

/// The object that a workload is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FoundObject {
    /// A Deployment.
    Deployment(FoundDeployment),
    /// A StatefulSet.
    StatefulSet(FoundStatefulSet),
    /// A DaemonSet.
    DaemonSet(FoundDaemonSet),
    /// It does not exist yet: a step of the timeline creates it.
    Nothing,
}

/// A Deployment, and its ReplicaSets.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundDeployment {
    /// The spec as it is. Its template is [`NEW_TEMPLATE`](crate::scenario::NEW_TEMPLATE) where a rollout is in progress or complete
    /// and no other one comes, and [`OLD_TEMPLATE`](crate::scenario::OLD_TEMPLATE) where the measured event is a rollout that begins
    /// with the run.
    pub spec: DeploymentSpec,
    /// `metadata.generation`
    pub generation: i64,
    /// The status; the condition `Progressing` is not in it but beside it.
    pub status: DeploymentStatus,
    /// The condition `Progressing`; `None`: there is none.
    pub progressing: Option<FoundProgressing>,
    /// Its ReplicaSets, those without pods included, oldest first; those of one second by name.
    pub replica_sets: Vec<FoundReplicaSet>,
}

/// The condition `Progressing` of a Deployment. Its deadline counts from `last_update`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundProgressing {
    /// Status of the condition.
    pub status: ConditionStatus,
    /// Reason of the status.
    pub reason: ProgressReason,
    /// `lastUpdateTime`, in seconds from the second of the snapshot.
    pub last_update: i64,
    /// `lastTransitionTime`, likewise.
    pub last_transition: i64,
}

/// A ReplicaSet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundReplicaSet {
    /// Its template: equal for two ReplicaSets, or for one and the Deployment, exactly where upstream's `EqualIgnoreHash` says so.
    pub template: Template,
    /// `creationTimestamp`, in seconds from the second of the snapshot.
    pub created: i64,
    /// `metadata.generation`
    pub generation: i64,
    /// `spec.replicas`
    pub replicas: i32,
    /// `spec.minReadySeconds`
    pub min_ready_seconds: i32,
    /// The annotation `deployment.kubernetes.io/revision`; 0 is none.
    pub revision: i64,
    /// The annotation `deployment.kubernetes.io/desired-replicas`.
    pub desired_replicas: Option<i32>,
    /// The annotation `deployment.kubernetes.io/max-replicas`.
    pub max_replicas: Option<i32>,
    /// The status.
    pub status: ReplicaSetStatus,
    /// The API server refuses its pods; `None`: it does not, or that is not known.
    pub refused: Option<FoundRefused>,
}

impl FoundReplicaSet {
    /// A ReplicaSet of this size, which was created long ago and whose status says what its spec does.
    #[must_use]
    pub fn new(template: Template, replicas: i32) -> Self {
        Self {
            template,
            created: -86_400,
            generation: 1,
            replicas,
            min_ready_seconds: 0,
            revision: i64::from(template) + 1,
            desired_replicas: None,
            max_replicas: None,
            status: ReplicaSetStatus {
                observed_generation: 1,
                replicas,
                ready_replicas: replicas,
                available_replicas: replicas,
                terminating_replicas: 0,
                replica_failure: false,
            },
            refused: None,
        }
    }
}

/// Since when the API server has refused the pods of a ReplicaSet: the back-off of the controller doubles with each try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundRefused {
    /// The first refusal of the row (`firstTimestamp` of the first event `FailedCreate`).
    pub first: Stamp,
    /// The last one; `None`: not known, and worked out from the first one.
    pub last: Option<Stamp>,
}

/// A StatefulSet, and its revisions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundStatefulSet {
    /// The spec as it is; its template as for a [`FoundDeployment`].
    pub spec: StatefulSetSpec,
    /// `metadata.generation`
    pub generation: i64,
    /// The status.
    pub status: StatefulSetStatus,
    /// Its ControllerRevisions, in any order.
    pub revisions: Vec<ControllerRevision>,
}

/// A DaemonSet, and its revisions.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FoundDaemonSet {
    /// The spec as it is; its template as for a [`FoundDeployment`].
    pub spec: DaemonSetSpec,
    /// `metadata.generation`
    pub generation: i64,
    /// The status.
    pub status: DaemonSetStatus,
    /// Its ControllerRevisions, in any order.
    pub revisions: Vec<ControllerRevision>,
}

/// A pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundPod {
    /// What it belongs to.
    pub place: FoundPlace,
    /// Its node, by its place in [`Cluster::nodes`](crate::scenario::Cluster::nodes); `None`: it is bound to none.
    pub node: Option<u32>,
    /// `creationTimestamp`
    pub created: Stamp,
    /// The first 16 hexadecimal digits of its UID, which decide ties among pods to delete; `None`: not known, and drawn.
    pub uid: Option<u64>,
    /// The annotation `controller.kubernetes.io/pod-deletion-cost`.
    pub deletion_cost: i32,
    /// How often its containers were started again: the most of any container.
    pub restarts: u16,
    /// How far it has come.
    pub phase: FoundPhase,
}

impl FoundPod {
    /// A pod on no node, which nobody has looked at yet.
    #[must_use]
    pub const fn new(place: FoundPlace, created: Stamp) -> Self {
        let phase = FoundPhase::Unscheduled { unschedulable: false };
        Self { place, node: None, created, uid: None, deletion_cost: 0, restarts: 0, phase }
    }
}

/// What a pod belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundPlace {
    /// A ReplicaSet, by its place in [`FoundDeployment::replica_sets`].
    ReplicaSet(u16),
    /// A StatefulSet.
    Ordinal {
        /// The number at the end of its name.
        ordinal: u32,
        /// The template of its revision.
        template: Template,
    },
    /// A DaemonSet.
    Node {
        /// The node that it is for, by its place in [`Cluster::nodes`](crate::scenario::Cluster::nodes). It is bound to that one or to
        /// none.
        node: u32,
        /// The template of its revision.
        template: Template,
    },
}

/// How far a pod has come. What comes first in a pod's life stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FoundPhase {
    /// It is bound to no node.
    Unscheduled {
        /// The scheduler has said that no node takes it (`PodScheduled` is False with the reason `Unschedulable`).
        unschedulable: bool,
    },
    /// It is bound, and its containers have not run yet.
    Starting {
        /// When it was bound.
        bound: Stamp,
    },
    /// Its image could not be pulled (`ErrImagePull`, `ImagePullBackOff`), and is asked for again.
    PullFailing {
        /// When it was bound.
        bound: Stamp,
    },
    /// Its containers run, and it has not been Ready since they were started.
    Warming {
        /// When they were started: the last of them.
        started: Stamp,
    },
    /// It is Ready.
    Ready {
        /// When its containers were started: the last of them.
        started: Stamp,
        /// Since when it is Ready.
        since: Stamp,
    },
    /// Its containers run, and it has lost readiness.
    NotReady {
        /// When its containers were started.
        started: Stamp,
        /// Since when it is not Ready.
        since: Stamp,
    },
    /// A container has exited and waits to be started again (`CrashLoopBackOff`).
    BackingOff {
        /// When it exited.
        exited: Stamp,
        /// Which probe made the kubelet kill it; `None`: it exited by itself, or that is not known.
        killed_by: Option<KillingProbe>,
    },
    /// It has a deletion timestamp.
    Terminating {
        /// When its deletion was asked for: the deletion timestamp less the grace period.
        told: Stamp,
        /// `deletionGracePeriodSeconds`
        grace: SimDuration,
        /// Its containers ran then; otherwise nothing has to be shut down.
        ran: bool,
    },
    /// Its phase is Failed: its containers have ended for good.
    Failed,
}

/// Whether a node has the images of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundImage {
    /// The version.
    pub template: Template,
    /// The node, by its place in [`Cluster::nodes`](crate::scenario::Cluster::nodes).
    pub node: u32,
    /// It has them.
    pub present: bool,
}

/// A node whose kubelet does not report: what is on it cannot be known to have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SilentNode {
    /// The node, by its place in [`Cluster::nodes`](crate::scenario::Cluster::nodes).
    pub node: u32,
    /// Since when it has the taint `node.kubernetes.io/unreachable` with the effect NoExecute; `None`: it has none yet.
    pub tainted: Option<Stamp>,
    /// How long its pods tolerate that taint (`tolerationSeconds`).
    pub toleration: SimDuration,
}

impl Found {
    /// A snapshot of one workload.
    #[must_use]
    pub fn of(workload: FoundWorkload) -> Self {
        Self { workloads: vec![workload], ..Self::default() }
    }
}

impl Found {
    /// A snapshot of several workloads, taken so many nanoseconds into its second.
    #[must_use]
    pub fn of_all(workloads: Vec<FoundWorkload>, within_second: u32) -> Self {
        Self { workloads, within_second: Some(within_second), ..Self::default() }
    }
}

impl FoundWorkload {
    /// An object and its pods.
    #[must_use]
    pub const fn of(object: FoundObject, pods: Vec<FoundPod>) -> Self {
        Self { object, pods }
    }

    /// A Deployment and its pods.
    #[must_use]
    pub const fn deployment(deployment: FoundDeployment, pods: Vec<FoundPod>) -> Self {
        Self { object: FoundObject::Deployment(deployment), pods }
    }

    /// A StatefulSet and its pods.
    #[must_use]
    pub const fn stateful_set(set: FoundStatefulSet, pods: Vec<FoundPod>) -> Self {
        Self { object: FoundObject::StatefulSet(set), pods }
    }

    /// A DaemonSet and its pods.
    #[must_use]
    pub const fn daemon_set(set: FoundDaemonSet, pods: Vec<FoundPod>) -> Self {
        Self { object: FoundObject::DaemonSet(set), pods }
    }

    /// A workload that does not exist yet.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { object: FoundObject::Nothing, pods: Vec::new() }
    }

    /// Whether its rollout is paused: it goes on only when somebody resumes it.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        matches!(&self.object, FoundObject::Deployment(found) if found.spec.paused)
    }
}

impl FoundStatefulSet {
    /// A StatefulSet whose controller has seen its spec.
    #[must_use]
    pub const fn new(spec: StatefulSetSpec, status: StatefulSetStatus, revisions: Vec<ControllerRevision>) -> Self {
        Self { spec, generation: status.observed_generation, status, revisions }
    }
}

impl FoundDaemonSet {
    /// A DaemonSet whose controller has seen its spec.
    #[must_use]
    pub const fn new(spec: DaemonSetSpec, status: DaemonSetStatus, revisions: Vec<ControllerRevision>) -> Self {
        Self { spec, generation: status.observed_generation, status, revisions }
    }
}

impl FoundDeployment {
    /// A Deployment whose controller has seen its spec and whose status says nothing.
    #[must_use]
    pub fn new(spec: DeploymentSpec, replica_sets: Vec<FoundReplicaSet>) -> Self {
        let status = DeploymentStatus { observed_generation: 1, ..DeploymentStatus::default() };
        Self { spec, generation: 1, status, progressing: None, replica_sets }
    }
}
