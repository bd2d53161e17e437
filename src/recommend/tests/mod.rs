use super::objectives::assess;
use super::*;
use crate::metrics::{self, Outcome, Record, metric};
use crate::plan::{Overrides, Plan};
use crate::stats::exact_limits;
use std::path::Path;

mod promise;
mod search;
mod sets;

/// With a surge of two pod-seconds.
fn record(outcome: Outcome, seconds: u64) -> Record {
    Record { surge_pod_nanos: 2_000_000_000, ..metrics::tests::record(outcome, seconds) }
}

fn records(completed: usize, other: Outcome, others: usize) -> Vec<Record> {
    let done = (0..completed).map(|n| record(Outcome::Completed, 10 + n as u64 % 50));
    let end = if other == Outcome::Unfinished { 3600 } else { 30 };
    done.chain((0..others).map(|_| record(other, end))).collect()
}

fn standing(figure: &str, limit: f64, records: &[Record]) -> Standing {
    // Rates are read as shares, so the limit is put in afterwards.
    let objective = Objective { limit, ..Objective::parse(&format!("{figure} <= 0")).expect("an objective") };
    assess(&objective, records, &Scope::default(), 0.005).standing
}

#[test]
fn rollouts_that_do_not_complete_count_against_a_duration() {
    for other in [Outcome::Unfinished, Outcome::RolledBack, Outcome::Superseded] {
        // Finished ones alone all take less than a minute.
        assert_eq!(standing("p95 duration_s", 60.0, &records(900, other, 100)), Standing::Missed, "{other:?}");
        assert_eq!(standing("p95 duration_s", 60.0, &records(950, other, 50)), Standing::Open, "{other:?}");
        assert_eq!(standing("p95 duration_s", 60.0, &records(990, other, 10)), Standing::Met, "{other:?}");
    }
    assert_eq!(standing("mean duration_s", 60.0, &records(999, Outcome::Unfinished, 1)), Standing::Open);
    assert_eq!(standing("mean duration_s", 60.0, &records(900, Outcome::Unfinished, 100)), Standing::Missed);
    // What is unfinished after an hour may yet complete within two.
    assert_eq!(standing("p95 duration_s", 7200.0, &records(900, Outcome::Unfinished, 100)), Standing::Open);
    assert_eq!(standing("p95 duration_s", 7200.0, &records(900, Outcome::RolledBack, 100)), Standing::Missed);
}

#[test]
fn rare_events_need_replications() {
    assert_eq!(standing("stalled_rate", 0.01, &records(100, Outcome::Unfinished, 0)), Standing::Open);
    assert_eq!(standing("stalled_rate", 0.01, &records(1000, Outcome::Unfinished, 0)), Standing::Met);
    assert_eq!(standing("unfinished_rate", 0.01, &records(900, Outcome::Unfinished, 100)), Standing::Missed);
    assert_eq!(standing("max peak_pods", 12.0, &records(9, Outcome::Unfinished, 0)), Standing::Met);
}

#[test]
fn failing_is_no_shortcut() {
    let horizon = SimDuration::from_secs(3600);
    let of = |criterion: &Criterion, record: &Record| criterion.of(record, horizon);
    let cost = Criterion::Cost(vec![
        Weight::parse("duration_s=2").expect("a weight"),
        Weight::parse(" surge_pod_seconds = 0.5").expect("a weight"),
    ]);
    let (done, undone) = (record(Outcome::Completed, 100), record(Outcome::RolledBack, 30));
    assert_eq!((of(&Criterion::Duration, &done), of(&Criterion::Duration, &undone)), (100.0, 3600.0));
    assert_eq!((of(&cost, &done), of(&cost, &undone)), (201.0, 7201.0));
    assert_eq!(of(&Criterion::Surge, &done), 2.0);
    assert!(Weight::parse("time_to_stall_s=1").is_err() && Weight::parse("surge_pod_seconds=inf").is_err());
}

const WORLD: &str = "
deployment:
  spec:
    replicas: 4
    template: {spec: {containers: [{name: app, image: app, readinessProbe: {httpGet: {port: 80}, periodSeconds: 1}}]}}
pods: {start: {uniform: {low: 5s, high: 15s}}, warmUp: 2s, termination: 1s, crash: 0, new: {pull: 1s}}
replications: 200
";

fn answers(more: &str, question: &Question, threads: usize) -> (Plan, Vec<Recommendation>) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("experiment.yaml");
    std::fs::write(&file, format!("{WORLD}{more}")).expect("room on the disk");
    let (plan, decisions) = Plan::load_cases(Path::new(&file), &Overrides::default()).expect("a valid experiment");
    let run = Replicator::new(plan.seed, threads, 100, 1000).expect("threads");
    let found = decisions.iter().map(|one| recommend(one, &plan.objectives, question, &run)).collect();
    (plan, found)
}

fn question() -> Question {
    Question {
        criterion: Criterion::Duration,
        confidence: 0.95,
        indifference: None,
        replications: 200,
        ceiling: 10_000,
        exhaustive: false,
    }
}

#[test]
fn the_fastest_that_never_dips_is_four_at_once() {
    let text = "objectives: [availability: 100%]\nsweep: {maxSurge: [0, 1, 2, 4], maxUnavailable: [0, 1, 4]}";
    let (_, found) = answers(text, &question(), 2);
    let [only] = &found[..] else { panic!("one case") };
    let choice = only.choice.as_ref().expect("a choice");
    assert_eq!(only.origin, Origin::Swept);
    assert_eq!(only.strategies[choice.best].parameters[0].1, "4");
    assert_eq!(only.strategies[choice.best].parameters[1].1, "0");
    assert_eq!((choice.qualified, choice.decided, choice.undecided.len()), (3, true, 0));
    // 25 % of four are one: the manifest's own strategy is in the sweep under another name.
    let own = only.own.expect("a valid manifest");
    assert_eq!(only.strategies[own].parameters[0].1, "1");
    assert_eq!(only.strategies.len(), 11);
    let faster = choice.evidence.differences[0].1.difference;
    assert!(faster.high < Some(0.0), "{faster:?}");
    assert_eq!(choice.evidence.replications.start, 200 + choice.replications);
}

#[test]
fn what_never_completes_is_not_recommended() {
    for objectives in ["[]", "[availability: 75%]"] {
        let text = format!(
            "horizon: 10m\nobjectives: {objectives}\nsweep: {{maxSurge: [1], maxUnavailable: [0], pods.badVersion: [100%]}}"
        );
        let (_, found) = answers(&text, &question(), 2);
        assert!(found[0].choice.is_none() && !found[0].strategies[0].completes(), "{objectives}");
    }
}

#[test]
fn equal_strategies_are_reported_and_threads_change_nothing() {
    let text = "objectives: [availability: 100%]\nsweep: {maxSurge: [100%, 4], maxUnavailable: [0]}";
    let (_, one) = answers(text, &question(), 1);
    let (_, two) = answers(text, &question(), 2);
    assert_eq!(one, two);
    let choice = one[0].choice.as_ref().expect("a choice");
    assert_eq!((choice.best, choice.decided, &choice.undecided[..]), (0, true, &[1][..]));
    // They have the same numbers of pods, so there is nothing to tell apart; how many stay available is shown all the same.
    assert_eq!((choice.qualified, choice.slower_s, choice.alike.len()), (2, None, 0));
    assert_eq!(choice.available, Some(4.0));
}

/// The mean time to completion as a cost, which a selection makes least.
fn mean_time() -> Criterion {
    Criterion::Cost(vec![Weight { metric: &metric::DURATION, factor: 1.0 }])
}

/// Five more pods than four are four. That two strategies behave alike is seen, and believed up to the zone only after as
/// many rollouts as a rare failure of that size needs to show itself.
#[test]
fn strategies_that_behave_alike_are_told_from_equal_ones() {
    let text = "horizon: 10m\nobjectives: [availability: 75%]\nsweep: {maxSurge: [4, 5], maxUnavailable: [0]}";
    let (_, found) = answers(text, &Question { criterion: mean_time(), indifference: Some(1.0), ..question() }, 2);
    let choice = found[0].choice.as_ref().expect("a choice");
    assert_eq!((choice.best, choice.decided, &choice.undecided[..]), (0, true, &[1][..]));
    assert_eq!(choice.alike, [(1, choice.replications)]);
    let unseen = exact_limits(0, u64::from(choice.replications), 0.025).1;
    assert!(choice.bound.value == 600.0 && unseen * 600.0 < choice.indifference, "{choice:?}");
}

#[test]
fn the_zone_of_a_cost_scales_with_the_cost() {
    let text = "objectives: [availability: 75%]\nsweep: {maxSurge: [1, 4], maxUnavailable: [0]}";
    let zone = |criterion: Criterion| {
        let (_, found) = answers(text, &Question { criterion, ..question() }, 2);
        let choice = found[0].choice.as_ref().expect("a choice");
        let least = found[0].strategies.iter().map(|one| one.criterion).fold(f64::INFINITY, f64::min);
        assert!(choice.decided && choice.bound.known);
        (choice.indifference, least, choice.replications)
    };
    let cost = |factor| Criterion::Cost(vec![Weight { metric: &metric::DURATION, factor }]);
    let (small, least, replications) = zone(cost(0.001));
    assert!((small - least / 20.0).abs() < 1e-12 && small < 0.01, "{small} of {least}");
    let (large, _, as_many) = zone(cost(1.0));
    assert!((large / small - 1000.0).abs() < 1e-6 && replications == as_many, "{large} {replications} {as_many}");
    // Pod-seconds have a least zone.
    assert!(zone(Criterion::Surge).0 >= 1.0);
}

/// Nothing bounds a number of restarts beforehand; the answer says what it rests on.
#[test]
fn a_cost_without_a_bound_takes_one() {
    let text = "objectives: [availability: 75%]\nsweep: {maxSurge: [1, 4], maxUnavailable: [0], pods.crash: [20%]}";
    let weights = ["duration_s=1", "restarts=5"].map(|text| Weight::parse(text).expect("a weight"));
    let (_, found) = answers(text, &Question { criterion: Criterion::Cost(weights.to_vec()), ..question() }, 2);
    let choice = found[0].choice.as_ref().expect("a choice");
    assert!(!choice.bound.known && !choice.bound.exceeded && choice.decided, "{choice:?}");
    // Ten times the restarts seen, of which some rollout had two or more, and the horizon of an hour.
    assert!(choice.bound.value >= 3600.0 + 10.0 * 2.0 * 5.0, "{:?}", choice.bound);
}

#[test]
fn a_choice_that_takes_too_long_is_given_up_and_said_so() {
    // Two strategies that differ by nothing but noise, and a zone too narrow for the ceiling.
    let text = "objectives: [availability: 50%]\nsweep: {maxSurge: [1, 2], maxUnavailable: [1]}";
    let narrow = Question { indifference: Some(1e-6), ceiling: 400, criterion: Criterion::Surge, ..question() };
    let (_, found) = answers(text, &narrow, 2);
    let choice = found[0].choice.as_ref().expect("a choice");
    assert_eq!((choice.replications, choice.decided, choice.undecided.len()), (400, false, 1));
}

#[test]
fn without_a_sweep_strategies_around_the_own_one_are_tried() {
    let (_, found) = answers("objectives: [availability: 75%]", &question(), 2);
    let only = &found[0];
    assert_eq!((only.origin, only.own), (Origin::Around, Some(0)));
    // 1 is 25 % of four, so of the five surges four differ and of the four limits three; 0/0 is none.
    assert_eq!(only.strategies.len(), 4 * 3 - 1);
    let choice = only.choice.as_ref().expect("a choice");
    assert!(only.strategies[choice.best].qualifies() && only.strategies[choice.best].on_front);
}

#[test]
fn every_world_has_an_answer_of_its_own() {
    let text =
        "objectives: [p95 duration_s <= 30s]\nsweep: {maxSurge: [4], maxUnavailable: [0], pods.start: [5s, 60s]}";
    let (_, found) = answers(text, &question(), 2);
    assert_eq!(found.len(), 2);
    assert!(found[0].choice.is_some() && found[1].choice.is_none());
    assert_eq!(found[1].case, [("pods.start".to_owned(), "60s".to_owned())]);
    assert_eq!(found[1].strategies[0].assessments[0].standing, Standing::Missed);
}
