//! The comparison for programs.

use serde_json::{Map, Value, json};

use super::judgement::sentence;
use super::{Answer, Release, Versions, judgement};
use crate::analysis::before_after::{Effect, Held, Row};
use crate::plan::{Change, Role};
use crate::report::json::versioned;
use crate::report::{caveats, premises, what_if};
use crate::stats::Estimate;

/// The comparison as one JSON object, ending in a newline.
#[must_use]
pub fn json(versions: &Versions) -> String {
    let answers: Vec<Value> = versions.answers.iter().map(|answer| of_answer(answer, versions)).collect();
    let object = json!({
        "old": versions.labels[0], "new": versions.labels[1],
        "met": versions.is_met(),
        "deployments": answers,
        "together": versions.releases.iter().map(Release::json).collect::<Vec<_>>(),
        "only_in_old": versions.gone,
        "notes": versions.notes,
    });
    format!("{}\n", versioned(object))
}

fn of_answer(answer: &Answer, versions: &Versions) -> Value {
    let version = |version: &super::Version| {
        let parameters: Map<String, Value> =
            version.parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
        json!({
            "scenario": version.scenario, "parameters": parameters, "replicas": version.replicas,
            "replications": version.replications, "seed": version.seed,
        })
    };
    let mut object = json!({
        "deployment": answer.name,
        "judgement": judgement(answer).as_str(),
        "verdict": sentence(answer, &versions.labels),
        "old": answer.old.as_ref().map(version),
        "new": version(&answer.new),
        "same_random_numbers": answer.old.as_ref().is_some_and(|old| old.seed == answer.new.seed),
        "same_forecast": answer.is_same_forecast,
        "changes": answer.changes.iter().map(change).collect::<Vec<_>>(),
        "figures": answer.rows.iter().map(row).collect::<Vec<_>>(),
        "objectives": answer.held.iter().enumerate().map(|(place, one)| held(one, place >= answer.written)).collect::<Vec<_>>(),
    });
    if let Some(instead) = &answer.instead {
        let parameters: Map<String, Value> =
            instead.parameters.iter().map(|(path, value)| (path.clone(), json!(value))).collect();
        object["instead"] = json!({"parameters": parameters, "figures": instead.figures});
    }
    caveats::extend(&mut object, &answer.caveats, None);
    object["sources"] = premises::json(&answer.premises, Some(answer.new.scenario));
    object["what_if"] = what_if::json(&answer.what_if);
    object
}

fn change(change: &Change) -> Value {
    let (role, effect) = match &change.role {
        Role::Used => ("used", None),
        Role::Harmless => ("harmless", None),
        Role::Unmodelled { effect, .. } => ("not_modelled", Some(effect.as_str())),
        Role::Unread => ("not_read", None),
    };
    json!({
        "object": change.object, "field": change.field, "old": change.old, "new": change.new, "role": role, "effect": effect,
    })
}

fn row(row: &Row) -> Value {
    let estimate = |estimate: Option<Estimate>| {
        estimate.map(|one| json!({"value": one.value, "low": one.low, "high": one.high, "n": one.n}))
    };
    let difference = row.paired.map(|paired| paired.difference);
    json!({
        "metric": row.figure.measure.name(), "statistic": row.figure.statistic.as_str(),
        "old": estimate(row.estimates[0]), "new": estimate(row.estimates[1]), "difference": estimate(difference),
        "correlation": row.paired.and_then(|paired| paired.correlation),
        "p_value": row.paired.and_then(|paired| paired.p_value), "p_holm": row.p_holm,
        "effect": match row.effect {
            Effect::Better => "better",
            Effect::Worse => "worse",
            Effect::CostsMore => "costs_more",
            Effect::CostsLess => "costs_less",
            Effect::NotShown => "no_difference_shown",
        },
    })
}

fn held(one: &Held, default: bool) -> Value {
    json!({"objective": one.objective.text, "old": one.met[0], "new": one.met[1], "default": default})
}
