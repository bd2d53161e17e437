//! Keys of a Deployment's spec that are no fields of the API: slips, which the API server drops without a word.
//!
//! Source: apps/v1 and core/v1 of Kubernetes 1.36. Inside what no rollout hangs on nothing is checked.

use crate::input::error::InputError;
use crate::input::fields::{nearest, unknown};
use crate::input::yaml::{At, Node, Value};

/// An object of the API.
struct Object {
    fields: &'static [&'static str],
    /// Objects, or lists of them, under some of the fields.
    inner: &'static [(&'static str, &'static Object)],
}

const SPEC: Object = Object {
    fields: &[
        "minReadySeconds",
        "paused",
        "podReplacementPolicy",
        "progressDeadlineSeconds",
        "replicas",
        "revisionHistoryLimit",
        "selector",
        "strategy",
        "template",
    ],
    inner: &[("strategy", &STRATEGY), ("template", &TEMPLATE)],
};

const STRATEGY: Object = Object { fields: &["type", "rollingUpdate"], inner: &[("rollingUpdate", &ROLLING_UPDATE)] };

const ROLLING_UPDATE: Object = Object { fields: &["maxSurge", "maxUnavailable"], inner: &[] };

const TEMPLATE: Object = Object { fields: &["metadata", "spec"], inner: &[("spec", &POD_SPEC)] };

const POD_SPEC: Object = Object {
    fields: &[
        "activeDeadlineSeconds",
        "affinity",
        "automountServiceAccountToken",
        "containers",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "ephemeralContainers",
        "evictionResponders",
        "hostAliases",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostUsers",
        "hostname",
        "hostnameOverride",
        "imagePullSecrets",
        "initContainers",
        "nodeName",
        "nodeSelector",
        "os",
        "overhead",
        "preemptionPolicy",
        "priority",
        "priorityClassName",
        "readinessGates",
        "resourceClaims",
        "resources",
        "restartPolicy",
        "runtimeClassName",
        "schedulerName",
        "schedulingGates",
        "schedulingGroup",
        "securityContext",
        "serviceAccount",
        "serviceAccountName",
        "setHostnameAsFQDN",
        "shareProcessNamespace",
        "subdomain",
        "terminationGracePeriodSeconds",
        "tolerations",
        "topologySpreadConstraints",
        "volumes",
        "workloadRef",
    ],
    inner: &[
        ("affinity", &AFFINITY),
        ("containers", &CONTAINER),
        ("initContainers", &CONTAINER),
        ("tolerations", &TOLERATION),
        ("topologySpreadConstraints", &SPREAD),
    ],
};

const AFFINITY: Object = Object {
    fields: &["nodeAffinity", "podAffinity", "podAntiAffinity"],
    inner: &[("nodeAffinity", &TERMS), ("podAffinity", &TERMS), ("podAntiAffinity", &TERMS)],
};

const TERMS: Object = Object {
    fields: &["preferredDuringSchedulingIgnoredDuringExecution", "requiredDuringSchedulingIgnoredDuringExecution"],
    inner: &[],
};

const TOLERATION: Object = Object { fields: &["effect", "key", "operator", "tolerationSeconds", "value"], inner: &[] };

const SPREAD: Object = Object {
    fields: &[
        "labelSelector",
        "matchLabelKeys",
        "maxSkew",
        "minDomains",
        "nodeAffinityPolicy",
        "nodeTaintsPolicy",
        "topologyKey",
        "whenUnsatisfiable",
    ],
    inner: &[],
};

const CONTAINER: Object = Object {
    fields: &[
        "args",
        "command",
        "env",
        "envFrom",
        "image",
        "imagePullPolicy",
        "lifecycle",
        "livenessProbe",
        "name",
        "ports",
        "readinessProbe",
        "resizePolicy",
        "resources",
        "restartPolicy",
        "restartPolicyRules",
        "securityContext",
        "startupProbe",
        "stdin",
        "stdinOnce",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "tty",
        "volumeDevices",
        "volumeMounts",
        "workingDir",
    ],
    inner: &[
        ("lifecycle", &LIFECYCLE),
        ("livenessProbe", &PROBE),
        ("readinessProbe", &PROBE),
        ("resources", &RESOURCES),
        ("startupProbe", &PROBE),
    ],
};

const LIFECYCLE: Object = Object { fields: &["postStart", "preStop", "stopSignal"], inner: &[("preStop", &HANDLER)] };

const HANDLER: Object = Object { fields: &["exec", "httpGet", "sleep", "tcpSocket"], inner: &[] };

const RESOURCES: Object = Object { fields: &["claims", "limits", "requests"], inner: &[] };

const PROBE: Object = Object {
    fields: &[
        "exec",
        "failureThreshold",
        "grpc",
        "httpGet",
        "initialDelaySeconds",
        "periodSeconds",
        "successThreshold",
        "tcpSocket",
        "terminationGracePeriodSeconds",
        "timeoutSeconds",
    ],
    inner: &[],
};

/// Refuses keys of an experiment's own spec that the API does not know.
pub(crate) fn only_known(spec: &Node) -> Result<(), InputError> {
    each_unknown(spec, &SPEC, "spec", &mut |_, key, at, fields| Err(at.error(unknown("key", key, fields))))
}

/// The same of a strategy by itself.
pub(crate) fn only_known_in_strategy(strategy: &Node) -> Result<(), InputError> {
    each_unknown(strategy, &STRATEGY, "strategy", &mut |_, key, at, fields| Err(at.error(unknown("key", key, fields))))
}

/// Notes on keys of a manifest's spec that are likely slips. Clusters know fields that are unknown here, so the others pass.
pub(crate) fn slips(spec: &Node) -> Vec<String> {
    let mut notes = Vec::new();
    let told = each_unknown(spec, &SPEC, "spec", &mut |path, key, _, fields| {
        notes.extend(nearest(key, fields).map(|near| format!("{path}.{key} was ignored: did you mean `{near}`?")));
        Ok::<(), std::convert::Infallible>(())
    });
    match told {
        Ok(()) => notes,
    }
}

/// Removes keys of a manifest's spec that the API does not know. Says whether there were any.
pub(crate) fn remove_unknown(spec: &mut Node) -> bool {
    remove_unknown_of(spec, &SPEC)
}

fn remove_unknown_of(node: &mut Node, object: &Object) -> bool {
    let each = |found: bool, more: bool| found | more;
    match &mut node.value {
        Value::List(items) => items.iter_mut().map(|item| remove_unknown_of(item, object)).fold(false, each),
        Value::Map(entries) => {
            let before = entries.len();
            entries.retain(|entry| object.fields.contains(&entry.key.as_str()));
            let removed = entries.len() < before;
            let inner = |key: &str| object.inner.iter().find(|(name, _)| *name == key).map(|(_, inner)| *inner);
            let inside = entries
                .iter_mut()
                .filter_map(|entry| inner(&entry.key).map(|object| remove_unknown_of(&mut entry.value, object)));
            inside.fold(removed, each)
        }
        _ => false,
    }
}

/// Calls `found` with path, key, place and valid fields of each key of `node` that is no field of `object`.
fn each_unknown<E>(
    node: &Node,
    object: &Object,
    path: &str,
    found: &mut impl FnMut(&str, &str, &At, &[&str]) -> Result<(), E>,
) -> Result<(), E> {
    match &node.value {
        Value::List(items) => items.iter().try_for_each(|item| each_unknown(item, object, path, found)),
        Value::Map(entries) => entries.iter().try_for_each(|entry| {
            let key = entry.key.as_str();
            if !object.fields.contains(&key) {
                return found(path, key, &entry.at, object.fields);
            }
            match object.inner.iter().find(|(name, _)| *name == key) {
                Some((_, inner)) => each_unknown(&entry.value, inner, &format!("{path}.{key}"), found),
                None => Ok(()),
            }
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::yaml::node;

    const SLIPS: [(&str, &str); 4] = [
        ("{replicas: 3, replcias: 5}", "replicas"),
        ("{strategy: {rollingUpdate: {maxsurge: 1}}}", "maxSurge"),
        ("{template: {spec: {containers: [{name: a}, {readinesProbe: {}}]}}}", "readinessProbe"),
        ("{template: {spec: {containers: [{readinessProbe: {periodSecond: 2}}]}}}", "periodSeconds"),
    ];

    #[test]
    fn slips_are_refused_in_an_experiment_and_noted_in_a_manifest() {
        for (text, meant) in SLIPS {
            let error = only_known(&node(text)).unwrap_err().to_string();
            assert!(error.contains(&format!("did you mean `{meant}`?")), "{error}");
            let notes = slips(&node(text));
            assert!(notes.len() == 1 && notes[0].contains(&format!("did you mean `{meant}`?")), "{notes:?}");
        }
        assert_eq!(
            slips(&node("{strategy: {rollingUpdate: {maxsurge: 1}}}")),
            ["spec.strategy.rollingUpdate.maxsurge was ignored: did you mean `maxSurge`?"]
        );
    }

    #[test]
    fn what_clusters_know_beside_passes_in_a_manifest() {
        let text =
            "{rolloutColour: blue, strategy: Recreate, template: {metadata: {anything: 1}, spec: {volumes: [{x: 1}]}}}";
        assert!(slips(&node(text)).is_empty());
        assert!(only_known(&node(text)).unwrap_err().to_string().contains("unknown key `rolloutColour`"));
        assert!(only_known_in_strategy(&node("{rollingUpdate: {maxSurge: 1}}")).is_ok());
    }
}
