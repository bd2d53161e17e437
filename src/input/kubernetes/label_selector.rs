//! Label selectors, and short forms to read lists of maps and optional text.

use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

pub(crate) fn maps(nodes: &[Node]) -> Result<Vec<Map<'_>>, InputError> {
    nodes.iter().map(Node::map).collect()
}

pub(crate) fn text<'a>(map: &Map<'a>, key: &str) -> Option<&'a str> {
    map.get(key)?.text().ok()
}

/// A label selector, kept apart from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

impl Selector {
    /// Reads a selector; an empty one matches everything.
    pub(crate) fn read(map: &Map<'_>) -> Result<Self, InputError> {
        let mut selector = Self::default();
        for entry in map.map("matchLabels")?.map_or(&[][..], |labels| labels.entries) {
            selector.require(&entry.key, "In", vec![entry.value.text()?.to_owned()]);
        }
        for expression in maps(map.list("matchExpressions")?)? {
            let values = expression.list("values")?.iter().map(|value| value.text().map(str::to_owned));
            let (key, operator) = (text(&expression, "key"), text(&expression, "operator"));
            let values = values.collect::<Result<_, InputError>>()?;
            selector.require(key.unwrap_or_default(), operator.unwrap_or_default(), values);
        }
        Ok(selector)
    }

    /// Asks for one thing more.
    pub(crate) fn require(&mut self, key: &str, operator: &str, values: Vec<String>) {
        self.requirements.push(Requirement { key: key.to_owned(), operator: operator.to_owned(), values });
    }

    /// Whether it matches what `label` knows.
    pub(crate) fn matches<'a>(&self, label: impl Fn(&str) -> Option<&'a str>) -> bool {
        let meets_one =
            |one: &Requirement| meets(&one.operator, label(&one.key), one.values.iter().map(String::as_str));
        self.requirements.iter().all(meets_one)
    }

    /// The labels that it asks for.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.requirements.iter().map(|one| one.key.as_str())
    }
}

/// Whether a label selector matches `labels`; an empty one matches everything.
pub(crate) fn selects(selector: &Map<'_>, labels: Option<Map<'_>>) -> bool {
    matches(selector, |key| labels.as_ref().and_then(|labels| text(labels, key)))
}

/// The same where `label` knows the values.
pub(crate) fn matches<'a>(selector: &Map<'_>, label: impl Fn(&str) -> Option<&'a str>) -> bool {
    let entries = selector.get("matchLabels").and_then(|node| node.map().ok()).map_or(&[][..], |map| map.entries);
    let expressions = selector.list("matchExpressions").unwrap_or_default();
    let by_labels =
        entries.iter().all(|entry| label(&entry.key).is_some_and(|value| entry.value.text().ok() == Some(value)));
    by_labels && expressions.iter().filter_map(|node| node.map().ok()).all(|expression| holds(&expression, &label))
}

/// The labels that a selector asks for.
pub(crate) fn asked_keys<'a>(selector: &Map<'a>) -> Result<Vec<&'a str>, InputError> {
    let mut keys: Vec<&str> = selector
        .map("matchLabels")?
        .map_or(&[][..], |map| map.entries)
        .iter()
        .map(|entry| entry.key.as_str())
        .collect();
    for expression in maps(selector.list("matchExpressions")?)? {
        keys.extend(text(&expression, "key"));
    }
    Ok(keys)
}

fn holds<'a>(expression: &Map<'_>, label: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let value = text(expression, "key").and_then(label);
    let values = expression.list("values").unwrap_or_default();
    meets(text(expression, "operator").unwrap_or_default(), value, values.iter().filter_map(|node| node.text().ok()))
}

/// Whether a label's value is as an operator and its values ask for.
pub(crate) fn meets<'v>(operator: &str, value: Option<&str>, mut values: impl Iterator<Item = &'v str>) -> bool {
    let mut listed = || value.is_some_and(|value| values.any(|one| one == value));
    match operator {
        "In" => listed(),
        "NotIn" => !listed(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => false,
    }
}
