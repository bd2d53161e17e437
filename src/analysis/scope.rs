//! What the statistics of a scenario need to know of it beside its records.

use crate::metrics::{About, Befallen, Columns, Extremes, Metric, Record, Risks};
use crate::scenario::Scenario;
use crate::stats::{Confidence, Known};
use crate::time::SimDuration;

/// What is known of every rollout of a scenario before any is simulated: for how long it is watched, what its metrics
/// can be, and what may befall it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// No rollout is watched for longer.
    pub horizon: SimDuration,
    /// Which columns its results have.
    pub columns: Columns,
    /// Whether a rollout can stall: without a progress deadline nobody says that it does, and a rate of stalled rollouts has no meaning.
    pub can_stall: bool,
    extremes: Extremes,
    risks: Risks,
}

impl Default for Scope {
    /// Nothing is known.
    fn default() -> Self {
        Self {
            horizon: SimDuration::MAX,
            columns: Columns::default(),
            can_stall: true,
            extremes: Extremes::default(),
            risks: Risks::default(),
        }
    }
}

impl Scope {
    /// That of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            horizon: scenario.horizon,
            columns: Columns::of(scenario),
            can_stall: scenario.can_stall(),
            extremes: Extremes::of(scenario),
            risks: Risks::of(scenario),
        }
    }

    /// The same where no rollout is watched for longer than `horizon`.
    #[must_use]
    pub fn up_to(self, horizon: SimDuration) -> Self {
        Self { horizon: self.horizon.min(horizon), extremes: self.extremes.up_to(horizon), ..self }
    }

    /// The least and the greatest value that `metric` can have.
    #[must_use]
    pub(super) fn extremes_of(&self, metric: &Metric) -> (f64, f64) {
        let Known { low, high, .. } = (metric.range)(&self.extremes);
        (low, high)
    }

    /// What `records` leave open of the metrics of rollouts, at the level `confidence`.
    #[must_use]
    pub fn seen(&self, records: &[Record], confidence: Confidence) -> Seen<'_> {
        self.seen_of(&Befallen::of(records), confidence)
    }

    /// What records leave open that show what has `befallen` their rollouts.
    #[must_use]
    pub(super) fn seen_of(&self, befallen: &Befallen, confidence: Confidence) -> Seen<'_> {
        let unseen = self.risks.unseen(befallen, confidence);
        let unseen_after = if self.columns.after { self.risks.unseen_after(befallen, confidence) } else { unseen };
        Seen { scope: self, unseen, unseen_after, confidence }
    }
}

/// What records leave open.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    scope: &'a Scope,
    /// The share of rollouts in which something rare can have happened beyond those of the records.
    unseen: f64,
    /// The same, of rollouts with what was followed of what came after them.
    unseen_after: f64,
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
        let unseen = if metric.about == About::After { self.unseen_after } else { self.unseen };
        Known { unseen, ..(metric.range)(&self.scope.extremes) }
    }
}
