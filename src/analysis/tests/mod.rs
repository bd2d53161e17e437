//! Statistics of made-up records.

mod choice;
mod pick;
mod unkept;

use super::headlines::HEADLINES;
use super::statistics::{completion_sample, restricted_mean};
use super::*;
use crate::metrics::tests::record;
use crate::metrics::{About, Figure, METRICS, Outcome, Record, Requests, StallCause};
use crate::plan::Objective;
use crate::stats::{Confidence, Estimate, kaplan_meier};
use crate::time::SimDuration;

const HOUR: SimDuration = SimDuration::from_secs(3600);

/// Of rollouts that are watched for an hour, of which nothing else is known.
fn hour() -> Scope {
    Scope::default().up_to(HOUR)
}

/// A figure by the words of `statistics.csv`.
fn figure(metric: &str, statistic: &str) -> Figure {
    let known = Statistics::of(&[], &hour()).lines.into_iter().map(|line| line.figure);
    let is = |one: &Figure| (one.measure.name(), one.statistic.as_str()) == (metric, statistic);
    known.into_iter().find(is).expect("a line of the table")
}

fn estimate<'a>(statistics: &'a Statistics, metric: &str, statistic: &str) -> &'a Estimate {
    statistics.get(figure(metric, statistic)).expect("the line exists")
}

fn value(statistics: &Statistics, metric: &str, statistic: &str) -> Option<f64> {
    estimate(statistics, metric, statistic).value
}

/// Completed at 10, 20, …, 100 s.
fn ten() -> Vec<Record> {
    let completed = |i: u64| Record { dip_depth_ppb: 100_000_000, ..record(Outcome::Completed, 10 * i) };
    (1..=10).map(completed).collect()
}

/// Each forty times, so that they support every quantile without changing one.
fn forty_times(records: &[Record]) -> Vec<Record> {
    records.iter().flat_map(|record| [*record; 40]).collect()
}

#[test]
fn complete_durations() {
    let statistics = Statistics::of(&forty_times(&ten()), &hour());
    let got: Vec<_> = ["mean", "restricted_mean", "min", "max", "p05", "p50", "p75", "p95", "p99"]
        .iter()
        .map(|statistic| value(&statistics, "duration_s", statistic))
        .collect();
    assert_eq!(got, [55.0, 55.0, 10.0, 100.0, 10.0, 50.0, 80.0, 100.0, 100.0].map(Some));
    assert_eq!(statistics.completion.len(), 10);
    assert_eq!(value(&statistics, "completed_rate", "rate"), Some(1.0));
}

#[test]
fn quantiles_that_few_rollouts_cannot_support_are_refused() {
    let statistics = Statistics::of(&ten(), &hour());
    for metric in ["duration_s", "min_available"] {
        let known = ["p05", "p50", "p95", "p99"].map(|statistic| value(&statistics, metric, statistic).is_some());
        assert_eq!(known, [false, true, false, false], "{metric}");
    }
    assert_eq!(estimate(&statistics, "duration_s", "p95").low, Some(80.0));
}

#[test]
fn restricted_mean_counts_the_horizon_for_what_was_not_completed() {
    let mut records = ten();
    records[4] = record(Outcome::Unfinished, 3600);
    records[7] = record(Outcome::RolledBack, 80);
    let statistics = Statistics::of(&records, &hour());
    assert_eq!(value(&statistics, "duration_s", "mean"), None);
    assert_eq!(value(&statistics, "duration_s", "restricted_mean"), Some((550.0 - 50.0 - 80.0 + 7200.0) / 10.0));
    // The area over the Kaplan-Meier curve up to the horizon is the same.
    records[7] = record(Outcome::Completed, 80);
    let curve = kaplan_meier(&completion_sample(&records));
    let (mut area, mut at, mut open) = (0.0, 0.0, 1.0);
    for step in &curve.steps {
        area += open * (step.time - at);
        (at, open) = (step.time, 1.0 - step.share);
    }
    area += open * (3600.0 - at);
    let mean = restricted_mean(&records, HOUR, &hour().seen(&records, Confidence::USUAL));
    assert!((mean.value.unwrap_or_default() - area).abs() < 1e-9, "{mean:?} {area}");
}

#[test]
fn unfinished_rollouts_leave_high_quantiles_and_the_mean_empty() {
    let mut records = ten();
    records[4] = record(Outcome::Unfinished, 3600);
    records[7] = record(Outcome::Unfinished, 3600);
    let statistics = Statistics::of(&forty_times(&records), &hour());
    let of = |statistic| value(&statistics, "duration_s", statistic);
    assert_eq!((of("p50"), of("p75"), of("p95")), (Some(60.0), Some(100.0), None));
    assert_eq!((of("mean"), of("sd"), of("max")), (None, None, None));
    assert_eq!(estimate(&statistics, "duration_s", "mean").n, 400);
    assert_eq!(value(&statistics, "unfinished_rate", "rate"), Some(0.2));
    assert_eq!(
        estimate(&statistics, "completed_incidence", "rate"),
        estimate(&statistics, "completed_rate", "rate"),
        "one horizon makes the incidence binomial"
    );
}

#[test]
fn rolled_back_rollouts_compete_and_are_not_censored() {
    let mut records = ten();
    // Taken for censored these would leave a median of 60 s, as if they could still complete.
    records[0] = record(Outcome::RolledBack, 15);
    records[1] = record(Outcome::Superseded, 25);
    let statistics = Statistics::of(&forty_times(&records), &hour());
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
    let statistics = Statistics::of(&records, &hour());
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
    let statistics = Statistics::of(&forty_times(&records), &hour());
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
    assert_eq!(estimate(&statistics, "time_to_stall_s", "mean").n, 120);
}

#[test]
fn every_scenario_has_the_same_lines() {
    let names = |records: &[Record]| -> Vec<_> {
        Statistics::of(records, &hour()).lines.iter().map(|line| line.figure.column()).collect()
    };
    let none = names(&[]);
    let usual = METRICS
        .iter()
        .filter(|metric| !matches!(metric.about, About::After | About::Placement | About::Tool(_)))
        .count();
    assert_eq!(none.len(), 1 + 4 + StallCause::ALL.len() + 3 + 10 + 8 * (usual - 1));
    let of_requests = Record { requests: Some(Requests::default()), ..record(Outcome::RolledBack, 3) };
    assert_eq!(none, names(&[of_requests]));
    let without: Vec<_> = none.into_iter().filter(|name| !name.starts_with("lost_")).collect();
    assert_eq!(without, names(&ten()));
    assert!(Statistics::of(&[], &hour()).lines.iter().all(|line| line.estimate == Estimate::unknown(0)));
}

/// A statistic that metrics of its kind do not have would stay empty in every output.
#[test]
fn every_headline_is_among_the_statistics() {
    let all = Statistics::of(&[], &hour());
    for headline in HEADLINES {
        assert!(all.get(headline.figure).is_some(), "{}", headline.figure.text());
    }
}

#[test]
fn many_completions_are_thinned_evenly() {
    let records: Vec<_> = (1..=10_000).map(|i| record(Outcome::Completed, i * i)).collect();
    let completion = Statistics::of(&records, &Scope::default().up_to(SimDuration::from_secs(1 << 30))).completion;
    assert_eq!(completion.len(), 200);
    assert_eq!(completion.first().map(|point| point.0), Some(1.0));
    assert_eq!(completion.last(), Some(&(1e8, 1.0)));
    assert!(completion.windows(2).all(|pair| pair[1].0 > pair[0].0 && pair[1].1 - pair[0].1 < 0.006));
}

#[test]
fn objectives_are_met_only_where_the_limits_say_so() {
    let mut records: Vec<_> = (1..=1000).map(|i| record(Outcome::Completed, i)).collect();
    let ask = |records: &[Record], statistic: &str, metric: &str, at_most, limit| {
        let objective = Objective { text: String::new(), figure: figure(metric, statistic), at_most, limit };
        meets(&objective, &Statistics::of(records, &hour()))
    };
    // The median is 500, its limits about 469 and 531.
    assert_eq!(ask(&records, "p50", "duration_s", true, 540.0), Some(true));
    assert_eq!(ask(&records, "p50", "duration_s", true, 505.0), None);
    assert_eq!(ask(&records, "p50", "duration_s", true, 460.0), Some(false));
    assert_eq!(ask(&records, "p50", "duration_s", false, 460.0), Some(true));
    // No stall among a thousand leaves room for 0.3 %.
    assert_eq!(ask(&records, "rate", "stalled_rate", true, 0.004), Some(true));
    assert_eq!(ask(&records, "rate", "stalled_rate", true, 0.001), None);
    assert_eq!(ask(&records, "min", "min_available", false, 9.0), Some(true));
    assert_eq!(ask(&records, "mean", "min_available", false, 9.5), None, "nothing bounds what was not seen");
    records.iter_mut().skip(900).for_each(|one| *one = record(Outcome::Unfinished, 3600));
    assert_eq!(ask(&records, "rate", "unfinished_rate", true, 0.05), Some(false));
}

/// Where too few complete within the hour, no later completion can save an objective about the first minutes.
#[test]
fn what_does_not_complete_misses_a_limit_before_the_horizon() {
    let ask = |records: &[Record], objective: &str| {
        meets(&Objective::parse(objective).expect("an objective"), &Statistics::of(records, &hour()))
    };
    for (outcome, seconds) in [(Outcome::Unfinished, 3600), (Outcome::RolledBack, 30)] {
        let some = |completed: u64| -> Vec<_> {
            let done = (1..=completed).map(|_| record(Outcome::Completed, 60));
            done.chain((completed..1000).map(|_| record(outcome, seconds))).collect()
        };
        for statistic in ["p50", "p95", "p99", "mean", "max"] {
            assert_eq!(ask(&some(0), &format!("{statistic} duration_s <= 10m")), Some(false), "{statistic}");
            assert_eq!(ask(&some(0), &format!("{statistic} duration_s <= 2h")), None, "{statistic}");
            assert_eq!(ask(&some(0), &format!("{statistic} duration_s >= 10m")), Some(true), "{statistic}");
        }
        for (completed, met) in [(790, Some(false)), (945, None), (990, Some(true))] {
            assert_eq!(ask(&some(completed), "p95 duration_s <= 10m"), met, "{completed} {outcome:?}");
        }
        assert_eq!(ask(&some(999), "max duration_s <= 10m"), Some(false));
        assert_eq!(ask(&some(999), "mean duration_s <= 10m"), None);
        assert_eq!(ask(&some(800), "mean duration_s <= 10m"), Some(false));
    }
}
