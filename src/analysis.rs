//! From the records of a scenario to its statistics.

use crate::metrics::{Kind, METRICS, Metric, Outcome, Record, StallCause};
use crate::plan::Objective;
use crate::stats::{
    Curve, Estimate, Moments, Observation, OrderStatistic, Sample, Step, aalen_johansen, kaplan_meier, proportion,
};

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

/// One line of `statistics.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistic {
    /// Metric: a column of `replications.csv`, or what a rate is of.
    pub metric: &'static str,
    /// What was computed of it: `mean`, `sd`, `min`, `max`, `p05`, `p50`, `p75` (times to an event only), `p95`, `p99`;
    /// `rate` of rates and cumulative incidences.
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
    /// Share of rollouts completed by a time in seconds, a step function thinned to at most 200 points.
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
    /// Statistics.
    pub statistics: Statistics,
    /// Availability and footprint over time.
    pub timeline: Vec<TimelineRow>,
}

/// One line of `timeline.csv`: quantiles over the replications of a scenario at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    /// Seconds since the rollout's start.
    pub at_s: f64,
    /// p05, p25, p50, p75, p95 of available pods.
    pub available: [f64; 5],
    /// The same of all pods, Terminating ones included.
    pub footprint: [f64; 5],
}

impl Statistics {
    /// Computes all statistics of a scenario's records, given in order of replication.
    ///
    /// Every scenario gets the same lines in the same order: rates, then the metrics as in [`METRICS`]. What the records
    /// cannot support is an estimate without a value.
    #[must_use]
    pub fn of(records: &[Record]) -> Self {
        let sample = completion_sample(records);
        let completion = incidence_curve(&sample, Outcome::Completed);
        let order = order_statistics(records.len());
        let mut lines = rates(records, &sample);
        for metric in METRICS {
            match metric.kind {
                Kind::Duration => lines.extend(duration_lines(metric, records, &completion)),
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

/// Whether the point estimate meets `objective`; `None` when the records do not support the estimate or there is none of
/// that name. An objective over a quantile that fewer rollouts than that complete is such a case.
#[must_use]
pub fn meets(objective: &Objective, statistics: &Statistics) -> Option<bool> {
    let value = statistics.get(&objective.metric, &objective.statistic)?.value?;
    Some(if objective.at_most { value <= objective.limit } else { value >= objective.limit })
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
        StallCause::Readiness => "stall_cause_readiness",
        StallCause::NodeLoss => "stall_cause_node_loss",
        StallCause::ControlPlane => "stall_cause_control_plane",
    }
}

/// Quantiles are times by which that share of all rollouts is completed. A mean over the completed ones alone would be
/// too low, so there is none unless all are.
fn duration_lines(metric: &Metric, records: &[Record], completion: &Curve) -> Vec<Statistic> {
    let all = records.iter().all(|record| record.outcome == Outcome::Completed);
    let times: Vec<f64> = if all { records.iter().filter_map(metric.get).collect() } else { Vec::new() };
    let n = records.len() as u64;
    let mut lines = moment_lines(metric.name, &times, n);
    for (statistic, q) in DURATION_QUANTILES {
        lines.push(Statistic { metric: metric.name, statistic, estimate: completion.quantile(q) });
    }
    lines
}

fn order_statistics(n: usize) -> [OrderStatistic; VALUE_QUANTILES.len()] {
    VALUE_QUANTILES.map(|(_, q)| OrderStatistic::new(n, q))
}

/// Over the records that have a value. `order` is for all of them, which saves most metrics from working it out.
fn value_lines(metric: &Metric, records: &[Record], order: &[OrderStatistic]) -> Vec<Statistic> {
    let mut values: Vec<f64> = records.iter().filter_map(metric.get).collect();
    let mut lines = moment_lines(metric.name, &values, values.len() as u64);
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
fn moment_lines(metric: &'static str, values: &[f64], n: u64) -> Vec<Statistic> {
    let moments = Moments::of(values);
    let extreme = |pick: fn(f64, f64) -> f64| {
        values.iter().copied().reduce(pick).map_or(Estimate::unknown(n), |value| Estimate::point(value, n))
    };
    [
        ("mean", moments.map_or(Estimate::unknown(n), |moments| moments.mean())),
        ("sd", moments.map_or(Estimate::unknown(n), |moments| moments.sd())),
        ("min", extreme(f64::min)),
        ("max", extreme(f64::max)),
    ]
    .into_iter()
    .map(|(statistic, estimate)| Statistic { metric, statistic, estimate })
    .collect()
}

/// The first rise and then the first of every further 199th of the height, so that no stretch is coarser than another.
fn thinned(curve: &Curve) -> Vec<(f64, f64)> {
    let point = |step: &Step| (step.time, step.share);
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
mod tests {
    use super::*;
    use crate::time::SimDuration;

    fn record(outcome: Outcome, seconds: u64) -> Record {
        Record {
            outcome,
            stall: None,
            duration: SimDuration::from_secs(seconds),
            longest_progress_gap: SimDuration::ZERO,
            desired: 10,
            min_available: 9,
            min_ready: 9,
            dip_depth_ppb: 100_000_000,
            dip_count: 1,
            dip: SimDuration::ZERO,
            dip_pod_nanos: 0,
            below_floor: SimDuration::ZERO,
            below_objective: SimDuration::ZERO,
            peak_pods: 12,
            peak_footprint: 11,
            surge_pod_nanos: 0,
            pending_pod_nanos: 0,
            pods_created: 10,
            pods_failed: 0,
            restarts: 0,
            nodes_lost: 0,
            nodes_added: 0,
        }
    }

    fn value(statistics: &Statistics, metric: &str, statistic: &str) -> Option<f64> {
        statistics.get(metric, statistic).expect("the line exists").value
    }

    /// Completed at 10, 20, …, 100 s.
    fn ten() -> Vec<Record> {
        (1..=10).map(|i| record(Outcome::Completed, 10 * i)).collect()
    }

    #[test]
    fn complete_durations() {
        let statistics = Statistics::of(&ten());
        let got: Vec<_> = ["mean", "min", "max", "p05", "p50", "p75", "p95", "p99"]
            .iter()
            .map(|statistic| value(&statistics, "duration_s", statistic))
            .collect();
        assert_eq!(got, [55.0, 10.0, 100.0, 10.0, 50.0, 80.0, 100.0, 100.0].map(Some));
        assert_eq!(statistics.get("duration_s", "p99").and_then(|estimate| estimate.high), None);
        assert_eq!(statistics.completion.len(), 10);
        assert_eq!(value(&statistics, "completed_rate", "rate"), Some(1.0));
    }

    #[test]
    fn unfinished_rollouts_leave_high_quantiles_and_the_mean_empty() {
        let mut records = ten();
        records[4] = record(Outcome::Unfinished, 3600);
        records[7] = record(Outcome::Unfinished, 3600);
        let statistics = Statistics::of(&records);
        let of = |statistic| value(&statistics, "duration_s", statistic);
        assert_eq!((of("p50"), of("p75"), of("p95")), (Some(60.0), Some(100.0), None));
        assert_eq!((of("mean"), of("sd"), of("max")), (None, None, None));
        assert_eq!(statistics.get("duration_s", "mean").map(|estimate| estimate.n), Some(10));
        assert_eq!(value(&statistics, "unfinished_rate", "rate"), Some(0.2));
        assert_eq!(
            statistics.get("completed_incidence", "rate"),
            statistics.get("completed_rate", "rate"),
            "one horizon makes the incidence binomial"
        );
    }

    #[test]
    fn rolled_back_rollouts_compete_and_are_not_censored() {
        let mut records = ten();
        // Taken for censored these would leave a median of 60 s, as if they could still complete.
        records[0] = record(Outcome::RolledBack, 15);
        records[1] = record(Outcome::Superseded, 25);
        let statistics = Statistics::of(&records);
        let of = |statistic| value(&statistics, "duration_s", statistic);
        assert_eq!((of("p05"), of("p50"), of("p75"), of("p95")), (Some(30.0), Some(70.0), Some(100.0), None));
        assert_eq!(value(&statistics, "rolled_back_incidence", "rate"), Some(0.1));
        assert_eq!(value(&statistics, "superseded_rate", "rate"), Some(0.1));
        let last = statistics.completion.last().expect("a point");
        assert!(last.0 == 100.0 && (last.1 - 0.8).abs() < 1e-12);
    }

    #[test]
    fn early_censoring_is_accounted_for() {
        let records = [
            record(Outcome::Completed, 1),
            record(Outcome::Unfinished, 2),
            record(Outcome::RolledBack, 3),
            record(Outcome::Unfinished, 4),
        ];
        let statistics = Statistics::of(&records);
        // 1/4 at once; then one of two left goes back, which are 3/4 of all.
        assert_eq!(value(&statistics, "completed_incidence", "rate"), Some(0.25));
        assert_eq!(value(&statistics, "rolled_back_incidence", "rate"), Some(0.375));
        assert_eq!(value(&statistics, "rolled_back_rate", "rate"), Some(0.25));
    }

    #[test]
    fn values_and_those_that_only_some_records_have() {
        let mut records = ten();
        for (i, record) in records.iter_mut().enumerate() {
            record.min_available = i as u32;
        }
        records[2].stall = Some((SimDuration::from_secs(600), StallCause::Quota));
        records[3].stall = Some((SimDuration::from_secs(700), StallCause::Crash));
        records[5].stall = Some((SimDuration::from_secs(605), StallCause::Quota));
        let statistics = Statistics::of(&records);
        for (metric, statistic, wanted) in [
            ("min_available", "mean", 4.5),
            ("min_available", "p50", 4.0),
            ("min_available", "p05", 0.0),
            ("min_available", "p95", 9.0),
            ("dip_depth", "sd", 0.0),
            ("dip_depth", "mean", 0.1),
            ("time_to_stall_s", "mean", 635.0),
            ("time_to_stall_s", "p50", 605.0),
            ("stalled_rate", "rate", 0.3),
            ("stall_cause_quota", "rate", 0.2),
            ("stall_cause_crash", "rate", 0.1),
            ("stall_cause_capacity", "rate", 0.0),
        ] {
            assert_eq!(value(&statistics, metric, statistic), Some(wanted), "{statistic} {metric}");
        }
        assert_eq!(statistics.get("time_to_stall_s", "mean").map(|estimate| estimate.n), Some(3));
        assert_eq!(statistics.get("min_available", "p99").map(|estimate| estimate.high), Some(None));
    }

    #[test]
    fn every_scenario_has_the_same_lines() {
        let names = |records: &[Record]| -> Vec<_> {
            Statistics::of(records).lines.iter().map(|line| (line.metric, line.statistic)).collect()
        };
        let none = names(&[]);
        assert_eq!(none, names(&ten()));
        assert_eq!(none, names(&[record(Outcome::RolledBack, 3)]));
        assert_eq!(none.len(), 1 + 4 + 7 + 3 + 9 + 8 * (METRICS.len() - 1));
        assert!(Statistics::of(&[]).lines.iter().all(|line| line.estimate == Estimate::unknown(0)));
    }

    #[test]
    fn many_completions_are_thinned_evenly() {
        let records: Vec<_> = (1..=10_000).map(|i| record(Outcome::Completed, i * i)).collect();
        let completion = Statistics::of(&records).completion;
        assert_eq!(completion.len(), 200);
        assert_eq!(completion.first().map(|point| point.0), Some(1.0));
        assert_eq!(completion.last(), Some(&(1e8, 1.0)));
        assert!(completion.windows(2).all(|pair| pair[1].0 > pair[0].0 && pair[1].1 - pair[0].1 < 0.006));
    }

    #[test]
    fn objectives() {
        let mut records = ten();
        records[9] = record(Outcome::Unfinished, 3600);
        let statistics = Statistics::of(&records);
        let ask = |statistic: &str, metric: &str, at_most, limit| {
            let objective =
                Objective { text: String::new(), statistic: statistic.into(), metric: metric.into(), at_most, limit };
            meets(&objective, &statistics)
        };
        assert_eq!(ask("p50", "duration_s", true, 50.0), Some(true));
        assert_eq!(ask("p50", "duration_s", true, 49.9), Some(false));
        assert_eq!(ask("p95", "duration_s", true, 600.0), None);
        assert_eq!(ask("rate", "unfinished_rate", true, 0.1), Some(true));
        assert_eq!(ask("mean", "min_available", false, 9.5), Some(false));
        assert_eq!(ask("rate", "no_such_rate", true, 0.1), None);
    }
}
