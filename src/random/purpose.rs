//! What random numbers are drawn for.

/// Makes the enum and the list of its variants from one text, so that the list and the number cannot miss one.
macro_rules! purposes {
    ($($(#[$attribute:meta])* $purpose:ident,)+) => {
        /// What a number is drawn for.
        ///
        /// The order is part of every result: a variant's number selects its stream. New purposes are appended at the end;
        /// none is moved or removed. Appending moves no other stream, because the numbers of two templates are 256 apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Purpose {
            $($(#[$attribute])* $purpose,)+
        }

        impl Purpose {
            /// Every purpose, by number.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$purpose),+];

            /// How many there are.
            pub const COUNT: usize = [$(Self::$purpose),+].len();
        }
    };
}

impl Purpose {
    /// Whether what is drawn belongs to nodes and the control plane, and to no workload.
    #[must_use]
    pub const fn is_of_cluster(self) -> bool {
        matches!(
            self,
            Self::ClockPhase
                | Self::NodeLoss
                | Self::ZoneLoss
                | Self::Detection
                | Self::Recovery
                | Self::Scheduling
                | Self::ScanPhase
                | Self::Provisioning
                | Self::Upgrade
                | Self::SlowNode
                | Self::BadNode
                | Self::Preemption
        )
    }
}

purposes! {
    /// Where in a wall-clock second the rollout starts.
    ClockPhase,
    /// Whether the whole new version is bad.
    BadVersion,
    /// A pod's UID, which decides ties among pods to delete.
    Uid,
    /// Bound to a node → containers running.
    Start,
    /// Containers running → ready to serve.
    WarmUp,
    /// Whether a started container exits.
    Crash,
    /// How long after its start a container exits.
    CrashAfter,
    /// Wake-up jitter of a restart.
    Restart,
    /// Whether a pod never becomes Ready.
    NeverReady,
    /// Whether a pod loses readiness.
    Flap,
    /// How long after it became Ready a pod loses readiness.
    FlapAfter,
    /// For how long a pod is not Ready then.
    FlapFor,
    /// SIGTERM → gone.
    Termination,
    /// Time of an image pull.
    Pull,
    /// Whether a node has the image from the start.
    Cached,
    /// When a node is lost.
    NodeLoss,
    /// When a zone is lost.
    ZoneLoss,
    /// How long until a lost node is marked.
    Detection,
    /// How long until a lost node is back.
    Recovery,
    /// Latency of the n-th API request.
    Api,
    /// Latency of the n-th watch delivery.
    Watch,
    /// Length of the n-th scheduling cycle.
    Scheduling,
    /// SIGTERM → gone, of a container that a probe has killed.
    Kill,
    /// Whether a pull fails.
    PullFailure,
    /// Wake-up jitter of a pull that is tried again.
    PullRetry,
    /// Where in its interval the autoscaler's scans fall.
    ScanPhase,
    /// How long a node takes to come.
    Provisioning,
    /// How long a drained node takes to be upgraded.
    Upgrade,
    /// The registry's answer for an image that is there.
    PullCheck,
    /// Whether a node is slow.
    SlowNode,
    /// Whether a node is bad.
    BadNode,
    /// How long until a change of a pod's endpoint is known.
    Endpoint,
    /// How much longer until a load balancer knows it.
    LoadBalancer,
    /// Where in its interval the measuring of pods falls.
    ScrapePhase,
    /// Where in their interval the horizontal autoscaler's looks fall.
    AutoscalerPhase,
    /// How long a pod of lower priority takes to make room.
    Preemption,
    /// How long an init container runs, or a sidecar takes to start.
    InitContainer,
    /// Where between two checks of its containers a kubelet's look falls that finds an init container ended.
    InitNotice,
    /// How long a sidecar takes until its probes would succeed.
    SidecarWarmUp,
    /// SIGTERM → gone, of a sidecar whose pod is deleted.
    SidecarTermination,
    /// The same of one that a probe has killed.
    SidecarKill,
    /// Wake-up jitter of a sidecar's restart.
    SidecarRestart,
    /// How long the postStart hooks take.
    PostStart,
    /// How long a pod's readiness gates take to become true.
    ReadinessGate,
    /// Whether the kubelet refuses a pod.
    Refused,
    /// Whether the kubelet evicts a pod.
    Evicted,
    /// How long after its start a pod is evicted.
    EvictedAfter,
    /// SIGTERM → gone, of the containers of a pod that is evicted.
    EvictedTermination,
    /// Where in its interval a pod's next try for the leader's lease falls.
    LeaseRetry,
    /// How long until a pod's scheduling gates are lifted.
    GatesLifted,
    /// How long a volume takes to be attached.
    VolumeAttach,
    /// How long a volume takes to be detached.
    VolumeDetach,
    /// How long a volume takes to be made.
    VolumeProvision,
    /// Which node has the volumes of the old pods.
    VolumeNode,
    /// The part of a second that a stamp of a snapshot leaves out.
    StampPart,
    /// Later tries to find what a pod of a snapshot has done so far, where the first does not agree with what it shows.
    Residual,
    /// In which order a sync of the DaemonSet controller goes through its nodes.
    MapOrder,
}
