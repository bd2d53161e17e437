//! The answer as people see it, in two widths.

use super::{Forecast, text};
use crate::analysis::headlines::{COMPLETED, LOST_MEAN, LOST_REQUESTS, ROLLED_BACK};
use crate::analysis::{ScenarioResult, StatisticsLine, verdicts};
use crate::plan::{Objective, Plan, Premise, PremiseSource};
use crate::report::sparkline::Glyphs;
use crate::report::tests::fixture;
use crate::stats::{Estimate, proportion};

fn premise(key: &str, value: &str, seconds: Option<[f64; 2]>, source: PremiseSource) -> Premise {
    let from = if source == PremiseSource::Assumed { "Chosen: a guess" } else { "orders.yaml" };
    Premise {
        key: key.into(),
        value: value.into(),
        seconds,
        source,
        from: from.into(),
        line: None,
        measured: None,
        off: false,
        scenarios: Vec::new(),
    }
}

/// A plan with objectives and premises.
fn plan() -> (Plan, Vec<ScenarioResult>) {
    let (mut plan, results) = fixture::one();
    plan.objectives =
        vec![Objective::parse("p95 duration_s <= 1m").unwrap(), Objective::parse("stalled_rate <= 2%").unwrap()];
    plan.premises = vec![
        premise("pods.warmUp", "{lognormal: {p50: 38s, p99: 75s}}", Some([38.0, 75.0]), PremiseSource::Written),
        premise("pods.imageSize", "400MB", None, PremiseSource::Written),
        premise("pods.registryThroughput", "40MB", None, PremiseSource::Assumed),
        premise("cluster.nodes", "9", None, PremiseSource::Assumed),
    ];
    plan.notes = vec!["ignored: 1 Service".into()];
    (plan, results)
}

fn answer(plan: &Plan, results: &[ScenarioResult], width: usize) -> String {
    let verdicts = verdicts(&plan.objectives, results);
    let scenario = fixture::scenario(0, &[]);
    let forecast = Forecast {
        plan,
        scenario: &scenario,
        result: &results[0],
        verdicts: &verdicts,
        remark: "",
        caveats: "",
        arguments: "orders.yaml",
        start_up: None,
    };
    text(&forecast, width, Glyphs::Blocks)
}

#[test]
fn an_answer_in_two_widths() {
    let (plan, results) = plan();
    for width in [80, 120] {
        let text = answer(&plan, &results, width);
        // Grey is for terminals alone, and takes no room.
        let plain = text.replace("\u{1b}[2m", "").replace("\u{1b}[0m", "");
        assert!(plain.lines().all(|line| line.chars().count() <= width), "{text}");
        assert_eq!(text.lines().last(), Some("1 of 2 objectives are shown to be met."), "{text}");
    }
    // Nothing that decides is lost on the narrow one.
    let narrow = answer(&plan, &results, 80);
    for part in ["at most 1m", "not met", "registry per second 40MB", "1 Service", "! The nodes are assumed: 9"] {
        assert!(narrow.contains(part), "{part}: {narrow}");
    }
}

#[test]
fn rare_ends_and_requests_have_lines_where_there_are_any() {
    let (plan, mut results) = plan();
    let lines = &mut results[0].statistics.lines;
    lines.retain(|line| line.figure != COMPLETED.figure && line.figure != ROLLED_BACK.figure);
    for (headline, count) in [(ROLLED_BACK, 200), (COMPLETED, 800)] {
        lines.push(StatisticsLine { figure: headline.figure, estimate: proportion(count, 1000) });
    }
    for (headline, value) in [(LOST_REQUESTS, 20.0), (LOST_MEAN, 0.01)] {
        lines.push(StatisticsLine { figure: headline.figure, estimate: Estimate::point(value, 9) });
    }
    let text = answer(&plan, &results, 100);
    for part in ["rolled back", "20%", "completed", "80%", "  lost requests       mean 20"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("superseded"), "{text}");
}

#[test]
fn nothing_known_says_so() {
    let (mut plan, mut results) = plan();
    plan.objectives.clear();
    results[0].statistics.lines.clear();
    let text = answer(&plan, &results, 80);
    assert!(text.contains('–') && text.contains("No objective is set"), "{text}");
}
