//! Quantities of the API as whole thousandths.

use serde_json::Value;

use crate::input::tree::quantity::nano_units;

/// Thousandths of a quantity such as `500m`, `2` or `1Gi`; what is smaller counts as one.
pub(super) fn millis(text: &str) -> Option<i64> {
    i64::try_from(nano_units(text)?.div_ceil(1_000_000)).ok()
}

/// The same of a value, which may be a number.
pub(super) fn of(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => millis(text),
        Value::Number(number) => millis(&number.to_string()),
        _ => None,
    }
}
