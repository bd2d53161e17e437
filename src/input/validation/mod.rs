//! What the API server refuses in a Deployment of a file; the short spec of an experiment keeps its freedom.
//!
//! Upstream: `pkg/apis/apps/validation/validation.go: ValidateDeployment`, `pkg/apis/core/validation/validation.go:
//! ValidatePodTemplateSpecForReplicaSet`. Numbers and limits of the spec itself are [`crate::k8s::validation`]'s. The first
//! thing wrong is told.

mod container;
mod handler;
mod names;
mod pod;
mod scheduling;

use crate::input::error::{InputError, quoted};
use crate::input::fields::{Map, unknown};
use crate::input::kinds::stranger;
use crate::input::plain;
use crate::input::selector::{asked_keys, maps, selects};
use crate::input::yaml::{Node, Value};
use names::Name;

/// What to do where the object is a part of one.
const FRAGMENT: &str = "the API server refuses a Deployment without it. A patch or fragment is no Deployment: give rollcast \
    what `kustomize build` makes, `kubectl kustomize DIRECTORY | rollcast run -`";

/// Refuses what the API server refuses in the Deployment `object`.
pub(crate) fn check(object: &Map<'_>) -> Result<(), InputError> {
    check_version(object)?;
    let Some(spec) = object.map("spec")? else {
        let known = stranger(object, object.at.file());
        return Err(known.map_or_else(|| missing(object, "spec"), |told| object.at.error(told)));
    };
    check_metadata(object)?;
    let selector = spec.map("selector")?.filter(|selector| asked_keys(selector).is_ok_and(|keys| !keys.is_empty()));
    let Some(selector) = selector else { return Err(missing(&spec, "spec.selector")) };
    let Some(template) = spec.map("template")? else { return Err(missing(&spec, "spec.template")) };
    check_selector(&selector, "spec.selector")?;
    let labels = template.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
    check_labels(labels.as_ref(), "spec.template.metadata.labels")?;
    if !selects(&selector, labels) {
        let message = "spec.selector does not match spec.template.metadata.labels, so that the API server refuses the \
                       Deployment: write the same labels in both";
        return Err(selector.at.error(message));
    }
    let Some(pod) = template.map("spec")? else { return Err(missing(&template, "spec.template.spec")) };
    pod::check(&pod, "spec.template.spec")
}

/// The one version that clusters serve. Items of typed lists have none.
fn check_version(object: &Map<'_>) -> Result<(), InputError> {
    let Some(version) = object.get("apiVersion") else {
        return match object.get("kind") {
            Some(_) => Err(stranger(object, object.at.file()).map_or_else(
                || object.at.error("apiVersion is missing: write apiVersion: apps/v1"),
                |told| object.at.error(told),
            )),
            None => Ok(()),
        };
    };
    match version.text()? {
        "apps/v1" => Ok(()),
        "apps/v1beta1" | "apps/v1beta2" | "extensions/v1beta1" => Err(version.at.error(format!(
            "apiVersion {}: Kubernetes serves no such Deployments since 1.16: write apps/v1, and a spec.selector, which \
             apps/v1 asks for",
            quoted(version.text()?)
        ))),
        _ => Err(version.wrong("apps/v1, the API version of Deployments")),
    }
}

fn check_metadata(object: &Map<'_>) -> Result<(), InputError> {
    let metadata = object.map("metadata")?;
    let Some(metadata) = metadata.filter(|map| map.get("name").or_else(|| map.get("generateName")).is_some()) else {
        return Err(object.at.error("metadata.name is missing: write the Deployment's name"));
    };
    if let Some(name) = metadata.get("name") {
        Name::Subdomain.check(name, "metadata.name")?;
    }
    if let Some(namespace) = metadata.get("namespace").filter(|node| node.text().ok() != Some("")) {
        Name::Label.check(namespace, "metadata.namespace")?;
    }
    check_labels(metadata.map("labels")?.as_ref(), "metadata.labels")?;
    for entry in metadata.map("annotations")?.map_or(&[][..], |map| map.entries) {
        let path = format!("metadata.annotations.{}", entry.key);
        Name::Key.check_text(&entry.key.to_lowercase(), &entry.at, &path)?;
        if !matches!(entry.value.value, Value::Null) {
            string(&entry.value, &path)?;
        }
    }
    Ok(())
}

fn check_labels(labels: Option<&Map<'_>>, path: &str) -> Result<(), InputError> {
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
fn check_selector(selector: &Map<'_>, path: &str) -> Result<(), InputError> {
    check_labels(selector.map("matchLabels")?.as_ref(), &format!("{path}.matchLabels"))?;
    for (number, expression) in maps(selector.list("matchExpressions")?)?.iter().enumerate() {
        let path = format!("{path}.matchExpressions[{number}]");
        Name::Key.check(required(expression, "key", &path)?, &format!("{path}.key"))?;
        check_requirement(expression, &["In", "NotIn", "Exists", "DoesNotExist"], &path)?;
    }
    Ok(())
}

/// An operator and the number of values that goes with it.
fn check_requirement(expression: &Map<'_>, operators: &[&str], path: &str) -> Result<(), InputError> {
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

/// The error that a field which makes a Deployment is not there.
fn missing(map: &Map<'_>, field: &str) -> InputError {
    map.at.error(format!("{field} is missing: {FRAGMENT}"))
}

/// A field that must be there.
fn required<'a>(map: &Map<'a>, field: &str, path: &str) -> Result<&'a Node, InputError> {
    map.get(field).ok_or_else(|| map.at.error(format!("{path}.{field} is missing: add it, the API server requires it")))
}

fn one_of(node: &Node, path: &str, words: &[&str]) -> Result<(), InputError> {
    let word = node.text()?;
    // What is written as nothing gets its default, except where a word must be chosen.
    let defaulted = word.is_empty() && !path.ends_with("whenUnsatisfiable") && !path.ends_with("operator");
    if defaulted || words.contains(&word) { Ok(()) } else { Err(node.at.error(unknown(path, word, words))) }
}

/// Text, which a number or a boolean without quotes is not.
fn string<'a>(node: &'a Node, path: &str) -> Result<&'a str, InputError> {
    let text = node.text().map_err(|error| InputError { message: format!("{path}: {}", error.message), ..error })?;
    if node.plain_text().is_some_and(|text| !plain::is_string(text)) {
        let message =
            format!("{path} is {} without quotes, which is no text to the API server: write \"{text}\"", quoted(text));
        return Err(node.at.error(message));
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
