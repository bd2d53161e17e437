//! The criterion by which the best strategy is chosen.

use crate::analysis::restricted;
use crate::metrics::{Kind, METRICS, Metric, Record};
use crate::time::SimDuration;

/// How the best strategy is chosen: by the rule of choice, or as the one with the least mean of a quantity.
///
/// A rollout that does not complete has no duration to average, and leaving it out would reward strategies for failing.
/// It counts with the horizon instead, so that the mean is the restricted mean time to completion (Royston and Parmar,
/// BMC Medical Research Methodology 13 (2013), 152): known exactly from what is simulated, whatever was censored.
/// Unfinished, rolled back and superseded rollouts are alike in this. Where strategies differ in horizon the shortest
/// holds for all.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Criterion {
    /// The rule of choice, see [`Pick`](crate::analysis::Pick). The value that is shown with it is the time to completion, in
    /// seconds.
    Duration,
    /// Pod-seconds above the wanted number until the rollout's end or the horizon.
    Surge,
    /// A weighted sum of metrics.
    Cost(Vec<Weight>),
}

/// A term of a cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Weight {
    /// A metric that every rollout has.
    pub metric: &'static Metric,
    /// Cost of one unit of it.
    pub factor: f64,
}

impl Weight {
    /// Reads `METRIC=NUMBER`.
    ///
    /// # Errors
    /// Where that is not its form, the metric is unknown, or only some rollouts have it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("`{text}` is no weight: write METRIC=NUMBER, such as surge_pod_seconds=0.01");
        let (metric, factor) = text.split_once('=').ok_or_else(expected)?;
        let factor = factor.trim().parse::<f64>().ok().filter(|factor| factor.is_finite()).ok_or_else(expected)?;
        let mut usable = METRICS.iter().filter(|one| !matches!(one.kind, Kind::Conditional | Kind::Watched));
        match usable.clone().find(|one| one.name == metric.trim()) {
            Some(metric) => Ok(Self { metric, factor }),
            None => {
                let names: Vec<&str> = usable.by_ref().map(|one| one.name).collect();
                Err(format!("no metric `{}` that every rollout has: one of {}", metric.trim(), names.join(", ")))
            }
        }
    }

    pub(super) fn of(&self, record: &Record, horizon: SimDuration) -> f64 {
        let value = match self.metric.kind {
            Kind::Duration => restricted(record, horizon),
            Kind::Value | Kind::Conditional | Kind::Watched => (self.metric.get)(record).unwrap_or(0.0),
        };
        self.factor * value
    }
}

impl Criterion {
    /// Its value for a rollout.
    #[must_use]
    pub fn of(&self, record: &Record, horizon: SimDuration) -> f64 {
        match self {
            Self::Duration => restricted(record, horizon),
            Self::Surge => record.surge_pod_nanos as f64 / 1e9,
            Self::Cost(weights) => weights.iter().map(|weight| weight.of(record, horizon)).sum(),
        }
    }
}
