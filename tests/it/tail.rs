//! Rare events: probabilities that have a closed form, or that plain rollouts show too, and what the program says about them.

use std::sync::atomic::AtomicBool;

use rollcast::experiment::Effort;
use rollcast::metrics::Record;
use rollcast::scenario::{NEW_TEMPLATE, NodeLoss, Scenario};
use rollcast::stats::proportion;
use rollcast::tail::{Event, Method, Tail, Way};
use rollcast::time::SimDuration;
use rollcast::{Distribution, Shape};

use crate::cli::{refuses, succeeds};
use crate::world::{ROLLING, exponential, pods, replicate, scenario, seconds};

const NEW: usize = NEW_TEMPLATE as usize;

fn answer(scenario: &Scenario, event: &str, seed: u64, n: u32) -> Tail {
    let stop = AtomicBool::new(false);
    let event = Event::parse(event).expect("an event");
    Tail::answer((scenario, seed), &event, (n, Method::Auto), Effort { threads: 1, stop: &stop }, &|_| ())
        .expect("threads")
}

/// The answer holds the truth between its limits widened by a half, and is as exact as it says.
#[track_caller]
fn assert_holds(tail: &Tail, truth: f64, most_error: f64) {
    let rare = &tail.rare;
    let (value, error) = (rare.probability.value.unwrap_or_default(), rare.relative_error.unwrap_or(f64::INFINITY));
    assert_eq!(tail.way, Way::Weighted, "{tail:?}");
    assert!(error < most_error, "{error}: {rare:?}");
    assert!((value - truth).abs() < 3.5 * error * value, "{value} for {truth}: {rare:?}");
}

/// Ten pods start at once, each after an exponential time: the longest of them.
fn longest() -> Scenario {
    let mut world = scenario(10, ROLLING(10, 0));
    world.pods[NEW] = pods(exponential(8.0), seconds(2.0));
    world
}

fn uniform(low: f64, high: f64) -> Distribution {
    Distribution::new(Shape::Uniform { low, high }, 0.0, None).expect("a range")
}

fn longest_beyond(seconds: f64) -> f64 {
    -(10.0 * (-(-seconds / 8.0).exp()).ln_1p()).exp_m1()
}

#[test]
fn the_longest_of_ten_starts_has_its_closed_form_from_one_in_a_thousand_to_one_in_a_million() {
    for (beyond, n) in [(60, 2000), (100, 2000), (129, 4000)] {
        let truth = longest_beyond(f64::from(beyond));
        let tail = answer(&longest(), &format!("duration_s > {beyond}"), 1, n);
        assert_holds(&tail, truth, 0.12);
        let plain = tail.rare.plain.unwrap_or_default() / f64::from(tail.n + tail.pilots);
        assert!(truth > 2e-6 || plain > 1000.0, "{plain} times as many plain rollouts: {tail:?}");
        assert!(tail.causes[0].entities == 1 && tail.causes[0].part > 0.8, "{tail:?}");
    }
}

/// The sum of ten starts, one after the other: no single one of them, but some of them together.
#[test]
fn one_after_the_other_has_no_single_cause_and_is_right_nevertheless() {
    let mut world = scenario(3, ROLLING(1, 0));
    world.pods[NEW] = pods(exponential(8.0), seconds(2.0));
    // Erlang's distribution: 3 stages of 8 s each.
    let beyond = 130.0_f64;
    let x = beyond / 8.0;
    let truth = (-x).exp() * (1.0 + x + x * x / 2.0);
    let tail = answer(&world, &format!("duration_s > {beyond}"), 3, 6000);
    assert_holds(&tail, truth, 0.3);
}

#[test]
fn failures_of_one_pod_of_two_and_in_a_row_have_their_closed_forms() {
    let mut world = longest();
    world.pods[NEW].never_ready = 1e-7;
    assert_holds(&answer(&world, "stalled", 1, 2000), 1e-6, 0.1);
    let mut world = scenario(10, ROLLING(10, 0));
    (world.pods[NEW].crash, world.pods[NEW].crash_after) = (1e-3, seconds(0.0));
    let (p, q) = (1e-3_f64, 1.0 - 1e-3_f64);
    let two = answer(&world, "pods_failed >= 2", 1, 2000);
    assert_holds(&two, 1.0 - q.powi(10) - 10.0 * p * q.powi(9), 0.1);
    assert_eq!((two.causes[0].entities, two.causes[0].times), (2, 1), "{two:?}");
    let mut world = scenario(2, ROLLING(2, 0));
    (world.pods[NEW].crash, world.pods[NEW].crash_after) = (1e-3, seconds(0.0));
    // One pod three times, or one twice and the other once: four ways.
    let three = 1.0 - q.powi(2) * (1.0 + 2.0 * p + 3.0 * p * p);
    let tail = answer(&world, "restarts >= 3", 2, 4000);
    let own = tail.rare.probability;
    assert!(own.low < Some(three) && own.high > Some(three) && own.high < Some(1e-7), "{three}: {tail:?}");
}

#[test]
fn a_node_that_is_lost_is_a_cause() {
    let mut world = scenario(4, ROLLING(1, 0));
    world.cluster.loss = Some(NodeLoss {
        time_to_loss: exponential(4e7),
        time_to_zone_loss: None,
        detection: seconds(40.0),
        recovery: None,
        notice: None,
        toleration: SimDuration::from_secs(300),
    });
    // Four nodes, each for the 40 s that the rollout takes.
    let truth = -(-4.0 * 40.0 / 4e7_f64).exp_m1();
    assert_holds(&answer(&world, "nodes_lost >= 1", 1, 4000), truth, 0.15);
}

/// At one in a hundred and one in a thousand plain rollouts say the same, here with everything that may go wrong at once.
#[test]
fn plain_rollouts_agree() {
    let mut world = scenario(6, ROLLING(2, 1));
    world.pods[NEW] = pods(exponential(6.0), exponential(2.0));
    let model = &mut world.pods[NEW];
    (model.crash, model.crash_after, model.never_ready) = (0.01, exponential(4.0), 2e-4);
    let plain = replicate(&world, 30_000);
    for event in ["duration_s > 60", "stalled", "pods_failed >= 2"] {
        let parsed = Event::parse(event).expect("an event");
        let happened = |record: &&Record| parsed.happened(record);
        let direct = proportion(plain.iter().filter(happened).count() as u64, plain.len() as u64);
        // Another seed: these rollouts are others.
        let tail = answer(&world, event, 9, 8000);
        let own = tail.rare.probability;
        assert!(own.low < direct.high && direct.low < own.high, "{event}: {own:?} and {direct:?}");
        assert!((2e-4..2e-2).contains(&direct.value.unwrap_or_default()), "{event}: {direct:?}");
        assert_eq!(tail.way, Way::Weighted, "{event}: {tail:?}");
    }
}

/// What is frequent is left to plain rollouts, and what no pilot sees has limits and no value.
#[test]
fn frequent_unseen_and_fixed_events_are_told() {
    let frequent = answer(&longest(), "duration_s > 20", 1, 1000);
    assert_eq!((frequent.way, frequent.plain), (Way::NotRare, 1.0));
    let truth = longest_beyond(20.0);
    assert!(
        frequent.rare.probability.low < Some(truth) && frequent.rare.probability.high > Some(truth),
        "{frequent:?}"
    );
    let unseen = answer(&longest(), "pods_failed >= 1", 1, 1000);
    assert_eq!((unseen.way, unseen.rare.hits), (Way::NoCause, 0));
    assert!(unseen.rare.probability.high > Some(0.002), "{unseen:?}");
    let fixed = answer(&scenario(3, ROLLING(1, 0)), "stalled", 1, 500);
    assert_eq!((fixed.way, fixed.pilots), (Way::NothingDrawn, 0));
}

/// Over many seeds the limits hold as often as they say.
#[test]
fn limits_hold_over_seeds() {
    const SEEDS: u64 = 40;
    let mut world = scenario(2, ROLLING(2, 0));
    world.pods[NEW] = pods(exponential(8.0), seconds(2.0));
    world.pods[NEW].never_ready = 2e-7;
    // Both starts, or a pod that is never Ready: each a part of the whole.
    let slow = -(2.0 * (-(-130.0 / 8.0_f64).exp()).ln_1p()).exp_m1();
    let truth = slow + 4e-7;
    let holds = (0..SEEDS).filter(|seed| {
        let own = answer(&world, "duration_s > 130", *seed, 600).rare.probability;
        own.low <= Some(truth) && own.high >= Some(truth)
    });
    let count = holds.count();
    // With 95 % there are fewer than 34 of 40 once in 100.
    assert!(count >= 34, "{count} of {SEEDS}");
}

#[test]
fn the_answer_does_not_depend_on_threads_and_is_the_same_in_both_forms() {
    let ask = ["tail", "experiments/first-look.yaml", "--event", "duration_s > 6m", "--replications", "600", "--quiet"];
    let one = succeeds(&[&ask[..], &["--threads", "1", "-o", "json"]].concat());
    let three = succeeds(&[&ask[..], &["--threads", "3", "-o", "json"]].concat());
    assert_eq!(one, three);
    let object: serde_json::Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!((object["event"].as_str(), object["replications"].as_u64()), (Some("duration_s > 6m"), Some(600)));
    let probability = object["probability"].as_f64().unwrap_or_default();
    assert!(object["low"].as_f64() < Some(probability) && object["high"].as_f64() > Some(probability), "{object}");
    let said = succeeds(&ask);
    assert!(said.starts_with("`duration_s > 6m`: ") && said.contains("of rollouts (95% confidence: "), "{said}");
}

#[test]
fn mistakes_are_refused_with_advice() {
    let refused =
        |more: &[&str], said: &[&str]| refuses(&[&["tail", "experiments/first-look.yaml"][..], more].concat(), said);
    refused(&["--event", "stuck"], &["--event: unknown event `stuck`"]);
    refused(&["--event", "p95 duration_s"], &["is a percentile and no event"]);
    let endless = ["experiments/manifests/checkout.yaml", "--set", "progressDeadlineSeconds=2147483647"];
    refuses(
        &[&["tail", "--event", "stalled"], &endless[..]].concat(),
        &["no rollout stalls without progressDeadlineSeconds"],
    );
    refused(&["--event", "stalled", "--scenario", "99"], &["no scenario 99"]);
    refused(&["--event", "stalled", "--replications", "0"], &["--replications"]);
    refused(&[], &["--event"]);
}

fn staged(scenario: &Scenario, event: &str, seed: u64, n: u32) -> Tail {
    let stop = AtomicBool::new(false);
    let event = Event::parse(event).expect("an event");
    let effort = Effort { threads: 1, stop: &stop };
    Tail::answer((scenario, seed), &event, (n, Method::Stages), effort, &|_| ()).expect("threads")
}

/// An answer in stages is near the truth. Its error is that of 25 runs, which is not known well itself.
#[track_caller]
fn assert_staged(tail: &Tail, truth: f64) {
    let value = tail.rare.probability.value.unwrap_or_default();
    assert_eq!(tail.way, Way::Staged, "{tail:?}");
    assert!((truth / 3.0..3.0 * truth).contains(&value), "{value} for {truth}: {tail:?}");
    let (low, high) = (tail.rare.probability.low, tail.rare.probability.high);
    assert!(tail.rare.relative_error < Some(1.0) && low < Some(value) && high > Some(value), "{tail:?}");
}

/// Eight starts one after the other: their sum has Erlang's distribution, and many ordinary ones make it long.
fn one_after_the_other() -> Scenario {
    let mut world = scenario(8, ROLLING(1, 0));
    world.pods[NEW] = pods(exponential(8.0), seconds(2.0));
    world
}

fn sum_beyond(stages: u32, seconds: f64) -> f64 {
    let x = seconds / 8.0;
    let term = |k: u32| (1..=k).fold(1.0, |product, n| product * x / f64::from(n));
    (-x).exp() * (0..stages).map(term).sum::<f64>()
}

#[test]
fn many_ordinary_delays_together_are_reached_in_stages() {
    for (beyond, seed) in [(130, 1), (160, 2), (200, 3)] {
        let truth = sum_beyond(8, f64::from(beyond));
        let tail = staged(&one_after_the_other(), &format!("duration_s > {beyond}"), seed, 5000);
        assert_staged(&tail, truth);
    }
    assert!(sum_beyond(8, 130.0) > 5e-3 && sum_beyond(8, 200.0) < 1e-4);
}

/// All ten starts must be short: no one of them brings it about, nor two, so that stages are taken without being asked for.
#[test]
fn what_no_jump_makes_frequent_is_reached_in_stages() {
    let truth = (-(-1.0_f64 / 2.0).exp_m1()).powi(10);
    let tail = answer(&longest(), "duration_s < 4", 5, 10_000);
    assert_staged(&tail, truth);
}

/// A pull and a start that both take nearly the longest time: neither alone is enough.
#[test]
fn two_different_unusual_things_are_found_together() {
    let mut world = scenario(1, ROLLING(1, 0));
    world.pods[NEW] = pods(uniform(0.0, 10.0), seconds(2.0));
    (world.pods[NEW].pull, world.pods[NEW].cached) = (uniform(0.0, 10.0), 0.0);
    let truth = 0.0015_f64.powi(2) / 200.0;
    let tail = answer(&world, "duration_s > 19.9985", 1, 4000);
    assert_holds(&tail, truth, 0.2);
    assert!(tail.causes[0].also.is_some(), "{tail:?}");
}

/// Several of twelve pods lose readiness at the same time; no one of them takes it below the floor. Plain rollouts say the same.
#[test]
fn a_floor_that_several_pods_break_together_is_reached_in_stages() {
    let mut world = scenario(12, ROLLING(2, 0));
    world.pods[NEW] = pods(exponential(6.0), seconds(2.0));
    let model = &mut world.pods[NEW];
    (model.flap, model.flap_after, model.flap_for) = (0.3, exponential(20.0), exponential(10.0));
    let plain = replicate(&world, 6000);
    let counts: Vec<usize> =
        (0..12).map(|least| plain.iter().filter(|record| record.min_available < least).count()).collect();
    // The floor that between 0.2 % and 7 % of plain rollouts break.
    let floor = (0..12).find(|least| (12..420).contains(&counts[*least])).expect("a floor");
    let direct = proportion(counts[floor] as u64, plain.len() as u64);
    let tail = staged(&world, &format!("min_available < {floor}"), 9, 6000);
    let own = tail.rare.probability;
    assert!(tail.stages >= 2 && own.low < direct.high && direct.low < own.high, "{counts:?}: {tail:?} {direct:?}");
}

#[test]
fn stages_are_the_same_on_any_number_of_threads_and_are_told() {
    let ask = [
        "tail",
        "experiments/first-look.yaml",
        "--scenario",
        "3",
        "--event",
        "duration_s > 100",
        "--method",
        "stages",
        "--replications",
        "1300",
        "--quiet",
    ];
    let one = succeeds(&[&ask[..], &["--threads", "1", "-o", "json"]].concat());
    assert_eq!(one, succeeds(&[&ask[..], &["--threads", "3", "-o", "json"]].concat()));
    let object: serde_json::Value = serde_json::from_str(&one).expect("JSON");
    assert_eq!(object["drawn"].as_str(), Some("staged"), "{object}");
    assert!(object["stages"].as_u64() >= Some(1) && object["probability"].as_f64() > Some(0.0), "{object}");
    let said = succeeds(&ask);
    assert!(said.contains("  stages") && said.contains("25 independent runs"), "{said}");
}
