//! From the records of a scenario to its statistics.

use serde::{Deserialize, Serialize};

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
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatisticsLine {
    /// What was computed.
    pub figure: Figure,
    /// The number and its limits.
    pub estimate: Estimate,
}

/// Everything known of the replications of one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
        let n = records.len() as u64;
        let order = order_statistics(records.len());
        let mut lines = rates(n, scope, |rate| rate.count(records), |outcome| final_incidence(&sample, outcome));
        let traffic = records.iter().all(|record| record.requests.is_some());
        for metric in metrics(Columns { traffic, ..scope.columns }) {
            match metric.kind {
                Kind::Duration => {
                    let ends = Ends::of(metric, records, scope.horizon, &seen);
                    let quantile = |q| duration_quantile(&sample, &completion, q, Confidence::USUAL);
                    lines.extend(duration_lines(metric, &ends, quantile, scope, &seen));
                }
                Kind::Watched => {
                    let sample = watched_sample(metric, records);
                    let curve = kaplan_meier(&sample);
                    let all = sample.observations().iter().all(|one| one.cause.is_some());
                    let measured = Measured::where_all(all, metric, records);
                    let quantile = |q| duration_quantile(&sample, &curve, q, seen.confidence);
                    lines.extend(watched_lines(metric, &measured, n, quantile, &seen));
                }
                Kind::Value | Kind::Conditional => lines.extend(value_lines(metric, records, &order, &seen)),
            }
        }
        // Results of tens of thousands of scenarios are kept, and growing left room for twice as many lines.
        lines.shrink_to_fit();
        Self { n, lines, completion: thinned(&completion) }
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

/// The lines of the rates of `n` rollouts, of which `count` has a rate.
pub(super) fn rates(
    n: u64,
    scope: &Scope,
    count: impl Fn(RolloutRate) -> u64,
    incidence: impl Fn(Outcome) -> Estimate,
) -> Vec<StatisticsLine> {
    let line = |rate, estimate| StatisticsLine { figure: Figure::rate(rate), estimate };
    let counted = RolloutRate::counted().map(|rate| {
        let has_meaning = scope.can_stall || !rate.is_of_stalls();
        line(rate, if has_meaning { proportion(count(rate), n) } else { Estimate::unknown(0) })
    });
    let incidences = RolloutRate::incidences().map(|(rate, outcome)| line(rate, incidence(outcome)));
    counted.chain(incidences).collect()
}

/// The values of a metric as far as mean, deviation and extremes need them; without values there is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measured {
    pub(super) moments: Option<Moments>,
    pub(super) least: Option<f64>,
    pub(super) greatest: Option<f64>,
}

impl Measured {
    fn of(values: &[f64]) -> Self {
        let extreme = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick);
        Self { moments: Moments::of(values), least: extreme(f64::min), greatest: extreme(f64::max) }
    }

    /// Of the records' values of a metric where `all` have one; else of nothing.
    fn where_all(all: bool, metric: &Metric, records: &[Record]) -> Self {
        if all { Self::of(&records.iter().filter_map(metric.get).collect::<Vec<_>>()) } else { Self::default() }
    }
}

/// How long rollouts took to their ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// Rollouts, and those of them that were completed.
    pub(super) n: u64,
    pub(super) completed: u64,
    /// The times where all were completed.
    pub(super) measured: Measured,
    /// The restricted mean.
    pub(super) restricted: Estimate,
}

impl Ends {
    fn of(metric: &Metric, records: &[Record], horizon: SimDuration, seen: &Seen<'_>) -> Self {
        let completed = RolloutRate::Ended(Outcome::Completed).count(records);
        let n = records.len() as u64;
        let measured = Measured::where_all(completed == n, metric, records);
        Self { n, completed, measured, restricted: restricted_mean(records, horizon, seen) }
    }
}

/// Quantiles are times by which that share of all rollouts is completed. A mean over the completed ones alone would be
/// too low, so there is none unless all are; the restricted mean is always there. What was not completed by the horizon
/// bounds mean, maximum and quantiles from below.
pub(super) fn duration_lines(
    metric: &'static Metric,
    ends: &Ends,
    quantile: impl Fn(f64) -> Estimate,
    scope: &Scope,
    seen: &Seen<'_>,
) -> Vec<StatisticsLine> {
    let &Ends { n, completed, restricted, .. } = ends;
    let mut lines = moment_lines(metric, &ends.measured, n, seen);
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
    for (statistic, q) in duration_quantiles() {
        let mut estimate = quantile(q);
        if estimate.low.is_none() && share.high.is_some_and(|high| high < q) {
            estimate.low = Some(scope.horizon.as_secs_f64());
        }
        lines.push(line(statistic, estimate));
    }
    lines
}

/// The lines of a time to an event that a replication may not have been followed to. A mean is given only where all were.
pub(super) fn watched_lines(
    metric: &'static Metric,
    measured: &Measured,
    n: u64,
    quantile: impl Fn(f64) -> Estimate,
    seen: &Seen<'_>,
) -> Vec<StatisticsLine> {
    let mut lines = moment_lines(metric, measured, n, seen);
    lines.extend(
        duration_quantiles()
            .map(|(statistic, q)| StatisticsLine { figure: Figure::of(metric, statistic), estimate: quantile(q) }),
    );
    lines
}

/// Every replication with the time to the event, or with how long it was followed without it.
pub(super) fn watched_sample(metric: &Metric, records: &[Record]) -> Sample<Outcome> {
    Sample::new(records.iter().map(|record| watched(metric, record)).collect())
}

/// The time to the event in a replication, or how long it was followed without it.
pub(super) fn watched(metric: &Metric, record: &Record) -> Observation<Outcome> {
    let came = record.after.is_some_and(|after| after.old_pods_gone.is_some());
    Observation { time: (metric.get)(record).unwrap_or_default(), cause: came.then_some(Outcome::Completed) }
}

/// The quantiles of times to an event that have lines, with their shares.
pub(super) fn duration_quantiles() -> impl Iterator<Item = (Statistic, f64)> {
    DURATION_QUANTILES.into_iter().filter_map(with_share)
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
    of_curve(completion.quantile_at(q, confidence), q, confidence)
}

/// The `estimate` of the quantile `q` by a curve, without a value where the rollouts are too few for limits.
pub(super) fn of_curve(estimate: Estimate, q: f64, confidence: Confidence) -> Estimate {
    let supported = OrderStatistic::at(estimate.n as usize, q, confidence).supported();
    Estimate { value: estimate.value.filter(|_| supported), ..estimate }
}

/// The quantiles of values that have lines, with their shares.
pub(super) fn value_quantiles() -> impl Iterator<Item = (Statistic, f64)> {
    VALUE_QUANTILES.into_iter().filter_map(with_share)
}

fn order_statistics(n: usize) -> Vec<(Statistic, OrderStatistic)> {
    value_quantiles().map(|(statistic, q)| (statistic, OrderStatistic::new(n, q))).collect()
}

/// Statistics over the records that have a value. `order` is computed once for metrics that every record has.
fn value_lines(
    metric: &'static Metric,
    records: &[Record],
    order: &[(Statistic, OrderStatistic)],
    seen: &Seen<'_>,
) -> Vec<StatisticsLine> {
    let mut values: Vec<f64> = records.iter().filter_map(metric.get).collect();
    let mut lines = moment_lines(metric, &Measured::of(&values), values.len() as u64, seen);
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

/// Mean, standard deviation and extremes, all unknown where there are no values.
pub(super) fn moment_lines(
    metric: &'static Metric,
    &Measured { moments, least, greatest }: &Measured,
    n: u64,
    seen: &Seen<'_>,
) -> Vec<StatisticsLine> {
    let extreme = |found: Option<f64>| found.map_or(Estimate::unknown(n), |value| Estimate::point(value, n));
    let mean = moments.map_or(Estimate::unknown(n), |moments| moments.mean_at(&seen.of(metric), seen.confidence));
    let enough = metric.kind != Kind::Conditional || n >= FEWEST_WITH_LIMITS;
    let mean = if enough { mean } else { Estimate { low: None, high: None, ..mean } };
    [
        (Statistic::Mean, mean),
        (Statistic::Sd, moments.map_or(Estimate::unknown(n), |moments| moments.sd())),
        (Statistic::Min, extreme(least)),
        (Statistic::Max, extreme(greatest)),
    ]
    .into_iter()
    .map(|(statistic, estimate)| StatisticsLine { figure: Figure::of(metric, statistic), estimate })
    .collect()
}

/// The points of a curve that are kept: all of them, or where they are more than [`COMPLETION_POINTS`] the first rise and then the
/// first of every further 199th of the height, so that no stretch is coarser than another.
fn thinned(curve: &Curve) -> Vec<(f64, f64)> {
    let mut points = Points::new(curve.steps.len() as u64, curve.steps.last());
    curve.steps.iter().for_each(|step| points.pass(step));
    points.kept
}

/// The points of a curve that are kept, whose rises come one by one, in order.
#[derive(Clone, Debug)]
pub(super) struct Points {
    pub(super) kept: Vec<(f64, f64)>,
    /// Whether all rises are kept.
    all: bool,
    height: f64,
    /// The part of the height that the next point has to reach; 0 for the first rise.
    part: usize,
}

impl Points {
    /// For a curve of so many `rises` that ends at `last`.
    pub(super) fn new(rises: u64, last: Option<&Step>) -> Self {
        let all = rises <= COMPLETION_POINTS as u64;
        Self { kept: Vec::new(), all, height: last.map_or(0.0, |last| last.share), part: 0 }
    }

    /// Takes the next rise.
    pub(super) fn pass(&mut self, step: &Step) {
        const PARTS: usize = COMPLETION_POINTS - 1;
        let rounded = |value: f64, parts: f64| (value * parts).round() / parts;
        let point = (rounded(step.time, 1e3), rounded(step.share, 1e6));
        if self.all {
            self.kept.push(point);
            return;
        }
        while self.part == 0 || (self.part <= PARTS && step.share >= self.height * (self.part as f64 / PARTS as f64)) {
            if self.kept.last() != Some(&point) {
                self.kept.push(point);
            }
            self.part += 1;
        }
    }
}
