use serde_json::{Value, json};

use super::*;
use crate::analysis::headlines::{DIP_MEAN, DURATION_P95, SURGE};
use crate::k8s::fenceposts::IntOrPercent;
use crate::k8s::objects;
use crate::plan::Objective;
use crate::recommend::{Assessment, Bound, Choice, Criterion, Evidence, Origin, Standing, Strategy, TIME_TO_COMPLETE};
use crate::report::tests::fixture::{self, golden};
use crate::stats::{Known, Paired};

fn question() -> Question {
    Question {
        criterion: Criterion::Duration,
        confidence: 0.95,
        indifference: None,
        replications: 1000,
        ceiling: 100_000,
    }
}

fn objectives(limit: f64) -> Vec<Objective> {
    let duration =
        Objective { text: format!("p95 duration_s <= {limit}s"), figure: DURATION_P95.figure, at_most: true, limit };
    vec![Objective::availability("90%"), duration]
}

fn assessment(standing: Standing, value: f64, shown: f64) -> Assessment {
    Assessment { standing, value: Some(value), shown: Some(shown) }
}

fn strategy(parameters: &[(String, String)]) -> objects::Strategy {
    let read = |n: usize| IntOrPercent::parse(&parameters[n].1).expect("a count or percentage");
    objects::Strategy::RollingUpdate { max_surge: read(0), max_unavailable: read(1) }
}

/// Five strategies; those with `maxUnavailable` 0 keep the availability, and which are fast enough is up to `fast`.
fn recommendation(limit: f64, fast: impl Fn(usize) -> Standing, best: Option<usize>) -> (Plan, Recommendation) {
    let (mut plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
    plan.objectives = objectives(limit);
    let strategies = results.iter().enumerate().map(|(n, result)| {
        let p95 = result.statistics.value(DURATION_P95.figure).unwrap_or(0.0);
        let keeps = result.parameters[1].1 == "0";
        let (dip, below) = if keeps { (Standing::Met, 0.0) } else { (Standing::Missed, 40.0) };
        Strategy {
            parameters: result.parameters.clone(),
            spec: objects::DeploymentSpec {
                strategy: strategy(&result.parameters),
                ..fixture::scenario(0, &[]).deployment
            },
            eligible: true,
            statistics: result.statistics.clone(),
            assessments: vec![assessment(dip, below, below), assessment(fast(n), p95, 1.05 * p95)],
            criterion: p95 / 1.34,
            on_front: keeps,
        }
    });
    let strategies: Vec<Strategy> = strategies.collect();
    let pairs = |by: f64| {
        Paired::of(
            &(0..100).map(|n| (f64::from(n % 7), f64::from(n % 7) + by + f64::from(n % 3))).collect::<Vec<_>>(),
            &Known::default(),
        )
    };
    let choice = best.map(|best| Choice {
        best,
        qualified: 2,
        undecided: Vec::new(),
        decided: true,
        indifference: 2.5,
        probability: 0.975,
        alike: Vec::new(),
        bound: Bound { value: 3600.0, known: true, exceeded: false },
        replications: 1200,
        evidence: Evidence {
            replications: 2200..3200,
            best: strategies[best].statistics.clone(),
            own: Some(strategies[2].statistics.clone()),
            differences: vec![
                (TIME_TO_COMPLETE, pairs(-30.0)),
                (SURGE.figure, pairs(200.0)),
                (DIP_MEAN.figure, pairs(-1.0)),
            ],
            horizon_s: 3600.0,
        },
    });
    let recommendation = Recommendation {
        case: Vec::new(),
        deployment: "web".into(),
        origin: Origin::Swept,
        strategies,
        own: Some(2),
        choice,
        tail: 0.005,
    };
    (plan, recommendation)
}

fn answer_text((plan, recommendation): &(Plan, Recommendation)) -> String {
    let text = text(plan, &question(), recommendation, 100);
    assert!(text.lines().filter(|line| !line.contains("kubectl")).all(|line| line.chars().count() <= 100), "{text}");
    text
}

#[test]
fn the_text_of_a_choice() {
    let found = recommendation(180.0, |_| Standing::Met, Some(3));
    golden("recommendation.txt", answer_text(&found).as_bytes());
}

#[test]
fn an_undecided_choice_promises_nothing() {
    let mut found = recommendation(180.0, |_| Standing::Met, Some(3));
    let choice = found.1.choice.as_mut().expect("a choice");
    (choice.decided, choice.undecided) = (false, vec![1]);
    let text = answer_text(&found);
    assert!(text.contains("Leading, but not selected for certain") && text.contains("no probability is promised"));
    assert_eq!(
        super::json(&found.0, &question(), &found.1)["recommended"]["probability_of_correct_selection"],
        Value::Null
    );
}

/// What is known of strategies that behaved alike is said, and no more.
#[test]
fn alike_is_not_equal() {
    let mut found = recommendation(180.0, |_| Standing::Met, Some(3));
    let choice = found.1.choice.as_mut().expect("a choice");
    (choice.alike, choice.undecided) = (vec![(1, 6957)], vec![1]);
    let text = answer_text(&found).replace('\n', " ");
    let expected = "Alike in each of 6,957 rollouts or more: maxSurge 25%, maxUnavailable 0. That makes a difference of 2.5s \
                    or more unlikely, not impossible.";
    assert!(text.contains(expected) && !text.contains("Not told apart"), "{text}");
    let choice = found.1.choice.as_mut().expect("a choice");
    choice.alike.clear();
    found.1.strategies[1].spec = found.1.strategies[3].spec;
    let text = answer_text(&found).replace('\n', " ");
    assert!(text.contains("The same numbers of pods: maxSurge 25%, maxUnavailable 0."), "{text}");
}

#[test]
fn a_bound_that_was_taken_is_named() {
    let mut found = recommendation(180.0, |_| Standing::Met, Some(3));
    let choice = found.1.choice.as_mut().expect("a choice");
    choice.bound = Bound { value: 120.0, known: false, exceeded: false };
    let text = answer_text(&found).replace('\n', " ").replace("   ", " ");
    assert!(text.contains("differ by more than 2m 00s, ten times the most seen"), "{text}");
    let choice = found.1.choice.as_mut().expect("a choice");
    (choice.bound.exceeded, choice.decided) = (true, false);
    let text = answer_text(&found).replace('\n', " ").replace("   ", " ");
    assert!(text.contains("no probability is promised, because a rollout went beyond"), "{text}");
}

#[test]
fn nothing_to_change() {
    let mut found = recommendation(180.0, |_| Standing::Met, Some(2));
    found.1.choice.as_mut().expect("a choice").evidence.differences.clear();
    let text = answer_text(&found).replace('\n', " ");
    assert!(text.contains("there is nothing to change") && !text.contains("kubectl"), "{text}");
}

#[test]
fn one_objective_binds() {
    let found = recommendation(30.0, |_| Standing::Missed, None);
    golden("recommendation-none.txt", answer_text(&found).as_bytes());
    let value = super::json(&found.0, &question(), &found.1);
    assert_eq!(value["recommended"], Value::Null);
    assert_eq!(value["unmet"]["binding"][0]["others_met_by"], 2);
}

#[test]
fn every_strategy_misses_two() {
    let (plan, mut none) = recommendation(30.0, |n| if n == 1 { Standing::Open } else { Standing::Missed }, None);
    for one in &mut none.strategies {
        one.assessments[0] = assessment(Standing::Missed, 12.0, 15.01);
    }
    golden("recommendation-far.txt", answer_text(&(plan, none)).as_bytes());
}

#[test]
fn changes_of_type_clear_the_limits() {
    let (_, mut found) = recommendation(180.0, |_| Standing::Met, Some(3));
    found.strategies[3].spec.strategy = objects::Strategy::Recreate;
    found.strategies[3].spec.min_ready_seconds = 10;
    let expected = json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}, "minReadySeconds": 10}});
    assert_eq!(patch::of(&found, 3), Some(expected));
    found.own = Some(3);
    let limits = json!({"maxSurge": "25%", "maxUnavailable": 0});
    let expected =
        json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": limits}, "minReadySeconds": 0}});
    assert_eq!(patch::of(&found, 1), Some(expected));
}
