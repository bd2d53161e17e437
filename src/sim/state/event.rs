//! Everything that can happen in a run.

use crate::k8s::objects::{ReplicaSetId, Template};
use crate::k8s::prober::KillingProbe;
use crate::scenario::{VolumeId, WorkloadId};
use crate::sim::observation::{NodeId, PodId};
use crate::traffic::Listed;

/// What happens to a pod and changes nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// The init containers have their turn.
    Initializing,
    /// The image is asked for.
    Pulling,
    /// The image has been pulled, or the registry has answered for it.
    Pulled,
    /// The image was there.
    Present,
    /// The containers run.
    Started,
    /// A probe has given up.
    Killed(KillingProbe),
}

/// An event. A pod's `epoch` changes when its future changes; an event with another one has been overtaken and does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A step of the scenario's timeline.
    Step(u16),
    /// What happens to one workload of several happens.
    Begin { workload: WorkloadId },
    /// One workload of several has been watched for as long as it is.
    Watched { workload: WorkloadId },
    /// The next workloads of a release begin.
    Release,
    /// The automatic undo of this template.
    Undo { workload: WorkloadId, template: Template },
    /// Availability has been below its objective since the `changes`-th time that it crossed it.
    Breached { workload: WorkloadId, changes: u32 },
    /// Objects arrive in the Deployment controller's cache.
    DeploymentWatch { workload: WorkloadId },
    /// The Deployment controller looks again, as it asked to.
    DeploymentTimer { workload: WorkloadId },
    /// A write of the Deployment controller commits.
    DeploymentWrite { workload: WorkloadId },
    /// ReplicaSets arrive in the ReplicaSet controller's cache.
    ReplicaSetWatch { workload: WorkloadId },
    /// Pods arrive in the ReplicaSet controller's cache.
    PodWatch { workload: WorkloadId },
    /// Pods of a ReplicaSet are created.
    CreatePods { id: ReplicaSetId, count: u32 },
    /// Pods of a ReplicaSet get their deletion timestamps.
    DeletePods { id: ReplicaSetId, count: u32 },
    /// A ReplicaSet's key comes back from the rate limiter.
    ReplicaSetRetry { id: ReplicaSetId },
    /// A status write of the ReplicaSet controller commits.
    ReplicaSetStatus { id: ReplicaSetId },
    /// A StatefulSet arrives in its controller's cache.
    StatefulSetWatch { workload: WorkloadId },
    /// The StatefulSet controller looks again, as it asked to.
    StatefulSetTimer { workload: WorkloadId },
    /// The revision of a StatefulSet's template is written.
    StatefulSetRevision { workload: WorkloadId },
    /// Requests of the StatefulSet controller about pods are answered.
    StatefulSetPods { workload: WorkloadId, count: u32 },
    /// A status write of the StatefulSet controller commits.
    StatefulSetStatus { workload: WorkloadId },
    /// The StatefulSet controller tries again to write a status that was refused.
    StatefulSetStatusRetry { workload: WorkloadId },
    /// A DaemonSet arrives in its controller's cache.
    DaemonSetWatch { workload: WorkloadId },
    /// A node that has changed arrives in the cache of the DaemonSet controller.
    DaemonSetNode { workload: WorkloadId, node: NodeId },
    /// The DaemonSet controller looks again, as it asked to.
    DaemonSetTimer { workload: WorkloadId },
    /// The revision of a DaemonSet's template is written.
    DaemonSetRevision { workload: WorkloadId },
    /// Requests of the DaemonSet controller about pods are answered.
    DaemonSetPods { workload: WorkloadId, count: u32 },
    /// A status write of the DaemonSet controller commits, or it has read the object again.
    DaemonSetStatus { workload: WorkloadId },
    /// The garbage collector deletes the pods of a node that has no Node object.
    PodsCollected { node: NodeId },
    /// Created pods reach the scheduler.
    SchedulerWatch { workload: WorkloadId, count: u32 },
    /// The scheduling gates of a pod are lifted.
    GatesLifted { pod: PodId },
    /// The scheduler ends a cycle.
    Scheduled,
    /// The scheduler looks which back-offs are over.
    BackOffOver,
    /// The bindings of a pod and of those that joined it commit.
    Bound { pod: PodId, epoch: u16 },
    /// A pod's volumes are attached to its node.
    Mounted { pod: PodId, epoch: u16 },
    /// A volume is attached to no node any more, unless a later change has overtaken this.
    VolumeFree { volume: VolumeId, epoch: u32 },
    /// A volume that was made for a pod is bound.
    VolumeBound,
    /// Something to be reported about a pod (only where an observer wants details).
    Detail { pod: PodId, epoch: u16, what: Detail },
    /// A pod's next own step.
    Pod { pod: PodId, epoch: u16 },
    /// A pod has been Ready for `minReadySeconds`.
    PodAvailable { pod: PodId },
    /// The containers of a terminating pod, and of those that joined it, are gone.
    PodGone { pod: PodId },
    /// A node stops.
    NodeLost { node: NodeId },
    /// A zone stops.
    ZoneLost { zone: u16 },
    /// The node lifecycle controller marks a node.
    NodeUnreachable { node: NodeId },
    /// The next unreachable node of a zone gets its taint.
    NodeTainted { zone: u16 },
    /// The toleration of a marked node's pods ends.
    NodeEvicted { node: NodeId },
    /// A node is back.
    NodeBack { node: NodeId },
    /// The autoscaler looks for pods that fit nowhere.
    Scan,
    /// A node that the autoscaler has asked for is Ready.
    NodeAdded { node: NodeId },
    /// The autoscaler looks for nodes that are not needed.
    ScaleDownScan,
    /// A node that is taken away is emptied, and goes.
    NodeRemoval { node: NodeId },
    /// Karpenter has checked its decision to take a node away.
    Consolidation { node: NodeId, replacement: bool },
    /// A pod of lower priority is gone that had to make room.
    VictimGone { node: NodeId },
    /// A drain checks which pods are left on its node.
    Drain { node: NodeId },
    /// A drained node is back, upgraded.
    Upgraded { node: NodeId },
    /// A node's loss is announced, or its drain is continued.
    Notice { node: NodeId },
    /// Those who send requests learn of a pod.
    Endpoint { pod: PodId, listed: Listed },
    /// A pod with a deletion timestamp stops answering.
    Silent { pod: PodId },
    /// After the rollout's end: its last pod is warm.
    Warm,
    /// The pods' usage is measured.
    Scrape,
    /// The horizontal autoscaler looks.
    AutoscalerSync,
}

// Every event is written to the agenda and read again. One of eight bytes travels in a register; a larger one is taken apart in
// memory.
const _: () = assert!(size_of::<Event>() == 8, "an event has grown");
