//! Scenarios compared under common random numbers: `comparisons.csv`, and `rollcast compare` on the terminal.

use comfy_table::{CellAlignment, LineStyle, Table as TextTable, TableStyle};
use serde_json::{Map, Value, json};

use super::caveats;
use super::datapackage::{Field, FieldType};
use super::doubt::no_difference;
use super::format;
use super::json::versioned;
use super::premises;
use super::table::Table;
use crate::analysis::headlines::{DIP_POD_SECONDS, DURATION_P95, STALLED};
use crate::analysis::{Difference, ScenarioResult};
use crate::metrics::{Figure, Measure};
use crate::plan::{Caveats, Plan, Premise};
use crate::stats::holm;

/// A difference with an adjusted p-value up to this is called one.
const LEVEL: f64 = 0.05;
/// Common random numbers are said to have hurt where the variance ratio is below this. Ratios nearer to 1 can be
/// chance.
const HURT: f64 = 0.9;
const NOTHING: &str = "–";
/// The field of a StatefulSet that leaves pods out of an update.
const PARTITION: &str = "partition";

/// The comparison of two scenarios, the second with the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Number and swept parameters of both.
    pub scenarios: [(u32, Vec<(String, String)>); 2],
    /// The difference of each figure.
    pub differences: Vec<Difference>,
}

/// The columns of `comparisons.csv`.
#[must_use]
pub fn fields() -> Vec<Field> {
    let number = |name: &str, description: &str| Field::new(name, FieldType::Number, "", description);
    vec![
        Field::new("baseline", FieldType::Integer, "", "Number of the scenario that is compared with"),
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario"),
        Field::new("metric", FieldType::String, "", "Column of replications.csv, or what a rate is of"),
        Field::new("statistic", FieldType::String, "", "What was computed of it"),
        number("baseline_value", "Estimate for the baseline, in the metric's unit"),
        number("value", "Estimate for the scenario; both over the replications that they share"),
        number("difference", "value less baseline_value; empty where the data support none"),
        number("low", "Lower 95 % limit of the difference"),
        number("high", "Upper 95 % limit of the difference"),
        number("correlation", "Of the two estimates under common random numbers"),
        number("variance_ratio", "How many times the variance would be larger without common random numbers"),
        number("p_value", "Two-sided, for this row alone; 0: below what the number can hold"),
        number("p_holm", "Adjusted by Holm's procedure over all rows of the table"),
        Field::new("n", FieldType::Integer, "", "Pairs of replications"),
    ]
}

/// Every difference of every scenario, with its adjusted probability.
fn adjusted(results: &[ScenarioResult]) -> impl Iterator<Item = (u32, &Difference, Option<f64>)> {
    let rows: Vec<_> =
        results.iter().flat_map(|result| result.differences.iter().map(|one| (result.scenario, one))).collect();
    let p_values: Vec<_> = rows.iter().map(|(_, one)| one.paired.p_value).collect();
    rows.into_iter().zip(holm(&p_values)).map(|((scenario, one), p)| (scenario, one, p))
}

/// `comparisons.csv`: every scenario compared with its baseline, a row for each figure.
#[must_use]
pub fn comparisons(plan: &Plan, results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&fields());
    for (scenario, Difference { figure, paired }, p_holm) in adjusted(results) {
        table.integer(u64::from(plan.baseline_of(scenario).unwrap_or(scenario)));
        table.integer(u64::from(scenario));
        table.text(figure.measure.name());
        table.text(figure.statistic.as_str());
        table.optional(paired.values.map(|values| values.0));
        table.optional(paired.values.map(|values| values.1));
        let difference = paired.difference;
        for number in [difference.value, difference.low, difference.high, paired.correlation, paired.variance_ratio] {
            table.optional(number);
        }
        table.optional(paired.p_value);
        table.optional(p_holm);
        table.integer(difference.n);
        table.end_row();
    }
    table.into_bytes()
}

/// The sentences about a sweep's baseline: for each figure how many scenarios differ from it, and in which direction.
#[must_use]
pub(super) fn sentences(plan: &Plan, results: &[ScenarioResult]) -> Vec<String> {
    if !plan.has_baseline() {
        return Vec::new();
    }
    let rows: Vec<_> = adjusted(results).collect();
    let mut lines = Vec::new();
    for (headline, less, more) in
        [(DURATION_P95, "shorter", "longer"), (DIP_POD_SECONDS, "smaller", "larger"), (STALLED, "lower", "higher")]
    {
        let mine = || rows.iter().filter(|(_, one, _)| one.figure == headline.figure);
        if mine().all(|(_, one, _)| one.paired.difference.n == 0) {
            continue;
        }
        let differs = |sign: f64| {
            let clear = |p: Option<f64>| p.is_some_and(|p| p <= LEVEL);
            let value = |one: &Difference| one.paired.difference.value.unwrap_or(0.0);
            mine().filter(|(_, one, p)| clear(*p) && value(one) * sign > 0.0).count()
        };
        let (down, up, unknown) = (differs(-1.0), differs(1.0), mine().filter(|row| row.2.is_none()).count());
        let open = mine().count() - down - up - unknown;
        let why = mine().find_map(|(_, one, _)| no_difference(one));
        let doubt = why.map_or(String::new(), |why| format!(", unknown in {unknown} ({why})"));
        let name = name(headline.figure);
        lines.push(format!("{name}: {less} in {down}, {more} in {up}, no difference shown in {open}{doubt}."));
    }
    let against = match &plan.cells {
        Some(cells) => {
            let count = format::plural(cells.ids().len() as u64, "cell");
            format!("the baseline ({}) of the cell, {count} in all", format::parameters(&cells.named))
        }
        None => {
            let baseline = results.iter().find(|result| Some(result.scenario) == plan.baseline);
            let called = baseline.filter(|one| !one.parameters.is_empty());
            let called = called.map_or(String::new(), |one| format!(" ({})", format::parameters(&one.parameters)));
            format!("scenario {}{called}", plan.baseline.unwrap_or_default())
        }
    };
    let head = format!("Against {against}, same random numbers, all differences at once with 95% confidence (Holm):",);
    lines.insert(0, head);
    lines
}

/// The comparison as a table, with sentences on what it is based on, which are at most `width` columns wide.
#[must_use]
pub fn text(comparison: &Comparison, width: usize) -> String {
    let [first, second] = &comparison.scenarios;
    let mut table = TextTable::new();
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')));
    let ids = [first, second].map(|(id, _)| format!("scenario\n{id}"));
    let [a, b] = ids;
    let heads = ["figure", &a, &b, "difference", "low", "high", "corre-\nlation", "variance\nratio", "p"];
    table.set_header(heads);
    for one in known(comparison) {
        table.add_row(row(one));
    }
    for (position, column) in table.column_iter_mut().enumerate() {
        column.set_cell_alignment(if position == 0 { CellAlignment::Left } else { CellAlignment::Right });
        column.set_padding((1, 0));
    }
    let n = comparison.differences.iter().map(|one| one.paired.difference.n).max().unwrap_or(0);
    let called = |(id, parameters): &(u32, Vec<(String, String)>)| match parameters[..] {
        [] => format!("scenario {id}"),
        _ => format!("scenario {id} ({})", format::parameters(parameters)),
    };
    let head = format!(
        "{} less {}, {} with the same random numbers.",
        called(second),
        called(first),
        format::plural(n, "rollout")
    );
    let mut text = wrapped(&format::capital(&head), width);
    text.push('\n');
    text.extend(table.lines().map(|line| line.trim_end().to_owned() + "\n"));
    text.push('\n');
    for sentence in remarks(comparison) {
        text.push_str(&wrapped(&sentence, width));
    }
    text
}

/// The differences that have a meaning: where no rollout can stall, that of the rate of stalled ones has none.
fn known(comparison: &Comparison) -> impl Iterator<Item = &Difference> {
    comparison.differences.iter().filter(|one| one.paired.difference.n > 0)
}

/// Whether the parameters of both scenarios differ in a field.
fn differs_in(comparison: &Comparison, field: &str) -> bool {
    let value = |parameters: &[(String, String)]| {
        let is_field = |path: &str| path.rsplit('.').next() == Some(field);
        parameters.iter().find(|(path, _)| is_field(path)).map(|(_, value)| value.clone())
    };
    let [first, second] = &comparison.scenarios;
    value(&first.1) != value(&second.1)
}

fn row(one: &Difference) -> Vec<String> {
    let Difference { figure, paired } = one;
    let show = |value: Option<f64>| value.map_or(NOTHING.into(), |value| format::value(figure.unit(), value));
    let apart = |value: Option<f64>| value.map_or(NOTHING.into(), |value| format::difference(figure.unit(), value));
    let (values, difference) = (paired.values, paired.difference);
    vec![
        name(*figure),
        show(values.map(|values| values.0)),
        show(values.map(|values| values.1)),
        apart(difference.value),
        apart(difference.low),
        apart(difference.high),
        paired.correlation.map_or(NOTHING.into(), |r| format!("{r:.2}")),
        paired.variance_ratio.map_or(NOTHING.into(), format::number),
        paired.p_value.map_or(NOTHING.into(), probability),
    ]
}

fn remarks(comparison: &Comparison) -> Vec<String> {
    let mut remarks = vec![
        "Limits hold with 95% confidence for each row alone. The variance ratio is how many times as many rollouts \
         independent random numbers would take for the same limits."
            .into(),
    ];
    let ratio = |one: &&Difference| one.paired.variance_ratio.unwrap_or(1.0);
    let worst =
        comparison.differences.iter().filter(|one| ratio(one) < HURT).min_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    if let Some(worst) = worst {
        let name = name(worst.figure);
        remarks.push(format!("The same random numbers hurt {name}: the two go against each other in it."));
    }
    if differs_in(comparison, PARTITION) {
        remarks.push(
            "They differ in partition, which decides how many pods are updated: a shorter duration is that of a smaller update."
                .into(),
        );
    }
    for one in known(comparison) {
        let why = no_difference(one);
        remarks.extend(why.map(|why| format!("No difference of {}: {why}.", name(one.figure))));
    }
    remarks
}

/// The comparison as one JSON object, ending in a newline.
#[must_use]
pub fn json(comparison: &Comparison, caveats: &Caveats, rests_on: &[Premise]) -> String {
    let scenarios: Vec<Value> = comparison
        .scenarios
        .iter()
        .map(|(id, parameters)| {
            let parameters: Map<String, Value> =
                parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
            json!({"scenario": id, "parameters": parameters, "sources": premises::json(rests_on, Some(*id))})
        })
        .collect();
    let differences: Vec<Value> = comparison
        .differences
        .iter()
        .map(|Difference { figure, paired }| {
            let difference = paired.difference;
            json!({
                "metric": figure.measure.name(), "statistic": figure.statistic.as_str(),
                "first": paired.values.map(|values| values.0), "second": paired.values.map(|values| values.1),
                "difference": difference.value, "low": difference.low, "high": difference.high,
                "correlation": paired.correlation, "variance_ratio": paired.variance_ratio,
                "p_value": paired.p_value, "n": difference.n,
            })
        })
        .collect();
    let mut object = json!({"scenarios": scenarios, "differences": differences});
    caveats::extend(&mut object, caveats, None);
    format!("{}\n", versioned(object))
}

/// `p95 duration_s`, `stalled_rate`, `restricted mean duration_s`.
fn name(figure: Figure) -> String {
    match figure.measure {
        Measure::Rate(rate) => rate.name().into(),
        Measure::Metric(metric) => format!("{} {}", figure.statistic.as_str().replace('_', " "), metric.name),
    }
}

fn probability(p: f64) -> String {
    if p < 0.0001 { "<0.0001".into() } else { format!("{p:.4}") }
}

fn wrapped(sentence: &str, width: usize) -> String {
    format::wrap(sentence, width).iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Statistic, metric};
    use crate::report::tests::fixture::{self, golden};
    use crate::stats::{Estimate, Paired};

    fn difference(figure: Figure, value: f64, p: f64) -> Difference {
        let estimate = Estimate { low: Some(value - 0.02), high: Some(value + 0.03), ..Estimate::point(value, 1000) };
        let paired = Paired {
            values: Some((0.25, 0.25 + value)),
            difference: estimate,
            correlation: Some(0.83),
            variance_ratio: Some(5.9),
            p_value: Some(p),
        };
        Difference { figure, paired }
    }

    fn unknown(figure: Figure) -> Difference {
        Difference { figure, paired: Paired::unknown(1000) }
    }

    fn comparison() -> Comparison {
        let pairs = |surge: &str| vec![("maxSurge".to_owned(), surge.to_owned())];
        Comparison {
            scenarios: [(0, pairs("0")), (2, pairs("25%"))],
            differences: vec![
                difference(STALLED.figure, -0.04, 0.000_01),
                difference(Figure::of(&metric::DURATION, Statistic::RestrictedMean), 75.0, 0.02),
                unknown(DURATION_P95.figure),
                difference(Figure::of(&metric::PEAK_FOOTPRINT, Statistic::Mean), 0.0, 1.0),
                difference(DIP_POD_SECONDS.figure, -0.2, 0.049),
            ],
        }
    }

    #[test]
    fn a_comparison_is_as_it_was() {
        golden("compare.txt", text(&comparison(), 100).as_bytes());
        let value: Value = serde_json::from_str(&json(&comparison(), &Caveats::default(), &[])).unwrap();
        assert_eq!(value["scenarios"][1]["parameters"]["maxSurge"], "25%");
        assert_eq!(value["differences"][2]["difference"], Value::Null);
        assert_eq!(value["differences"][0]["p_value"], 0.000_01);
    }

    #[test]
    fn a_sweep_adjusts_over_all_its_differences() {
        let (mut plan, mut results) = fixture::sweep(&["0", "25%", "100%"], &["25%"], &[]);
        plan.baseline = Some(0);
        results[1].differences = comparison().differences;
        results[2].differences =
            vec![difference(DURATION_P95.figure, -30.0, 0.001), difference(STALLED.figure, 0.01, 0.03)];
        golden("comparisons.csv", &comparisons(&plan, &results));
        let sentences = sentences(&plan, &results);
        assert!(sentences[0].starts_with("Against scenario 0 (maxSurge 0, maxUnavailable 25%)"), "{sentences:?}");
        assert!(sentences[1].ends_with(
            "shorter in 1, longer in 0, no difference shown in 0, unknown in 1 (too many rollouts did not complete)."
        ));
        // 0.049 alone would do, 0.03 too; among six tests neither does.
        assert!(sentences[2].ends_with("smaller in 0, larger in 0, no difference shown in 1."), "{sentences:?}");
        assert!(sentences[3].ends_with("lower in 1, higher in 0, no difference shown in 1."), "{sentences:?}");
    }
}
