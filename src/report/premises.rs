//! The values that an answer rests on, in words and for programs.

use serde_json::{Value, json};

use super::format;
use crate::plan::{Premise, PremiseSource};

/// What the source of a default says where Kubernetes itself has it, so that rollcast assumes nothing.
const OF_KUBERNETES: &str = "Kubernetes default";

/// Lengths of time from which on a tenth of a second says enough.
const SHORT_S: f64 = 0.5;

/// The value in words: `p50 38s p99 1m 15s`, `400MB`.
#[must_use]
pub fn value(premise: &Premise) -> String {
    match premise.seconds {
        // What is always the same, or too short to be written in seconds, stands as it was written.
        Some([p50, p99]) if p50 < p99 && p50 >= SHORT_S => {
            format!("p50 {} p99 {}", format::time(p50), format::time(p99))
        }
        _ => format::printable(&premise.value),
    }
}

/// The name and the value: `warm-up p50 38s p99 1m 15s`.
#[must_use]
pub fn phrase(premise: &Premise) -> String {
    format!("{} {}", format::printable(&premise.name()), value(premise))
}

/// Where the value comes from: `orders.yaml`, `measured, 120 values, orders.yaml`, `assumed`.
#[must_use]
pub fn source(premise: &Premise) -> String {
    let from = format::printable(&premise.from);
    match (premise.source, premise.measured) {
        (PremiseSource::Written, _) => from,
        (PremiseSource::Measured, Some(count)) => format!("measured, {}, {from}", format::plural(count, "value")),
        (PremiseSource::Measured, None) => format!("measured, {from}"),
        (PremiseSource::Read, _) if from.is_empty() => "read from the cluster's objects".into(),
        (PremiseSource::Read, _) => format!("read from {from}"),
        (PremiseSource::Assumed, _) => "assumed".into(),
    }
}

/// What somebody gave for `scenario` (for all for `None`), in sentences by source: `image 400MB, nodes 9 (orders.yaml)`. What the
/// Deployment itself says is not among it.
#[must_use]
pub fn given(premises: &[Premise], scenario: Option<u32>) -> Vec<String> {
    let is_given = |one: &&Premise| {
        one.source != PremiseSource::Assumed && !one.off && !one.key.starts_with("deployment") && is_of(one, scenario)
    };
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for one in premises.iter().filter(is_given) {
        let source = source(one);
        match groups.iter_mut().find(|(known, _)| *known == source) {
            Some((_, phrases)) => phrases.push(phrase(one)),
            None => groups.push((source, vec![phrase(one)])),
        }
    }
    groups.into_iter().map(|(source, phrases)| format!("{} ({source})", phrases.join(", "))).collect()
}

/// What nobody gave for `scenario` and may decide: the defaults that rollcast has chosen and that do something.
#[must_use]
pub fn assumed(premises: &[Premise], scenario: Option<u32>) -> Vec<&Premise> {
    let is_assumed = |one: &&Premise| {
        one.source == PremiseSource::Assumed
            && !one.off
            && one.has_noun()
            && !one.from.starts_with(OF_KUBERNETES)
            && is_of(one, scenario)
    };
    premises.iter().filter(is_assumed).collect()
}

/// All of them for programs; `scenario`: those of one scenario.
#[must_use]
pub fn json(premises: &[Premise], scenario: Option<u32>) -> Value {
    let object = |one: &Premise| {
        let mut object = json!(one);
        if scenario.is_some()
            && let Some(object) = object.as_object_mut()
        {
            object.shift_remove("scenarios");
        }
        object["name"] = json!(one.name());
        object
    };
    premises.iter().filter(|one| is_of(one, scenario)).map(object).collect()
}

fn is_of(premise: &Premise, scenario: Option<u32>) -> bool {
    scenario.is_none_or(|id| premise.is_of(id))
}
