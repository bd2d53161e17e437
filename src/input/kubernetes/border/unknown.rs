//! Keys of a Deployment's spec that are no fields of the API, such as typing errors. The API server drops them without an error.

use super::examine::{Unknown, examine};
use serde_json::{Map, Value};

use super::daemon_set::{DAEMON_SET, DAEMON_SET_SPEC};
use super::deployment::{DEPLOYMENT, SPEC, STRATEGY};
use super::stateful_set::{STATEFUL_SET, STATEFUL_SET_SPEC};
use super::table::{Object, Rule};
use crate::input::tree::error::InputError;
use crate::input::tree::near::{nearest, unknown};
use crate::input::tree::yaml::{Node, Value as Tree};

/// A key of the spec that the API does not have. The reader of Deployments says what it would mean.
const PROPOSED: &str = "podReplacementPolicy";

/// The fields of a workload of a kind.
pub(crate) fn object_of(kind: &str) -> &'static Object {
    match kind {
        "StatefulSet" => &STATEFUL_SET,
        "DaemonSet" => &DAEMON_SET,
        _ => &DEPLOYMENT,
    }
}

/// The fields of its spec.
pub(crate) fn spec_of(kind: &str) -> &'static Object {
    match kind {
        "StatefulSet" => &STATEFUL_SET_SPEC,
        "DaemonSet" => &DAEMON_SET_SPEC,
        _ => &SPEC,
    }
}

/// Refuses keys of an experiment's own spec of a workload of a kind that the API does not know.
pub(crate) fn only_known_in(kind: &str, spec: &Node) -> Result<(), InputError> {
    refuse(spec, spec_of(kind), "spec")
}

/// The same of a strategy by itself.
pub(crate) fn only_known_in_strategy(strategy: &Node) -> Result<(), InputError> {
    refuse(strategy, &STRATEGY, "strategy")
}

fn refuse(node: &Node, object: &'static Object, path: &str) -> Result<(), InputError> {
    let examined = examine(node, object, path);
    match examined.unknown.iter().find(|one| one.key != PROPOSED) {
        Some(Unknown { key, at, object, .. }) => Err(at.error(unknown("key", key, &object.names()))),
        None => Ok(()),
    }
}

/// Sentences on keys that the API does not know. A newer cluster may know them, so they are no errors.
pub(crate) fn unknown_keys(unknown: &[Unknown<'_>]) -> Vec<String> {
    let message = |one: &Unknown<'_>| {
        let place = if one.path.is_empty() { one.key.to_owned() } else { format!("{}.{}", one.path, one.key) };
        match nearest(one.key, &one.object.names()) {
            Some(near) => format!("{place} was ignored: did you mean `{near}`?"),
            None => format!("{place} was ignored: Kubernetes 1.36 knows no such field"),
        }
    };
    unknown.iter().filter(|one| one.key != PROPOSED).map(message).collect()
}

/// Of a spec in JSON at `path` the first key that the API does not know: the path of its object, the key, and what is valid
/// there.
pub(crate) fn unknown_field(spec: &Map<String, Value>, path: &str) -> Option<(String, String, Vec<&'static str>)> {
    unknown_in(spec, &SPEC, path)
}

fn unknown_in(map: &Map<String, Value>, object: &Object, path: &str) -> Option<(String, String, Vec<&'static str>)> {
    map.iter().find_map(|(key, value)| {
        let Some(field) = object.field(key) else {
            return (key != PROPOSED).then(|| (path.to_owned(), key.clone(), object.names()));
        };
        let Rule::Inner(inner) = &field.rule else { return None };
        let within = format!("{path}.{key}");
        match value {
            Value::Object(map) => unknown_in(map, inner, &within),
            Value::Array(items) => {
                let maps = items.iter().enumerate().filter_map(|(number, item)| Some((number, item.as_object()?)));
                maps.into_iter().find_map(|(number, map)| unknown_in(map, inner, &format!("{within}[{number}]")))
            }
            _ => None,
        }
    })
}

/// Takes the keys that the API does not know out of the spec of a workload of a kind. Says whether there were any.
pub(crate) fn remove_unknown(spec: &mut Node, kind: &str) -> bool {
    remove_in(spec, spec_of(kind))
}

fn remove_in(node: &mut Node, object: &Object) -> bool {
    let either = |one: bool, other: bool| one | other;
    match &mut node.value {
        Tree::List(items) => items.iter_mut().map(|item| remove_in(item, object)).fold(false, either),
        Tree::Map(entries) => {
            let before = entries.len();
            entries.retain(|entry| entry.key == PROPOSED || object.field(&entry.key).is_some());
            let inside = entries.iter_mut().map(|entry| match object.field(&entry.key).map(|field| &field.rule) {
                Some(Rule::Inner(inner)) => remove_in(&mut entry.value, inner),
                _ => false,
            });
            let inside = inside.fold(false, either);
            inside | (entries.len() < before)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    const SLIPS: [(&str, &str); 4] = [
        ("{replicas: 3, replcias: 5}", "replicas"),
        ("{strategy: {rollingUpdate: {maxsurge: 1}}}", "maxSurge"),
        ("{template: {spec: {containers: [{name: a}, {readinesProbe: {}}]}}}", "readinessProbe"),
        ("{template: {spec: {containers: [{readinessProbe: {periodSecond: 2}}]}}}", "periodSeconds"),
    ];

    fn noted(text: &str) -> Vec<String> {
        unknown_keys(&examine(&node(text), &SPEC, "spec").unknown)
    }

    #[test]
    fn mistakes_are_refused_in_an_experiment_and_noted_in_a_manifest() {
        for (text, meant) in SLIPS {
            let error = only_known_in("Deployment", &node(text)).unwrap_err().to_string();
            assert!(error.contains(&format!("did you mean `{meant}`?")), "{error}");
            let notes = noted(text);
            assert!(notes.len() == 1 && notes[0].contains(&format!("did you mean `{meant}`?")), "{notes:?}");
        }
        assert_eq!(
            noted("{strategy: {rollingUpdate: {maxsurge: 1}}}"),
            ["spec.strategy.rollingUpdate.maxsurge was ignored: did you mean `maxSurge`?"]
        );
    }

    #[test]
    fn what_newer_clusters_may_know_is_noted_and_passes_in_a_manifest() {
        let text =
            "{rolloutColour: blue, strategy: Recreate, template: {metadata: {anything: 1}, spec: {volumes: [{x: 1}]}}}";
        assert_eq!(
            noted(text),
            ["spec.rolloutColour", "spec.template.metadata.anything", "spec.template.spec.volumes.x"]
                .map(|place| format!("{place} was ignored: Kubernetes 1.36 knows no such field"))
        );
        assert!(
            only_known_in("Deployment", &node(text)).unwrap_err().to_string().contains("unknown key `rolloutColour`")
        );
        assert!(only_known_in_strategy(&node("{rollingUpdate: {maxSurge: 1}}")).is_ok());
        assert!(only_known_in("Deployment", &node("{podReplacementPolicy: Failed}")).is_ok());
    }
}
