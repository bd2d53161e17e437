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

    /// How many pods, as a number or a percentage, in the block of a rolling update.
    pub(super) fn limit(&self, block: Option<&Value>, field: &str) -> Result<Option<IntOrPercent>> {
        match block.and_then(|block| block.get(field)) {
            Some(Value::String(text)) => IntOrPercent::parse_percent(text).map(Some).map_err(|_| Stop::Rejected),
            other => Ok(self.whole(other, &format!("updateStrategy.rollingUpdate.{field}"))?.map(IntOrPercent::Int)),
        }
    }
}
