//! What the API server of an older version stores of a pod template: fields whose feature it lacks are left out.
//!
//! Upstream: `pkg/api/pod/util.go: dropDisabledFields, dropPodLifecycleSleepAction`.

use crate::input::tree::error::Problem;
use crate::input::tree::yaml::{Node, Value};
use crate::k8s::version::{Feature, Kubernetes, Version};

/// Where the pod's spec is in a Deployment or a StatefulSet.
pub(crate) const TEMPLATE_OF_OBJECT: &[&str] = &["spec", "template", "spec"];
/// The same in the spec of one.
pub(crate) const TEMPLATE_OF_SPEC: &[&str] = &["template", "spec"];

/// An object without what is not stored of it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) node: Node,
    /// What was left out, in sentences that every answer repeats.
    pub(crate) told: Vec<String>,
}

/// Fields of a pod's spec that are stored only where the cluster has a feature; a `*` is every item of a list.
const FIELDS: &[(Feature, &[&str])] = &[
    (Feature::PodLevelResources, &["resources"]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAffinity", REQUIRED, "*", MATCH]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAffinity", REQUIRED, "*", MISMATCH]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAffinity", PREFERRED, "*", TERM, MATCH]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAffinity", PREFERRED, "*", TERM, MISMATCH]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAntiAffinity", REQUIRED, "*", MATCH]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAntiAffinity", REQUIRED, "*", MISMATCH]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAntiAffinity", PREFERRED, "*", TERM, MATCH]),
    (Feature::MatchLabelKeysInPodAffinity, &["affinity", "podAntiAffinity", PREFERRED, "*", TERM, MISMATCH]),
    (Feature::SidecarContainers, &["initContainers", "*", "restartPolicy"]),
    (Feature::PodLifecycleSleepAction, &["containers", "*", "lifecycle", "preStop", SLEEP]),
    (Feature::PodLifecycleSleepAction, &["containers", "*", "lifecycle", "postStart", SLEEP]),
    (Feature::PodLifecycleSleepAction, &["initContainers", "*", "lifecycle", "preStop", SLEEP]),
    (Feature::PodLifecycleSleepAction, &["initContainers", "*", "lifecycle", "postStart", SLEEP]),
];

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
const TERM: &str = "podAffinityTerm";
const MATCH: &str = "matchLabelKeys";
const MISMATCH: &str = "mismatchLabelKeys";
/// A handler that has nothing else is left out with it.
const SLEEP: &str = "sleep";

/// The object `node`, whose pod template has its spec at `template`, as the API server stores it; `None`: as it is written.
pub(crate) fn stored(node: &Node, template: &[&str], kubernetes: Kubernetes) -> Result<Option<Stored>, Problem> {
    let mut stored: Option<Stored> = None;
    for (feature, field) in FIELDS.iter().filter(|(feature, _)| !kubernetes.has(*feature)) {
        let path = [template, *field].concat();
        if find(node, &path).is_none() {
            continue;
        }
        let named = named(field);
        if let Some(refusal) = refusal(*feature, kubernetes) {
            return Err(Problem::Refused(format!("{named}: {refusal}")));
        }
        let stored = stored.get_or_insert_with(|| Stored { node: node.clone(), told: Vec::new() });
        take_out(&mut stored.node, &path);
        stored.told.push(format!("{named} is left out: {}", why(*feature, kubernetes)));
    }
    check_sleeps(node, template, kubernetes)?;
    Ok(stored)
}

/// The name of a field of the template.
fn named(field: &[&str]) -> String {
    let names: Vec<&str> = TEMPLATE_OF_OBJECT.iter().chain(field).copied().filter(|name| *name != "*").collect();
    names.join(".")
}

fn why(feature: Feature, kubernetes: Kubernetes) -> String {
    let version = kubernetes.version();
    if kubernetes.knows(feature) {
        format!(
            "the API server of Kubernetes {version} does not store it, since the feature gate {} is off",
            feature.gate()
        )
    } else {
        format!("the API server of Kubernetes {version} does not know it (`kubectl apply` refuses such a manifest)")
    }
}

/// Why no forecast can be made of a template with a field that is not stored; `None`: one can be made without the field.
fn refusal(feature: Feature, kubernetes: Kubernetes) -> Option<String> {
    let version = kubernetes.version();
    match feature {
        Feature::SidecarContainers => Some(format!(
            "Kubernetes {version} does not store it and waits until this container ends before it starts the others, which a \
             sidecar never does; write kubernetes: 1.29 or a later version, or featureGates: {{SidecarContainers: true}}"
        )),
        Feature::PodLifecycleSleepAction if !kubernetes.knows(feature) => Some(format!(
            "the API server of Kubernetes {version} does not know the action sleep and refuses a hook without an action; write \
             exec: {{command: [sleep, \"5\"]}}, or kubernetes: 1.30 or a later version"
        )),
        _ => None,
    }
}

/// Refuses hooks that sleep for no time where the API server does.
fn check_sleeps(node: &Node, template: &[&str], kubernetes: Kubernetes) -> Result<(), Problem> {
    if !kubernetes.has(Feature::PodLifecycleSleepAction) || kubernetes.has(Feature::PodLifecycleSleepActionAllowZero) {
        return Ok(());
    }
    let sleeps = FIELDS.iter().filter(|(feature, _)| *feature == Feature::PodLifecycleSleepAction);
    for (_, field) in sleeps {
        let path = [template, *field, &["seconds"]].concat();
        if any(node, &path, &|seconds| seconds.plain_text() == Some("0")) {
            let newest = Version::NEWEST;
            return Err(Problem::Refused(format!(
                "{}.seconds: the API server of Kubernetes {} refuses a sleep of 0 seconds; leave the hook out, or write kubernetes: \
                 1.33 or a later version up to {newest}",
                named(field),
                kubernetes.version(),
            )));
        }
    }
    Ok(())
}

/// The first value at a path that is there and not null.
fn find<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    match (path, &node.value) {
        ([], Value::Null) => None,
        ([], _) => Some(node),
        (["*", rest @ ..], Value::List(items)) => items.iter().find_map(|item| find(item, rest)),
        ([key, rest @ ..], Value::Map(entries)) => {
            entries.iter().find(|entry| entry.key == *key).and_then(|entry| find(&entry.value, rest))
        }
        _ => None,
    }
}

/// Whether one of the values at a path is so.
fn any(node: &Node, path: &[&str], is_so: &dyn Fn(&Node) -> bool) -> bool {
    match (path, &node.value) {
        ([], _) => is_so(node),
        (["*", rest @ ..], Value::List(items)) => items.iter().any(|item| any(item, rest, is_so)),
        ([key, rest @ ..], Value::Map(entries)) => {
            entries.iter().any(|entry| entry.key == *key && any(&entry.value, rest, is_so))
        }
        _ => false,
    }
}

/// Takes the values at a path out, and a hook whose action goes.
fn take_out(node: &mut Node, path: &[&str]) {
    match (path, &mut node.value) {
        ([hook, SLEEP], Value::Map(entries)) => {
            entries.retain(|entry| entry.key != *hook || find(&entry.value, &[SLEEP]).is_none());
        }
        ([key], Value::Map(entries)) => entries.retain(|entry| entry.key != *key),
        (["*", rest @ ..], Value::List(items)) => items.iter_mut().for_each(|item| take_out(item, rest)),
        ([key, rest @ ..], Value::Map(entries)) => {
            entries.iter_mut().filter(|entry| entry.key == *key).for_each(|entry| take_out(&mut entry.value, rest));
        }
        _ => {}
    }
}
