//! Which template is which.

use crate::input::tree::yaml::{Entry, Node, Value};

/// Labels that controllers add to a template, and what a ControllerRevision says of how it is to be applied.
const HASHES: [&str; 3] = ["pod-template-hash", "controller-revision-hash", "$patch"];

/// Whether two templates are the same but for the hash that the controller added.
///
/// Upstream: `pkg/controller/deployment/util/deployment_util.go: EqualIgnoreHash`.
pub(super) fn is_same_template(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Map(one), Value::Map(other)) => {
            let is_there = |entry: &&Entry| !is_nothing(&entry.value) && !HASHES.contains(&entry.key.as_str());
            let count = |entries: &[Entry]| entries.iter().filter(is_there).count();
            let same = |entry: &Entry| {
                let twin = other.iter().filter(is_there).find(|twin| twin.key == entry.key);
                twin.is_some_and(|twin| is_same_template(&entry.value, &twin.value))
            };
            count(one) == count(other) && one.iter().filter(is_there).all(same)
        }
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same_template(one, other))
        }
        (Value::Scalar(one), Value::Scalar(other)) => one.text == other.text,
        _ => is_nothing(one) && is_nothing(other),
    }
}

/// What is written and means the same as if it were not: upstream compares semantically.
fn is_nothing(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Scalar(_) => false,
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.iter().all(|entry| HASHES.contains(&entry.key.as_str())),
    }
}
