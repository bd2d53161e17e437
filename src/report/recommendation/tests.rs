use serde_json::Value;

use super::*;
use crate::analysis::headlines::{AVAILABLE_P05, DIP_MEAN, DURATION_P95, SURGE};
use crate::analysis::pick::{Contender, pick, zone_s};
use crate::analysis::{Statistics, StatisticsLine};
use crate::k8s::fenceposts::IntOrPercent;
use crate::k8s::objects;
use crate::plan::{Objective, PodRequests};
use crate::recommend::{Assessment, Bound, Choice, Criterion, Evidence, Origin, Standing, Strategy, TIME_TO_COMPLETE};
use crate::report::tests::fixture::{self, golden};
use crate::stats::{Estimate, Known, Paired};
use crate::what_if::OfChoice;

fn question() -> Question {
    Question {
        criterion: Criterion::Duration,
        confidence: 0.95,
        indifference: None,
        replications: 1000,
        ceiling: 100_000,
        exhaustive: false,
    }
}

fn objectives(limit: f64) -> Vec<Objective> {
    let duration =
        Objective { text: format!("p95 duration_s <= {limit}s"), figure: DURATION_P95.figure, at_most: true, limit };
    vec![Objective::availability("90%"), duration]
}

/// The same statistics with so many pods available at worst.
fn with_available(known: &Statistics, pods: f64) -> Statistics {
    let mut statistics = known.clone();
    statistics.lines.push(StatisticsLine { figure: AVAILABLE_P05.figure, estimate: Estimate::point(pods, 1000) });
    statistics
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
            set: None,
            bounds: results[n].bounds,
            no_room: None,
            eligible: true,
            statistics: with_available(&result.statistics, if keeps { 20.0 } else { 15.0 }),
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
        slower_s: Some(4.2),
        available: Some(20.0),
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
    let contenders: Vec<Contender<'_>> = strategies
        .iter()
        .map(|one| Contender {
            statistics: &one.statistics,
            bounds: one.bounds,
            qualifies: one.qualifies(),
            needs_new_object: false,
        })
        .collect();
    let pick = pick(&contenders, Some(2), zone_s(&plan.objectives, &contenders, None));
    let recommendation = Recommendation {
        case: Vec::new(),
        kind: "Deployment",
        deployment: "web".into(),
        namespace: "shop".into(),
        requests: PodRequests { cpu_millis: 600, memory_bytes: 1152 << 20 },
        origin: Origin::Swept,
        search: None,
        strategies,
        own: Some(2),
        pick,
        choice,
        tail: 0.005,
        drawn: None,
    };
    (plan, recommendation)
}

fn with<T>(
    (plan, recommendation): &(Plan, Recommendation),
    question: &Question,
    then: impl Fn(Answered<'_>) -> T,
) -> T {
    let objectives = plan.objectives.clone();
    let asked = Asked { written: objectives.len(), objectives, without_floor: None };
    then(Answered { plan, asked: &asked, question, remark: None, recommendation, what_if: &OfChoice::default() })
}

fn view(width: u16) -> View {
    View { width, glyphs: Glyphs::Blocks, all: false, method: true }
}

fn shown(found: &(Plan, Recommendation), question: &Question, view: View) -> String {
    let text = with(found, question, |answered| text(answered, view));
    assert!(text.lines().all(|line| line.chars().count() <= usize::from(view.width)), "{text}");
    text
}

fn answer_text(found: &(Plan, Recommendation)) -> String {
    shown(found, &question(), view(100))
}

/// Of a question for the least surge, which a selection answers.
fn by_surge(found: &(Plan, Recommendation)) -> String {
    shown(found, &Question { criterion: Criterion::Surge, ..question() }, view(100))
        .replace('\n', " ")
        .replace("   ", " ")
}

#[test]
fn the_text_of_a_choice() {
    let found = recommendation(180.0, |_| Standing::Met, Some(3));
    golden("recommendation.txt", answer_text(&found).as_bytes());
    golden("recommendation.md", with(&found, &question(), markdown).as_bytes());
}

/// No column that decides is lost in 80 columns, and neither is anything where there is no Unicode.
#[test]
fn narrow_and_plain_terminals_lose_nothing_that_decides() {
    let found = recommendation(180.0, |_| Standing::Met, Some(3));
    let plain = View { glyphs: Glyphs::Ascii, method: false, ..view(80) };
    let text = shown(&found, &question(), plain);
    golden("recommendation-80.txt", text.as_bytes());
    assert!(text.is_ascii(), "{text}");
    for narrow in [20, 40, 60] {
        let lines = with(&found, &question(), |answered| super::text(answered, View { width: narrow, ..plain }));
        assert!(lines.contains("* recommended") && lines.contains("maxUnavailable: 0"), "{lines}");
    }
}

#[test]
fn the_change_is_given_as_lines_and_as_a_command() {
    let found = recommendation(180.0, |_| Standing::Met, Some(3));
    let yaml = with(&found, &question(), yaml);
    let lines = "spec:\n  strategy:\n    rollingUpdate:\n      maxSurge: 100%\n      maxUnavailable: 0\n";
    assert_eq!(yaml, format!("# Deployment web, namespace shop: use maxSurge 100%, maxUnavailable 0\n{lines}"));
    let limits = "{\"spec\":{\"strategy\":{\"rollingUpdate\":{\"maxSurge\":\"100%\",\"maxUnavailable\":0}}}}";
    assert_eq!(with(&found, &question(), patch), format!("kubectl patch deployment web -n shop -p '{limits}'\n"));
    let mut found = recommendation(180.0, |_| Standing::Met, Some(2));
    found.1.namespace = "default".into();
    let keep =
        "# Deployment web, namespace default: keep maxSurge 25%, maxUnavailable 25%, there is nothing to change\n";
    assert_eq!(
        (with(&found, &question(), super::yaml), with(&found, &question(), super::patch)),
        (keep.into(), keep.into())
    );
    let none = recommendation(30.0, |_| Standing::Missed, None);
    assert!(with(&none, &question(), super::patch).starts_with("# Deployment web, namespace shop: no strategy"));
}

/// A name from a manifest does nothing in a shell.
#[test]
fn a_name_that_is_none_is_quoted() {
    let mut found = recommendation(180.0, |_| Standing::Met, Some(3));
    found.1.deployment = "a'; rm -r $HOME\n".into();
    let command = with(&found, &question(), patch);
    assert!(command.starts_with("kubectl patch deployment 'a'\\''; rm -r $HOME\u{fffd}' -n shop"), "{command}");
}

#[test]
fn an_undecided_choice_promises_nothing() {
    let mut found = recommendation(180.0, |_| Standing::Met, Some(3));
    let choice = found.1.choice.as_mut().expect("a choice");
    (choice.decided, choice.undecided) = (false, vec![1]);
    let text = by_surge(&found);
    assert!(text.contains("Leading, but not selected for certain") && text.contains("no probability is promised"));
    assert_eq!(with(&found, &question(), json)["recommended"]["probability_of_correct_selection"], Value::Null);
}

/// What is known of strategies that behaved alike is said, and no more.
#[test]
fn alike_is_not_equal() {
    let mut found = recommendation(180.0, |_| Standing::Met, Some(3));
    let choice = found.1.choice.as_mut().expect("a choice");
    (choice.alike, choice.undecided) = (vec![(1, 6957)], vec![1]);
    let text = by_surge(&found);
    let expected = "Alike in each of 6,957 rollouts or more: maxSurge 25%, maxUnavailable 0. That makes a difference of 2.5 pod-seconds \
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
    let text = by_surge(&found);
    assert!(text.contains("differ by more than 120 pod-seconds, ten times the most seen"), "{text}");
    let choice = found.1.choice.as_mut().expect("a choice");
    (choice.bound.exceeded, choice.decided) = (true, false);
    let text = by_surge(&found);
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
    let value = with(&found, &question(), json);
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
    let expected =
        serde_json::json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}, "minReadySeconds": 10}});
    assert_eq!(patch::of(&found, 3), Some(expected));
    found.own = Some(3);
    let limits = serde_json::json!({"maxSurge": "25%", "maxUnavailable": 0});
    let expected = serde_json::json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": limits}, "minReadySeconds": 0}});
    assert_eq!(patch::of(&found, 1), Some(expected));
}
