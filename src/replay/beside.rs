//! What a recording has beside its workloads, as its `extra` says: pods without an owner, priorities, the CPU that is used.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::stop::{FieldError, LONGEST};

/// What `extra` says about it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Beside {
    /// The priority of the workloads' pods.
    pub(super) priority: Option<Value>,
    pub(super) fillers: Vec<Filler>,
    /// What all pods use together: from an instant on [s], in thousandths of a core.
    pub(super) cpu: Vec<(f64, u64)>,
}

/// Pods without an owner that are alike.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filler {
    pub(super) cpu: Option<Value>,
    pub(super) memory: Option<Value>,
    #[serde(default = "one")]
    pub(super) count: u32,
    pub(super) node: Option<u32>,
    pub(super) priority: Option<Value>,
}

fn one() -> u32 {
    1
}

impl Beside {
    /// Reads `extra`.
    pub(super) fn read(extra: &Map<String, Value>) -> std::result::Result<Self, FieldError> {
        let read = Self::deserialize(Value::Object(extra.clone()));
        let read = read.map_err(|error| FieldError::new("extra", error))?;
        match read.cpu.iter().find(|(at, _)| !(0.0..=LONGEST).contains(at)) {
            Some((at, _)) => Err(FieldError::new("extra.cpu", format!("{at} is not a time: write seconds from 0 on"))),
            None => Ok(read),
        }
    }

    /// Whether there are pods without an owner.
    pub(super) fn has_fillers(&self) -> bool {
        !self.fillers.is_empty()
    }
}
