//! The summary on the terminal: a table, and then the main findings in sentences.

use super::overview::{NOTHING, shown, shown_headlines, table};
use super::{cluster, comparison, doubt, event, format, input_uncertainty, placement, precision, tools, trust};
use crate::analysis::headlines::{AVAILABLE_P05, DIP_MAX, DIP_MEAN, DURATION_P95, LOST_MEAN, LOST_REQUESTS, STALLED};
use crate::analysis::{
    ScenarioResult, TradeOff, Verdict, all_met, cases, cluster_verdicts, fastest_that_meets, front, is_release, least,
    most, spread,
};
use crate::metrics::Figure;
use crate::plan::{Objective, Plan};

/// Of more scenarios than this the table shows a selection.
const ROWS: usize = 20;
/// How many scenarios of the trade-off front a selection has.
const FRONT: usize = 15;

/// `, available at worst 9 of 12`; empty where it is not known.
fn at_worst(result: &ScenarioResult) -> String {
    shown(result, AVAILABLE_P05.figure).map_or(String::new(), |pods| format!(", available at worst {pods}"))
}

/// The summary of a sweep, `width` columns wide at most where that is possible.
///
/// Of more than 20 scenarios the table shows those that no other beats in both p95 duration and the mean share of missing pods (only
/// among the ones that meet all objectives, if any does), thinned evenly to 15, and the slowest, the one with the most pods
/// missing and the most often stalled.
#[must_use]
pub fn summary(plan: &Plan, results: &[ScenarioResult], verdicts: &[Verdict<'_>], width: u16) -> String {
    let (rows, note) = rows(results, verdicts);
    let noun = event::noun(plan);
    let mut text = String::new();
    for title in event::titles(plan) {
        text.push_str(&format!("{title}\n"));
    }
    text.push_str(&table(plan, &rows, verdicts, usize::from(width)));
    text.push_str(&cluster::text::all(results, usize::from(width)));
    for sentence in cluster::words::verdicts(&cluster_verdicts(&plan.cluster_objectives, results)) {
        format::wrap(&sentence, usize::from(width)).iter().for_each(|line| text.push_str(&format!("{line}\n")));
    }
    text.push('\n');
    for sentence in std::iter::once(note).chain(findings(plan, results, verdicts)) {
        for line in format::wrap(&event::say(sentence, noun), usize::from(width)) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

fn rate(result: &ScenarioResult, figure: Figure) -> String {
    let Some(estimate) = result.statistics.get(figure) else { return NOTHING.into() };
    let rate = estimate.value.map_or(NOTHING.into(), format::share);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{rate} ({} to {})", format::share(low), format::share(high)),
        _ => rate,
    }
}

/// The scenarios to show, and what to say about the others.
fn rows<'a>(results: &'a [ScenarioResult], verdicts: &[Verdict<'_>]) -> (Vec<&'a ScenarioResult>, String) {
    let all: Vec<_> = results.iter().collect();
    if all.len() <= ROWS {
        return (all, String::new());
    }
    if is_release(results) {
        return slowest(all);
    }
    let good: Vec<_> = all.iter().copied().filter(|r| all_met(r, verdicts) == Some(true)).collect();
    let (candidates, whose) =
        if good.is_empty() { (&all, "") } else { (&good, ", among those that meet the objectives") };
    let points: Vec<_> = candidates.iter().filter_map(|result| TradeOff::of(result)).collect();
    let front: Vec<_> = front(&points).iter().map(|point| point.result).collect();
    let mut rows = spread(&front, FRONT);
    let best = rows.len();
    let worst = [
        all.iter().copied().find(|result| result.value(DURATION_P95.figure).is_none()),
        most(&all, DURATION_P95.figure),
        most(&all, DIP_MEAN.figure),
        most(&all, STALLED.figure),
    ];
    for result in worst.into_iter().flatten() {
        if rows.iter().all(|other| other.scenario != result.scenario) {
            rows.push(result);
        }
    }
    let first = if best == 1 { "first the one".into() } else { format!("first the {best}") };
    let note = format!(
        "{} of {} scenarios: {first} that no other beats in both p95 duration and missing pods{whose}, then the slowest, \
         the one with the most pods missing and the one that stalls most often. All are in summary.csv.",
        rows.len(),
        format::count(all.len() as u64),
    );
    (rows, note)
}

/// The workloads that stall most often, and of those that stall alike the slowest.
fn slowest(mut all: Vec<&ScenarioResult>) -> (Vec<&ScenarioResult>, String) {
    let count = format::count(all.len() as u64);
    let stalled = |result: &ScenarioResult| result.value(STALLED.figure).unwrap_or(0.0);
    let p95 = |result: &ScenarioResult| result.value(DURATION_P95.figure).unwrap_or(f64::INFINITY);
    all.sort_by(|one, other| {
        let by_stalls = stalled(other).total_cmp(&stalled(one));
        by_stalls.then(p95(other).total_cmp(&p95(one))).then(one.scenario.cmp(&other.scenario))
    });
    all.truncate(ROWS);
    (
        all,
        format!(
            "{ROWS} of {count} rows: those that stall most often, and then the slowest. summary.csv of a sweep has all."
        ),
    )
}

fn findings(plan: &Plan, results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let all: Vec<_> = results.iter().collect();
    let mut findings: Vec<String> = Vec::new();
    if !is_release(results) {
        findings.extend(fastest(&all));
        findings.extend(never_missing(&all));
    }
    findings.extend(stalls(&all));
    findings.extend(lost(&all));
    findings.extend(placement::sentence(&all, called));
    findings.extend(tools::sentences(&all, called));
    findings.extend(doubt::unknown(&all));
    findings.extend(trust::sentences(&all, &shown_headlines(&all)));
    findings.extend(input_uncertainty::sentences(&all));
    findings.extend(objectives(plan, &all, verdicts));
    findings.extend(winner(&all, verdicts).filter(|_| !is_release(results)));
    findings.extend(precision::sentences(plan, results));
    findings.extend(comparison::sentences(plan, results));
    findings.extend(skipped(plan));
    findings
}

pub(super) fn called(result: &ScenarioResult) -> String {
    if result.parameters.is_empty() {
        return format!("scenario {}", result.scenario);
    }
    format!("scenario {} ({})", result.scenario, format::parameters(&result.parameters))
}

fn fastest(all: &[&ScenarioResult]) -> Option<String> {
    let result = least(all, DURATION_P95.figure)?;
    let p95 = shown(result, DURATION_P95.figure)?;
    Some(format!("Fastest: {}, p95 {p95}{}.", called(result), at_worst(result)))
}

fn never_missing(all: &[&ScenarioResult]) -> Option<String> {
    let never: Vec<_> = all.iter().copied().filter(|result| result.value(DIP_MAX.figure) == Some(0.0)).collect();
    let of = format::count(all.len() as u64);
    match never.len() {
        0 => {
            let fewest = least(all, DIP_MEAN.figure)?;
            Some(format!(
                "Pods were missing at least once in every scenario; least in {}{}.",
                called(fewest),
                at_worst(fewest)
            ))
        }
        count => {
            let fastest = least(&never, DURATION_P95.figure).and_then(|one| {
                Some(format!("; the fastest is {}, p95 {}", called(one), shown(one, DURATION_P95.figure)?))
            });
            Some(format!("No pod was ever missing in {count} of {of} scenarios{}.", fastest.unwrap_or_default()))
        }
    }
}

fn stalls(all: &[&ScenarioResult]) -> Option<String> {
    let worst = most(all, STALLED.figure)?;
    if worst.value(STALLED.figure)? <= 0.0 {
        let rollouts: u64 = all.iter().map(|result| result.statistics.n).sum();
        return Some(format!("None of {} stalled.", format::plural(rollouts, "rollout")));
    }
    let stalling = all.iter().filter(|result| result.value(STALLED.figure) > Some(0.0)).count();
    let (of, rate) = (format::count(all.len() as u64), rate(worst, STALLED.figure));
    Some(format!("Stalled at least once: {stalling} of {of} scenarios; most often {}, {rate}.", called(worst)))
}

fn lost(all: &[&ScenarioResult]) -> Option<String> {
    let phrase = |result: &ScenarioResult| {
        let (requests, share) = (shown(result, LOST_REQUESTS.figure)?, shown(result, LOST_MEAN.figure)?);
        Some(format!("{}, {requests} in the mean ({share})", called(result)))
    };
    let (fewest, worst) = (least(all, LOST_REQUESTS.figure)?, most(all, LOST_REQUESTS.figure)?);
    if worst.value(LOST_REQUESTS.figure) == Some(0.0) {
        return Some("No request was lost.".into());
    }
    if fewest.scenario == worst.scenario {
        return Some(format!("Requests lost: {}.", phrase(fewest)?));
    }
    Some(format!("Fewest requests lost: {}; most: {}.", phrase(fewest)?, phrase(worst)?))
}

fn objectives(plan: &Plan, all: &[&ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let line =
        |objective: &Objective| format!("Objective {}: {}.", objective.text, doubt::held(objective, verdicts, all));
    plan.objectives.iter().map(line).collect()
}

/// The fastest scenario that meets all objectives, where strategy is all there is to choose.
fn winner(all: &[&ScenarioResult], verdicts: &[Verdict<'_>]) -> Option<String> {
    let best = fastest_that_meets(all, verdicts).filter(|_| all.len() > 1 && cases(all).len() == 1)?;
    let met = all.iter().filter(|result| all_met(result, verdicts) == Some(true)).count() as u64;
    let p95 = shown(best, DURATION_P95.figure)?;
    let of = format::plural(all.len() as u64, "scenario");
    let met = format::count(met);
    Some(format!(
        "All objectives: met by {met} of {of}; fastest of these: {}, p95 {p95}{}.",
        called(best),
        at_worst(best)
    ))
}

fn skipped(plan: &Plan) -> Option<String> {
    let first = plan.skipped.first()?;
    let points = format::plural(plan.skipped.len() as u64, "point");
    let example = format::parameters(&first.parameters);
    let such_as = if plan.skipped.len() == 1 { ":" } else { ", such as" };
    Some(format!(
        "Skipped: {points} that Kubernetes would refuse{such_as} {example} ({}).",
        first.reason.trim_end_matches('.')
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture::{self, golden};

    fn objective() -> Objective {
        Objective { text: "p95 duration_s <= 1m".into(), figure: DURATION_P95.figure, at_most: true, limit: 60.0 }
    }

    fn verdicts<'a>(objective: &'a Objective, results: &[ScenarioResult]) -> Vec<Verdict<'a>> {
        let met = |result: &ScenarioResult| result.value(DURATION_P95.figure).map(|p95| p95 <= objective.limit);
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
        let narrow = summary(&plan, &results, &[], 80);
        assert!(narrow.lines().all(|line| line.chars().count() <= 80));
    }

    /// What decides stands at 80 columns too.
    #[test]
    fn no_column_that_decides_is_lost_at_80_columns() {
        let (mut plan, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &["0", "30"]);
        plan.objectives.push(objective());
        let text = summary(&plan, &results, &verdicts(&objective(), &results), 80);
        golden("summary-80.txt", text.as_bytes());
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn lost_requests_are_shown_where_they_are_measured() {
        use crate::analysis::StatisticsLine;
        use crate::analysis::headlines::LOST_P95;
        use crate::stats::Estimate;
        let (plan, mut results) = fixture::sweep(&["1", "2"], &["0"], &[]);
        assert!(!summary(&plan, &results, &[], 100).contains("lost"));
        for (result, lost) in results.iter_mut().zip([20.0, 400.0]) {
            let figures = [(LOST_REQUESTS, lost), (LOST_MEAN, 0.01), (LOST_P95, 0.02)];
            result.statistics.lines.extend(
                figures.map(|(one, value)| StatisticsLine { figure: one.figure, estimate: Estimate::point(value, 9) }),
            );
        }
        let text = summary(&plan, &results, &[], 100);
        assert!(text.contains("lost\n") && text.contains("requests"), "{text}");
        let message =
            "Fewest requests lost: scenario 0 (maxSurge 1, maxUnavailable 0), 20 in the mean (1%); most: scenario 1";
        assert!(text.replace('\n', " ").contains(message), "{text}");
    }

    #[test]
    fn what_is_rolled_back_is_shown_where_there_is_any() {
        use crate::analysis::StatisticsLine;
        use crate::analysis::headlines::{COMPLETED, ROLLED_BACK};
        use crate::stats::{Estimate, proportion};
        let (plan, mut results) = fixture::sweep(&["1", "2"], &["0"], &[]);
        results.iter_mut().for_each(|result| {
            let lines = &mut result.statistics.lines;
            let ends = [(ROLLED_BACK, 200), (COMPLETED, 800)];
            lines.retain(|line| ends.iter().all(|(end, _)| line.figure != end.figure));
            lines.extend(
                ends.map(|(end, count)| StatisticsLine { figure: end.figure, estimate: proportion(count, 1000) }),
            );
            let p95 = lines.iter_mut().filter(|line| line.figure == DURATION_P95.figure);
            p95.for_each(|line| line.estimate = Estimate::unknown(1000));
        });
        let text = summary(&plan, &results, &[], 100);
        assert!(text.contains("rolled") && text.contains("20%") && !text.contains("superseded"), "{text}");
        assert!(text.contains("No p95 duration for 2 scenarios: fewer than 95% of the rollouts completed."), "{text}");
        assert!(!text.contains("fastest is"), "{text}");
    }

    #[test]
    fn nothing_known_says_so() {
        let (plan, mut results) = fixture::sweep(&["1"], &["0"], &[]);
        results[0].statistics.lines.clear();
        assert!(summary(&plan, &results, &[], 80).contains(NOTHING));
    }
}
