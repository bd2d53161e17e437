//! What limits hold of the measurements behind latencies: in sentences, as `input-uncertainty.csv`, and for programs.

use serde_json::{Value, json};

use super::datapackage::{Field, FieldType};
use super::format;
use super::table::Table;
use crate::analysis::headlines::{COMPLETED, DURATION_P50, DURATION_P95, Headline};
use crate::analysis::{InputLine, InputUncertainty, ScenarioResult};
use crate::scenario::MeasuredLatency;
use crate::stats::WidthParts;

/// The figures that the sentences are about: the first of them that has limits.
const ABOUT: [Headline; 3] = [DURATION_P95, DURATION_P50, COMPLETED];

/// What the limits of `results` hold of the measurements, and what would make them narrower; nothing where all latencies are taken to
/// be known.
pub(super) fn sentences(results: &[&ScenarioResult]) -> Vec<String> {
    let all: Vec<(&ScenarioResult, &InputUncertainty)> =
        results.iter().filter_map(|result| Some((*result, result.inputs.as_deref()?))).collect();
    let Some((_, first)) = all.first() else { return Vec::new() };
    let parts = |headline: &Headline| {
        let one = |(result, inputs): &(&ScenarioResult, &InputUncertainty)| {
            Some((result.statistics.n, inputs.parts(headline.figure)?))
        };
        all.iter().filter_map(one).collect::<Vec<_>>()
    };
    let said = ABOUT.iter().map(|headline| (headline, parts(headline))).find(|(_, parts)| !parts.is_empty());
    let mut sentences =
        vec![format!("The limits hold what the measurements leave open: {}.", measurements(&first.measurements, 1.0))];
    if let Some((headline, parts)) = said {
        sentences.push(shares(headline, &parts));
        let widest = parts.iter().max_by(|one, other| one.1.whole().total_cmp(&other.1.whole()));
        sentences.extend(widest.map(|(n, parts)| advice(*n, parts, &first.measurements)));
    }
    let open = all.iter().filter(|(_, inputs)| inputs.lines.iter().any(is_open)).count() as u64;
    if open > 0 {
        let whose = if all.len() == 1 { String::new() } else { format!(" of {}", format::plural(open, "scenario")) };
        sentences.push(format!(
            "Some latencies that the measurements allow leave rollouts{whose} without an end, so that some figures have no upper limit."
        ));
    }
    sentences
}

fn is_open(line: &InputLine) -> bool {
    line.spread.is_some_and(|spread| spread.open)
}

/// `start 26 values, warmUp 25 values`, or so many times as many.
pub(super) fn measurements(all: &[MeasuredLatency], times: f64) -> String {
    let one = |measured: &MeasuredLatency| {
        let values = libm::ceil(f64::from(measured.values) * times) as u64;
        format!("{} {}", measured.key.strip_prefix("pods.").unwrap_or(&measured.key), format::plural(values, "value"))
    };
    let all: Vec<String> = all.iter().map(one).collect();
    format::listed(&all)
}

/// How much of the limits of a figure the measurements make, and how much the rollouts.
fn shares(headline: &Headline, parts: &[(u64, WidthParts)]) -> String {
    let shown = |value: f64| format!("±{}", format::shown(headline.figure.unit(), value));
    let range = |part: fn(&WidthParts) -> f64| {
        let values = || parts.iter().map(|(_, parts)| part(parts));
        let (least, most) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        let (least, most) = (shown(least), shown(most));
        if least == most { most } else { format!("{least} to {most}") }
    };
    let rollouts = match parts {
        [(n, _)] => format!("the {}", format::plural(*n, "rollout")),
        _ => "the number of rollouts".into(),
    };
    format!(
        "Of the limits of the {} the measurements alone would make {}, {rollouts} alone {}.",
        headline.phrase,
        range(|parts| parts.inputs),
        range(|parts| parts.simulation)
    )
}

/// What would halve the limits of the widest estimate.
fn advice(n: u64, parts: &WidthParts, all: &[MeasuredLatency]) -> String {
    match (parts.measurements_for_half(), parts.replications_for_half()) {
        (Some(times), _) => format!(
            "To halve them measure more ({}) rather than simulate more: no number of rollouts would.",
            measurements(all, times)
        ),
        (None, Some(times)) => format!(
            "To halve them simulate more ({}) rather than measure more: no number of measurements would.",
            format::plural(libm::ceil(n as f64 * times) as u64, "rollout")
        ),
        (None, None) => format!(
            "To halve them takes four times of both: {}, and more measurements ({}).",
            format::plural(4 * n, "rollout"),
            measurements(all, 4.0)
        ),
    }
}

/// The columns of `input-uncertainty.csv`.
#[must_use]
pub(super) fn fields() -> Vec<Field> {
    let number = |name, about| Field::new(name, FieldType::Number, "", about);
    vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("metric", FieldType::String, "", "As in statistics.csv"),
        Field::new("statistic", FieldType::String, "", "As in statistics.csv"),
        number("simulated_low", "Lower 95 % limit that the replications alone give, in the metric's unit"),
        number("simulated_high", "Upper 95 % limit that the replications alone give, in the metric's unit"),
        number(
            "input_sd",
            "Standard deviation of the figure over latencies that the measurements allow, in the metric's unit; empty where it is not \
             known, so that statistics.csv has no limits",
        ),
        Field::new("draws", FieldType::Integer, "", "Draws of the latencies that it rests on"),
    ]
}

/// `input-uncertainty.csv`: what the limits in `statistics.csv` consist of. `None` where all latencies are taken to be known.
#[must_use]
pub(super) fn table(results: &[ScenarioResult]) -> Option<Vec<u8>> {
    let mut table = Table::header(&fields());
    for result in results {
        let held = |line: &&InputLine| line.simulated.low.is_some() || line.simulated.high.is_some();
        for line in result.inputs.iter().flat_map(|inputs| &inputs.lines).filter(held) {
            table.integer(u64::from(result.scenario));
            table.text(line.figure.measure.name());
            table.text(line.figure.statistic.as_str());
            table.optional(line.simulated.low);
            table.optional(line.simulated.high);
            table.optional(line.spread.map(|spread| spread.sd));
            table.optional(line.spread.map(|spread| spread.draws as f64));
            table.end_row();
        }
    }
    results.iter().any(|result| result.inputs.is_some()).then(|| table.into_bytes())
}

/// Measurements for programs.
pub(super) fn measured(all: &[MeasuredLatency]) -> Vec<Value> {
    all.iter().map(|one| json!({"key": one.key, "values": one.values})).collect()
}

/// The same of one scenario for programs.
#[must_use]
pub(super) fn json(inputs: &InputUncertainty) -> Value {
    let lines = inputs.lines.iter().filter(|line| line.spread.is_some()).map(|line| {
        json!({
            "metric": line.figure.measure.name(), "statistic": line.figure.statistic.as_str(),
            "simulated_low": line.simulated.low, "simulated_high": line.simulated.high,
            "input_sd": line.spread.map(|spread| spread.sd), "draws": line.spread.map(|spread| spread.draws),
        })
    });
    json!({
        "measurements": measured(&inputs.measurements), "draws": inputs.draws, "replications": inputs.replications,
        "statistics": lines.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture;
    use crate::stats::InputSpread;

    /// A result whose p95 duration has this half-width by its rollouts, and this standard deviation by its measurements.
    fn result(simulation: f64, sd: f64) -> ScenarioResult {
        let mut result = fixture::one().1.remove(0);
        let simulated = crate::stats::Estimate {
            low: Some(100.0 - simulation),
            high: Some(100.0 + simulation),
            ..crate::stats::Estimate::point(100.0, 1000)
        };
        let spread = Some(InputSpread { sd, draws: 30, open: false });
        result.statistics.n = 1000;
        result.inputs = Some(Box::new(InputUncertainty {
            measurements: vec![
                MeasuredLatency { key: "pods.start".into(), values: 26 },
                MeasuredLatency { key: "pods.warmUp".into(), values: 25 },
            ],
            draws: 30,
            replications: 100,
            lines: vec![InputLine { figure: DURATION_P95.figure, simulated, spread }],
        }));
        result
    }

    #[test]
    fn what_would_halve_the_limits_is_computed() {
        let said = |simulation, sd| sentences(&[&result(simulation, sd)]);
        let measure = said(2.0, 6.0);
        assert_eq!(
            measure[0],
            "The limits hold what the measurements leave open: start 26 values and warmUp 25 values."
        );
        assert_eq!(
            measure[1],
            "Of the limits of the p95 duration the measurements alone would make ±12s, the 1,000 rollouts alone ±2s."
        );
        // 12.25² / ((2² + 12.25²) / 4 - 2²) = 4.35 times as many.
        assert!(
            measure[2].starts_with("To halve them measure more (start 114 values and warmUp 109 values) rather"),
            "{measure:?}"
        );
        assert!(said(12.0, 1.0)[2].starts_with("To halve them simulate more (4,38"), "{:?}", said(12.0, 1.0));
        assert!(
            said(2.0, 1.0)[2]
                .contains("of both: 4,000 rollouts, and more measurements (start 104 values and warmUp 100 values)")
        );
        assert!(sentences(&[&fixture::one().1[0]]).is_empty());
    }

    #[test]
    fn several_scenarios_are_said_in_one() {
        let (one, other) = (result(2.0, 6.0), result(3.0, 8.0));
        let said = sentences(&[&one, &other]);
        assert!(said[1].contains("±12s to ±16s, the number of rollouts alone ±2s to ±3s"), "{said:?}");
        let text = String::from_utf8(table(&[one]).unwrap()).unwrap();
        assert!(text.ends_with(",duration_s,p95,98,102,6,30\n"), "{text}");
        assert_eq!(table(&[fixture::one().1.remove(0)]), None);
    }
}
