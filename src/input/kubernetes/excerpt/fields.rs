//! Fields of objects that are reduced.

use crate::input::tree::yaml::{Node, Value};

/// The value under a key of a map.
pub(super) fn field<'n>(node: &'n mut Node, key: &str) -> Option<&'n mut Node> {
    let Value::Map(entries) = &mut node.value else { return None };
    entries.iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
}

pub(super) fn entries(node: Option<&mut Node>) -> impl Iterator<Item = (&str, &mut Node)> {
    let entries = match node.map(|node| &mut node.value) {
        Some(Value::Map(entries)) => &mut entries[..],
        _ => &mut [],
    };
    entries.iter_mut().map(|entry| (entry.key.as_str(), &mut entry.value))
}

pub(super) fn items(node: Option<&mut Node>) -> &mut [Node] {
    match node.map(|node| &mut node.value) {
        Some(Value::List(items)) => items,
        _ => &mut [],
    }
}

/// Keeps the fields `kept` of a map. Says whether others had values.
pub(super) fn keep_only(node: &mut Node, kept: &[&str]) -> bool {
    retain(node, |key| kept.contains(&key))
}

/// Removes the fields `removed` of a map. Says whether they had values.
pub(super) fn remove(node: &mut Node, removed: &[&str]) -> bool {
    retain(node, |key| !removed.contains(&key))
}

pub(super) fn retain(node: &mut Node, is_kept: impl Fn(&str) -> bool) -> bool {
    let Value::Map(entries) = &mut node.value else { return false };
    let before = entries.len();
    entries.retain(|entry| is_kept(&entry.key) || is_empty(&entry.value));
    entries.len() < before
}

pub(super) fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Scalar(_) => false,
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
    }
}
