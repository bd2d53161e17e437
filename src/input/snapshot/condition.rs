//! Conditions of a workload.

use super::object::{at, owned};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;

/// A condition in a workload's status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Its type, such as `Progressing`.
    pub name: String,
    /// Whether its status is `True`.
    pub holds: bool,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// When it was last written.
    pub updated: Option<i64>,
    /// When its status last changed.
    pub changed: Option<i64>,
}

/// The conditions of a status.
pub(super) fn conditions(status: &Map<'_>) -> Result<Vec<Condition>, InputError> {
    let mut found = Vec::new();
    for condition in status.list("conditions")? {
        let condition = condition.map()?;
        found.push(Condition {
            name: owned(&condition, "type"),
            holds: owned(&condition, "status") == "True",
            reason: owned(&condition, "reason"),
            message: owned(&condition, "message"),
            updated: at(&condition, "lastUpdateTime")?,
            changed: at(&condition, "lastTransitionTime")?,
        });
    }
    Ok(found)
}
