//! Labels and selectors.

use super::names::Name;
use super::require::{one_of, required, string};
use crate::input::kubernetes::label_selector::maps;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Value;

pub(super) fn check_labels(labels: Option<&Map<'_>>, path: &str) -> Result<(), InputError> {
    for entry in labels.map_or(&[][..], |labels| labels.entries) {
        let path = format!("{path}.{}", entry.key);
        Name::Key.check_text(&entry.key, &entry.at, &path)?;
        if !matches!(entry.value.value, Value::Null) {
            Name::LabelValue.check(&entry.value, &path)?;
        }
    }
    Ok(())
}

/// A label selector (`apimachinery/pkg/apis/meta/v1/validation: ValidateLabelSelector`).
pub(super) fn check_selector(selector: &Map<'_>, path: &str) -> Result<(), InputError> {
    check_labels(selector.map("matchLabels")?.as_ref(), &format!("{path}.matchLabels"))?;
    for (number, expression) in maps(selector.list("matchExpressions")?)?.iter().enumerate() {
        let path = format!("{path}.matchExpressions[{number}]");
        Name::Key.check(required(expression, "key", &path)?, &format!("{path}.key"))?;
        check_requirement(expression, &["In", "NotIn", "Exists", "DoesNotExist"], &path)?;
    }
    Ok(())
}

/// An operator and the number of values that goes with it.
pub(super) fn check_requirement(expression: &Map<'_>, operators: &[&str], path: &str) -> Result<(), InputError> {
    let operator = required(expression, "operator", path)?;
    one_of(operator, &format!("{path}.operator"), operators)?;
    let (operator, values) = (operator.text()?, expression.list("values")?);
    for value in values {
        string(value, &format!("{path}.values"))?;
    }
    let (good, wanted) = match operator {
        "Exists" | "DoesNotExist" => (values.is_empty(), "no values"),
        "Gt" | "Lt" => (values.len() == 1, "one value"),
        _ => (!values.is_empty(), "at least one value"),
    };
    if good {
        return Ok(());
    }
    Err(expression.at.error(format!("{path}: the operator {operator} takes {wanted}: correct `values`")))
}
