//! The summary on the terminal: a table to read, then what matters in sentences.

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use super::select::{Point, extreme, front, recommended, spread, value, worlds};
use super::spark::{self, Glyphs};
use super::{comparison, doubt, human, precision};
use crate::analysis::ScenarioResult;
use crate::plan::{Objective, Plan};

/// More rows than this are cut to those that matter.
const ROWS: usize = 20;
/// Scenarios of the trade-off front that are then shown.
const FRONT: usize = 15;
const NOTHING: &str = "–";

/// A column of the table.
struct Column {
    heading: &'static str,
    metric: &'static str,
    statistic: &'static str,
    show: fn(f64) -> String,
    /// From 0: the less, the sooner it goes where the terminal is narrow.
    importance: u8,
}

const COLUMNS: [Column; 9] = [
    column("stalled", "stalled_rate", "rate", human::percent, 3),
    column("unfinished", "unfinished_rate", "rate", human::percent, 1),
    column("rolled\nback", "rolled_back_rate", "rate", human::percent, 3),
    column("superseded", "superseded_rate", "rate", human::percent, 3),
    column("p50\nduration", "duration_s", "p50", human::duration, 0),
    column("p95\nduration", "duration_s", "p95", human::duration, 3),
    column("mean\ndip", "dip_depth", "mean", human::percent, 3),
    column("worst\ndip", "dip_depth", "max", human::percent, 2),
    column("p95\npods", "peak_footprint", "p95", human::number, 2),
];

const fn column(
    heading: &'static str,
    metric: &'static str,
    statistic: &'static str,
    show: fn(f64) -> String,
    importance: u8,
) -> Column {
    Column { heading, metric, statistic, show, importance }
}

/// Where there is traffic.
const OF_REQUESTS: [Column; 2] = [
    column("lost\nrequests", "lost_requests", "mean", human::number, 3),
    column("p95\nlost", "lost_fraction", "p95", human::percent, 2),
];

/// Ends of a rollout that few experiments bring about.
const RARE_ENDS: [&str; 2] = ["rolled_back_rate", "superseded_rate"];

/// Whether a column of `metric` says anything: rare ends are left out where no rollout came to them.
pub(super) fn is_worth<'a>(metric: &str, mut results: impl Iterator<Item = &'a ScenarioResult>) -> bool {
    !RARE_ENDS.contains(&metric) || results.any(|result| value(result, metric, "rate") > Some(0.0))
}

/// Whether a scenario meets an objective.
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'a> {
    /// The objective.
    pub objective: &'a Objective,
    /// Number of the scenario.
    pub scenario: u32,
    /// `None`: the data cannot tell.
    pub met: Option<bool>,
}

/// The summary of a sweep, `width` columns wide at most where that is possible.
///
/// Of more than 20 scenarios the table shows those that no other beats in both p95 duration and mean dip (only among
/// the ones that meet all objectives, if any does), thinned evenly to 15, and the slowest, the deepest and the most
/// often stalled.
#[must_use]
pub fn summary(plan: &Plan, results: &[ScenarioResult], verdicts: &[Verdict<'_>], width: u16) -> String {
    let (rows, note) = rows(results, verdicts);
    let mut text = table(plan, &rows, verdicts, usize::from(width));
    text.push('\n');
    for sentence in std::iter::once(note).chain(findings(plan, results, verdicts)) {
        for line in human::wrap(&sentence, usize::from(width)) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// The table, without its less important columns where it would not fit otherwise.
fn table(plan: &Plan, rows: &[&ScenarioResult], verdicts: &[Verdict<'_>], width: usize) -> String {
    let mut text = String::new();
    for importance in 0..=3 {
        let requests: &[Column] = if rows.iter().any(|result| has_requests(result)) { &OF_REQUESTS } else { &[] };
        let worth = |column: &&Column| column.importance >= importance && is_worth(column.metric, rows.iter().copied());
        let columns: Vec<_> = COLUMNS.iter().chain(requests).filter(worth).collect();
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        table.set_header(header(plan, &columns, verdicts));
        table.add_rows(rows.iter().map(|result| row(result, &columns, verdicts)));
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
            column.set_padding((1, 0));
        }
        text = table.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        if text.lines().all(|line| line.chars().count() <= width) {
            break;
        }
    }
    text
}

fn has_requests(result: &ScenarioResult) -> bool {
    result.statistics.get("lost_requests", "mean").is_some()
}

/// The summary of one scenario, with plots made of `glyphs`.
#[must_use]
pub fn single(result: &ScenarioResult, verdicts: &[Verdict<'_>], glyphs: Glyphs) -> String {
    let mut text = String::new();
    let replicas = human::plural(u64::from(result.replicas), "replica");
    text.push_str(&format!("{replicas}, {}", human::plural(result.statistics.n, "simulated rollout")));
    if !result.parameters.is_empty() {
        text.push_str(&format!(" with {}", human::parameters(&result.parameters)));
    }
    text.push_str("\n\n");
    for (label, metric) in [
        ("completed", "completed_rate"),
        ("stalled", "stalled_rate"),
        ("unfinished", "unfinished_rate"),
        ("rolled back", "rolled_back_rate"),
        ("superseded", "superseded_rate"),
    ] {
        if is_worth(metric, std::iter::once(result)) {
            text.push_str(&format!("  {label:<20}{}\n", rate(result, metric)));
        }
    }
    for (label, figures) in [
        ("duration", figures(result, "duration_s", &["p50", "p95", "p99"], human::duration)),
        ("deepest dip", figures(result, "dip_depth", &["mean", "p95", "max"], human::percent)),
        ("dip, pod-seconds", figures(result, "dip_pod_seconds", &["mean", "p95", "max"], human::number)),
        ("peak pods", figures(result, "peak_footprint", &["p50", "p95", "max"], human::number)),
        ("surge, pod-seconds", figures(result, "surge_pod_seconds", &["mean", "p95", "max"], human::number)),
    ] {
        text.push_str(&format!("  {label:<20}{figures}\n"));
    }
    if has_requests(result) {
        let figures = [
            ("lost requests", figures(result, "lost_requests", &["mean", "p95", "max"], human::number)),
            ("share of requests", figures(result, "lost_fraction", &["mean", "p95", "max"], human::percent)),
            ("of them: dead pod", figures(result, "lost_to_dead_endpoints", &["mean"], human::number)),
            ("no pod", figures(result, "lost_to_no_endpoints", &["mean"], human::number)),
            ("overload", figures(result, "lost_to_overload", &["mean"], human::number)),
        ];
        for (label, figures) in figures {
            text.push_str(&format!("  {label:<20}{figures}\n"));
        }
    }
    let plots = spark::lines(result, glyphs);
    if !plots.is_empty() {
        text.push('\n');
    }
    for (label, plot) in plots {
        text.push_str(&format!("  {label:<20}{plot}\n"));
    }
    for line in precision::lines(result) {
        text.push_str(&format!("\n{line}"));
    }
    for verdict in verdicts.iter().filter(|verdict| verdict.scenario == result.scenario) {
        let needed = doubt::needed(verdict, result).map_or(String::new(), |needed| format!(": {needed}"));
        text.push_str(&format!("\n{}: {}{needed}", verdict.objective.text, word(verdict.met)));
    }
    if text.ends_with('\n') { text } else { text + "\n" }
}

fn rate(result: &ScenarioResult, metric: &str) -> String {
    let Some(estimate) = result.statistics.get(metric, "rate") else { return NOTHING.into() };
    let rate = estimate.value.map_or(NOTHING.into(), human::percent);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{rate} ({} to {})", human::percent(low), human::percent(high)),
        _ => rate,
    }
}

/// `p50 3m 12s   p95 4m 05s (3m 58s to 4m 11s)`: limits only of the figure that decisions rest on.
fn figures(result: &ScenarioResult, metric: &str, statistics: &[&str], show: fn(f64) -> String) -> String {
    let figure = |statistic: &&str| {
        let estimate = result.statistics.get(metric, statistic)?;
        let mut text = format!("{statistic} {}", estimate.value.map_or(NOTHING.into(), show));
        if let (true, Some(low), Some(high)) = (matches!(*statistic, "p95" | "mean"), estimate.low, estimate.high) {
            text.push_str(&format!(" ({} to {})", show(low), show(high)));
        }
        Some(text)
    };
    let figures: Vec<_> = statistics.iter().filter_map(figure).collect();
    if figures.is_empty() { NOTHING.into() } else { figures.join("   ") }
}

pub(super) const fn word(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "cannot tell",
    }
}

/// Whether a scenario meets all objectives; `None`: the data cannot tell, or there are none.
pub(super) fn all_met(result: &ScenarioResult, verdicts: &[Verdict<'_>]) -> Option<bool> {
    let mine = || verdicts.iter().filter(|verdict| verdict.scenario == result.scenario);
    if mine().any(|verdict| verdict.met == Some(false)) {
        return Some(false);
    }
    (mine().count() > 0 && mine().all(|verdict| verdict.met == Some(true))).then_some(true)
}

/// The scenarios to show, and what to say about the others.
fn rows<'a>(results: &'a [ScenarioResult], verdicts: &[Verdict<'_>]) -> (Vec<&'a ScenarioResult>, String) {
    let all: Vec<_> = results.iter().collect();
    if all.len() <= ROWS {
        return (all, String::new());
    }
    let good: Vec<_> = all.iter().copied().filter(|r| all_met(r, verdicts) == Some(true)).collect();
    let (candidates, whose) =
        if good.is_empty() { (&all, "") } else { (&good, ", among those that meet the objectives") };
    let points: Vec<_> = candidates.iter().filter_map(|result| Point::of(result)).collect();
    let front: Vec<_> = front(&points).iter().map(|point| point.result).collect();
    let mut rows = spread(&front, FRONT);
    let best = rows.len();
    let worst = [
        all.iter().copied().find(|r| value(r, "duration_s", "p95").is_none()),
        extreme(&all, "duration_s", "p95", -1.0),
        extreme(&all, "dip_depth", "mean", -1.0),
        extreme(&all, "stalled_rate", "rate", -1.0),
    ];
    for result in worst.into_iter().flatten() {
        if rows.iter().all(|other| other.scenario != result.scenario) {
            rows.push(result);
        }
    }
    let first = if best == 1 { "first the one".into() } else { format!("first the {best}") };
    let note = format!(
        "{} of {} scenarios: {first} that no other beats in both p95 duration and mean dip{whose}, then the slowest, \
         the deepest dip and the most stalls. All are in summary.csv.",
        rows.len(),
        human::count(all.len() as u64),
    );
    (rows, note)
}

fn header(plan: &Plan, columns: &[&Column], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let mut header = vec!["scenario".to_owned()];
    header.extend(human::names(plan.parameters.iter().map(String::as_str)).into_iter().map(heading));
    header.extend(columns.iter().map(|column| column.heading.to_owned()));
    if !verdicts.is_empty() {
        header.push("objectives".into());
    }
    header
}

/// A long name in two lines: `minReady` `Seconds`.
fn heading(name: &str) -> String {
    match name.rfind(|c: char| c.is_ascii_uppercase()) {
        Some(at) if at > 0 && name.len() > 8 => format!("{}\n{}", &name[..at], &name[at..]),
        _ => name.to_owned(),
    }
}

fn row(result: &ScenarioResult, columns: &[&Column], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let mut row = vec![result.scenario.to_string()];
    row.extend(result.parameters.iter().map(|(_, value)| human::printable(value)));
    row.extend(columns.iter().map(|column| {
        value(result, column.metric, column.statistic).map_or(NOTHING.into(), |value| (column.show)(value))
    }));
    if !verdicts.is_empty() {
        row.push(word(all_met(result, verdicts)).into());
    }
    row
}

fn findings(plan: &Plan, results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let all: Vec<_> = results.iter().collect();
    let mut findings: Vec<String> = Vec::new();
    findings.extend(fastest(&all));
    findings.extend(never_dips(&all));
    findings.extend(stalls(&all));
    findings.extend(lost(&all));
    findings.extend(doubt::unknown(&all));
    findings.extend(objectives(plan, &all, verdicts));
    findings.extend(winner(&all, verdicts));
    findings.extend(precision::sentences(plan, results));
    findings.extend(comparison::sentences(plan, results));
    findings.extend(skipped(plan));
    findings
}

pub(super) fn called(result: &ScenarioResult) -> String {
    if result.parameters.is_empty() {
        return format!("scenario {}", result.scenario);
    }
    format!("scenario {} ({})", result.scenario, human::parameters(&result.parameters))
}

fn fastest(all: &[&ScenarioResult]) -> Option<String> {
    let result = extreme(all, "duration_s", "p95", 1.0)?;
    let p95 = human::duration(value(result, "duration_s", "p95")?);
    let dip = value(result, "dip_depth", "mean").map_or(String::new(), |d| format!(", mean dip {}", human::percent(d)));
    Some(format!("Fastest: {}, p95 {p95}{dip}.", called(result)))
}

fn never_dips(all: &[&ScenarioResult]) -> Option<String> {
    let never: Vec<_> = all.iter().copied().filter(|r| value(r, "dip_depth", "max") == Some(0.0)).collect();
    let of = human::count(all.len() as u64);
    match never.len() {
        0 => {
            let least = extreme(all, "dip_depth", "mean", 1.0)?;
            let depth = human::percent(value(least, "dip_depth", "mean")?);
            Some(format!("Every scenario dipped at least once; least: {}, mean dip {depth}.", called(least)))
        }
        count => {
            let fastest = extreme(&never, "duration_s", "p95", 1.0);
            let fastest = fastest.and_then(|one| {
                let p95 = human::duration(value(one, "duration_s", "p95")?);
                Some(format!("; the fastest is {}, p95 {p95}", called(one)))
            });
            Some(format!("Never dipped: {count} of {of} scenarios{}.", fastest.unwrap_or_default()))
        }
    }
}

fn stalls(all: &[&ScenarioResult]) -> Option<String> {
    let worst = extreme(all, "stalled_rate", "rate", -1.0)?;
    if value(worst, "stalled_rate", "rate")? <= 0.0 {
        let rollouts: u64 = all.iter().map(|result| result.statistics.n).sum();
        return Some(format!("None of {} stalled.", human::plural(rollouts, "rollout")));
    }
    let stalling = all.iter().filter(|r| value(r, "stalled_rate", "rate") > Some(0.0)).count();
    let (of, rate) = (human::count(all.len() as u64), rate(worst, "stalled_rate"));
    Some(format!("Stalled at least once: {stalling} of {of} scenarios; most often {}, {rate}.", called(worst)))
}

fn lost(all: &[&ScenarioResult]) -> Option<String> {
    let told = |result: &ScenarioResult| {
        let [requests, share] =
            [("lost_requests", "mean"), ("lost_fraction", "mean")].map(|(metric, what)| value(result, metric, what));
        Some(format!("{}, {} in the mean ({})", called(result), human::number(requests?), human::percent(share?)))
    };
    let least = extreme(all, "lost_requests", "mean", 1.0)?;
    let most = extreme(all, "lost_requests", "mean", -1.0)?;
    if value(most, "lost_requests", "mean") == Some(0.0) {
        return Some("No request was lost.".into());
    }
    let fewest = told(least)?;
    if least.scenario == most.scenario {
        return Some(format!("Requests lost: {fewest}."));
    }
    Some(format!("Fewest requests lost: {fewest}; most: {}.", told(most)?))
}

fn objectives(plan: &Plan, all: &[&ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let line =
        |objective: &Objective| format!("Objective {}: {}.", objective.text, doubt::held(objective, verdicts, all));
    plan.objectives.iter().map(line).collect()
}

/// The scenario to choose, where strategy is all there is to choose.
fn winner(all: &[&ScenarioResult], verdicts: &[Verdict<'_>]) -> Option<String> {
    let best = recommended(all, verdicts).filter(|_| all.len() > 1 && worlds(all).len() == 1)?;
    let met = all.iter().filter(|result| all_met(result, verdicts) == Some(true)).count() as u64;
    let p95 = human::duration(value(best, "duration_s", "p95")?);
    let dip = human::percent(value(best, "dip_depth", "mean")?);
    let of = human::plural(all.len() as u64, "scenario");
    let met = human::count(met);
    Some(format!(
        "All objectives: met by {met} of {of}; fastest of these: {}, p95 {p95}, mean dip {dip}.",
        called(best)
    ))
}

fn skipped(plan: &Plan) -> Option<String> {
    let first = plan.skipped.first()?;
    let points = human::plural(plan.skipped.len() as u64, "point");
    let example = human::parameters(&first.parameters);
    let such_as = if plan.skipped.len() == 1 { ":" } else { ", such as" };
    Some(format!(
        "Skipped: {points} that Kubernetes would refuse{such_as} {example} ({}).",
        first.reason.trim_end_matches('.')
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::{self, golden};

    fn objective() -> Objective {
        Objective {
            text: "p95 duration_s <= 1m".into(),
            statistic: "p95".into(),
            metric: "duration_s".into(),
            at_most: true,
            limit: 60.0,
        }
    }

    fn verdicts<'a>(objective: &'a Objective, results: &[ScenarioResult]) -> Vec<Verdict<'a>> {
        let met = |result| value(result, "duration_s", "p95").map(|p95| p95 <= objective.limit);
        results.iter().map(|result| Verdict { objective, scenario: result.scenario, met: met(result) }).collect()
    }

    #[test]
    fn small_sweep_shows_every_scenario() {
        let (mut plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        plan.objectives.push(objective());
        golden("summary.txt", summary(&plan, &results, &verdicts(&objective(), &results), 100).as_bytes());
    }

    #[test]
    fn large_sweep_shows_what_matters() {
        let levels = ["0", "1", "2", "25%", "50%", "100%"];
        let (plan, results) = fixture::sweep(&levels, &levels, &["0", "30"]);
        let text = summary(&plan, &results, &[], 100);
        golden("summary-large.txt", text.as_bytes());
        assert!(text.lines().all(|line| line.chars().count() <= 100));
        assert!(summary(&plan, &results, &[], 80).lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn one_scenario_is_a_block() {
        let (_, results) = fixture::one();
        golden("single.txt", single(&results[0], &verdicts(&objective(), &results), Glyphs::Blocks).as_bytes());
    }

    #[test]
    fn lost_requests_are_told_where_they_are_measured() {
        use crate::analysis::Statistic;
        use crate::stats::Estimate;
        let (plan, mut results) = fixture::sweep(&["1", "2"], &["0"], &[]);
        assert!(!summary(&plan, &results, &[], 100).contains("lost"));
        for (result, lost) in results.iter_mut().zip([20.0, 400.0]) {
            let figures =
                [("lost_requests", "mean", lost), ("lost_fraction", "mean", 0.01), ("lost_fraction", "p95", 0.02)];
            result.statistics.lines.extend(figures.map(|(metric, statistic, value)| Statistic {
                metric,
                statistic,
                estimate: Estimate::point(value, 9),
            }));
        }
        let text = summary(&plan, &results, &[], 100);
        assert!(text.contains("lost\n") && text.contains("requests"), "{text}");
        let told =
            "Fewest requests lost: scenario 0 (maxSurge 1, maxUnavailable 0), 20 in the mean (1 %); most: scenario 1";
        assert!(text.replace('\n', " ").contains(told), "{text}");
        assert!(
            single(&results[0], &[], Glyphs::Blocks).contains("  lost requests       mean 20"),
            "{}",
            single(&results[0], &[], Glyphs::Blocks)
        );
    }

    #[test]
    fn what_is_rolled_back_is_told_where_there_is_any() {
        use crate::analysis::Statistic;
        use crate::stats::{Estimate, proportion};
        let (plan, mut results) = fixture::sweep(&["1", "2"], &["0"], &[]);
        results.iter_mut().for_each(|result| {
            let lines = &mut result.statistics.lines;
            lines.retain(|line| line.metric != "rolled_back_rate" && line.metric != "completed_rate");
            lines.extend([("rolled_back_rate", 200), ("completed_rate", 800)].map(|(metric, count)| Statistic {
                metric,
                statistic: "rate",
                estimate: proportion(count, 1000),
            }));
            let p95 = lines.iter_mut().filter(|line| (line.metric, line.statistic) == ("duration_s", "p95"));
            p95.for_each(|line| line.estimate = Estimate::unknown(1000));
        });
        let text = summary(&plan, &results, &[], 100);
        assert!(text.contains("rolled") && text.contains("20 %") && !text.contains("superseded"), "{text}");
        assert!(text.contains("No p95 duration for 2 scenarios: fewer than 95 % of the rollouts completed."), "{text}");
        assert!(!text.contains("fastest is"), "{text}");
        let text = single(&results[0], &[], Glyphs::Blocks);
        assert!(text.contains("  rolled back         20 % (17.") && !text.contains("superseded"), "{text}");
    }

    #[test]
    fn nothing_known_says_so() {
        let (plan, mut results) = fixture::sweep(&["1"], &["0"], &[]);
        results[0].statistics.lines.clear();
        assert!(summary(&plan, &results, &[], 80).contains(NOTHING));
        assert!(single(&results[0], &[], Glyphs::Ascii).contains(NOTHING));
    }
}
