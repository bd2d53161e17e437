//! Answers for programs: what all of them share, and the result of one scenario.

use serde_json::{Map, Value, json};

use super::{caveats, cluster, event, input_uncertainty, premises, what_if};
use crate::analysis::{Achieved, ScenarioResult, Verdict, cluster_verdicts};
use crate::plan::Plan;

/// The format of the answers, which each of them names in its field `format`. New fields leave it as it is. It grows when a
/// field goes or changes its meaning.
pub const FORMAT: u32 = 1;

/// `answer` with the field `format` before all others. A list gets it in each of its elements.
#[must_use]
pub fn versioned(answer: Value) -> Value {
    match answer {
        Value::Object(fields) => {
            let format = ("format".to_owned(), json!(FORMAT));
            Value::Object(std::iter::once(format).chain(fields).collect())
        }
        Value::Array(answers) => Value::Array(answers.into_iter().map(versioned).collect()),
        other => other,
    }
}

/// A scenario's parameters, statistics, verdicts and caveats as one JSON object, ending in a newline. `by_default` says
/// that the experiment has no objectives and the verdicts are about the default ones.
#[must_use]
pub fn result(plan: &Plan, result: &ScenarioResult, verdicts: &[Verdict<'_>], by_default: bool) -> String {
    let caveats = &plan.caveats;
    let parameters: Map<String, Value> =
        result.parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
    let statistics: Vec<Value> = result
        .statistics
        .lines
        .iter()
        .map(|line| {
            let estimate = &line.estimate;
            json!({
                "metric": line.figure.measure.name(), "statistic": line.figure.statistic.as_str(),
                "value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n,
                "carriers": estimate.carriers,
            })
        })
        .collect();
    let objectives: Vec<Value> = verdicts
        .iter()
        .filter(|verdict| verdict.scenario == result.scenario)
        .map(|verdict| {
            let text = &verdict.objective.text;
            let written = plan.objectives.iter().any(|one| one.text == *text);
            json!({"objective": text, "met": verdict.met, "default": !written})
        })
        .collect();
    let mut object = json!({
        "scenario": result.scenario,
        "parameters": parameters,
        "replicas": result.replicas,
        "replications": result.statistics.n,
        "statistics": statistics,
        "objectives": objectives,
    });
    let scenario = plan.scenarios.iter().find(|scenario| scenario.id == result.scenario);
    if let Some(title) = scenario.and_then(event::title) {
        object["event"] = json!(title);
    }
    if by_default {
        object["default_objectives"] = json!(true);
    }
    if !result.achieved.is_empty() {
        object["precision"] = result.achieved.iter().map(precision).collect();
    }
    if let Some(inputs) = &result.inputs {
        object["input_uncertainty"] = input_uncertainty::json(inputs);
    }
    if let Some(found) = &result.no_node {
        object["no_node"] = json!({
            "message": found.message, "stalled_rollouts": found.rollouts, "of": found.stalled,
        });
    }
    if !result.what_if.is_empty() {
        object["what_if"] = what_if::json(&result.what_if);
    }
    if let Some(found) = &result.cluster {
        object["cluster"] = cluster::json::object(found);
        let verdicts = cluster_verdicts(&plan.cluster_objectives, std::slice::from_ref(result));
        let objectives = verdicts.iter().map(|one| json!({"objective": one.objective.text, "met": one.met}));
        object["cluster"]["objectives"] = objectives.collect();
    }
    object["sources"] = premises::json(&plan.premises, Some(result.scenario));
    caveats::extend(&mut object, caveats, Some(result.scenario));
    format!("{}\n", versioned(object))
}

fn precision(achieved: &Achieved) -> Value {
    let estimate = &achieved.estimate;
    json!({
        "target": achieved.target.text,
        "value": estimate.value, "low": estimate.low, "high": estimate.high,
        "half_width": achieved.half_width, "wanted": achieved.wanted, "met": achieved.met(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::headlines::DURATION_P95;
    use crate::analysis::{Statistics, StatisticsLine};
    use crate::stats::Estimate;

    #[test]
    fn numbers_and_gaps_survive() {
        let line = StatisticsLine { figure: DURATION_P95.figure, estimate: Estimate::unknown(3) };
        let result = super::result(
            &crate::report::tests::fixture::one().0,
            &ScenarioResult {
                scenario: 2,
                parameters: vec![("maxSurge".into(), "25%".into())],
                replicas: 10,
                bounds: crate::metrics::Bounds::default(),
                statistics: Statistics { n: 3, lines: vec![line], completion: Vec::new() },
                timeline: Vec::new(),
                levels: Vec::new(),
                achieved: Vec::new(),
                differences: Vec::new(),
                no_node: None,
                inputs: None,
                what_if: Vec::new(),
                chosen: Default::default(),
                pods: Vec::new(),
                cluster: None,
            },
            &[],
            false,
        );
        let value: Value = serde_json::from_str(&result).unwrap();
        assert_eq!(value["parameters"]["maxSurge"], "25%");
        assert_eq!(value["statistics"][0]["value"], Value::Null);
        assert_eq!(value["statistics"][0]["n"], 3);
    }
}
