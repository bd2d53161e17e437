//! The figures of a scenario, each beside the objective that asks about it.

use super::forecast::Forecast;
use crate::analysis::headlines::{
    AVAILABLE_P05, COMPLETED, DIP_POD_SECONDS, DURATION_P95, Headline, PODS_P95, ROLLED_BACK, STALLED, SUPERSEDED,
    SURGE, UNFINISHED,
};
use crate::analysis::{ScenarioResult, Verdict};
use crate::metrics::{Figure, Statistic, Unit, metric};
use crate::plan::Objective;
use crate::report::overview::{is_worth, word};
use crate::report::{format, limits, trust};

/// Rates that have a line only where some rollouts ended so.
const RARE_ENDS: [(&str, Headline); 3] =
    [("unfinished", UNFINISHED), ("rolled back", ROLLED_BACK), ("superseded", SUPERSEDED)];

const SECONDS_OF_A_MINUTE: f64 = 60.0;

/// A line.
struct Row {
    label: String,
    value: String,
    objective: String,
    verdict: &'static str,
    limits: String,
    /// What a typical rollout has, and an extreme one.
    typical: String,
    extreme: String,
    /// Too few rollouts carry the value.
    few: bool,
}

/// The table: without its last columns where the terminal is narrow. Which of them stand there, no value depends on.
pub(super) fn table(forecast: &Forecast<'_>, width: usize) -> String {
    let rows = rows(forecast);
    let cells = |row: &Row| {
        let Row { label, value, objective, verdict, limits, typical, extreme, .. } = row;
        [label.as_str(), value, objective, verdict, limits, typical, extreme].map(str::to_owned)
    };
    let named = rows.iter().any(|row| !row.verdict.is_empty());
    let objective = if named { "objective" } else { "" };
    let head = ["", "", objective, "", "95% limits", "typical (p50)", "at most (p99)"].map(str::to_owned);
    for columns in [7, 5] {
        let mut lines = vec![head.clone()];
        lines.extend(rows.iter().map(&cells));
        let is_empty = |column: usize| lines.iter().skip(1).all(|line| line[column].is_empty());
        let shown: Vec<usize> = (0..columns).filter(|column| *column < 2 || !is_empty(*column)).collect();
        let widths: Vec<usize> = shown
            .iter()
            .map(|&column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
            .collect();
        let written: Vec<String> = lines
            .iter()
            .map(|line| {
                let parts = shown.iter().zip(&widths).map(|(&column, &width)| format!("{:<width$}", line[column]));
                format!("  {}", parts.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
            })
            .collect();
        if columns == 5 || written.iter().all(|line| line.chars().count() <= width) {
            let from = usize::from(!named && columns == 5);
            return greyed(&written[from..], &rows, from == 0);
        }
    }
    String::new()
}

/// Lines whose value few rollouts carry are grey.
fn greyed(lines: &[String], rows: &[Row], with_head: bool) -> String {
    let line = |(number, line): (usize, &String)| {
        let row = number.checked_sub(usize::from(with_head)).and_then(|number| rows.get(number));
        if row.is_some_and(|row| row.few) { format!("{}\n", trust::grey(line)) } else { format!("{line}\n") }
    };
    lines.iter().enumerate().map(line).collect()
}

fn rows(forecast: &Forecast<'_>) -> Vec<Row> {
    let Forecast { result, verdicts, .. } = *forecast;
    let (label, failed) = match result.value(STALLED.figure) {
        Some(_) => ("stalled", STALLED.figure),
        None => ("unfinished", UNFINISHED.figure),
    };
    let mut used = vec![DURATION_P95.figure, failed, PODS_P95.figure, COMPLETED.figure];
    let bad = without_end(result, verdicts, label, failed);
    let mut rows = vec![duration(result, verdicts), available(result, verdicts), bad];
    if result.value(COMPLETED.figure) < Some(1.0) || verdict_of(result, verdicts, COMPLETED.figure).is_some() {
        rows.push(figure(result, verdicts, "completed", COMPLETED.figure));
    }
    for (label, headline) in RARE_ENDS {
        // Nothing is unfinished but what has stalled, as a rule; that is said once.
        let twice = headline == UNFINISHED && result.value(headline.figure) == result.value(STALLED.figure);
        let some = result.value(headline.figure) > Some(0.0) && !twice;
        let known = used.contains(&headline.figure);
        if !known && is_worth(&headline, std::iter::once(result)) && (some || headline != UNFINISHED) {
            rows.push(figure(result, verdicts, label, headline.figure));
            used.push(headline.figure);
        }
    }
    rows.push(pods(result, verdicts));
    rows.extend(pod_minutes(result, "extra pods, pod-minutes", SURGE));
    if result.value(DIP_POD_SECONDS.figure) > Some(0.0) {
        rows.extend(pod_minutes(result, "missing pods, pod-minutes", DIP_POD_SECONDS));
    }
    let own = |verdict: &&Verdict<'_>| verdict.scenario == result.scenario;
    let known = |verdict: &&Verdict<'_>| is_of_available(verdict.objective) || used.contains(&verdict.objective.figure);
    for verdict in verdicts.iter().filter(own).filter(|verdict| !known(verdict)) {
        let objective = verdict.objective;
        rows.push(figure(result, verdicts, &objective.figure.text(), objective.figure));
    }
    rows
}

/// The objective about `figure` with its verdict.
fn verdict_of<'v>(result: &ScenarioResult, verdicts: &'v [Verdict<'v>], figure: Figure) -> Option<&'v Verdict<'v>> {
    verdicts.iter().find(|one| one.scenario == result.scenario && one.objective.figure == figure)
}

/// Whether an objective is about the share of available replicas, which the line of available pods answers.
fn is_of_available(objective: &Objective) -> bool {
    objective.is_availability()
}

/// The line of a figure.
fn figure(result: &ScenarioResult, verdicts: &[Verdict<'_>], label: &str, figure: Figure) -> Row {
    let verdict = verdict_of(result, verdicts, figure);
    let estimate = result.statistics.get(figure);
    let limit = verdict.map(|verdict| verdict.objective.limit);
    let show = |value| format::shown(figure.unit(), value);
    let limits = estimate.and_then(|estimate| limits::worth(figure, estimate, limit));
    Row {
        label: label.into(),
        value: result.value(figure).map_or("–".into(), show),
        objective: verdict.map_or(String::new(), |verdict| asked(verdict.objective)),
        verdict: verdict.map_or("", |verdict| word(verdict.met)),
        limits: limits.map_or(String::new(), |(low, high)| format!("{low} to {high}")),
        typical: String::new(),
        extreme: String::new(),
        few: trust::is_carried_by_few(result, figure),
    }
}

/// `at most 5m`
fn asked(objective: &Objective) -> String {
    let bound = if objective.at_most { "at most" } else { "at least" };
    format!("{bound} {}", format::shown(objective.figure.unit(), objective.limit))
}

fn duration(result: &ScenarioResult, verdicts: &[Verdict<'_>]) -> Row {
    let of = |statistic| result.value(Figure::of(&metric::DURATION, statistic));
    let show = |value: Option<f64>| value.map_or("–".into(), format::time);
    Row {
        typical: show(of(Statistic::P50)),
        extreme: show(of(Statistic::P99)),
        ..figure(result, verdicts, "duration, p95", DURATION_P95.figure)
    }
}

fn available(result: &ScenarioResult, verdicts: &[Verdict<'_>]) -> Row {
    let of = |count: f64| format!("{} of {}", format::number(count), format::count(u64::from(result.replicas)));
    let verdict = verdicts.iter().find(|one| one.scenario == result.scenario && is_of_available(one.objective));
    let typical = result.value(Figure::of(&metric::MIN_AVAILABLE, Statistic::P50)).map_or(String::new(), of);
    let row = figure(result, &[], "available at worst", AVAILABLE_P05.figure);
    Row {
        value: result.value(AVAILABLE_P05.figure).map_or("–".into(), of),
        objective: verdict
            .map_or(String::new(), |_| format!("at least {}", format::count(result.bounds.objective.into()))),
        verdict: verdict.map_or("", |verdict| word(verdict.met)),
        typical,
        ..row
    }
}

/// Rollouts that stall, or where no deadline says that they do those that are unfinished. No sample shows that there are none.
fn without_end(result: &ScenarioResult, verdicts: &[Verdict<'_>], label: &str, headline: Figure) -> Row {
    let row = figure(result, verdicts, label, headline);
    let high = result.statistics.get(headline).and_then(|estimate| estimate.high);
    match (result.value(headline), high) {
        (Some(none), Some(high)) if none <= 0.0 => Row {
            value: format!("none of {}", format::count(result.statistics.n)),
            limits: format!("at most {}", format::share(high)),
            few: false,
            ..row
        },
        _ => row,
    }
}

fn pods(result: &ScenarioResult, verdicts: &[Verdict<'_>]) -> Row {
    let row = figure(result, verdicts, "pods at once, p95", PODS_P95.figure);
    let replicas = f64::from(result.replicas);
    let more = result.value(PODS_P95.figure).filter(|pods| *pods > replicas && row.objective.is_empty());
    let of = |statistic| {
        let value = result.value(Figure::of(&metric::PEAK_FOOTPRINT, statistic));
        value.map_or(String::new(), |pods| format::shown(Unit::Pods, pods))
    };
    Row {
        objective: more.map_or(row.objective.clone(), |pods| format!("{} extra", format::number(pods - replicas))),
        typical: of(Statistic::P50),
        extreme: of(Statistic::P99),
        ..row
    }
}

/// A mean of pods over time, counted in minutes.
fn pod_minutes(result: &ScenarioResult, label: &str, headline: Headline) -> Option<Row> {
    let value = result.value(headline.figure)?;
    let row = figure(result, &[], label, headline.figure);
    let estimate = result.statistics.get(headline.figure)?;
    let minutes = |seconds: f64| format::number(seconds / SECONDS_OF_A_MINUTE);
    let wide = limits::worth(headline.figure, estimate, None).and(estimate.low.zip(estimate.high));
    Some(Row {
        value: minutes(value),
        limits: wide.map_or(String::new(), |(low, high)| format!("{} to {}", minutes(low.max(0.0)), minutes(high))),
        ..row
    })
}
