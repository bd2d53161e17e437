//! Lengths of time as they are written, made longer by a factor, for settings that scale what somebody wrote.

use crate::input::experiment::distribution::percent;
use crate::input::keys::distributions::{MODIFIERS, own_section};
use crate::input::keys::key::Form;
use crate::input::tree::error::InputError;
use crate::input::tree::quantity::seconds;
use crate::input::tree::yaml::{Entry, Node, Value};

/// The distribution of `node` with every value multiplied by `factor`, as YAML on one line. It keeps its form: a
/// percentile stays one, and a shape parameter stays as it is.
///
/// # Errors
/// Where the values stand in another file, or where a length of time cannot be read.
pub(crate) fn slower(node: &Node, factor: f64) -> Result<String, InputError> {
    match &node.value {
        Value::Map(entries) => {
            let parts = entries.iter().map(|entry| Ok(format!("{}: {}", entry.key, part(entry, factor)?)));
            Ok(format!("{{{}}}", parts.collect::<Result<Vec<_>, InputError>>()?.join(", ")))
        }
        _ => longer(node, factor),
    }
}

/// A family with its parameters, or what modifies it.
fn part(entry: &Entry, factor: f64) -> Result<String, InputError> {
    let node = &entry.value;
    match (entry.key.as_str(), &node.value) {
        ("mixture", Value::List(components)) => {
            let parts = components.iter().map(|component| {
                mapped(component, |one| match one.key.as_str() {
                    "of" => slower(&one.value, factor),
                    _ => Ok(one.value.flow()),
                })
            });
            Ok(format!("[{}]", parts.collect::<Result<Vec<_>, InputError>>()?.join(", ")))
        }
        ("empirical", _) => mapped(node, |one| match (one.key.as_str(), &one.value.value) {
            ("values", Value::List(values)) => empirical(values, factor),
            ("unit", _) => Ok(one.value.flow()),
            _ => Err(one
                .at
                .error("the values stand in another file, which no setting changes: set a distribution instead")),
        }),
        // The errors are relative.
        ("measured", _) => Ok(node.flow()),
        (key, _) if MODIFIERS.key(key).is_some() => match &node.value {
            Value::Map(_) => mapped(node, |one| longer(&one.value, factor)),
            _ => longer(node, factor),
        },
        (family, _) => mapped(node, |one| parameter(family, one, factor)),
    }
}

/// A parameter of a family. Lengths of time are multiplied; of a logarithm, the logarithm of the factor is added.
fn parameter(family: &str, entry: &Entry, factor: f64) -> Result<String, InputError> {
    let form = own_section(family).and_then(|section| section.key(&entry.key)).map(|key| key.form);
    if entry.key == "mu" {
        return Ok(format!("{}", entry.value.number()? + libm::log(factor)));
    }
    if matches!(form, Some(Form::Duration)) || percent(&entry.key).is_some() {
        return longer(&entry.value, factor);
    }
    Ok(entry.value.flow())
}

/// Values, of which plain numbers are in the unit that stands beside them.
fn empirical(values: &[Node], factor: f64) -> Result<String, InputError> {
    let scaled = values.iter().map(|value| match value.number() {
        Ok(number) => Ok(format!("{}", number * factor)),
        Err(_) => longer(value, factor),
    });
    Ok(format!("[{}]", scaled.collect::<Result<Vec<_>, InputError>>()?.join(", ")))
}

fn mapped(node: &Node, write: impl Fn(&Entry) -> Result<String, InputError>) -> Result<String, InputError> {
    let parts = node.map()?.entries.iter().map(|entry| Ok(format!("{}: {}", entry.key, write(entry)?)));
    Ok(format!("{{{}}}", parts.collect::<Result<Vec<_>, InputError>>()?.join(", ")))
}

fn longer(node: &Node, factor: f64) -> Result<String, InputError> {
    Ok(written(seconds(node)? * factor))
}

/// A length of time as an experiment writes it, to the millisecond: `57s`, `57500ms`.
pub(crate) fn written(seconds: f64) -> String {
    let milliseconds = libm::round(seconds * 1e3);
    if milliseconds % 1e3 == 0.0 { format!("{}s", milliseconds / 1e3) } else { format!("{milliseconds}ms") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    #[test]
    fn every_form_keeps_its_form() {
        for (text, expected) in [
            ("8s", "12s"),
            ("{lognormal: {p50: 38s, p99: 75s}}", "{lognormal: {p50: 57s, p99: 112500ms}}"),
            ("{lognormal: {median: 2s, sigma: 0.35}}", "{lognormal: {median: 3s, sigma: 0.35}}"),
            ("{exponential: {mean: 1m}, shift: 1s}", "{exponential: {mean: 90s}, shift: 1500ms}"),
            ("{gamma: {shape: 2, scale: 3s}}", "{gamma: {shape: 2, scale: 4500ms}}"),
            (
                "{normal: {mean: 3s, sd: 1s}, truncate: {high: 4s}}",
                "{normal: {mean: 4500ms, sd: 1500ms}, truncate: {high: 6s}}",
            ),
            ("{pareto: {minimum: 1s, shape: 3}}", "{pareto: {minimum: 1500ms, shape: 3}}"),
            ("{empirical: {values: [1s, 2s]}}", "{empirical: {values: [1500ms, 3s]}}"),
            ("{empirical: {values: [1, 2], unit: s}}", "{empirical: {values: [1.5, 3], unit: s}}"),
            (
                "{mixture: [{weight: 0.9, of: 2s}, {weight: 0.1, of: {uniform: {low: 1s, high: 3s}}}]}",
                "{mixture: [{weight: 0.9, of: 3s}, {weight: 0.1, of: {uniform: {low: 1500ms, high: 4500ms}}}]}",
            ),
        ] {
            assert_eq!(slower(&node(text), 1.5).unwrap(), expected, "{text}");
        }
        let log = slower(&node("{lognormal: {mu: 1, sigma: 0.5}}"), 2.0).unwrap();
        assert_eq!(log, format!("{{lognormal: {{mu: {}, sigma: 0.5}}}}", 1.0 + libm::log(2.0)));
    }

    #[test]
    fn values_of_another_file_are_refused() {
        let error = slower(&node("{empirical: {csv: a.csv, column: s}}"), 2.0).unwrap_err();
        assert!(error.message.contains("another file"), "{error}");
    }
}
