//! The scenario table of the page.

use minijinja::{Value, context};

use crate::analysis::ScenarioResult;
use crate::report::html::data::measured;
use crate::report::human;
use crate::report::text::{Verdict, all_met, is_worth, word};

/// A column with a figure.
struct Column {
    heading: &'static str,
    /// Column of `summary.csv`, where it has that.
    name: &'static str,
    metric: &'static str,
    statistic: &'static str,
    show: fn(f64) -> String,
}

const fn column(
    heading: &'static str,
    name: &'static str,
    metric: &'static str,
    statistic: &'static str,
    show: fn(f64) -> String,
) -> Column {
    Column { heading, name, metric, statistic, show }
}

const COLUMNS: [Column; 11] = [
    column("stalled", "stalled_rate", "stalled_rate", "rate", human::percent),
    column("unfinished", "unfinished_rate", "unfinished_rate", "rate", human::percent),
    column("rolled back", "rolled_back_rate", "rolled_back_rate", "rate", human::percent),
    column("superseded", "superseded_rate", "superseded_rate", "rate", human::percent),
    column("duration, p50", "duration_s_p50", "duration_s", "p50", human::duration),
    column("duration, p95", "duration_s_p95", "duration_s", "p95", human::duration),
    column("dip, mean", "dip_depth_mean", "dip_depth", "mean", human::percent),
    column("dip, p95", "dip_depth_p95", "dip_depth", "p95", human::percent),
    column("dip, mean [pod-s]", "dip_pod_seconds_mean", "dip_pod_seconds", "mean", human::number),
    column("pods on nodes, p95", "peak_footprint_p95", "peak_footprint", "p95", human::number),
    column("surge, mean [pod-s]", "surge_pod_seconds_mean", "surge_pod_seconds", "mean", human::number),
];

fn worth(results: &[ScenarioResult]) -> Vec<&'static Column> {
    COLUMNS.iter().filter(|column| is_worth(column.metric, results.iter())).collect()
}

/// Heading and name in `summary.csv` of the columns with figures; rare ends and the verdict have none there.
pub(super) fn columns(results: &[ScenarioResult], objectives: bool) -> Vec<Value> {
    let mut columns: Vec<_> =
        worth(results).into_iter().map(|c| context!(heading => c.heading, name => c.name)).collect();
    if objectives {
        columns.push(context!(heading => "objectives", name => "objectives"));
    }
    columns
}

/// A row for each scenario. Of every figure: its text, its limits in words, and the number in full for sorting.
pub(super) fn rows(results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<Value> {
    let columns = worth(results);
    let row = |result: &ScenarioResult| {
        let parameters = result.parameters.iter().map(|(_, value)| (human::printable(value), natural(value)));
        let mut cells: Vec<_> = columns.iter().map(|column| cell(result, column)).collect();
        if !verdicts.is_empty() {
            let met = all_met(result, verdicts);
            cells.push(context!(text => word(met), number => met.map_or("1", |met| if met { "2" } else { "0" })));
        }
        context! {
            scenario => result.scenario,
            parameters => parameters.map(|(text, key)| context!(text, key)).collect::<Vec<_>>(),
            cells,
            n => result.statistics.n,
        }
    };
    results.iter().map(row).collect()
}

fn cell(result: &ScenarioResult, column: &Column) -> Value {
    let estimate = result.statistics.get(column.metric, column.statistic);
    let shown = |value: Option<f64>| value.filter(|value| value.is_finite());
    let Some(value) = estimate.and_then(|estimate| shown(estimate.value)) else {
        return context!(text => "–", number => "");
    };
    let ends = estimate.and_then(|estimate| Some((shown(estimate.low)?, shown(estimate.high)?)));
    let limits = ends.map(|(low, high)| format!("{} to {}", (column.show)(low), (column.show)(high)));
    context!(text => (column.show)(value), number => value.to_string(), limits)
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
    fn columns_are_those_of_the_summary() {
        let (plan, _) = crate::report::fixture::one();
        let fields = crate::report::summary::summary_fields(&plan);
        let mut usual = COLUMNS.iter().filter(|column| is_worth(column.metric, std::iter::empty()));
        assert!(usual.all(|column| fields.iter().any(|field| field.name == column.name)));
    }
}
