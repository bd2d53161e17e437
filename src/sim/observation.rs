//! What a run reports: facts with their instants, each reported at the one place where the state changes.

use serde::{Deserialize, Serialize};

use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::horizontal::Decision;
use crate::k8s::objects::{DeploymentSpec, DeploymentStatus, ReplicaSetId, ReplicaSetStatus, Template};
use crate::k8s::prober::KillingProbe;
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};
use crate::k8s::tools::{Tool, Verdict};
use crate::scenario::{Refusals, Target, WorkloadId};
use crate::time::{SimDuration, SimTime};
use crate::traffic::{Flow, Listed};

/// A pod, by its number in order of creation within the run; the pods that stand at the start come first.
pub type PodId = u32;

/// What owns pods, by its number in order of creation within the run: a ReplicaSet.
pub type OwnerId = ReplicaSetId;

/// A node, by its number.
pub type NodeId = u32;

/// What the pods that held up progress were waiting for when the rollout stalled. Order decides ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StallCause {
    /// No node had room, or the kubelets refused the pods.
    Capacity,
    /// A ResourceQuota refused pods.
    Quota,
    /// A volume was attached to another node, used by another pod alone, or out of reach of the nodes with room.
    Volume,
    /// The image was not there yet.
    ImagePull,
    /// A container kept exiting.
    Crash,
    /// The startup probe kept giving up, and the kubelet killed the container each time.
    StartupProbe,
    /// The same of the liveness probe.
    LivenessProbe,
    /// The readiness probe failed.
    Readiness,
    /// Their node was lost.
    NodeLoss,
    /// Nothing wrong with pods: controllers or throttles.
    ControlPlane,
}

/// A part of the control plane that does not work as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outage {
    /// All controllers.
    Controllers,
    /// The scheduler.
    Scheduler,
    /// The API server.
    Api,
}

/// Why a pod's phase became Failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureReason {
    /// Its kubelet refused it.
    Refused,
    /// Its kubelet ended it to get memory or disk back.
    Evicted,
}

/// What a pod was when it got its deletion timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Was {
    /// Bound to a node.
    pub scheduled: bool,
    /// Ready.
    pub ready: bool,
    /// Available.
    pub available: bool,
}

/// Where pods stand: those of the version that the Deployment asks for, bound to a node and without a deletion timestamp. A node
/// counts if one of them is on it, or if it is there, is open to them and could hold one; a zone, if one of its nodes counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The most minus the fewest in a zone.
    pub zone_skew: u32,
    /// The most minus the fewest on a node.
    pub node_skew: u32,
    /// All are in one zone; `None`: there is only one.
    pub one_zone: Option<bool>,
}

/// Something that happened. Pods' facts are the truth, not what a controller has seen of it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fact {
    /// A workload asks for something from now on; the first one of a run is its start.
    Target {
        /// The workload.
        workload: WorkloadId,
        /// What it asks for.
        target: Target,
    },
    /// A new spec of a Deployment was accepted by the API server (reported only where details are wanted, after its
    /// target).
    DeploymentSpec {
        /// The workload.
        workload: WorkloadId,
        /// The spec.
        spec: DeploymentSpec,
    },
    /// The Deployment controller's status was accepted; `progress` by upstream's own test against the one before.
    DeploymentStatus {
        /// The workload.
        workload: WorkloadId,
        /// The status.
        status: DeploymentStatus,
        /// Something moved towards the goal.
        progress: bool,
    },
    /// `Progressing` became `False/ProgressDeadlineExceeded`.
    Stalled {
        /// The workload.
        workload: WorkloadId,
        /// What most of the pods that hold it up wait for.
        cause: StallCause,
        /// Pods of the new version with that cause.
        held: u32,
        /// Pods of the new version that are not available.
        of: u32,
        /// Where pods wait for a node: why none takes them.
        refusals: Refusals,
    },
    /// A part of the control plane stops, or answers late, for this long.
    Outage(Outage, SimDuration),
    /// A ReplicaSet was created.
    ReplicaSetCreated {
        /// The workload.
        workload: WorkloadId,
        /// The ReplicaSet.
        id: ReplicaSetId,
        /// Its template.
        template: Template,
        /// Its size.
        replicas: i32,
    },
    /// A ReplicaSet's size was changed.
    ReplicaSetScaled {
        /// The ReplicaSet.
        id: ReplicaSetId,
        /// Size before.
        from: i32,
        /// Size after.
        to: i32,
    },
    /// A pod goes to the node that a script has for it, to which the scheduler's rules give the same score as to the one that would have
    /// been taken.
    NodeGiven(PodId),
    /// A ReplicaSet was deleted by history clean-up.
    ReplicaSetDeleted(ReplicaSetId),
    /// The ReplicaSet controller's status was accepted.
    ReplicaSetStatus {
        /// The ReplicaSet.
        id: ReplicaSetId,
        /// The status.
        status: ReplicaSetStatus,
    },
    /// A new spec of a StatefulSet was accepted by the API server (reported after its target).
    StatefulSetSpec {
        /// The workload.
        workload: WorkloadId,
        /// The spec.
        spec: StatefulSetSpec,
    },
    /// The StatefulSet controller's status was accepted.
    StatefulSetStatus {
        /// The workload.
        workload: WorkloadId,
        /// The status.
        status: StatefulSetStatus,
    },
    /// A tool that waits for the rollout comes to another verdict by what the API server has (only where somebody asks what it says).
    Said {
        /// The workload.
        workload: WorkloadId,
        /// The tool.
        tool: Tool,
        /// The verdict.
        verdict: Verdict,
    },
    /// A new spec of a DaemonSet was accepted by the API server (reported after its target).
    DaemonSetSpec {
        /// The workload.
        workload: WorkloadId,
        /// The spec.
        spec: DaemonSetSpec,
    },
    /// The DaemonSet controller's status was accepted.
    DaemonSetStatus {
        /// The workload.
        workload: WorkloadId,
        /// The status.
        status: DaemonSetStatus,
    },
    /// A write was refused because the object had changed since it was read; it is tried again.
    Conflict,
    /// In a world of several workloads: what happens to this one happens now.
    Begun(WorkloadId),
    /// In a world of several workloads: a ResourceQuota refused pods, which are asked for again later.
    QuotaRefused {
        /// The workload.
        workload: WorkloadId,
        /// Who asked for them.
        owner: OwnerId,
        /// How many pods.
        pods: u32,
    },
    /// A pod was created.
    PodCreated {
        /// The pod.
        pod: PodId,
        /// The workload that it belongs to.
        workload: WorkloadId,
        /// Who owns it.
        owner: OwnerId,
        /// Its version.
        template: Template,
        /// Of a StatefulSet's pod: the number at the end of its name. Of a DaemonSet's pod: the node that it is for.
        ordinal: Option<u32>,
    },
    /// No node takes a pod.
    PodUnschedulable {
        /// The pod.
        pod: PodId,
        /// Why, where details are wanted.
        refusals: Refusals,
    },
    /// A pod of lower priority is deleted so that this one fits on its node.
    Preempted {
        /// The pod.
        pod: PodId,
        /// The node.
        node: NodeId,
    },
    /// A pod was bound to a node.
    PodScheduled {
        /// The pod.
        pod: PodId,
        /// The node.
        node: NodeId,
    },
    /// A pod waits for a volume that is attached to another node.
    VolumeElsewhere {
        /// The pod.
        pod: PodId,
        /// The node that has the volume.
        node: NodeId,
    },
    /// A pod stands on a node when the run starts (this is reported only where details are wanted).
    PodFound {
        /// The pod.
        pod: PodId,
        /// The node.
        node: NodeId,
    },
    /// A pod's kubelet has its volumes and starts its init containers (this and the next four are reported only where details
    /// are wanted).
    Initializing(PodId),
    /// A pod's kubelet asks for its image.
    Pulling(PodId),
    /// A pod's image is on its node.
    Pulled {
        /// The pod.
        pod: PodId,
        /// The image was there when the kubelet saw the pod, and the registry was not asked.
        present: bool,
    },
    /// A pod's containers run.
    ContainersStarted(PodId),
    /// A probe has given up, and the kubelet stops a pod's container.
    ContainerKilled {
        /// The pod.
        pod: PodId,
        /// The probe.
        by: KillingProbe,
    },
    /// A container exited and will be restarted.
    ContainerExited {
        /// The pod.
        pod: PodId,
        /// The pod's first exit.
        first: bool,
        /// Which probe made the kubelet kill it; `None`: it exited by itself.
        killed_by: Option<KillingProbe>,
    },
    /// A container was restarted after its back-off.
    ContainerRestarted(PodId),
    /// A pod became Ready.
    PodReady(PodId),
    /// A pod stopped being Ready.
    PodNotReady {
        /// The pod.
        pod: PodId,
        /// It was available.
        was_available: bool,
    },
    /// A pod has been Ready for `minReadySeconds`.
    PodAvailable(PodId),
    /// `minReadySeconds` was raised, and a Ready pod is not available any more.
    PodUnavailable(PodId),
    /// A pod's phase became Failed: its containers have ended for good and its room is free, but the object stays.
    PodFailed {
        /// The pod.
        pod: PodId,
        /// What it was.
        was: Was,
        /// Nothing of it had failed before.
        first: bool,
        /// Why.
        reason: FailureReason,
    },
    /// The controller of a StatefulSet or a DaemonSet deleted the object of a pod that had failed, whose containers and room were gone before.
    FailedPodDeleted(PodId),
    /// A pod got a deletion timestamp.
    PodTerminating {
        /// The pod.
        pod: PodId,
        /// What it was.
        was: Was,
    },
    /// A pod is gone.
    PodGone(PodId),
    /// A node and everything on it stopped.
    NodeLost(NodeId),
    /// The node lifecycle controller marked a node unreachable.
    NodeUnreachable(NodeId),
    /// The pods of an unreachable node were deleted.
    NodeEvicted(NodeId),
    /// A node is back.
    NodeBack(NodeId),
    /// The autoscaler's node is Ready.
    NodeAdded(NodeId),
    /// A node takes no new pods.
    NodeCordoned(NodeId),
    /// Nothing is left on a cordoned node.
    NodeDrained(NodeId),
    /// A node takes pods again.
    NodeUncordoned(NodeId),
    /// An emptied node was taken away for good.
    NodeRemoved(NodeId),
    /// A pod answers requests from now on (this and what follows only where there is traffic).
    PodAnswers(PodId),
    /// A pod stops answering requests.
    PodSilent(PodId),
    /// Those who send requests learned of a pod.
    Endpoint {
        /// The pod.
        pod: PodId,
        /// What they know of it.
        listed: Listed,
    },
    /// Where the pods stand when what is measured is over, or at the horizon where it is not (only where placement is asked for, and
    /// where there is such a pod).
    Placed(WorkloadId, Placed),
    /// What is measured is over: `kubectl rollout status` reported success, or where nobody watches a rollout, the event has
    /// done with its nodes and all wanted pods are available. Where the run is not followed further, what comes then is about
    /// requests, until all who send them know what the rollout did and its pods are warm.
    RolloutOver(WorkloadId),
    /// All who send requests know what the rollout did, and its pods are warm, in a run that is followed for longer.
    RequestsSettled(WorkloadId),
    /// In a run that is followed after its end: the last pod is gone that the event replaced or removed.
    OldPodsGone {
        /// The workload.
        workload: WorkloadId,
        /// When it was gone, which may be before the end; the start of the run where there was none.
        when: SimTime,
    },
    /// The HorizontalPodAutoscaler wants another size, or would want one without its limits.
    Autoscaled {
        /// The workload.
        workload: WorkloadId,
        /// Size before.
        from: i32,
        /// What it decided.
        decision: Decision,
    },
}

// Observers get facts by value, several hundred in every replication: a larger one would be felt.
const _: () = assert!(size_of::<Fact>() <= 80, "a fact has grown");

impl Fact {
    /// By how much the number of available pods changes; 0 where another number of pods may be wanted instead. `None`: the fact
    /// is about neither.
    #[must_use]
    #[inline(always)]
    pub const fn more_available(&self) -> Option<i32> {
        match self {
            Self::PodAvailable(_) => Some(1),
            Self::PodUnavailable(_)
            | Self::PodNotReady { was_available: true, .. }
            | Self::PodFailed { was: Was { available: true, .. }, .. }
            | Self::PodTerminating { was: Was { available: true, .. }, .. } => Some(-1),
            Self::Target { .. } => Some(0),
            _ => None,
        }
    }

    /// Whether some metric needs it. Most facts are statuses that none needs. Inlined, so that of a fact of a kind that is known the
    /// answer is known too.
    #[inline(always)]
    #[must_use]
    pub fn is_measured(&self) -> bool {
        !matches!(
            self,
            Self::DeploymentStatus { progress: false, .. }
                | Self::ReplicaSetStatus { .. }
                | Self::StatefulSetStatus { .. }
                | Self::DaemonSetStatus { .. }
                | Self::Conflict
        )
    }

    /// Passes itself on to a flow of requests, if it is about requests. Inlined, so that for any other fact nothing is left
    /// of it.
    #[inline(always)]
    pub fn pass_to(&self, flow: &mut Flow, at: SimTime) {
        match *self {
            Self::PodAnswers(pod) => flow.serve(at, pod),
            Self::PodSilent(pod) => flow.stop(at, pod),
            Self::Endpoint { pod, listed } => flow.list(at, pod, listed),
            _ => {}
        }
    }
}

/// Receives facts in order of time.
pub trait Observer {
    /// Whether facts that no metric needs are reported too.
    const DETAIL: bool;

    /// Whether it can follow several workloads: it is then told facts that no metric needs too, unless the simulator is compiled for
    /// it. A simulation for one that cannot has only one workload, and all that tells workloads apart costs nothing there.
    const MANY: bool = false;

    /// Whether the simulator is compiled once more, for this observer alone. A fact is then no call, and what the observer does not look at
    /// costs nothing; a build takes longer for each that says so.
    const COMPILED_IN: bool = false;

    /// Takes note of a fact.
    fn fact(&mut self, at: SimTime, fact: Fact);
}

/// Receives the facts of a world of several workloads, in order of time.
pub trait WorldObserver {
    /// Takes note of a fact about one workload, or about the cluster, as an [`Observer`] of that workload alone gets it: pods,
    /// owners and templates have the numbers that they would have if it were alone (the pods that stand at the start come first).
    /// What comes after the workload is over is not among it.
    fn of_workload(&mut self, at: SimTime, workload: WorkloadId, fact: Fact);

    /// Takes note of a fact with the numbers of the world. Every fact comes here once.
    fn of_world(&mut self, at: SimTime, fact: Fact);

    /// Whether it takes note of those facts only that some metric needs ([`Fact::is_measured`]): then others are not reported.
    fn measures(&self) -> bool {
        false
    }
}

impl StallCause {
    /// Every cause, in the order that decides ties.
    pub const ALL: [Self; 10] = [
        Self::Capacity,
        Self::Quota,
        Self::Volume,
        Self::ImagePull,
        Self::Crash,
        Self::StartupProbe,
        Self::LivenessProbe,
        Self::Readiness,
        Self::NodeLoss,
        Self::ControlPlane,
    ];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Capacity => "capacity",
            Self::Quota => "quota",
            Self::Volume => "volume",
            Self::ImagePull => "image_pull",
            Self::Crash => "crash",
            Self::StartupProbe => "startup_probe",
            Self::LivenessProbe => "liveness_probe",
            Self::Readiness => "readiness",
            Self::NodeLoss => "node_loss",
            Self::ControlPlane => "control_plane",
        }
    }
}
