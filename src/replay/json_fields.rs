//! The fields of a spec in a recording: what the API server takes as a number, a word, or a limit.

use serde_json::{Map, Value};

use super::stop::{Result, Stop, wrong};
use crate::k8s::int_or_percent::IntOrPercent;

/// The fields of a spec in JSON.
pub(super) struct JsonFields<'a> {
    /// The path of the fields in the file.
    pub(super) path: &'a str,
    pub(super) fields: &'a Map<String, Value>,
}

impl JsonFields<'_> {
    pub(super) fn whole(&self, value: Option<&Value>, field: &str) -> Result<Option<i32>> {
        let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
        match value.as_i64().and_then(|number| i32::try_from(number).ok()) {
            Some(number) => Ok(Some(number)),
            None => wrong(format!("{}.{field}", self.path), format!("{value} is no whole number of 32 bits")),
        }
    }

    /// A word of the API; others are refused.
    pub(super) fn word<T>(
        &self,
        value: Option<&Value>,
        field: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>> {
        match value.filter(|value| !value.is_null()) {
            None => Ok(None),
            Some(Value::String(word)) => parse(word).map(Some).ok_or(Stop::Rejected),
            Some(other) => wrong(format!("{}.{field}", self.path), format!("{other} is no text")),
        }
    }

    /// How many pods, as a number or a percentage, in the block of a rolling update of the field `strategy`.
    pub(super) fn limit(&self, strategy: &str, block: Option<&Value>, field: &str) -> Result<Option<IntOrPercent>> {
        let Some(value) = block.and_then(|block| block.get(field)).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        // ValidatePositiveIntOrPercent
        if let Value::String(text) = value {
            return IntOrPercent::parse_percent(text).map(Some).map_err(|_| Stop::Rejected);
        }
        match value.as_i64().and_then(|count| i32::try_from(count).ok()) {
            Some(count) => Ok(Some(IntOrPercent::Int(count))),
            None => {
                let place = format!("{}.{strategy}.rollingUpdate.{field}", self.path);
                wrong(place, format!("{value} is neither a whole number nor a percentage such as \"25%\""))
            }
        }
    }
}
