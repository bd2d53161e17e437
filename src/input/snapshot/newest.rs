//! The newest instant that a snapshot holds: then, at the earliest, it was taken.

use super::object::{at, count};
use crate::input::tables::instant::{instant, is_instant};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node, Value};

/// The newest instant of all objects; `None` where none has one. What lies in the future by its meaning is no such instant: the
/// deletion timestamp of a pod is when its grace period ends.
pub(super) fn newest(all: &[(&str, &Node)]) -> Result<Option<i64>, InputError> {
    let mut newest = None;
    for (kind, node) in all {
        let object = node.map()?;
        if let Some(metadata) = object.map("metadata")? {
            newest = newest.max(at(&metadata, "creationTimestamp")?).max(asked_to_go(&metadata)?);
        }
        if *kind == "Event" {
            for key in ["firstTimestamp", "lastTimestamp", "eventTime"] {
                newest = newest.max(at(&object, key)?);
            }
            if let Some(series) = object.map("series")? {
                newest = newest.max(at(&series, "lastObservedTime")?);
            }
        }
        if let Some(status) = object.get("status") {
            newest = newest.max(within(status)?);
        }
    }
    Ok(newest)
}

/// When somebody asked for an object to be deleted: its deletion timestamp is that and the grace period.
pub(super) fn asked_to_go(metadata: &Map<'_>) -> Result<Option<i64>, InputError> {
    let grace = i64::from(count(metadata, "deletionGracePeriodSeconds")?);
    Ok(at(metadata, "deletionTimestamp")?.map(|end| end - grace))
}

/// The newest instant in a status, whatever its key.
fn within(node: &Node) -> Result<Option<i64>, InputError> {
    match &node.value {
        Value::Null => Ok(None),
        Value::Scalar(scalar) if scalar.text.len() >= 20 && is_instant(&scalar.text) => Ok(instant(node).ok()),
        Value::Scalar(_) => Ok(None),
        Value::List(items) => items.iter().try_fold(None, |newest: Option<i64>, item| Ok(newest.max(within(item)?))),
        Value::Map(entries) => {
            entries.iter().try_fold(None, |newest: Option<i64>, entry| Ok(newest.max(within(&entry.value)?)))
        }
    }
}
