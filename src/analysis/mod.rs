//! From the records of a scenario to its statistics.

use crate::metrics::{Bounds, Kind, Metric, Outcome, Record, StallCause, metrics};
use crate::plan::Objective;
use crate::stats::{
    Confidence, Curve, Estimate, Moments, Observation, OrderStatistic, Sample, Step, aalen_johansen, kaplan_meier,
    proportion, proportion_at_least,
};
use crate::time::SimDuration;

mod difference;
mod enough;
mod precision;

pub use difference::{Difference, differences};
pub use enough::fewest;
pub use precision::{Achieved, achieved, precise};

/// Quantiles of times to an event.
const DURATION_QUANTILES: [(&str, f64); 5] = [("p05", 0.05), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95), ("p99", 0.99)];

/// Quantiles of values.
const VALUE_QUANTILES: [(&str, f64); 4] = [("p05", 0.05), ("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];

/// The share of rollouts that ended so, and the share that had by the last moment watched.
const OUTCOMES: [(Outcome, &str, Option<&str>); 4] = [
    (Outcome::Completed, "completed_rate", Some("completed_incidence")),
    (Outcome::RolledBack, "rolled_back_rate", Some("rolled_back_incidence")),
    (Outcome::Superseded, "superseded_rate", Some("superseded_incidence")),
    (Outcome::Unfinished, "unfinished_rate", None),
];

const COMPLETION_POINTS: usize = 200;

const RESTRICTED_MEAN: &str = "restricted_mean";

/// One line of `statistics.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// Metric: a column of `replications.csv`, or what a rate is of.
    pub metric: &'static str,
    /// What was computed of it: `mean`, `sd`, `min`, `max`, `p05`, `p50`, `p75` (times to an event only), `p95`, `p99`;
    /// `rate` of rates and cumulative incidences; `restricted_mean` of times to an event: of what had passed by the horizon.
    pub statistic: &'static str,
    /// The number and its limits.
    pub estimate: Estimate,
}

/// Everything known of the replications of one scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// Replications.
    pub n: u64,
    /// All statistics, metric by metric.
    pub lines: Vec<Statistic>,
    /// Share of rollouts completed by a time in seconds, a step function thinned to at most 200 points; times to the
    /// millisecond, shares to a millionth.
    pub completion: Vec<(f64, f64)>,
}

/// One scenario's outcome as the report needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioResult {
    /// Number of the scenario.
    pub scenario: u32,
    /// Swept parameters: path and value as written.
    pub parameters: Vec<(String, String)>,
    /// Desired pods at the start.
    pub replicas: u32,
    /// What its parameters allow and ask for.
    pub bounds: Bounds,
    /// Statistics.
    pub statistics: Statistics,
    /// Pods over time.
    pub timeline: Vec<TimelineRow>,
    /// What the experiment's precision targets came to; empty where it has none.
    pub achieved: Vec<Achieved>,
    /// Differences from the baseline; empty where there is none, and for the baseline itself.
    pub differences: Vec<Difference>,
}

/// One line of `timeline.csv`: quantiles over the replications of a scenario at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    /// Seconds since the rollout's start.
    pub at_s: f64,
    /// p05, p25, p50, p75, p95 of available pods.
    pub available: [f64; 5],
    /// The same of Ready pods, Terminating ones not included.
    pub ready: [f64; 5],
    /// The same of pods on nodes, Terminating ones included.
    pub footprint: [f64; 5],
}

impl Statistics {
    /// Computes all statistics of a scenario's records, given in order of replication; none was watched beyond `horizon`.
    ///
    /// Every scenario gets the same lines in the same order: rates, then the metrics as in [`METRICS`](crate::metrics::METRICS), those of requests
    /// only where there is traffic, or no record at all. What the records cannot support is an estimate without a value.
    #[must_use]
    pub fn of(records: &[Record], horizon: SimDuration) -> Self {
        let sample = completion_sample(records);
        let completion = incidence_curve(&sample, Outcome::Completed);
        let order = order_statistics(records.len());
        let mut lines = rates(records, &sample);
        let traffic = records.iter().all(|record| record.requests.is_some());
        for metric in metrics(traffic) {
            match metric.kind {
                Kind::Duration => lines.extend(duration_lines(metric, records, &completion, horizon)),
                Kind::Value | Kind::Conditional => lines.extend(value_lines(metric, records, &order)),
            }
        }
        Self { n: records.len() as u64, lines, completion: thinned(&completion) }
    }

    /// The estimate of `statistic` of `metric`.
    #[must_use]
    pub fn get(&self, metric: &str, statistic: &str) -> Option<&Estimate> {
        self.lines.iter().find(|line| line.metric == metric && line.statistic == statistic).map(|line| &line.estimate)
    }
}

/// Whether `objective` is met, told by the limits of its estimate: `Some(true)` where both are within, `Some(false)` where
/// both are beyond; either is wrong with probability (1 - [`CONFIDENCE`](crate::stats::CONFIDENCE)) / 2. `None` where the
/// records cannot tell or there is no such estimate. Asking several objectives at once does not make an answer that all are
/// met any less sure (Berger, Technometrics 24 (1982), 295-300). Least and greatest values are their own limits: objectives
/// about them are about the rollouts simulated and no others.
#[must_use]
pub fn meets(objective: &Objective, statistics: &Statistics) -> Option<bool> {
    let estimate = statistics.get(&objective.metric, &objective.statistic)?;
    let within = |value: f64| if objective.at_most { value <= objective.limit } else { value >= objective.limit };
    let of_these = estimate.value.filter(|_| matches!(objective.statistic.as_str(), "min" | "max"));
    let (low, high) = (of_these.or(estimate.low), of_these.or(estimate.high));
    let (near, far) = if objective.at_most { (low, high) } else { (high, low) };
    match (near.map(within), far.map(within)) {
        (_, Some(true)) => Some(true),
        (Some(false), _) => Some(false),
        _ => None,
    }
}

/// Every rollout with its end; an unfinished one is censored at the horizon.
fn completion_sample(records: &[Record]) -> Sample<Outcome> {
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
fn incidence_curve(sample: &Sample<Outcome>, outcome: Outcome) -> Curve {
    let competing = sample.observations().iter().any(|one| one.cause.is_some_and(|cause| cause != outcome));
    if competing { aalen_johansen(sample, &outcome) } else { kaplan_meier(sample) }
}

/// Cumulative incidence at the end. Where nothing was censored before the last end it is a binomial share, of which the
/// Wilson interval is the better one.
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

fn outcome_of(rate: &str) -> Option<Outcome> {
    OUTCOMES.iter().find(|(_, name, _)| *name == rate).map(|one| one.0)
}

fn rates(records: &[Record], sample: &Sample<Outcome>) -> Vec<Statistic> {
    let rate = |metric, estimate| Statistic { metric, statistic: "rate", estimate };
    let share = |metric, holds: &dyn Fn(&Record) -> bool| {
        let successes = records.iter().filter(|record| holds(record)).count();
        rate(metric, proportion(successes as u64, records.len() as u64))
    };
    let mut lines = vec![share("stalled_rate", &|record| record.stall.is_some())];
    for (outcome, name, _) in OUTCOMES {
        lines.push(share(name, &|record| record.outcome == outcome));
    }
    for cause in StallCause::ALL {
        lines.push(share(cause_rate(cause), &|record| record.stall.is_some_and(|(_, why)| why == cause)));
    }
    for (outcome, _, incidence) in OUTCOMES {
        lines.extend(incidence.map(|name| rate(name, final_incidence(sample, outcome))));
    }
    lines
}

/// Share of all rollouts that stalled for this cause.
const fn cause_rate(cause: StallCause) -> &'static str {
    match cause {
        StallCause::Capacity => "stall_cause_capacity",
        StallCause::Quota => "stall_cause_quota",
        StallCause::ImagePull => "stall_cause_image_pull",
        StallCause::Crash => "stall_cause_crash",
        StallCause::StartupProbe => "stall_cause_startup_probe",
        StallCause::LivenessProbe => "stall_cause_liveness_probe",
        StallCause::Readiness => "stall_cause_readiness",
        StallCause::NodeLoss => "stall_cause_node_loss",
        StallCause::ControlPlane => "stall_cause_control_plane",
    }
}

/// Quantiles are times by which that share of all rollouts is completed. A mean over the completed ones alone would be
/// too low, so there is none unless all are; the restricted mean is always there. What was not completed by the horizon
/// bounds mean, maximum and quantiles from below.
fn duration_lines(metric: &Metric, records: &[Record], completion: &Curve, horizon: SimDuration) -> Vec<Statistic> {
    let completed = records.iter().filter(|record| record.outcome == Outcome::Completed).count() as u64;
    let n = records.len() as u64;
    let times: Vec<f64> = if completed == n { records.iter().filter_map(metric.get).collect() } else { Vec::new() };
    let restricted = restricted_mean(records, horizon, Confidence::USUAL);
    let mut lines = moment_lines(metric, &times, n);
    if completed < n {
        let low = |statistic: &str| match statistic {
            "mean" => restricted.low,
            "max" => Some(horizon.as_secs_f64()),
            _ => None,
        };
        lines.iter_mut().for_each(|line| line.estimate.low = low(line.statistic));
    }
    lines.push(Statistic { metric: metric.name, statistic: RESTRICTED_MEAN, estimate: restricted });
    let share = proportion_at_least(completed, n, Confidence::USUAL);
    for (statistic, q) in DURATION_QUANTILES {
        let mut estimate = duration_quantile(completion, q, Confidence::USUAL);
        if estimate.low.is_none() && share.high.is_some_and(|high| high < q) {
            estimate.low = Some(horizon.as_secs_f64());
        }
        lines.push(Statistic { metric: metric.name, statistic, estimate });
    }
    lines
}

/// The mean time that a rollout was not yet completed before the horizon: what the area over the completion curve is, and
/// a plain mean, because every rollout is watched to its end or the horizon.
fn restricted_mean(records: &[Record], horizon: SimDuration, confidence: Confidence) -> Estimate {
    let times: Vec<f64> = records.iter().map(|record| restricted(record, horizon)).collect();
    let mean = Moments::of(&times).map_or(Estimate::unknown(0), |moments| moments.mean_at(confidence));
    mean.within(0.0, horizon.as_secs_f64())
}

/// When the rollout was completed, or the horizon where it was not by then.
fn restricted(record: &Record, horizon: SimDuration) -> f64 {
    let completed = record.outcome == Outcome::Completed && record.duration < horizon;
    if completed { record.duration.as_secs_f64() } else { horizon.as_secs_f64() }
}

/// Refused, as among complete values, where there are too few rollouts for limits.
fn duration_quantile(completion: &Curve, q: f64, confidence: Confidence) -> Estimate {
    let estimate = completion.quantile_at(q, confidence);
    let supported = OrderStatistic::at(estimate.n as usize, q, confidence).supported();
    Estimate { value: estimate.value.filter(|_| supported), ..estimate }
}

fn order_statistics(n: usize) -> [OrderStatistic; VALUE_QUANTILES.len()] {
    VALUE_QUANTILES.map(|(_, q)| OrderStatistic::new(n, q))
}

/// Over the records that have a value. `order` is for all of them, which saves most metrics from working it out.
fn value_lines(metric: &Metric, records: &[Record], order: &[OrderStatistic]) -> Vec<Statistic> {
    let mut values: Vec<f64> = records.iter().filter_map(metric.get).collect();
    let mut lines = moment_lines(metric, &values, values.len() as u64);
    values.sort_unstable_by(f64::total_cmp);
    let own;
    let order = if values.len() == records.len() {
        order
    } else {
        own = order_statistics(values.len());
        &own
    };
    for ((statistic, _), order) in VALUE_QUANTILES.iter().zip(order) {
        lines.push(Statistic { metric: metric.name, statistic, estimate: order.estimate(&values) });
    }
    lines
}

/// Mean, standard deviation and extremes of `values`, all unknown where there are none.
fn moment_lines(metric: &Metric, values: &[f64], n: u64) -> Vec<Statistic> {
    let moments = Moments::of(values);
    let extreme = |pick: fn(f64, f64) -> f64| {
        values.iter().copied().reduce(pick).map_or(Estimate::unknown(n), |value| Estimate::point(value, n))
    };
    [
        ("mean", moments.map_or(Estimate::unknown(n), |moments| moments.mean().within(0.0, metric.greatest()))),
        ("sd", moments.map_or(Estimate::unknown(n), |moments| moments.sd())),
        ("min", extreme(f64::min)),
        ("max", extreme(f64::max)),
    ]
    .into_iter()
    .map(|(statistic, estimate)| Statistic { metric: metric.name, statistic, estimate })
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

#[cfg(test)]
mod tests;
