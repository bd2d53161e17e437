//! What the statistics of a scenario need to know of it beside its records.

use crate::metrics::{Extremes, Metric, Record, Risks};
use crate::scenario::Scenario;
use crate::stats::{Confidence, Known};
use crate::time::SimDuration;

/// What is known of every rollout of a scenario before any is simulated: for how long it is watched, what its metrics
/// can be, and what may befall it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// No rollout is watched for longer.
    pub horizon: SimDuration,
    extremes: Extremes,
    risks: Risks,
}

impl Default for Scope {
    /// Nothing is known.
    fn default() -> Self {
        Self { horizon: SimDuration::MAX, extremes: Extremes::default(), risks: Risks::default() }
    }
}

impl Scope {
    /// That of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self { horizon: scenario.horizon, extremes: Extremes::of(scenario), risks: Risks::of(scenario) }
    }

    /// The same where no rollout is watched for longer than `horizon`.
    #[must_use]
    pub fn up_to(self, horizon: SimDuration) -> Self {
        Self { horizon: self.horizon.min(horizon), extremes: self.extremes.up_to(horizon), ..self }
    }

    /// What `records` leave open of the metrics of rollouts, at the level `confidence`.
    #[must_use]
    pub fn seen(&self, records: &[Record], confidence: Confidence) -> Seen<'_> {
        Seen { scope: self, unseen: self.risks.unseen(records, confidence), confidence }
    }
}

/// What records leave open.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    scope: &'a Scope,
    /// The share of rollouts in which something rare can have happened beyond those of the records.
    unseen: f64,
    /// The level that it is computed at.
    pub confidence: Confidence,
}

impl Seen<'_> {
    /// No rollout is watched for longer.
    #[must_use]
    pub const fn horizon(&self) -> SimDuration {
        self.scope.horizon
    }

    /// Whether something rare that the scenario makes possible may have been missed.
    #[must_use]
    pub fn may_have_missed_something(&self) -> bool {
        self.unseen > 0.0
    }

    /// What is known of the values of `metric`.
    #[must_use]
    pub fn of(&self, metric: &Metric) -> Known {
        Known { unseen: self.unseen, ..(metric.range)(&self.scope.extremes) }
    }
}
