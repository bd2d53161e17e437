//! Two scenarios with the same random numbers, and targets of precision.

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use rollcast::analysis::{self, Difference, Scope, differences};
use rollcast::metrics::{Figure, Metric, Record, Statistic, metric};
use rollcast::plan::{Caveats, Overrides, Plan, Precision, Target, Width};
use rollcast::random::Sampling;
use rollcast::report::replications;
use rollcast::scenario::Scenario;
use rollcast::stats::{Confidence, Estimate};
use rollcast::sweep;
use rollcast::time::SimDuration;

use crate::world::{ROLLING, exponential, pods, replicate, replicate_with, scenario, seconds};

/// A rollout of one pod, which takes as long as its start: exponential with this mean in seconds.
fn one_pod(mean: f64) -> Scenario {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[1] = pods(exponential(mean), seconds(1.0));
    world
}

fn find<'a>(differences: &'a [Difference], metric: &str, statistic: &str) -> &'a Difference {
    let wanted = |one: &&Difference| (one.figure.measure.name(), one.figure.statistic.as_str()) == (metric, statistic);
    differences.iter().find(wanted).expect("the figure is compared")
}

fn holds(estimate: &Estimate, truth: f64) -> bool {
    estimate.low.is_some_and(|low| low <= truth) && estimate.high.is_some_and(|high| truth <= high)
}

/// 8 E and 16 E of the same exponential E: the variance of their difference is that of 8 E; for independent samples it
/// would be that of 8 E and 16 E together, five times as much.
#[test]
fn common_random_numbers_cut_the_variance_of_a_known_pair_to_a_fifth() {
    let (fast, slow, n) = (one_pod(8.0), one_pod(16.0), 4000);
    let ratio = |second: &[Record]| {
        let got = differences((&replicate(&fast, n), &Scope::of(&fast)), (second, &Scope::of(&slow)));
        let mean = find(&got, "duration_s", "restricted_mean").paired;
        assert!(holds(&mean.difference, 8.0), "{mean:?}");
        (mean.variance_ratio.expect("both vary"), mean.correlation.expect("both vary"), mean.difference)
    };
    let (common, correlation, narrow) = ratio(&replicate(&slow, n));
    assert!((common - 5.0).abs() < 1e-6 && correlation > 0.999_999, "{common} {correlation}");
    let (apart, correlation, wide) = ratio(&replicate_with(2, &slow, n));
    assert!((apart - 1.0).abs() < 0.06 && correlation.abs() < 0.05, "{apart} {correlation}");
    let width = |estimate: Estimate| estimate.high.zip(estimate.low).map_or(0.0, |(high, low)| high - low);
    assert!((width(wide) / width(narrow) / 5.0_f64.sqrt() - 1.0).abs() < 0.1, "limits narrow by the root of the ratio");
}

/// More than one rollout in five, and more than two in five, outlast the horizon: there is no mean over those that end
/// before it, and no quantile that they do not reach.
#[test]
fn rollouts_cut_off_by_the_horizon_are_not_left_out() {
    let horizon = 8.0 * 5.0_f64.ln();
    let watched = |mean| {
        let mut world = one_pod(mean);
        world.horizon = SimDuration::from_secs_f64(horizon);
        replicate(&world, 4000)
    };
    let scope = Scope::of(&one_pod(8.0)).up_to(SimDuration::from_secs_f64(horizon));
    let got = differences((&watched(8.0), &scope), (&watched(16.0), &scope));
    let restricted = |mean: f64| mean * (1.0 - (-horizon / mean).exp());
    let mean = find(&got, "duration_s", "restricted_mean").paired.difference;
    assert!(holds(&mean, restricted(16.0) - restricted(8.0)), "{mean:?}");
    let median = find(&got, "duration_s", "p50").paired.difference;
    assert!(holds(&median, 8.0 * 2.0_f64.ln()), "{median:?}");
    assert_eq!(find(&got, "duration_s", "p95").paired.difference.value, None);
    let rate = find(&got, "unfinished_rate", "rate").paired;
    assert!(holds(&rate.difference, 0.2_f64.sqrt() - 0.2), "{rate:?}");
    assert!(rate.p_value < Some(1e-9));
}

fn target(metric: &'static Metric, statistic: Statistic, width: Width) -> Target {
    let figure = Figure::of(metric, statistic);
    Target { text: figure.text(), figure, width }
}

/// Three scenarios that need different numbers of replications, one of them all that are allowed.
fn precise_plan() -> Plan {
    let targets = vec![
        target(&metric::DURATION, Statistic::P95, Width::Relative(0.06)),
        target(&metric::PEAK_FOOTPRINT, Statistic::Mean, Width::Absolute(0.5)),
    ];
    let mut scenarios = vec![one_pod(8.0), scenario(4, ROLLING(1, 0)), scenario(8, ROLLING(2, 1))];
    scenarios[2].pods[1] = pods(exponential(2.0), seconds(1.0));
    for (id, world) in (0..).zip(&mut scenarios) {
        world.id = id;
    }
    Plan {
        name: "precision".into(),
        parameters: Vec::new(),
        scenarios,
        skipped: Vec::new(),
        replications: 5000,
        precision: Some(Precision { minimum: 300, confidence: Confidence::USUAL, targets }),
        sampling: Sampling::Plain,
        baseline: None,
        cells: None,
        present: None,
        overrides: Overrides::default(),
        shard: None,
        predicted: Vec::new(),
        pieces: None,
        seed: 3,
        objectives: Vec::new(),
        cluster_objectives: Vec::new(),
        inputs: Vec::new(),
        notes: Vec::new(),
        caveats: Caveats::default(),
        premises: Vec::new(),
    }
}

/// Rows, and how many replications each scenario got.
fn swept(threads: usize) -> (Vec<u8>, Vec<u32>) {
    let (mut bytes, mut counts, mut ended) = (Vec::new(), vec![0; 3], Vec::new());
    let result = sweep::run(&precise_plan(), threads, &AtomicBool::new(false), replications::rows, |block| {
        bytes.extend_from_slice(&block.text);
        assert_eq!(block.first, counts[block.scenario], "blocks come in order");
        counts[block.scenario] += block.records.len() as u32;
        ended.extend(block.last.then_some(block.scenario));
        Ok::<(), Infallible>(())
    });
    assert!(result.is_ok());
    assert_eq!(ended, [0, 1, 2], "every scenario ends once");
    (bytes, counts)
}

#[test]
fn how_many_replications_a_scenario_gets_hangs_on_its_records_alone() {
    let (bytes, counts) = swept(1);
    for threads in [2, 3, 8] {
        assert!(swept(threads) == (bytes.clone(), counts.clone()), "1 and {threads} threads differ");
    }
    // The first has not enough at the last look. The second never varies, which meets no target for a mean.
    assert_eq!((counts[0], counts[1]), (5000, 5000));
    assert!(counts[2] > 512 && counts[2] < 5000, "{counts:?}");
    let plan = precise_plan();
    let confidence = plan.confidence_of_each_look();
    for (world, count) in plan.scenarios.iter().zip(counts) {
        let records = replicate_with(plan.seed, world, count);
        let looks = plan.precision.as_ref().expect("a precision").looks(plan.replications);
        let enough = looks
            .into_iter()
            .find(|look| analysis::precise(&plan, &records[..*look as usize], &Scope::of(world), confidence));
        assert_eq!(enough.unwrap_or(5000), count, "scenario {}", world.id);
    }
}

#[test]
fn an_interrupted_sweep_with_targets_ends() {
    let stop = AtomicBool::new(false);
    let result = sweep::run(
        &precise_plan(),
        2,
        &stop,
        |_, _, _| Vec::new(),
        |_| {
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
            Ok::<(), Infallible>(())
        },
    );
    assert!(matches!(result, Err(sweep::SweepError::Interrupted)));
}
