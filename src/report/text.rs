//! The summary on the terminal: a table, and then the main findings in sentences.

use anstream::adapter::strip_str;
use comfy_table::{Attribute, Cell, CellAlignment, LineStyle, Table, TableStyle};

use super::{comparison, doubt, event, format, placement, precision, trust};
use crate::analysis::headlines::{
    AVAILABLE_P05, DIP_MAX, DIP_MEAN, DURATION_P95, HEADLINES, Headline, LOST_MEAN, LOST_REQUESTS, STALLED,
};
use crate::analysis::{
    ScenarioResult, TradeOff, Verdict, all_met, cases, fastest_that_meets, front, least, most, spread,
};
use crate::metrics::{About, Figure};
use crate::plan::{Objective, Plan};

/// Of more scenarios than this the table shows a selection.
const ROWS: usize = 20;
/// How many scenarios of the trade-off front a selection has.
const FRONT: usize = 15;
const NOTHING: &str = "–";

/// Whether a column is shown: rare ends are left out where no rollout ended so.
pub(super) fn is_worth<'a>(headline: &Headline, mut results: impl Iterator<Item = &'a ScenarioResult>) -> bool {
    !headline.is_rare() || results.any(|result| result.value(headline.figure) > Some(0.0))
}

/// A figure of `result` as it is written; `None` where there is none.
fn shown(result: &ScenarioResult, figure: Figure) -> Option<String> {
    let value = format::value(figure.unit(), result.value(figure)?);
    let of_all = figure == AVAILABLE_P05.figure;
    Some(if of_all { format!("{value} of {}", format::count(result.replicas.into())) } else { value })
}

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
    text.push('\n');
    for sentence in std::iter::once(note).chain(findings(plan, results, verdicts)) {
        for line in format::wrap(&event::say(sentence, noun), usize::from(width)) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    text
}

/// How the table is made narrower, one step after another: whether names wrap in the header, and the least importance of a column.
/// A column of the greatest importance always stands.
const LAYOUTS: [(bool, u8); 5] = [(false, 0), (false, 1), (true, 1), (true, 2), (true, 3)];

/// The table, with wrapped names and without its less important columns where it would not fit otherwise.
fn table(plan: &Plan, rows: &[&ScenarioResult], verdicts: &[Verdict<'_>], width: usize) -> String {
    let mut text = String::new();
    for (narrow, importance) in LAYOUTS {
        let wanted = |headline: &&Headline| headline.importance.is_some_and(|own| own >= importance);
        let columns: Vec<_> = shown_headlines(rows).into_iter().filter(wanted).collect();
        let mut table = Table::new();
        table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
        let names = header(plan, &columns, verdicts);
        table.set_header(names.into_iter().map(|name| if narrow { wrapped(&name) } else { name }));
        table.add_rows(rows.iter().map(|result| row(result, &columns, verdicts)));
        table.enforce_styling();
        for column in table.column_iter_mut() {
            column.set_cell_alignment(CellAlignment::Right);
            column.set_padding((1, 0));
        }
        text = table.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
        if text.lines().all(|line| strip_str(line).to_string().chars().count() <= width) {
            break;
        }
    }
    text
}

/// The headline figures that a table of `results` has where there is room for all.
pub(super) fn shown_headlines(results: &[&ScenarioResult]) -> Vec<&'static Headline> {
    let requests = results.iter().any(|result| has_requests(result));
    let shown = |headline: &&Headline| {
        headline.importance.is_some()
            && (requests || headline.figure.measure.about() != About::Traffic)
            && is_worth(headline, results.iter().copied())
    };
    HEADLINES.iter().filter(shown).collect()
}

fn has_requests(result: &ScenarioResult) -> bool {
    result.statistics.get(LOST_REQUESTS.figure).is_some()
}

fn rate(result: &ScenarioResult, figure: Figure) -> String {
    let Some(estimate) = result.statistics.get(figure) else { return NOTHING.into() };
    let rate = estimate.value.map_or(NOTHING.into(), format::percent);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{rate} ({} to {})", format::percent(low), format::percent(high)),
        _ => rate,
    }
}

pub(super) const fn word(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "not met",
        None => "cannot tell",
    }
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

fn header(plan: &Plan, columns: &[&Headline], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let mut header = vec!["scenario".to_owned()];
    header.extend(format::names(plan.parameters.iter().map(String::as_str)).into_iter().map(heading));
    header.extend(columns.iter().map(|column| column.column.to_owned()));
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

/// A name in lines as short as they can be: parts of it that begin with a capital, and halves of long ones.
fn wrapped(name: &str) -> String {
    const LONGEST: usize = 8;
    let mut lines = Vec::new();
    for word in name.split_whitespace() {
        let starts = word.char_indices().filter(|(at, one)| *at == 0 || one.is_ascii_uppercase()).map(|(at, _)| at);
        let starts: Vec<usize> = starts.collect();
        for (number, start) in starts.iter().enumerate() {
            let part = &word[*start..starts.get(number + 1).copied().unwrap_or(word.len())];
            let letters = part.chars().count();
            let half = part.char_indices().nth(letters.div_ceil(2)).map(|(at, _)| at);
            match half.filter(|_| letters > LONGEST) {
                Some(half) => lines.extend([format!("{}-", &part[..half]), part[half..].to_owned()]),
                None => lines.push(part.to_owned()),
            }
        }
    }
    lines.join("\n")
}

fn row(result: &ScenarioResult, columns: &[&Headline], verdicts: &[Verdict<'_>]) -> Vec<Cell> {
    let figure = |column: &&Headline| {
        let cell = Cell::new(shown(result, column.figure).unwrap_or(NOTHING.into()));
        if trust::is_carried_by_few(result, column.figure) { cell.add_attribute(Attribute::Dim) } else { cell }
    };
    let mut row = vec![Cell::new(result.scenario)];
    row.extend(result.parameters.iter().map(|(_, value)| Cell::new(format::printable(value))));
    row.extend(columns.iter().map(figure));
    if !verdicts.is_empty() {
        row.push(Cell::new(word(all_met(result, verdicts))));
    }
    row
}

fn findings(plan: &Plan, results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<String> {
    let all: Vec<_> = results.iter().collect();
    let mut findings: Vec<String> = Vec::new();
    findings.extend(fastest(&all));
    findings.extend(never_missing(&all));
    findings.extend(stalls(&all));
    findings.extend(lost(&all));
    findings.extend(placement::sentence(&all, called));
    findings.extend(doubt::unknown(&all));
    findings.extend(trust::sentences(&all, &shown_headlines(&all)));
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
        assert_eq!(wrapped("maxUnavailable"), "max\nUnavai-\nlable");
        assert_eq!(wrapped("pods\nat once"), "pods\nat\nonce");
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
            "Fewest requests lost: scenario 0 (maxSurge 1, maxUnavailable 0), 20 in the mean (1 %); most: scenario 1";
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
        assert!(text.contains("rolled") && text.contains("20 %") && !text.contains("superseded"), "{text}");
        assert!(text.contains("No p95 duration for 2 scenarios: fewer than 95 % of the rollouts completed."), "{text}");
        assert!(!text.contains("fastest is"), "{text}");
    }

    #[test]
    fn nothing_known_says_so() {
        let (plan, mut results) = fixture::sweep(&["1"], &["0"], &[]);
        results[0].statistics.lines.clear();
        assert!(summary(&plan, &results, &[], 80).contains(NOTHING));
    }
}
