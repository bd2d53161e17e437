//! The differences of two scenarios under common random numbers.

use super::headlines::{DIP_MEAN, DIP_POD_SECONDS, DURATION_P50, DURATION_P95, STALLED, SURGE, UNFINISHED};
use super::scope::Scope;
use super::statistics::restricted;
use crate::metrics::{Figure, Measure, Metric, Record, Statistic, metric};
use crate::stats::{Confidence, Known, Paired};

/// How a figure of one scenario differs from that of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// A rate, or a mean, restricted mean, median or 95th percentile of a metric.
    pub figure: Figure,
    /// The second less the first, replication by replication.
    pub paired: Paired,
}

/// The figures that are compared, in the order of the table.
const COMPARED: [Figure; 10] = [
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
    let completed = |record: &Record| {
        let time = restricted(record, horizon);
        if time < horizon.as_secs_f64() { time } else { f64::INFINITY }
    };
    let times = pairs(first, second, completed);
    let can_stall = scopes.iter().all(|scope| scope.can_stall);
    let paired = |figure: Figure| match (figure.measure, figure.statistic.quantile()) {
        (Measure::Rate(rate), _) if rate.is_of_stalls() && !can_stall => Paired::unknown(0),
        (Measure::Rate(rate), _) => Paired::shares(&pairs(first, second, |record| rate.counts(record))),
        (Measure::Metric(metric), Some(q)) if *metric == metric::DURATION => Paired::quantile(&times, q),
        (Measure::Metric(metric), Some(q)) => {
            Paired::quantile(&pairs(first, second, |record| (metric.get)(record).unwrap_or_default()), q)
        }
        (Measure::Metric(_), None) if figure.statistic == Statistic::RestrictedMean => {
            Paired::of(&pairs(first, second, |record| restricted(record, horizon)), &known(&metric::DURATION))
        }
        (Measure::Metric(metric), None) => {
            Paired::of(&pairs(first, second, |record| (metric.get)(record).unwrap_or_default()), &known(metric))
        }
    };
    figures.iter().map(|&figure| Difference { figure, paired: paired(figure) }).collect()
}

/// The values of two scenarios' records, replication by replication.
pub(super) fn pairs<T>(first: &[Record], second: &[Record], value: impl Fn(&Record) -> T) -> Vec<(T, T)> {
    first.iter().zip(second).map(|(first, second)| (value(first), value(second))).collect()
}
