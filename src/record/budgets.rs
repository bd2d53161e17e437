//! The PodDisruptionBudgets that select the workload's pods, as they came, changed and went.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::history::History;
use super::source::{At, text_at};
use super::surroundings::instant;
use crate::input::kubernetes::label_selector::Selector;

/// The fields of a budget that a recording has.
const KNOWN: [&str; 3] = ["minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy"];

/// What a recording has of a budget; `None`: it does not exist, or selects other pods.
type Spec = Option<Map<String, Value>>;

/// What was done to the budgets that select pods of a template. Of what was so before the beginning the last state holds. They are named
/// where there are several.
pub(super) fn about_budgets(history: &History, template: &Value, zero: i64) -> Vec<(At, Value)> {
    let labels = template.pointer("/metadata/labels").cloned().unwrap_or(Value::Null);
    let mut now: BTreeMap<&str, (At, Spec)> = BTreeMap::new();
    let mut changes: Vec<(At, f64, &str, Spec)> = Vec::new();
    for seen in &history.budgets {
        let own = seen.object.as_ref().filter(|object| selects(object, &labels)).map(spec);
        let before = now.get(seen.name.as_str()).and_then(|(_, spec)| spec.clone());
        if own == before {
            continue;
        }
        now.insert(&seen.name, (seen.at, own.clone()));
        if seen.at.nanos <= zero || seen.since_before {
            changes.retain(|(_, _, name, _)| *name != seen.name);
        }
        changes.push((seen.at, instant(seen, zero), &seen.name, own));
    }
    // One that was deleted before the beginning was never there.
    changes.retain(|(at, _, _, own)| own.is_some() || at.nanos > zero);
    let names: BTreeSet<&str> = changes.iter().map(|(_, _, name, _)| *name).collect();
    let action = |(at, seconds, name, own): (At, f64, &str, Spec)| {
        let mut action = json!({"at": seconds, "do": if own.is_some() { "pdb" } else { "delete-pdb" }});
        if names.len() > 1 {
            action["budget"] = json!(name);
        }
        if let Some(spec) = own {
            action["spec"] = spec.into();
        }
        (at, action)
    };
    changes.into_iter().map(action).collect()
}

fn spec(object: &Value) -> Map<String, Value> {
    let field = |name: &&str| Some(((*name).to_owned(), object.pointer("/spec")?.get(*name)?.clone()));
    KNOWN.iter().filter_map(field).collect()
}

/// Whether a budget's selector selects pods with these labels. An empty one selects all.
///
/// Upstream: `apimachinery/pkg/apis/meta/v1/helpers.go: LabelSelectorAsSelector`.
fn selects(object: &Value, labels: &Value) -> bool {
    let Some(selector) = object.pointer("/spec/selector").filter(|selector| selector.is_object()) else { return false };
    let mut known = Selector::default();
    for (key, value) in selector.get("matchLabels").and_then(Value::as_object).into_iter().flatten() {
        known.require(key, "In", vec![value.as_str().unwrap_or_default().to_owned()]);
    }
    for rule in selector.get("matchExpressions").and_then(Value::as_array).into_iter().flatten() {
        let values = rule.get("values").and_then(Value::as_array).into_iter().flatten();
        let values = values.filter_map(Value::as_str).map(str::to_owned).collect();
        known.require(
            text_at(rule, "/key").unwrap_or_default(),
            text_at(rule, "/operator").unwrap_or_default(),
            values,
        );
    }
    known.matches(|key| labels.get(key).and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_choose_by_labels() {
        let labels = json!({"app": "web", "tier": "front"});
        let rule = |operator: &str, values: Value| json!({"matchExpressions": [{"key": "tier", "operator": operator, "values": values}]});
        let table = [
            (json!({}), true),
            (Value::Null, false),
            (json!({"matchLabels": {"app": "web"}}), true),
            (json!({"matchLabels": {"app": "web", "tier": "back"}}), false),
            (rule("In", json!(["front", "back"])), true),
            (rule("NotIn", json!(["front"])), false),
            (rule("Exists", json!([])), true),
            (rule("DoesNotExist", json!([])), false),
        ];
        for (selector, expected) in table {
            assert_eq!(selects(&json!({"spec": {"selector": selector}}), &labels), expected, "{selector}");
        }
    }
}
