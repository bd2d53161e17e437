//! The scenario table of the page.

use std::cmp::Ordering;

use minijinja::{Value, context};

use crate::analysis::headlines::{
    AVAILABLE_P05, DIP_POD_SECONDS, DURATION_P50, DURATION_P95, Headline, LOST_REQUESTS, PODS_P95, ROLLED_BACK,
    STALLED, SUPERSEDED, SURGE, UNFINISHED,
};
use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::metrics::{Figure, Unit};
use crate::report::html::data::measured;
use crate::report::overview::is_worth;
use crate::report::provenance::Provenance;
use crate::report::subject::Subject;
use crate::report::words;
use crate::report::{event, format, limits, trust};

/// Rows that are printed; the others are in `summary.csv`.
const PRINTED: usize = 40;

/// The figures that are columns, the most important first. Those after the fourth are left out on a telephone.
const COLUMNS: [Headline; 11] = [
    DURATION_P95,
    AVAILABLE_P05,
    PODS_P95,
    STALLED,
    DURATION_P50,
    SURGE,
    DIP_POD_SECONDS,
    LOST_REQUESTS,
    UNFINISHED,
    ROLLED_BACK,
    SUPERSEDED,
];
const ON_A_TELEPHONE: usize = 4;
/// Scenarios of which a page holds numbers and curves; the files beside it have all.
const MOST_ON_A_PAGE: usize = 2500;

/// The table: what its columns are, its rows, and sentences on what it leaves out.
pub(super) fn table(
    provenance: &Provenance,
    results: &[ScenarioResult],
    verdicts: &[Verdict<'_>],
    subject: &Subject<'_>,
) -> Value {
    let shown: Vec<&Headline> =
        COLUMNS.iter().filter(|column| is_worth(column, results.iter()) && is_known(column, results)).collect();
    let (columns, constant): (Vec<&Headline>, Vec<&Headline>) =
        shown.into_iter().partition(|column| !is_constant(column, results));
    let hidden = |place: usize| place >= ON_A_TELEPHONE;
    let heads: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(place, c)| context!(heading => c.heading, name => c.figure.column(), hidden => hidden(place)))
        .collect();
    let names = format::names(provenance.parameters.iter().map(String::as_str));
    let rows: Vec<_> = on_page(results, verdicts, subject)
        .into_iter()
        .enumerate()
        .map(|(place, result)| row(result, &columns, verdicts, subject, place >= PRINTED))
        .collect();
    let open = |column: &&&Headline| limits_are_shown(column.figure, results);
    let narrow: Vec<_> =
        columns.iter().filter(|column| !open(column)).map(|column| column.heading.to_owned()).collect();
    let mut notes: Vec<String> = constant.iter().filter_map(|column| constant_sentence(column, results)).collect();
    if !narrow.is_empty() && results.len() > 1 {
        notes.push(format!("Limits of {} are left out: all are within 5% of their values.", words::listed(&narrow)));
    }
    if results.len() > MOST_ON_A_PAGE {
        let [shown, all] = [MOST_ON_A_PAGE, results.len()].map(|count| format::count(count as u64));
        notes.push(format!("The page holds the first {shown} of {all} scenarios in this order."));
    }
    context! {
        parameters => names.into_iter().map(format::printable).collect::<Vec<_>>(),
        objectives => !verdicts.is_empty(),
        marks => !subject.choices().is_empty(),
        columns => heads,
        rows,
        notes => notes.into_iter().map(|note| event::say(note, &provenance.noun)).collect::<Vec<_>>(),
        unprinted => format::count(results.len().saturating_sub(PRINTED) as u64),
        is_cut => results.len() > PRINTED,
        has_all => results.len() <= MOST_ON_A_PAGE,
    }
}

/// The scenarios that a page holds, in the order of its table.
pub(super) fn on_page<'a>(
    results: &'a [ScenarioResult],
    verdicts: &[Verdict<'_>],
    subject: &Subject<'_>,
) -> Vec<&'a ScenarioResult> {
    let mut shown = ordered(results, verdicts, subject);
    shown.truncate(MOST_ON_A_PAGE);
    shown
}

/// Worlds in their order; in each the recommended one, what runs now, those that meet the objectives, those for which the data
/// cannot tell, and the others, each group from the fastest on. Without anything to choose in the order of their numbers.
fn ordered<'a>(
    results: &'a [ScenarioResult],
    verdicts: &[Verdict<'_>],
    subject: &Subject<'_>,
) -> Vec<&'a ScenarioResult> {
    let mut rows: Vec<_> = results.iter().collect();
    let world = |result: &ScenarioResult| {
        subject
            .choices()
            .iter()
            .position(|choice| choice.alternatives.iter().any(|one| one.scenario == result.scenario))
    };
    let group = |result: &ScenarioResult| match all_met(result, verdicts) {
        _ if subject.is_recommended(result.scenario) => 0,
        _ if subject.is_now(result.scenario) => 1,
        Some(true) => 2,
        None => 3,
        Some(false) => 4,
    };
    let duration = |result: &ScenarioResult| result.value(DURATION_P95.figure).unwrap_or(f64::INFINITY);
    let compare = |a: &&ScenarioResult, b: &&ScenarioResult| -> Ordering {
        let first = world(a).cmp(&world(b)).then(group(a).cmp(&group(b)));
        first.then(duration(a).total_cmp(&duration(b))).then(a.scenario.cmp(&b.scenario))
    };
    if !subject.choices().is_empty() {
        rows.sort_by(compare);
    }
    rows
}

/// Whether any scenario has the figure.
fn is_known(column: &Headline, results: &[ScenarioResult]) -> bool {
    let has_meaning = *column != STALLED || results.iter().any(|result| result.value(column.figure).is_some());
    has_meaning && results.iter().any(|result| result.statistics.get(column.figure).is_some())
}

/// Whether every scenario has the same value, which a sentence says better than a column.
fn is_constant(column: &Headline, results: &[ScenarioResult]) -> bool {
    let is_decisive = [DURATION_P95, AVAILABLE_P05, PODS_P95].iter().any(|one| one.figure == column.figure);
    let first = results.first().map(|result| text(result, column.figure));
    results.len() > 1 && !is_decisive && results.iter().all(|result| Some(text(result, column.figure)) == first)
}

fn constant_sentence(column: &Headline, results: &[ScenarioResult]) -> Option<String> {
    let first = results.first()?;
    let value = text(first, column.figure);
    let none = column.figure.unit() == Unit::Share && first.value(column.figure) == Some(0.0);
    let what = format::capital(column.heading);
    if none {
        let rollouts: u64 = results.iter().map(|result| result.statistics.n).sum();
        let high = results.iter().filter_map(|result| result.statistics.get(column.figure)?.high).fold(0.0, f64::max);
        let each = if results.len() == 1 { "" } else { ", of each scenario" };
        let (of, most) = (format::plural(rollouts, "rollout"), format::share(high));
        return Some(format!("{what}: none of {of}{each} at most {most} (95%)."));
    }
    Some(format!("{what}: {value} in every scenario."))
}

fn limits_are_shown(figure: Figure, results: &[ScenarioResult]) -> bool {
    let worth = |result: &ScenarioResult| limits::worth(figure, result.statistics.get(figure)?, None);
    results.iter().any(|result| worth(result).is_some())
}

/// A row. Of every figure: its text, its limits in words, and the number in full for sorting.
fn row(
    result: &ScenarioResult,
    columns: &[&Headline],
    verdicts: &[Verdict<'_>],
    subject: &Subject<'_>,
    unprinted: bool,
) -> Value {
    let parameters = result.parameters.iter().map(|(_, value)| {
        let (text, key) = (format::printable(value), natural(value));
        let key = (key != text).then_some(key);
        context!(text, key)
    });
    let cells: Vec<_> = columns
        .iter()
        .enumerate()
        .map(|(place, column)| cell(result, column.figure, place >= ON_A_TELEPHONE))
        .collect();
    let met = all_met(result, verdicts);
    let missed: Vec<_> = words::unmet(result, verdicts)
        .iter()
        .filter(|one| one.met == met)
        .map(|one| words::topic(one.objective))
        .collect();
    context! {
        scenario => result.scenario,
        recommended => subject.is_recommended(result.scenario),
        now => subject.is_now(result.scenario),
        verdict => met.map_or("1", |met| if met { "2" } else { "0" }),
        missed => words::listed(&missed),
        parameters => parameters.collect::<Vec<_>>(),
        cells,
        unprinted,
    }
}

/// The value as it is written; pod-seconds as pod-minutes.
fn text(result: &ScenarioResult, figure: Figure) -> String {
    let show = |value: f64| match figure.unit() {
        Unit::PodSeconds => words::pod_minutes(value),
        unit => format::shown(unit, value),
    };
    if figure == DURATION_P95.figure {
        return words::duration(result);
    }
    result.value(figure).map_or_else(|| "–".into(), show)
}

fn cell(result: &ScenarioResult, figure: Figure, hidden: bool) -> Value {
    let text = text(result, figure);
    let number = result.value(figure).map_or(String::new(), six_digits);
    let number = (number != text).then_some(number);
    let estimate = result.statistics.get(figure).filter(|_| figure.unit() != Unit::PodSeconds);
    let limits = estimate.and_then(|estimate| limits::worth(figure, estimate, None));
    let limits = limits.map(|(low, high)| format!("{low} to {high}"));
    context!(text, number, limits, few => trust::carried(result, figure), hidden)
}

/// A number to six significant digits: enough to sort by.
fn six_digits(value: f64) -> String {
    format!("{value:.5e}").parse().unwrap_or(value).to_string()
}

/// What a parameter's value is sorted by: its leading number, if it begins with one.
fn natural(value: &str) -> String {
    measured(value).map_or_else(String::new, |(number, _)| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_sort_by_their_number() {
        assert_eq!([natural("25%"), natural("10s"), natural("web"), natural("0.5")], ["25", "10", "", "0.5"]);
    }

    #[test]
    fn numbers_to_sort_by_are_short() {
        let short = [57.556_177_088, 0.000_012_345_678, 12_345_678.9, 3.0, -0.5, 0.0].map(six_digits);
        assert_eq!(short, ["57.5562", "0.0000123457", "12345700", "3", "-0.5", "0"]);
    }

    #[test]
    fn columns_have_headings_and_are_in_the_table_of_statistics() {
        assert!(COLUMNS.iter().all(|column| !column.heading.is_empty()), "every column has a heading");
    }
}
