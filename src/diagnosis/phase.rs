//! What a pod is doing, and the parts of a rollout's time.

/// What a pod is doing. A pod has one phase at a time, in this order where nothing goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Created; the scheduler has not found that no node takes it.
    Scheduling,
    /// No node takes it.
    Waiting,
    /// No node takes it, and the pod terminates whose end makes room for it.
    WaitingForOld,
    /// Bound to a node whose kubelet has not seen it yet.
    Bound,
    /// Its volumes are not on its node yet.
    Volume,
    /// Its init containers run, or its sidecars start.
    Initializing,
    /// Its image is not on its node yet.
    Pulling,
    /// Its image is there; its containers do not run yet.
    Starting,
    /// Its containers run; its probes have not succeeded yet.
    WarmingUp,
    /// Ready for less than `minReadySeconds`.
    Ready,
    /// Available.
    Available,
    /// It was Ready and is so no longer.
    NotReady,
    /// A container was stopped or has exited, and waits to be started again.
    Restarting,
    /// Its node is lost.
    Lost,
    /// It has a deletion timestamp, or its phase is Failed.
    Terminating,
    /// It is gone.
    Gone,
}

impl Phase {
    /// Every phase, in the order of the type.
    pub const ALL: [Self; 16] = [
        Self::Scheduling,
        Self::Waiting,
        Self::WaitingForOld,
        Self::Bound,
        Self::Volume,
        Self::Initializing,
        Self::Pulling,
        Self::Starting,
        Self::WarmingUp,
        Self::Ready,
        Self::Available,
        Self::NotReady,
        Self::Restarting,
        Self::Lost,
        Self::Terminating,
        Self::Gone,
    ];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduling => "scheduling",
            Self::Waiting => "waiting",
            Self::WaitingForOld => "waiting_for_old",
            Self::Bound => "bound",
            Self::Volume => "volume",
            Self::Initializing => "initializing",
            Self::Pulling => "pulling",
            Self::Starting => "starting",
            Self::WarmingUp => "warming_up",
            Self::Ready => "ready",
            Self::Available => "available",
            Self::NotReady => "not_ready",
            Self::Restarting => "restarting",
            Self::Lost => "lost",
            Self::Terminating => "terminating",
            Self::Gone => "gone",
        }
    }

    /// The phase of a word in a file.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == word)
    }

    /// The words for people; empty where it is too short to be told.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Scheduling | Self::Bound => "",
            Self::Waiting | Self::WaitingForOld => "waiting for a node",
            Self::Volume => "waiting for a volume",
            Self::Initializing => "init containers",
            Self::Pulling => "pulling",
            Self::Starting => "starting",
            Self::WarmingUp => "warming up",
            Self::Ready => "minReadySeconds",
            Self::Available => "available",
            Self::NotReady => "Ready no longer",
            Self::Restarting => "restarting",
            Self::Lost => "on a lost node",
            Self::Terminating => "Terminating",
            Self::Gone => "",
        }
    }
}

/// A part of the time that a rollout takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A pod waited for a node.
    Node,
    /// Old pods had not ended: a pod waited for their room, or the strategy lets new pods come only after them.
    OldPods,
    /// A pod waited for its volumes.
    Volumes,
    /// Init containers ran.
    InitContainers,
    /// The image was pulled, or waited for in the node's queue of pulls.
    Pull,
    /// Containers were started.
    Start,
    /// Containers ran until the probes succeeded.
    WarmUp,
    /// Containers were stopped or had exited, and waited to be started again.
    Restart,
    /// A pod that had been Ready was not.
    NotReady,
    /// `minReadySeconds`.
    MinReady,
    /// A pod was on a lost node.
    Lost,
    /// What came before the Deployment was changed, or before an available pod was lost that had to be replaced.
    Before,
    /// Everything else: controllers, scheduler, kubelets' notice of pods, and their limits.
    Controllers,
}

impl Part {
    /// Every part, in the order of the type.
    pub const ALL: [Self; 13] = [
        Self::Node,
        Self::OldPods,
        Self::Volumes,
        Self::InitContainers,
        Self::Pull,
        Self::Start,
        Self::WarmUp,
        Self::Restart,
        Self::NotReady,
        Self::MinReady,
        Self::Lost,
        Self::Before,
        Self::Controllers,
    ];

    /// The word in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::OldPods => "old_pods",
            Self::Volumes => "volumes",
            Self::InitContainers => "init_containers",
            Self::Pull => "pull",
            Self::Start => "start",
            Self::WarmUp => "warm_up",
            Self::Restart => "restart",
            Self::NotReady => "not_ready",
            Self::MinReady => "min_ready_seconds",
            Self::Lost => "lost_node",
            Self::Before => "before",
            Self::Controllers => "controllers",
        }
    }

    /// The words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Node => "waiting for a node",
            Self::OldPods => "until old pods had ended",
            Self::Volumes => "waiting for volumes",
            Self::InitContainers => "init containers",
            Self::Pull => "pulling the image",
            Self::Start => "starting",
            Self::WarmUp => "warming up, until the probe succeeds",
            Self::Restart => "restarting containers",
            Self::NotReady => "Ready no longer",
            Self::MinReady => "minReadySeconds",
            Self::Lost => "on a lost node, until replaced",
            Self::Before => "before a change or a loss",
            Self::Controllers => "controllers and scheduler",
        }
    }

    /// The part of a word in a file.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == word)
    }

    /// The part that a pod's time in a phase belongs to, where the pod's availability decides.
    #[must_use]
    pub const fn of(phase: Phase) -> Self {
        match phase {
            Phase::Waiting => Self::Node,
            Phase::WaitingForOld | Phase::Terminating => Self::OldPods,
            Phase::Volume => Self::Volumes,
            Phase::Initializing => Self::InitContainers,
            Phase::Pulling => Self::Pull,
            Phase::Starting => Self::Start,
            Phase::WarmingUp => Self::WarmUp,
            Phase::Restarting => Self::Restart,
            Phase::NotReady => Self::NotReady,
            Phase::Ready => Self::MinReady,
            Phase::Lost => Self::Lost,
            Phase::Available => Self::Before,
            Phase::Scheduling | Phase::Bound | Phase::Gone => Self::Controllers,
        }
    }
}
