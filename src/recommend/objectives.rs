//! Whether a strategy meets an objective, with a stated probability of error.
//!
//! Quantiles and rates are questions about shares: the 95th percentile is at most a limit where at least 95 % of
//! rollouts are. So they are answered by the binomial distribution, exactly and for every distribution of the metric. A
//! rollout that does not complete is longer than any limit up to the horizon, so censoring takes nothing away. Means
//! have the limits of [`Moments::mean_at`]. `min` and `max` are about the rollouts simulated and no others: no sample can bound them.
//!
//! A strategy qualifies when all its objectives are shown to be met, each at the full level (the intersection-union
//! test of Berger, Technometrics 24 (1982), 295-300); the level is divided by the number of strategies (Bonferroni), so
//! that with the stated confidence none qualifies that should not.

use crate::analysis::Scope;
use crate::metrics::{Kind, Measure, Metric, Outcome, Record, RolloutRate, Statistic};
use crate::plan::Objective;
use crate::stats::{self, Confidence, Moments, OrderStatistic, exact_limits};

/// What is known of an objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Shown to be met.
    Met,
    /// Shown not to be met.
    Missed,
    /// More replications are needed to decide.
    Open,
}

/// An objective of one strategy.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Assessment {
    /// What is known.
    pub standing: Standing,
    /// The point estimate.
    pub value: Option<f64>,
    /// The strictest limit that is shown to be met.
    pub shown: Option<f64>,
}

/// The limits of a statistic, each wrong with the probability asked for at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct ExactLimits {
    value: Option<f64>,
    /// `None`: not bounded; infinite: beyond all that was watched.
    low: Option<f64>,
    high: Option<f64>,
}

/// The fewest replications with which `assess` can find `objective` met, should every one of them be as wished; `None`
/// where no number can.
#[must_use]
pub fn fewest(objective: &Objective, tail: f64) -> Option<u64> {
    let Objective { at_most, limit, .. } = *objective;
    match (objective.figure.statistic, objective.figure.statistic.quantile()) {
        (Statistic::Rate, _) => stats::fewest(|n| {
            let (low, high) = exact_limits(if at_most { 0 } else { n }, n, tail);
            if at_most { high <= limit } else { low >= limit }
        }),
        (Statistic::Mean, _) => Some(2),
        (_, Some(q)) => stats::fewest(|n| OrderStatistic::with_tail(n as usize, q, tail).limits(at_most)),
        (_, None) => Some(1),
    }
}

/// Holds the records of a strategy against an objective; either answer is wrong with probability `tail` at most.
pub(super) fn assess(objective: &Objective, records: &[Record], scope: &Scope, tail: f64) -> Assessment {
    let limits = limits(objective, records, scope, tail);
    let (near, far) = if objective.at_most { (limits.low, limits.high) } else { (limits.high, limits.low) };
    let within = |value: f64| if objective.at_most { value <= objective.limit } else { value >= objective.limit };
    let standing = match (near, far) {
        (_, Some(far)) if within(far) => Standing::Met,
        (Some(near), _) if !within(near) => Standing::Missed,
        _ => Standing::Open,
    };
    let finite = |value: &f64| value.is_finite();
    Assessment { standing, value: limits.value.filter(finite), shown: far.filter(finite) }
}

fn limits(objective: &Objective, records: &[Record], scope: &Scope, tail: f64) -> ExactLimits {
    match objective.figure.measure {
        Measure::Rate(one) => rate(one, records, tail),
        Measure::Metric(metric) => statistic(metric, objective, records, scope, tail),
    }
}

/// Of how many rollouts an objective speaks well, and of how many it speaks; `None`: it is about a mean.
pub(super) fn good_share(objective: &Objective, records: &[Record]) -> Option<(usize, usize)> {
    let metric = match objective.figure.measure {
        Measure::Rate(rate) => {
            let counted = rate.count(records) as usize;
            return Some((if objective.at_most { records.len() - counted } else { counted }, records.len()));
        }
        Measure::Metric(_) if objective.figure.statistic == Statistic::Mean => return None,
        Measure::Metric(metric) => metric,
    };
    let values = records.iter().filter_map(|record| value(metric, record));
    let is_good = |value: &f64| if objective.at_most { *value <= objective.limit } else { *value >= objective.limit };
    let (good, all) = values.fold((0, 0), |(good, all), value| (good + usize::from(is_good(&value)), all + 1));
    Some((good, all))
}

/// The share of good rollouts in `n` with which `assess` finds an objective met; the share that it asks for where no number of them
/// is enough. `None`: it is about a mean.
pub(super) fn needed_share(objective: &Objective, n: u32, tail: f64) -> Option<f64> {
    let asked = match (objective.figure.statistic, objective.figure.statistic.quantile()) {
        (Statistic::Mean, _) => return None,
        (Statistic::Rate, _) if objective.at_most => 1.0 - objective.limit,
        (Statistic::Rate, _) => objective.limit,
        (_, Some(q)) if objective.at_most => q,
        (_, Some(q)) => 1.0 - q,
        // All of them, as far as few can show it.
        (_, None) => return Some(1.0 - 1.0 / f64::from(n.max(1))),
    };
    let n = u64::from(n);
    let is_enough = |good: u64| exact_limits(good, n, tail).0 >= asked;
    if !is_enough(n) {
        return Some(asked);
    }
    let (mut few, mut enough) = (0, n);
    while enough - few > 1 {
        let middle = u64::midpoint(few, enough);
        if is_enough(middle) { enough = middle } else { few = middle }
    }
    Some(enough as f64 / n as f64)
}

/// What a metric is in a rollout; a length of time that was not seen to end has none.
fn value(metric: &Metric, record: &Record) -> Option<f64> {
    let endless = match metric.kind {
        Kind::Watched => record.after.is_none_or(|after| after.old_pods_gone.is_none()),
        Kind::Duration => record.outcome != Outcome::Completed,
        Kind::Value | Kind::Conditional => false,
    };
    if endless { Some(f64::INFINITY) } else { (metric.get)(record) }
}

/// The limits of a statistic of `metric`.
fn statistic(metric: &Metric, objective: &Objective, records: &[Record], scope: &Scope, tail: f64) -> ExactLimits {
    let duration = metric.kind == Kind::Duration;
    let unwatched = |record: &Record| record.after.is_none_or(|after| after.old_pods_gone.is_none());
    // What is unfinished at the horizon may yet complete before a limit that is later still.
    let may_yet = |r: &Record| match metric.kind {
        Kind::Watched => unwatched(r) && (metric.get)(r) < Some(objective.limit),
        _ => duration && r.outcome == Outcome::Unfinished && r.duration.as_secs_f64() < objective.limit,
    };
    let unseen = records.iter().any(may_yet);
    let mut values: Vec<f64> = records.iter().filter_map(|record| value(metric, record)).collect();
    values.sort_unstable_by(f64::total_cmp);
    let statistic = objective.figure.statistic;
    let limits = match (statistic, statistic.quantile()) {
        (Statistic::Mean, _) => mean(metric, &values, records, scope, tail),
        (Statistic::Min, _) => observed(values.first()),
        (Statistic::Max, _) => observed(values.last()),
        (_, Some(q)) => order_statistic(&values, q, tail),
        (_, None) => ExactLimits::default(),
    };
    let bounded = |limit: &f64| limit.is_finite() || !unseen;
    ExactLimits { low: limits.low.filter(bounded), ..limits }
}

fn rate(rate: RolloutRate, records: &[Record], tail: f64) -> ExactLimits {
    let successes = rate.count(records);
    let (low, high) = exact_limits(successes, records.len() as u64, tail);
    ExactLimits { value: Some(successes as f64 / records.len() as f64), low: Some(low), high: Some(high) }
}

/// A mean duration has no upper limit where a rollout did not complete; the mean restricted to the horizon bounds it
/// below.
fn mean(metric: &Metric, values: &[f64], records: &[Record], scope: &Scope, tail: f64) -> ExactLimits {
    let complete = values.last().is_some_and(|value| value.is_finite());
    let times = || records.iter().map(|record| record.duration.as_secs_f64()).collect();
    let shown: Vec<f64> = if complete { values.to_vec() } else { times() };
    let moments = Moments::of(&shown).zip(Confidence::with_tail(tail));
    let Some((moments, confidence)) = moments.filter(|_| !values.is_empty()) else { return ExactLimits::default() };
    let mean = moments.mean_at(&scope.seen(records, confidence).of(metric), confidence);
    let finite = |value: Option<f64>| value.filter(|_| complete);
    ExactLimits { value: finite(mean.value), low: mean.low, high: finite(mean.high) }
}

fn observed(value: Option<&f64>) -> ExactLimits {
    let value = value.copied();
    ExactLimits { value, low: value, high: value }
}

fn order_statistic(values: &[f64], q: f64, tail: f64) -> ExactLimits {
    let estimate = OrderStatistic::with_tail(values.len(), q, tail).estimate(values);
    ExactLimits { value: estimate.value, low: estimate.low, high: estimate.high }
}
