//! What can be varied in a scenario.

use crate::analysis::Assumption;

/// What is varied: an assumption about the world, or a setting of the workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// How long containers take to start, the image being there: how many times as long as written.
    Start,
    /// How long running containers take to warm up: how many times as long.
    WarmUp,
    /// Another assumption of what-if runs. Node losses are counted here: of each node in 30 days.
    Of(Assumption),
    /// `maxSurge`, in pods or in percent, as it is written.
    MaxSurge,
    /// `maxUnavailable`, in pods or in percent, as it is written.
    MaxUnavailable,
    /// `minReadySeconds`.
    MinReadySeconds,
    /// `replicas`.
    Replicas,
}

/// Days over which node losses are counted.
pub const DAYS: f64 = 30.0;

impl Factor {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 13] = [
        Self::Start,
        Self::WarmUp,
        Self::Of(Assumption::Pull),
        Self::Of(Assumption::Stopping),
        Self::Of(Assumption::NeverReady),
        Self::Of(Assumption::Crash),
        Self::Of(Assumption::NodeLoss),
        Self::Of(Assumption::SpareNodes),
        Self::Of(Assumption::Quota),
        Self::MaxSurge,
        Self::MaxUnavailable,
        Self::MinReadySeconds,
        Self::Replicas,
    ];

    /// Its name in files and on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Start => "pods.start",
            Self::WarmUp => "pods.warmUp",
            Self::Of(Assumption::StartUp) => "pods.startUp",
            Self::Of(Assumption::Pull) => "pods.pull",
            Self::Of(Assumption::Stopping) => "pods.termination",
            Self::Of(Assumption::NeverReady) => "pods.neverReady",
            Self::Of(Assumption::Crash) => "pods.crash",
            Self::Of(Assumption::NodeLoss) => "cluster.loss",
            Self::Of(Assumption::SpareNodes) => "cluster.spare",
            Self::Of(Assumption::Quota) => "cluster.quota.pods",
            Self::MaxSurge => "maxSurge",
            Self::MaxUnavailable => "maxUnavailable",
            Self::MinReadySeconds => "minReadySeconds",
            Self::Replicas => "replicas",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }

    /// Whether somebody chooses it. All else is found out by measuring.
    #[must_use]
    pub const fn is_setting(self) -> bool {
        matches!(self, Self::MaxSurge | Self::MaxUnavailable | Self::MinReadySeconds | Self::Replicas)
    }

    /// Whether it says how many times as long something takes.
    #[must_use]
    pub const fn is_time(self) -> bool {
        matches!(self, Self::Start | Self::WarmUp | Self::Of(Assumption::Pull | Assumption::Stopping))
    }

    /// Whether it is a share of pods or starts.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Of(Assumption::NeverReady | Assumption::Crash))
    }

    /// Whether its levels are whole numbers.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.is_setting() || matches!(self, Self::Of(Assumption::SpareNodes | Assumption::Quota))
    }
}
