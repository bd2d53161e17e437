//! From the records of a scenario to its statistics.

use super::scope::{Scope, Seen};
use crate::metrics::{Columns, Figure, Kind, Metric, Outcome, Record, RolloutRate, Statistic, metric, metrics};
use crate::stats::{
    Confidence, Curve, Estimate, Moments, Observation, OrderStatistic, Sample, Step, aalen_johansen, kaplan_meier,
    proportion, proportion_at_least,
};
use crate::time::SimDuration;

/// Quantiles of times to an event.
const DURATION_QUANTILES: [Statistic; 5] =
    [Statistic::P05, Statistic::P50, Statistic::P75, Statistic::P95, Statistic::P99];

/// Quantiles of values.
const VALUE_QUANTILES: [Statistic; 4] = [Statistic::P05, Statistic::P50, Statistic::P95, Statistic::P99];

/// Observations from which on a mean that only some rollouts have gets limits: of fewer, several kinds of rollouts among
/// them can be missing altogether, and nothing is known of them beforehand.
const FEWEST_WITH_LIMITS: u64 = 30;

/// Points of a completion curve that are kept.
const COMPLETION_POINTS: usize = 200;

/// One line of `statistics.csv`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatisticsLine {
    /// What was computed.
    pub figure: Figure,
    /// The number and its limits.
    pub estimate: Estimate,
}

/// Everything known of the replications of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Replications.
    pub n: u64,
    /// All statistics, metric by metric.
    pub lines: Vec<StatisticsLine>,
    /// Share of rollouts completed by a time in seconds, a step function thinned to at most 200 points; times to the
    /// millisecond, shares to a millionth.
    pub completion: Vec<(f64, f64)>,
}

impl Statistics {
    /// Computes all statistics of the records of the scenario of `scope`, given in order of replication.
    ///
    /// Every scenario gets the same lines in the same order: rates, then the metrics as in
    /// [`METRICS`](crate::metrics::METRICS), those of requests only where there is traffic, or no record at all. Where
    /// the records cannot support an estimate, it has no value.
    #[must_use]
    pub fn of(records: &[Record], scope: &Scope) -> Self {
        let seen = scope.seen(records, Confidence::USUAL);
        let sample = completion_sample(records);
        let completion = incidence_curve(&sample, Outcome::Completed);
        let order = order_statistics(records.len());
        let mut lines = rates(records, &sample, scope);
        let traffic = records.iter().all(|record| record.requests.is_some());
        for metric in metrics(Columns { traffic, ..scope.columns }) {
            match metric.kind {
                Kind::Duration => lines.extend(duration_lines(metric, records, (&sample, &completion), scope, &seen)),
                Kind::Watched => lines.extend(watched_lines(metric, records, &seen)),
                Kind::Value | Kind::Conditional => lines.extend(value_lines(metric, records, &order, &seen)),
            }
        }
        Self { n: records.len() as u64, lines, completion: thinned(&completion) }
    }

    /// The estimate of `figure`. `None` only where there is no such line: a figure of requests in an experiment without
    /// traffic, or a statistic that metrics of its kind do not have.
    #[must_use]
    pub fn get(&self, figure: Figure) -> Option<&Estimate> {
        self.lines.iter().find(|line| line.figure == figure).map(|line| &line.estimate)
    }

    /// The point estimate of `figure`; `None` where the records support none.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        self.get(figure)?.value
    }
}

/// Every rollout with its end; an unfinished one is censored at the horizon.
pub(super) fn completion_sample(records: &[Record]) -> Sample<Outcome> {
    let cause = |outcome| (outcome != Outcome::Unfinished).then_some(outcome);
    Sample::new(
        records
            .iter()
            .map(|record| Observation { time: record.duration.as_secs_f64(), cause: cause(record.outcome) })
            .collect(),
    )
}

/// The share of all rollouts that ended as `outcome` by a time. Rollouts that ended otherwise never will, so they are
/// competing risks and not censored; without any the estimate is Kaplan and Meier's.
pub(super) fn incidence_curve(sample: &Sample<Outcome>, outcome: Outcome) -> Curve {
    let competing = sample.observations().iter().any(|one| one.cause.is_some_and(|cause| cause != outcome));
    if competing { aalen_johansen(sample, &outcome) } else { kaplan_meier(sample) }
}

/// Cumulative incidence at the end. Where no rollout was censored before the last end it is a binomial share, and the
/// Wilson interval is better than that of the curve.
fn final_incidence(sample: &Sample<Outcome>, outcome: Outcome) -> Estimate {
    let observations = sample.observations();
    let first_censored = observations.iter().position(|one| one.cause.is_none()).unwrap_or(observations.len());
    let (before, after) = observations.split_at(first_censored);
    let is = |one: &&Observation<Outcome>| one.cause == Some(outcome);
    match after.first().zip(after.last()) {
        Some((first, last)) if first.time < last.time => incidence_curve(sample, outcome).at(last.time),
        _ => proportion((before.iter().chain(after).filter(is).count()) as u64, observations.len() as u64),
    }
}

fn rates(records: &[Record], sample: &Sample<Outcome>, scope: &Scope) -> Vec<StatisticsLine> {
    let line = |rate, estimate| StatisticsLine { figure: Figure::rate(rate), estimate };
    let n = records.len() as u64;
    let counted = RolloutRate::counted().map(|rate| {
        let has_meaning = scope.can_stall || !rate.is_of_stalls();
        line(rate, if has_meaning { proportion(rate.count(records), n) } else { Estimate::unknown(0) })
    });
    let incidences = RolloutRate::incidences().map(|(rate, outcome)| line(rate, final_incidence(sample, outcome)));
    counted.chain(incidences).collect()
}

/// Quantiles are times by which that share of all rollouts is completed. A mean over the completed ones alone would be
/// too low, so there is none unless all are; the restricted mean is always there. What was not completed by the horizon
/// bounds mean, maximum and quantiles from below.
fn duration_lines(
    metric: &'static Metric,
    records: &[Record],
    (sample, completion): (&Sample<Outcome>, &Curve),
    scope: &Scope,
    seen: &Seen<'_>,
) -> Vec<StatisticsLine> {
    let completed = RolloutRate::Ended(Outcome::Completed).count(records);
    let n = records.len() as u64;
    let times: Vec<f64> = if completed == n { records.iter().filter_map(metric.get).collect() } else { Vec::new() };
    let restricted = restricted_mean(records, scope.horizon, seen);
    let mut lines = moment_lines(metric, &times, n, seen);
    if completed < n {
        let low = |statistic| match statistic {
            Statistic::Mean => restricted.low,
            Statistic::Max => Some(scope.horizon.as_secs_f64()),
            _ => None,
        };
        lines.iter_mut().for_each(|line| line.estimate.low = low(line.figure.statistic));
    }
    let line = |statistic, estimate| StatisticsLine { figure: Figure::of(metric, statistic), estimate };
    lines.push(line(Statistic::RestrictedMean, restricted));
    let share = proportion_at_least(completed, n, Confidence::USUAL);
    for (statistic, q) in DURATION_QUANTILES.into_iter().filter_map(with_share) {
        let mut estimate = duration_quantile(sample, completion, q, Confidence::USUAL);
        if estimate.low.is_none() && share.high.is_some_and(|high| high < q) {
            estimate.low = Some(scope.horizon.as_secs_f64());
        }
        lines.push(line(statistic, estimate));
    }
    lines
}

/// The lines of a time to an event that a replication may not have been followed to. A mean is given only where all were.
fn watched_lines(metric: &'static Metric, records: &[Record], seen: &Seen<'_>) -> Vec<StatisticsLine> {
    let sample = watched_sample(metric, records);
    let curve = kaplan_meier(&sample);
    let all = sample.observations().iter().all(|one| one.cause.is_some());
    let times: Vec<f64> = if all { records.iter().filter_map(metric.get).collect() } else { Vec::new() };
    let mut lines = moment_lines(metric, &times, records.len() as u64, seen);
    lines.extend(DURATION_QUANTILES.into_iter().filter_map(with_share).map(|(statistic, q)| StatisticsLine {
        figure: Figure::of(metric, statistic),
        estimate: duration_quantile(&sample, &curve, q, seen.confidence),
    }));
    lines
}

/// Every replication with the time to the event, or with how long it was followed without it.
pub(super) fn watched_sample(metric: &Metric, records: &[Record]) -> Sample<Outcome> {
    let came = |record: &Record| record.after.is_some_and(|after| after.old_pods_gone.is_some());
    let observation = |record: &Record| Observation {
        time: (metric.get)(record).unwrap_or_default(),
        cause: came(record).then_some(Outcome::Completed),
    };
    Sample::new(records.iter().map(observation).collect())
}

/// A quantile and its share.
fn with_share(statistic: Statistic) -> Option<(Statistic, f64)> {
    Some((statistic, statistic.quantile()?))
}

/// The mean time that a rollout was not yet completed before the horizon: what the area over the completion curve is,
/// and a plain mean, because every rollout is watched to its end or the horizon.
pub(super) fn restricted_mean(records: &[Record], horizon: SimDuration, seen: &Seen<'_>) -> Estimate {
    let times: Vec<f64> = records.iter().map(|record| restricted(record, horizon)).collect();
    let known = seen.of(&metric::DURATION);
    Moments::of(&times).map_or(Estimate::unknown(0), |moments| moments.mean_at(&known, seen.confidence))
}

/// Seconds until the rollout was completed, or the horizon where it was not by then.
#[must_use]
pub fn restricted(record: &Record, horizon: SimDuration) -> f64 {
    let completed = record.outcome == Outcome::Completed && record.duration < horizon;
    if completed { record.duration.as_secs_f64() } else { horizon.as_secs_f64() }
}

/// A quantile of the completion times, of which `completion` is the curve. There is no value where the rollouts are too
/// few for limits, as for other metrics.
pub(super) fn duration_quantile(
    sample: &Sample<Outcome>,
    completion: &Curve,
    q: f64,
    confidence: Confidence,
) -> Estimate {
    if let Some(estimate) = sample.quantile(&Outcome::Completed, q, confidence) {
        return estimate;
    }
    let estimate = completion.quantile_at(q, confidence);
    let supported = OrderStatistic::at(estimate.n as usize, q, confidence).supported();
    Estimate { value: estimate.value.filter(|_| supported), ..estimate }
}

fn order_statistics(n: usize) -> Vec<(Statistic, OrderStatistic)> {
    let quantiles = VALUE_QUANTILES.into_iter().filter_map(with_share);
    quantiles.map(|(statistic, q)| (statistic, OrderStatistic::new(n, q))).collect()
}

/// Statistics over the records that have a value. `order` is computed once for metrics that every record has.
fn value_lines(
    metric: &'static Metric,
    records: &[Record],
    order: &[(Statistic, OrderStatistic)],
    seen: &Seen<'_>,
) -> Vec<StatisticsLine> {
    let mut values: Vec<f64> = records.iter().filter_map(metric.get).collect();
    let mut lines = moment_lines(metric, &values, values.len() as u64, seen);
    values.sort_unstable_by(f64::total_cmp);
    let own;
    let order = if values.len() == records.len() {
        order
    } else {
        own = order_statistics(values.len());
        &own
    };
    let line = |(statistic, order): &(Statistic, OrderStatistic)| StatisticsLine {
        figure: Figure::of(metric, *statistic),
        estimate: order.estimate(&values),
    };
    lines.extend(order.iter().map(line));
    lines
}

/// Mean, standard deviation and extremes of `values`, all unknown where there are none.
fn moment_lines(metric: &'static Metric, values: &[f64], n: u64, seen: &Seen<'_>) -> Vec<StatisticsLine> {
    let moments = Moments::of(values);
    let extreme = |pick: fn(f64, f64) -> f64| {
        values.iter().copied().reduce(pick).map_or(Estimate::unknown(n), |value| Estimate::point(value, n))
    };
    let mean = moments.map_or(Estimate::unknown(n), |moments| moments.mean_at(&seen.of(metric), seen.confidence));
    let enough = metric.kind != Kind::Conditional || n >= FEWEST_WITH_LIMITS;
    let mean = if enough { mean } else { Estimate { low: None, high: None, ..mean } };
    [
        (Statistic::Mean, mean),
        (Statistic::Sd, moments.map_or(Estimate::unknown(n), |moments| moments.sd())),
        (Statistic::Min, extreme(f64::min)),
        (Statistic::Max, extreme(f64::max)),
    ]
    .into_iter()
    .map(|(statistic, estimate)| StatisticsLine { figure: Figure::of(metric, statistic), estimate })
    .collect()
}

/// The first rise and then the first of every further 199th of the height, so that no stretch is coarser than another.
fn thinned(curve: &Curve) -> Vec<(f64, f64)> {
    let rounded = |value: f64, parts: f64| (value * parts).round() / parts;
    let point = |step: &Step| (rounded(step.time, 1e3), rounded(step.share, 1e6));
    let Some(last) = curve.steps.last().filter(|_| curve.steps.len() > COMPLETION_POINTS) else {
        return curve.steps.iter().map(point).collect();
    };
    let parts = COMPLETION_POINTS - 1;
    let mut points: Vec<(f64, f64)> = curve.steps.first().map(point).into_iter().collect();
    for part in 1..=parts {
        let height = last.share * (part as f64 / parts as f64);
        let index = curve.steps.partition_point(|step| step.share < height);
        points.extend(curve.steps.get(index).map(point));
    }
    points.dedup();
    points
}
