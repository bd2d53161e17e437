//! How precise the results are, where an experiment has precision targets: `precision.csv` and a line on the terminal.

use super::datapackage::{Field, FieldType};
use super::format;
use super::table::Table;
use crate::analysis::headlines::{DURATION_P95, STALLED};
use crate::analysis::{Achieved, ScenarioResult};
use crate::plan::{Plan, Width};
use crate::stats::CONFIDENCE;

/// The columns of `precision.csv`.
#[must_use]
pub fn fields(plan: &Plan) -> Vec<Field> {
    let level = plan.precision.as_ref().map_or(CONFIDENCE, |precision| precision.confidence.level());
    let limits = format!("limit, which holds with {} confidence however often was looked", format::share(level));
    let number = |name: &str, description: &str| Field::new(name, FieldType::Number, "", description);
    vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("target", FieldType::String, "", "As written in the experiment"),
        Field::new("metric", FieldType::String, "", "Column of replications.csv, or what a rate is of"),
        Field::new("statistic", FieldType::String, "", "What was computed of it"),
        number("value", "Estimate, in the metric's unit; empty where the data support none"),
        number("low", &format!("Lower {limits}")),
        number("high", &format!("Upper {limits}")),
        number("half_width", "From the estimate to the farther limit"),
        number("wanted", "The half-width asked for; a relative one as g / (1 + g) of the estimate"),
        Field::new("met", FieldType::Boolean, "", "Whether half_width is at most wanted"),
        Field::new("n", FieldType::Integer, "", "Replications of the scenario"),
    ]
}

/// `precision.csv`: every target in every scenario.
#[must_use]
pub fn precision(plan: &Plan, results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&fields(plan));
    for result in results {
        for achieved in &result.achieved {
            let Achieved { target, estimate, half_width, wanted } = achieved;
            table.integer(u64::from(result.scenario));
            table.text(&target.text);
            table.text(target.figure.measure.name());
            table.text(target.figure.statistic.as_str());
            for number in [estimate.value, estimate.low, estimate.high, *half_width, *wanted] {
                table.optional(number);
            }
            table.text(if achieved.met() { "true" } else { "false" });
            table.integer(result.statistics.n);
            table.end_row();
        }
    }
    table.into_bytes()
}

/// For each target in how many scenarios it was met and where the limits are widest, and then how many rollouts were
/// run.
#[must_use]
pub(super) fn sentences(plan: &Plan, results: &[ScenarioResult]) -> Vec<String> {
    let Some(precision) = &plan.precision else { return Vec::new() };
    let mut lines = Vec::new();
    for (position, target) in precision.targets.iter().enumerate() {
        let mine = || results.iter().filter_map(move |result| Some((result, result.achieved.get(position)?)));
        let met = mine().filter(|(_, achieved)| achieved.met()).count();
        let unknown = mine().filter(|(_, achieved)| achieved.half_width.is_none()).count();
        let widest = mine()
            .filter_map(|(result, achieved)| Some((excess(achieved)?, result.scenario, achieved)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let widest = widest.map_or(String::new(), |(_, scenario, achieved)| {
            format!("; widest {} in scenario {scenario}", width(achieved))
        });
        let unknown = if unknown > 0 { format!("; no limits in {unknown}") } else { String::new() };
        let of = format::count(results.len() as u64);
        lines.push(format!("Precision {}: met in {met} of {of} scenarios{widest}{unknown}.", target.text));
    }
    let counts = || results.iter().map(|result| result.statistics.n);
    let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    let rollouts = format::plural(counts().sum(), "rollout");
    lines.push(format!(
        "{rollouts}, {} to {} for each scenario; limits hold with {} confidence however often was looked.",
        format::count(least),
        format::count(most),
        format::share(precision.confidence.level()),
    ));
    lines
}

/// A line for each target of one scenario: whether it was met, and the half-width.
pub(super) fn lines(result: &ScenarioResult) -> Vec<String> {
    let line = |achieved: &Achieved| {
        let word = if achieved.met() { "met" } else { "not met" };
        format!("{}: {word}, {}", achieved.target.text, width(achieved))
    };
    result.achieved.iter().map(line).collect()
}

/// The interval of a scenario that is least precise, and the number by which scenarios are compared in this. With
/// precision targets it is the one that is farthest from its target, without targets that of the p95 duration or, where
/// there is none, of the stalled rate.
#[must_use]
pub fn widest(result: &ScenarioResult) -> Option<(f64, String)> {
    let targets = result.achieved.iter().filter_map(|achieved| Some((excess(achieved)?, achieved)));
    if let Some((by, achieved)) = targets.max_by(|a, b| a.0.total_cmp(&b.0)) {
        return Some((by, format!("{}: {}", achieved.target.text, width(achieved))));
    }
    let half = |figure| {
        let estimate = result.statistics.get(figure)?;
        Some(((estimate.high? - estimate.low?) / 2.0, estimate.value?))
    };
    let p95 =
        half(DURATION_P95.figure).filter(|(_, p95)| *p95 > 0.0).map(|(half, p95)| (half / p95, DURATION_P95.phrase));
    let (half, what) = p95.or_else(|| half(STALLED.figure).map(|(half, _)| (half, "stalled rate")))?;
    (half > 0.0).then(|| (half, format!("{what} ±{}", format::share(half))))
}

/// The half-width divided by the wanted one.
fn excess(achieved: &Achieved) -> Option<f64> {
    let (half, wanted) = achieved.half_width.zip(achieved.wanted)?;
    // An estimate of 0 has no relative precision.
    Some(if half == 0.0 { 0.0 } else { half / wanted })
}

/// The half-width, as a share of the estimate where one was asked for.
fn width(achieved: &Achieved) -> String {
    let Some(half) = achieved.half_width else { return "no limits".into() };
    let value = achieved.estimate.value.filter(|value| *value != 0.0);
    match (achieved.target.width, value) {
        (Width::Relative(_), Some(value)) => format!("±{} of the estimate", format::share(half / value.abs())),
        _ => format!("±{}", format::amount(achieved.target.figure.unit(), half)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Figure, Statistic, metric};
    use crate::plan::{Precision, Target};
    use crate::report::tests::fixture::{self, golden};
    use crate::stats::{Confidence, Estimate};

    fn target(text: &str, figure: Figure, width: Width) -> Target {
        Target { text: text.into(), figure, width }
    }

    fn asked() -> (Plan, Vec<ScenarioResult>) {
        let (mut plan, mut results) = fixture::sweep(&["1", "25%"], &["0"], &[]);
        let targets = vec![
            target("stalled_rate ±0.2%", STALLED.figure, Width::Absolute(0.002)),
            target("duration_s p95 ±2%", DURATION_P95.figure, Width::Relative(0.02)),
        ];
        let estimate = |value: f64, half: f64| Estimate {
            low: Some(value - half),
            high: Some(value + half),
            ..Estimate::point(value, 1000)
        };
        let achieved = |number: usize, estimate: Estimate, half_width, wanted| Achieved {
            target: targets[number].clone(),
            estimate,
            half_width,
            wanted,
        };
        results[0].achieved = vec![
            achieved(0, estimate(0.01, 0.0015), Some(0.0015), Some(0.002)),
            achieved(1, estimate(200.0, 3.0), Some(3.0), Some(4.0 / 1.02)),
        ];
        results[1].achieved = vec![
            achieved(0, estimate(0.02, 0.0025), Some(0.0025), Some(0.002)),
            achieved(1, Estimate::unknown(1000), None, None),
        ];
        plan.precision = Some(Precision { minimum: 256, confidence: Confidence::USUAL, targets });
        (plan, results)
    }

    #[test]
    fn table_is_as_it_was() {
        let (plan, results) = asked();
        golden("precision.csv", &precision(&plan, &results));
    }

    #[test]
    fn sentences_name_the_widest() {
        let (plan, results) = asked();
        let said = sentences(&plan, &results);
        assert_eq!(said[0], "Precision stalled_rate ±0.2%: met in 1 of 2 scenarios; widest ±0.25% in scenario 1.");
        assert_eq!(
            said[1],
            "Precision duration_s p95 ±2%: met in 1 of 2 scenarios; widest ±1.5% of the estimate in scenario 0; no limits in 1."
        );
        assert!(said[2].starts_with("2,000 rollouts, 1,000 to 1,000 for each scenario"), "{said:?}");
        assert_eq!(
            lines(&results[1]),
            ["stalled_rate ±0.2%: not met, ±0.25%", "duration_s p95 ±2%: not met, no limits"]
        );
        assert!(sentences(&fixture::one().0, &results).is_empty());
    }

    /// Counts have no unit in files, as shares have none, but they are no shares.
    #[test]
    fn half_widths_of_counts_are_counts() {
        let (mut plan, mut results) = fixture::sweep(&["1", "25%"], &["0"], &[]);
        let mean = |metric| Figure::of(metric, Statistic::Mean);
        let targets = vec![
            target("restarts mean ±0.5", mean(&metric::RESTARTS), Width::Absolute(0.5)),
            target("dip_count mean ±0.2", mean(&metric::DIP_COUNT), Width::Absolute(0.2)),
            target("dip_depth mean ±5%", mean(&metric::DIP_DEPTH), Width::Absolute(0.05)),
        ];
        let achieved = |(target, half): (&Target, f64)| Achieved {
            target: target.clone(),
            estimate: Estimate { low: Some(2.0 - half), high: Some(2.0 + half), ..Estimate::point(2.0, 1000) },
            half_width: Some(half),
            wanted: Some(0.5),
        };
        results[0].achieved = targets.iter().zip([0.364, 0.049, 0.049]).map(achieved).collect();
        plan.precision = Some(Precision { minimum: 256, confidence: Confidence::USUAL, targets });
        let said = sentences(&plan, &results);
        assert!(said[0].ends_with("widest ±0.364 restarts in scenario 0."), "{said:?}");
        assert!(said[1].ends_with("widest ±0.049 dips in scenario 0."), "{said:?}");
        assert!(said[2].ends_with("widest ±4.9% in scenario 0."), "{said:?}");
        assert_eq!(lines(&results[0])[1], "dip_count mean ±0.2: met, ±0.049 dips");
    }
}
