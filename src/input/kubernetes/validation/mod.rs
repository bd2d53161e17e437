//! What the API server refuses in a Deployment of a file; the short spec of an experiment keeps its freedom.
//!
//! Upstream: `pkg/apis/apps/validation/validation.go: ValidateDeployment`, `pkg/apis/core/validation/validation.go:
//! ValidatePodTemplateSpecForReplicaSet`. [`crate::k8s::validation`] checks numbers and limits of the spec itself. The first
//! error is reported.

mod require;

mod names;

mod handler;
mod labels;

mod container;
mod scheduling;

mod pod;

use std::collections::BTreeSet;

use crate::input::kubernetes::label_selector::{asked_keys, maps, selects};
use crate::input::kubernetes::manifest::DEPLOYMENT;
use crate::input::kubernetes::other_files::other_file;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::{Node, Value};
use labels::{check_labels, check_selector};
use names::Name;
use pod::Owner;
use require::{missing, string};

/// Refuses what the API server refuses in the Deployment `object`.
pub(crate) fn check(object: &Map<'_>) -> Result<(), InputError> {
    check_version(object)?;
    let kind = object.read("kind", Node::text)?.unwrap_or(DEPLOYMENT);
    let Some(spec) = object.map("spec")? else {
        let known = other_file(object, object.at.file());
        return Err(known.map_or_else(|| missing(object, "spec"), |message| object.at.error(message)));
    };
    check_metadata(object)?;
    let selector = spec.map("selector")?.filter(|selector| asked_keys(selector).is_ok_and(|keys| !keys.is_empty()));
    let Some(selector) = selector else { return Err(missing(&spec, "spec.selector")) };
    let Some(template) = spec.map("template")? else { return Err(missing(&spec, "spec.template")) };
    check_selector(&selector, "spec.selector")?;
    let labels = template.map("metadata")?.map(|metadata| metadata.map("labels")).transpose()?.flatten();
    check_labels(labels.as_ref(), "spec.template.metadata.labels")?;
    if !selects(&selector, labels) {
        let message = format!(
            "spec.selector does not match spec.template.metadata.labels, so that the API server refuses the {kind}: write the same labels \
             in both"
        );
        return Err(selector.at.error(message));
    }
    let Some(pod) = template.map("spec")? else { return Err(missing(&template, "spec.template.spec")) };
    pod::check(&pod, "spec.template.spec", &Owner { kind, claims: claims(&spec)? })
}

/// The names of the claims that each pod of a StatefulSet has.
fn claims(spec: &Map<'_>) -> Result<BTreeSet<String>, InputError> {
    let mut names = BTreeSet::new();
    for claim in maps(spec.list("volumeClaimTemplates")?)? {
        let name = claim.map("metadata")?.map(|metadata| metadata.read("name", Node::text)).transpose()?;
        names.extend(name.flatten().map(str::to_owned));
    }
    Ok(names)
}

/// The one version that clusters serve. Items of typed lists have none.
fn check_version(object: &Map<'_>) -> Result<(), InputError> {
    let Some(version) = object.get("apiVersion") else {
        return match object.get("kind") {
            Some(_) => Err(other_file(object, object.at.file()).map_or_else(
                || object.at.error("apiVersion is missing: write apiVersion: apps/v1"),
                |message| object.at.error(message),
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

#[cfg(test)]
mod tests;
