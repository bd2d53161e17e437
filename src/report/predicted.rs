//! What is predicted of scenarios that are not simulated: `predicted.csv`, and how well that does.

use super::chart::{Chart, predicted as map};
use super::datapackage::{Field, FieldType, parameter_fields};
use super::format;
use super::table::Table;
use crate::analysis::{Prediction, ScenarioResult, predictions};
use crate::metrics::Unit;
use crate::plan::{Plan, coordinates};

/// The predictions for the scenarios of `plan` that are not simulated; none where there are none, or where too few of the others
/// support any.
#[must_use]
pub fn of(plan: &Plan, results: &[ScenarioResult]) -> Vec<Prediction> {
    // Ranks are those of the whole grid.
    let all: Vec<_> = plan.scenarios.iter().chain(&plan.predicted).cloned().collect();
    let points = if plan.predicted.is_empty() { None } else { coordinates(&all).ok() };
    let Some(points) = points else { return Vec::new() };
    let (at, wanted) = points.split_at(plan.scenarios.len());
    let in_order: Option<Vec<&ScenarioResult>> =
        plan.scenarios.iter().map(|scenario| results.iter().find(|one| one.scenario == scenario.id)).collect();
    in_order.map_or_else(Vec::new, |results| predictions(&results, at, wanted))
}

/// The columns of `predicted.csv`.
#[must_use]
pub fn fields(plan: &Plan, predictions: &[Prediction]) -> Vec<Field> {
    let mut fields =
        vec![Field::new("scenario", FieldType::Integer, "", "Number of the scenario, from 0; it was not simulated")];
    fields.extend(parameter_fields(plan));
    for prediction in predictions {
        let (name, unit) = (prediction.headline.figure.column(), prediction.headline.figure.unit().as_str());
        fields.push(Field::new(
            &name,
            FieldType::Number,
            unit,
            &format!("{}, predicted from simulated scenarios", prediction.headline.phrase),
        ));
        for (limit, words) in [("low", "Lower"), ("high", "Upper")] {
            fields.push(Field::new(
                &format!("{name}_{limit}"),
                FieldType::Number,
                unit,
                &format!("{words} 95 % limit of the prediction"),
            ));
        }
    }
    fields
}

/// `predicted.csv`: one row for each scenario that was not simulated.
#[must_use]
pub fn table(plan: &Plan, predictions: &[Prediction]) -> Vec<u8> {
    let mut table = Table::header(&fields(plan, predictions));
    for (place, scenario) in plan.predicted.iter().enumerate() {
        table.integer(scenario.id.into());
        scenario.parameters.iter().for_each(|(_, value)| table.text(value));
        for prediction in predictions {
            let one = prediction.values[place];
            [one.value, one.low, one.high].into_iter().for_each(|value| table.number(value));
        }
        table.end_row();
    }
    table.into_bytes()
}

/// A map for each figure in which the cells that are predicted are hatched; none where the grid is not one of `maxSurge` and
/// `maxUnavailable`.
#[must_use]
pub fn charts(plan: &Plan, results: &[ScenarioResult], predictions: &[Prediction]) -> Vec<Chart> {
    let of = |prediction: &Prediction| {
        let headline = &prediction.headline;
        let unit = headline.figure.unit();
        let simulated = results.iter().filter_map(|result| {
            let value = result.value(headline.figure)?;
            cell(&result.parameters, (unit, value), None)
        });
        let predicted = plan.predicted.iter().zip(&prediction.values).filter_map(|(scenario, one)| {
            let limits = format!("{} to {}", format::shown(unit, one.low), format::shown(unit, one.high));
            cell(&scenario.parameters, (unit, one.value), Some(limits))
        });
        let mut replicas: Vec<u32> = results.iter().map(|result| result.replicas).collect();
        replicas.sort_unstable();
        replicas.dedup();
        let one = map::Predicted {
            title: format!("{}, simulated and predicted", format::capital(headline.row)),
            cells: simulated.chain(predicted).collect(),
            replicas,
            note: sentence(plan, prediction),
        };
        map::chart(&format!("predicted-{}.svg", headline.figure.column()), &one)
    };
    predictions.iter().filter_map(of).collect()
}

fn cell(parameters: &[(String, String)], (unit, value): (Unit, f64), predicted: Option<String>) -> Option<map::Cell> {
    let is = |path: &str, name: &str| path.rsplit('.').next() == Some(name);
    let find = |name| parameters.iter().find(|(path, _)| is(path, name)).map(|(_, value)| value.clone());
    let others = parameters.iter().filter(|(path, _)| !is(path, "maxSurge") && !is(path, "maxUnavailable"));
    let others: Vec<(String, String)> = others.cloned().collect();
    Some(map::Cell {
        place: [find("maxSurge")?, find("maxUnavailable")?],
        world: format::parameters(&others),
        value,
        text: format::shown(unit, value),
        predicted,
    })
}

/// How well each figure is predicted, in sentences.
#[must_use]
pub fn sentences(plan: &Plan, predictions: &[Prediction]) -> Vec<String> {
    let predicted = plan.predicted.len() as u64;
    if predicted == 0 {
        return Vec::new();
    }
    if predictions.is_empty() {
        return vec![format!(
            "{} were not simulated, and nothing is predicted of them: the figures of the others are missing or all the same.",
            format::plural(predicted, "scenario")
        )];
    }
    predictions.iter().map(|prediction| sentence(plan, prediction)).collect()
}

fn sentence(plan: &Plan, prediction: &Prediction) -> String {
    let held = prediction.held_out;
    format!(
        "Predicted {}: with each of {} left out in turn, the error is {} in the median and {} in 95 of 100; the 95% limits hold {} of them.",
        prediction.headline.phrase,
        format::plural(plan.scenarios.len() as u64, "simulated scenario"),
        format::share(held.median),
        format::share(held.p95),
        format::share(held.held)
    )
}
