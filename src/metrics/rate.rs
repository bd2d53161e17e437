//! Rates: shares of all rollouts that something is true of.

use serde::{Deserialize, Serialize};

use crate::metrics::record::{Outcome, Record};
use crate::sim::StallCause;

/// A share of all rollouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RolloutRate {
    /// Those that stalled.
    Stalled,
    /// Those that ended in this way.
    Ended(Outcome),
    /// Those that stalled for this cause.
    StalledBy(StallCause),
    /// Those that had ended in this way by the last moment watched, with censoring accounted for.
    Incidence(Outcome),
}

impl RolloutRate {
    /// The rates that objectives and precision targets may be about.
    pub const ASKED: [Self; 5] = [
        Self::Ended(Outcome::Completed),
        Self::Stalled,
        Self::Ended(Outcome::Unfinished),
        Self::Ended(Outcome::RolledBack),
        Self::Ended(Outcome::Superseded),
    ];

    /// Every rate that is counted over whole rollouts, in the order of `statistics.csv`.
    pub fn counted() -> impl Iterator<Item = Self> {
        let ended = Outcome::ALL.map(Self::Ended);
        [Self::Stalled].into_iter().chain(ended).chain(StallCause::ALL.map(Self::StalledBy))
    }

    /// Every cumulative incidence, in the order of `statistics.csv`. Unfinished rollouts have not reached any end.
    pub fn incidences() -> impl Iterator<Item = (Self, Outcome)> {
        let ends = Outcome::ALL.into_iter().filter(|outcome| *outcome != Outcome::Unfinished);
        ends.map(|outcome| (Self::Incidence(outcome), outcome))
    }

    /// The rate that objectives and precision targets call `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ASKED.into_iter().find(|rate| rate.name() == name)
    }

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stalled => "stalled_rate",
            Self::Ended(Outcome::Completed) => "completed_rate",
            Self::Ended(Outcome::RolledBack) => "rolled_back_rate",
            Self::Ended(Outcome::Superseded) => "superseded_rate",
            Self::Ended(Outcome::Unfinished) => "unfinished_rate",
            Self::StalledBy(StallCause::Capacity) => "stall_cause_capacity",
            Self::StalledBy(StallCause::Quota) => "stall_cause_quota",
            Self::StalledBy(StallCause::Volume) => "stall_cause_volume",
            Self::StalledBy(StallCause::ImagePull) => "stall_cause_image_pull",
            Self::StalledBy(StallCause::Crash) => "stall_cause_crash",
            Self::StalledBy(StallCause::StartupProbe) => "stall_cause_startup_probe",
            Self::StalledBy(StallCause::LivenessProbe) => "stall_cause_liveness_probe",
            Self::StalledBy(StallCause::Readiness) => "stall_cause_readiness",
            Self::StalledBy(StallCause::NodeLoss) => "stall_cause_node_loss",
            Self::StalledBy(StallCause::ControlPlane) => "stall_cause_control_plane",
            Self::Incidence(Outcome::Completed) => "completed_incidence",
            Self::Incidence(Outcome::RolledBack) => "rolled_back_incidence",
            Self::Incidence(Outcome::Superseded) => "superseded_incidence",
            Self::Incidence(Outcome::Unfinished) => "unfinished_incidence",
        }
    }

    /// Whether it counts rollouts that stalled, which none does that has no progress deadline.
    #[must_use]
    pub const fn is_of_stalls(self) -> bool {
        matches!(self, Self::Stalled | Self::StalledBy(_))
    }

    /// Whether `record` is one of the rollouts that the rate counts.
    #[must_use]
    pub fn counts(self, record: &Record) -> bool {
        match self {
            Self::Stalled => record.stall.is_some(),
            Self::StalledBy(cause) => record.stall.is_some_and(|(_, why)| why == cause),
            Self::Ended(outcome) | Self::Incidence(outcome) => record.outcome == outcome,
        }
    }

    /// How many of `records` the rate counts.
    #[must_use]
    pub fn count(self, records: &[Record]) -> u64 {
        records.iter().filter(|record| self.counts(record)).count() as u64
    }
}
