//! The differences of two scenarios under common random numbers.

use serde::{Deserialize, Serialize};

use super::headlines::{DIP_MEAN, DIP_POD_SECONDS, DURATION_P50, DURATION_P95, STALLED, SURGE, UNFINISHED};
use super::scope::Scope;
use super::statistics::restricted;
use crate::metrics::{Figure, Measure, Metric, Record, RolloutRate, Statistic, metric};
use crate::stats::{Confidence, Known, Paired};
use crate::time::SimDuration;

/// How a figure of one scenario differs from that of another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// A rate, or a mean, restricted mean, median or 95th percentile of a metric.
    pub figure: Figure,
    /// The second less the first, replication by replication.
    pub paired: Paired,
}

/// The figures that are compared, in the order of the table.
pub(super) const COMPARED: [Figure; 10] = [
    STALLED.figure,
    UNFINISHED.figure,
    Figure::of(&metric::DURATION, Statistic::RestrictedMean),
    DURATION_P50.figure,
    DURATION_P95.figure,
    DIP_MEAN.figure,
    DIP_POD_SECONDS.figure,
    Figure::of(&metric::PEAK_FOOTPRINT, Statistic::Mean),
    SURGE.figure,
    Figure::of(&metric::PENDING_POD_SECONDS, Statistic::Mean),
];

/// Compares the headline figures of two scenarios, whose records stand in order of replication. Where one has more
/// replications than the other, the rest is left out.
///
/// Durations are compared up to the earlier horizon of the two: by their restricted means, in which a rollout that
/// was not completed counts as the horizon, and by quantiles, in which it counts as later than any. Both are what
/// Kaplan-Meier curves give where all are watched equally long.
#[must_use]
pub fn differences(first: (&[Record], &Scope), second: (&[Record], &Scope)) -> Vec<Difference> {
    differences_of(&COMPARED, first, second)
}

/// [`differences`] of the `figures` named: rates, means, restricted means, and quantiles of the duration and of
/// metrics that every replication has.
#[must_use]
pub fn differences_of(figures: &[Figure], first: (&[Record], &Scope), second: (&[Record], &Scope)) -> Vec<Difference> {
    let n = first.0.len().min(second.0.len());
    let horizon = first.1.horizon.min(second.1.horizon);
    let scopes = [first.1, second.1].map(|scope| scope.clone().up_to(horizon));
    let seen = [scopes[0].seen(&first.0[..n], Confidence::USUAL), scopes[1].seen(&second.0[..n], Confidence::USUAL)];
    let known = |metric: &'static Metric| Known::difference(seen[0].of(metric), seen[1].of(metric));
    let (first, second) = (first.0, second.0);
    let can_stall = scopes.iter().all(|scope| scope.can_stall);
    let paired = |figure: Figure| match (Compared::of(figure), figure.statistic.quantile()) {
        (Compared::Share(rate), _) if rate.is_of_stalls() && !can_stall => Paired::unknown(0),
        (Compared::Share(rate), _) => Paired::shares(&pairs(first, second, |record| rate.counts(record))),
        (Compared::Of(value), Some(q)) => {
            Paired::quantile(&pairs(first, second, |record| value.of(record, horizon)), q)
        }
        (Compared::Of(value), None) => {
            Paired::of(&pairs(first, second, |record| value.of(record, horizon)), &known(value.metric()))
        }
    };
    figures.iter().map(|&figure| Difference { figure, paired: paired(figure) }).collect()
}

/// What of the records a difference of a figure is made of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Compared {
    /// Whether a rollout is one of those that a rate counts.
    Share(RolloutRate),
    /// A number.
    Of(Value),
}

/// A number that every rollout has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    /// When it was completed [s]; infinite where it was not by the horizon.
    Completion,
    /// When it was completed, or the horizon [s].
    Restricted,
    /// The value of a metric.
    Metric(&'static Metric),
}

impl Compared {
    pub(super) fn of(figure: Figure) -> Self {
        let quantile = figure.statistic.quantile().is_some();
        match figure.measure {
            Measure::Rate(rate) => Self::Share(rate),
            Measure::Metric(metric) if quantile && *metric == metric::DURATION => Self::Of(Value::Completion),
            Measure::Metric(_) if figure.statistic == Statistic::RestrictedMean => Self::Of(Value::Restricted),
            Measure::Metric(metric) => Self::Of(Value::Metric(metric)),
        }
    }
}

impl Value {
    /// That of a rollout, where none is watched for longer than `horizon`.
    pub(super) fn of(self, record: &Record, horizon: SimDuration) -> f64 {
        match self {
            Self::Completion => {
                let time = restricted(record, horizon);
                if time < horizon.as_secs_f64() { time } else { f64::INFINITY }
            }
            Self::Restricted => restricted(record, horizon),
            Self::Metric(metric) => (metric.get)(record).unwrap_or_default(),
        }
    }

    /// The metric whose range it has.
    pub(super) const fn metric(self) -> &'static Metric {
        match self {
            Self::Completion | Self::Restricted => &metric::DURATION,
            Self::Metric(metric) => metric,
        }
    }
}

/// The values of two scenarios' records, replication by replication.
pub(super) fn pairs<T>(first: &[Record], second: &[Record], value: impl Fn(&Record) -> T) -> Vec<(T, T)> {
    first.iter().zip(second).map(|(first, second)| (value(first), value(second))).collect()
}
