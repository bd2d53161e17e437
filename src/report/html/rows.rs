//! The scenario table of the page.

use minijinja::{Value, context};

use crate::analysis::headlines::{HEADLINES, Headline};
use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::metrics::Figure;
use crate::report::format;
use crate::report::html::data::measured;
use crate::report::text::{is_worth, word};
use crate::report::trust;

/// The headline figures that are columns here.
fn headlines() -> impl Iterator<Item = &'static Headline> {
    HEADLINES.iter().filter(|headline| !headline.heading.is_empty())
}

fn worth(results: &[ScenarioResult]) -> Vec<&'static Headline> {
    headlines().filter(|headline| is_worth(headline, results.iter())).collect()
}

/// Heading and name in `summary.csv` of the columns with figures; rare ends and the verdict have none there.
pub(super) fn columns(results: &[ScenarioResult], objectives: bool) -> Vec<Value> {
    let mut columns: Vec<_> =
        worth(results).into_iter().map(|c| context!(heading => c.heading, name => c.figure.column())).collect();
    if objectives {
        columns.push(context!(heading => "objectives", name => "objectives"));
    }
    columns
}

/// A row for each scenario. Of every figure: its text, its limits in words, and the number in full for sorting.
pub(super) fn rows(results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Vec<Value> {
    let columns = worth(results);
    let row = |result: &ScenarioResult| {
        let parameters = result.parameters.iter().map(|(_, value)| (format::printable(value), natural(value)));
        let mut cells: Vec<_> = columns.iter().map(|column| cell(result, column.figure)).collect();
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

fn cell(result: &ScenarioResult, figure: Figure) -> Value {
    let show = |value| format::value(figure.unit(), value);
    let estimate = result.statistics.get(figure);
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    let Some(value) = result.value(figure) else { return context!(text => "–", number => "") };
    let ends = estimate.and_then(|estimate| Some((finite(estimate.low)?, finite(estimate.high)?)));
    let limits = ends.map(|(low, high)| format!("{} to {}", show(low), show(high)));
    context!(text => show(value), number => value.to_string(), limits, few => trust::carried(result, figure))
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
        let (plan, _) = crate::report::tests::fixture::one();
        let fields = crate::report::summary::summary_fields(&plan);
        let mut usual = headlines().filter(|headline| !headline.is_rare());
        assert!(usual.all(|headline| fields.iter().any(|field| field.name == headline.figure.column())));
    }
}
