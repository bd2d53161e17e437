//! `scenarios.csv`, `summary.csv`, `statistics.csv`, `durations.csv`, `timeline.csv` and `levels.csv`.

use super::datapackage::{Field, FieldType, parameter_fields};
use super::table::Table;
use crate::analysis::headlines::HEADLINES;
use crate::analysis::{LevelRow, ScenarioResult, TimelineRow};
use crate::metrics::{Bounds, Figure};
use crate::plan::Plan;
use crate::stats::Estimate;

/// The headline figures of a row; those of requests where there is traffic.
fn headlines(plan: &Plan) -> impl Iterator<Item = Figure> {
    let columns = plan.columns();
    let figures = HEADLINES.iter().filter(|headline| headline.in_summary).map(|headline| headline.figure);
    figures.filter(move |figure| columns.have(figure.measure.about()))
}

const QUANTILES: [&str; 5] = ["p05", "p25", "p50", "p75", "p95"];

/// The columns of `scenarios.csv`.
#[must_use]
pub fn scenarios_fields(plan: &Plan) -> Vec<Field> {
    let mut fields = vec![Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0")];
    fields.extend(parameter_fields(plan));
    for (name, what) in [
        ("desired_pods", "Desired pods at the start"),
        ("floor_pods", "Available pods that the strategy keeps: desired - maxUnavailable, 0 under Recreate"),
        ("objective_pods", "Available pods that the availability objective asks for"),
        ("ceiling_pods", "Pods that the strategy allows, Terminating ones not counted: desired + maxSurge"),
        ("capacity_pods", "Pods of the Deployment that all nodes together have room for"),
    ] {
        fields.push(Field::new(name, FieldType::Integer, "pods", what));
    }
    fields
}

/// `scenarios.csv`: how many pods each scenario's parameters mean.
#[must_use]
pub fn scenarios(plan: &Plan, results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&scenarios_fields(plan));
    for result in results {
        table.integer(u64::from(result.scenario));
        for (_, value) in &result.parameters {
            table.text(value);
        }
        let Bounds { floor, objective, ceiling, capacity } = result.bounds;
        for pods in [result.replicas, floor, objective, ceiling] {
            table.integer(u64::from(pods));
        }
        table.integer(capacity);
        table.end_row();
    }
    table.into_bytes()
}

/// The columns of `summary.csv`.
#[must_use]
pub fn summary_fields(plan: &Plan) -> Vec<Field> {
    let mut fields = vec![Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0")];
    fields.extend(parameter_fields(plan));
    fields.push(Field::new("n", FieldType::Integer, "", "Replications"));
    for figure in headlines(plan) {
        let (name, unit) = (figure.column(), figure.unit().as_str());
        let what = format!("{} of {}", figure.statistic.as_str(), figure.measure.name());
        fields.push(Field::new(&name, FieldType::Number, unit, &what));
        for (limit, words) in [("low", "lower"), ("high", "upper")] {
            let description = format!("{what}, {words} 95 % limit");
            fields.push(Field::new(&format!("{name}_{limit}"), FieldType::Number, unit, &description));
        }
    }
    fields
}

/// `summary.csv`: one row per scenario with the headline figures.
#[must_use]
pub fn summary(plan: &Plan, results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&summary_fields(plan));
    for result in results {
        table.integer(u64::from(result.scenario));
        for (_, value) in &result.parameters {
            table.text(value);
        }
        table.integer(result.statistics.n);
        for figure in headlines(plan) {
            limits(&mut table, result.statistics.get(figure));
        }
        table.end_row();
    }
    table.into_bytes()
}

fn limits(table: &mut Table, estimate: Option<&Estimate>) {
    table.optional(estimate.and_then(|e| e.value));
    table.optional(estimate.and_then(|e| e.low));
    table.optional(estimate.and_then(|e| e.high));
}

/// The columns of `statistics.csv`.
#[must_use]
pub fn statistics_fields() -> Vec<Field> {
    vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("metric", FieldType::String, "", "Column of replications.csv, or what a rate is of"),
        Field::new("statistic", FieldType::String, "", "What was computed of it"),
        Field::new("value", FieldType::Number, "", "Estimate, in the metric's unit; empty where the data support none"),
        Field::new("low", FieldType::Number, "", "Lower 95 % limit, in the metric's unit"),
        Field::new("high", FieldType::Number, "", "Upper 95 % limit, in the metric's unit"),
        Field::new("n", FieldType::Integer, "", "Observations that the estimate rests on"),
        Field::new(
            "carriers",
            FieldType::Integer,
            "",
            "Observations that carry the estimate: the rarer outcome of a rate, those that a mean is made of \
             (the square of the sum by the sum of squares), those at or beyond a quantile; fewer than 8 deserve little \
             trust",
        ),
    ]
}

/// `statistics.csv`: every statistic of every scenario, one in a row.
#[must_use]
pub fn statistics(results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&statistics_fields());
    for result in results {
        for line in &result.statistics.lines {
            table.integer(u64::from(result.scenario));
            table.text(line.figure.measure.name());
            table.text(line.figure.statistic.as_str());
            limits(&mut table, Some(&line.estimate));
            table.integer(line.estimate.n);
            table.optional(line.estimate.carriers.map(|carriers| carriers as f64));
            table.end_row();
        }
    }
    table.into_bytes()
}

/// The columns of `durations.csv`.
#[must_use]
pub fn durations_fields() -> Vec<Field> {
    vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("t_s", FieldType::Number, "s", "Time since the rollout's start, to the millisecond"),
        Field::new(
            "completed",
            FieldType::Number,
            "1",
            "Share of all rollouts completed by then, censoring accounted for",
        ),
    ]
}

/// `durations.csv`: the share of rollouts completed by a time, at most 200 steps for each scenario.
#[must_use]
pub fn durations(results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&durations_fields());
    for result in results {
        for (at_s, share) in &result.statistics.completion {
            table.integer(u64::from(result.scenario));
            table.number(*at_s);
            table.number(*share);
            table.end_row();
        }
    }
    table.into_bytes()
}

/// The columns of `timeline.csv`.
#[must_use]
pub fn timeline_fields() -> Vec<Field> {
    let mut fields = vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("t_s", FieldType::Number, "s", "Time since the rollout's start"),
    ];
    let counts = [
        ("available", "available pods"),
        ("ready", "Ready pods, Terminating ones not included"),
        ("footprint", "pods on nodes, Terminating ones included"),
    ];
    for (name, what) in counts {
        for quantile in QUANTILES {
            let description = format!("{quantile} over the replications of {what}");
            fields.push(Field::new(&format!("{name}_{quantile}"), FieldType::Number, "pods", &description));
        }
    }
    fields
}

/// `timeline.csv`: quantile bands of available, Ready and all pods over time.
#[must_use]
pub fn timeline(results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&timeline_fields());
    for result in results {
        for TimelineRow { at_s, available, ready, footprint } in &result.timeline {
            table.integer(u64::from(result.scenario));
            table.number(*at_s);
            for value in [available, ready, footprint].into_iter().flatten() {
                table.number(*value);
            }
            table.end_row();
        }
    }
    table.into_bytes()
}

/// The columns of `levels.csv`.
#[must_use]
pub fn levels_fields() -> Vec<Field> {
    vec![
        Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0"),
        Field::new("t_s", FieldType::Number, "s", "Time since the rollout's start"),
        Field::new(
            "level",
            FieldType::Integer,
            "pods",
            "Available pods; the levels of a scenario depend on its desired pods alone: every count up to 7, from 20 on \
             all, 99, 95, 90, 75 and 50 % of them, between these the highest counts and 75, 50 and 25 %, and always 1",
        ),
        Field::new(
            "share",
            FieldType::Number,
            "1",
            "Share of the replications with at least so many available pods, to six decimals. It holds until the next \
             row of the level, to the end of the timeline after the last",
        ),
    ]
}

/// `levels.csv`: how many pods are available over time, as shares of the rollouts. A row stands where a share changes.
#[must_use]
pub fn levels(results: &[ScenarioResult]) -> Vec<u8> {
    let mut table = Table::header(&levels_fields());
    for result in results {
        for LevelRow { at_s, level, share } in &result.levels {
            table.integer(u64::from(result.scenario));
            table.number(*at_s);
            table.integer(u64::from(*level));
            table.number(*share);
            table.end_row();
        }
    }
    table.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::fixture::{self, golden};

    #[test]
    fn tables_are_as_they_were() {
        let (plan, results) = fixture::sweep(&["0", "25%"], &["0", "1"], &[]);
        golden("summary.csv", &summary(&plan, &results));
        golden("statistics.csv", &statistics(&results[..1]));
        golden("scenarios.csv", &scenarios(&plan, &results));
        golden("durations.csv", &durations(&results[..1])[..600]);
        golden("timeline.csv", &timeline(&results[..1])[..600]);
        golden("levels.csv", &levels(&results[..1])[..600]);
    }

    #[test]
    fn what_was_not_estimated_stays_empty() {
        let (plan, mut results) = fixture::sweep(&["1"], &["0"], &[]);
        results[0].statistics.lines.clear();
        let text = String::from_utf8(summary(&plan, &results)).unwrap();
        assert_eq!(text.lines().nth(1).unwrap(), format!("0,1,0,1000{}", ",".repeat(27)));
    }
}
