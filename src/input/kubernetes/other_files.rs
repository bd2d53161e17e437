//! Files that hold no Deployment: what they hold instead, such as a Helm chart, and what the user can do.

use std::collections::BTreeMap;

use crate::input::kubernetes::label_selector::text;
use crate::input::tree::error::quoted;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Value;

/// Most kinds that are listed one by one.
const MAX_KINDS: usize = 8;

/// `2 StatefulSets, 1 Service`: those first that make pods.
pub(crate) fn counted(kinds: &BTreeMap<String, usize>) -> String {
    let one = |(kind, count): (&String, &usize)| match count {
        1 => format!("1 {kind}"),
        count => format!("{count} {}", plural(kind)),
    };
    let more = kinds.len().saturating_sub(MAX_KINDS);
    let mut sorted: Vec<_> = kinds.iter().collect();
    sorted.sort_by_key(|(kind, _)| advice(kind).is_none());
    let mut listed: Vec<String> = sorted.into_iter().take(MAX_KINDS).map(one).collect();
    if more > 0 {
        listed.push(format!("{more} more kinds"));
    }
    listed.join(", ")
}

fn plural(kind: &str) -> String {
    match kind {
        kind if kind.ends_with("ss") => format!("{kind}es"),
        kind if kind.ends_with('s') => kind.into(),
        kind if kind.ends_with('y') && !kind.ends_with("ay") => format!("{}ies", &kind[..kind.len() - 1]),
        kind => format!("{kind}s"),
    }
}

/// Why there is no Deployment among objects of `kinds`, and what to do.
pub(crate) fn no_deployment(kinds: &BTreeMap<String, usize>) -> String {
    let mut message = String::from("no Deployment is in the manifest");
    if kinds.is_empty() {
        message.push_str(
            ": it holds no object at all; where kubectl wrote it, nothing matched: check namespace and names",
        );
        return message;
    }
    message.push_str(&format!(", only {}", counted(kinds)));
    // Of several kinds the user most likely meant one that runs pods, or makes objects that do.
    let advice = ADVICE.iter().find(|(kind, _)| kinds.contains_key(*kind)).map(|(_, advice)| *advice);
    let slip =
        kinds.keys().find(|kind| kind.eq_ignore_ascii_case("deployment") || kind.eq_ignore_ascii_case("deployments"));
    match (advice, slip) {
        (_, Some(kind)) => message.push_str(&format!(": write `kind: Deployment` in place of {}", quoted(kind))),
        (Some(advice), None) => message.push_str(&format!(": {advice}")),
        (None, None) => message.push_str(": name a file that holds a Deployment"),
    }
    message
}

fn advice(kind: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(known, _)| *known == kind).map(|(_, advice)| *advice)
}

/// What to do where a kind is there and no Deployment, the likeliest first.
const ADVICE: &[(&str, &str)] = &[
    ("Kustomization", BUILT),
    ("Component", BUILT),
    ("Template", "an OpenShift Template is not rendered yet: `oc process -f FILE | rollcast run -`"),
    ("HelmChart", "give rollcast the rendered chart: `helm template CHART | rollcast run -`"),
    ("HelmRelease", "give rollcast the rendered chart: `helm template CHART | rollcast run -`"),
    ("Experiment", "an experiment has no `kind`: write its keys at the top level, as `rollcast new` shows"),
    (
        "Rollout",
        "rollcast forecasts Deployments (apps/v1) only, for now; a Deployment with the same template shows how its pods roll \
         without the steps",
    ),
    (
        "DeploymentConfig",
        "rollcast forecasts Deployments (apps/v1) only; `oc get deploymentconfig` has no such object: convert it to a \
         Deployment, which OpenShift advises",
    ),
    (
        "StatefulSet",
        "a StatefulSet is named by `statefulSet` in place of `deployment`, or among others as `workloads: [{statefulSet: {manifest: \
         FILE, name: NAME}}]`",
    ),
    (
        "DaemonSet",
        "a DaemonSet is named by `daemonSet` in place of `deployment`, or among others as `workloads: [{daemonSet: {manifest: FILE, name: \
         NAME}}]`",
    ),
    (
        "ReplicaSet",
        "a ReplicaSet has no rollout of its own: give the Deployment that owns it, `kubectl get deployment NAME -o yaml`",
    ),
    (
        "ReplicationController",
        "a ReplicationController has no rollout: write a Deployment, which replaces it; rollcast forecasts Deployments, StatefulSets and DaemonSets",
    ),
    (
        "Pod",
        "pods by themselves have no rollout: give the Deployment that owns them, `kubectl get deployment NAME -o yaml`",
    ),
    (
        "CronJob",
        "its pods run to their end and are never rolled out: rollcast forecasts Deployments, StatefulSets and DaemonSets",
    ),
    (
        "Job",
        "its pods run to their end and are never rolled out: rollcast forecasts Deployments, StatefulSets and DaemonSets",
    ),
];

/// Whether a map is none of rollcast's experiments and no object either, but something else that people keep in YAML: the
/// sentence that says what, and what to do. `file` is its name.
pub(crate) fn other_file(map: &Map<'_>, file: &str) -> Option<String> {
    if map.get("deployment").is_some_and(is_experiments) {
        return None;
    }
    let has = |keys: &[&str]| keys.iter().filter(|key| map.entries.iter().any(|entry| entry.key == **key)).count();
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file).to_ascii_lowercase();
    if has(&["op", "path"]) == 2 {
        return Some(format!("this looks like a JSON patch, not a manifest: {BUILT}"));
    }
    let chart_version = matches!(text(map, "apiVersion"), Some("v1" | "v2"));
    if name.starts_with("kustomization.") || has(KUSTOMIZATION) > 0 {
        return Some(format!("this looks like a kustomization, not a manifest: {BUILT}"));
    }
    if name == "chart.yaml" || (chart_version && has(&["name", "version"]) == 2) {
        return Some(format!("this looks like the description of a Helm chart, not a manifest: {RENDER}"));
    }
    let paths = |node: &crate::input::tree::yaml::Node| {
        node.list().is_ok_and(|items| {
            !items.is_empty() && items.iter().all(|item| item.text().is_ok_and(|text| text.contains(['.', '/'])))
        })
    };
    if map.get("resources").is_some_and(paths) {
        return Some(format!("this looks like a kustomization, not a manifest: {BUILT}"));
    }
    if map.get("apiVersion").is_some() && map.get("kind").is_none() && has(&["metadata", "spec"]) > 0 {
        return Some("a Kubernetes object without `kind`: write kind: Deployment".into());
    }
    if services_of_compose(map) {
        let advice = "`kompose convert` makes Deployments of its services";
        return Some(format!("this looks like a Docker Compose file, not a manifest: {advice}"));
    }
    let values = name.starts_with("values")
        || has(VALUES) > 0
        || has(LIKELY_VALUES) > 1
        || has(&["global"]) > 0
        || names_an_image(map);
    values.then(|| format!("this looks like the values of a Helm chart, not a manifest: {RENDER}"))
}

const BUILT: &str = "give rollcast what kustomize builds: `kubectl kustomize DIRECTORY | rollcast run -`";
const RENDER: &str = "give rollcast the rendered chart: `helm template CHART --values FILE | rollcast run -`";

/// Keys that only a kustomization has.
const KUSTOMIZATION: &[&str] = &[
    "bases",
    "commonLabels",
    "configMapGenerator",
    "generatorOptions",
    "namePrefix",
    "nameSuffix",
    "patches",
    "patchesJson6902",
    "patchesStrategicMerge",
    "replacements",
    "secretGenerator",
];

/// Keys that the values of most charts have and nothing else.
const VALUES: &[&str] = &[
    "fullnameOverride",
    "imagePullSecrets",
    "nameOverride",
    "podAnnotations",
    "podLabels",
    "podSecurityContext",
    "replicaCount",
];

/// Keys that are values of a chart where several stand together.
const LIKELY_VALUES: &[&str] = &[
    "affinity",
    "autoscaling",
    "env",
    "extraEnv",
    "global",
    "image",
    "ingress",
    "livenessProbe",
    "nodeSelector",
    "persistence",
    "rbac",
    "readinessProbe",
    "resources",
    "securityContext",
    "service",
    "serviceAccount",
    "tolerations",
];

/// `deployment: FILE`, or with `manifest` or `spec`.
fn is_experiments(deployment: &crate::input::tree::yaml::Node) -> bool {
    match deployment.map() {
        Ok(map) => map.get("manifest").is_some() || map.get("spec").is_some(),
        Err(_) => matches!(deployment.value, Value::Scalar(_)),
    }
}

fn services_of_compose(map: &Map<'_>) -> bool {
    let Ok(Some(services)) = map.map("services") else { return false };
    services.entries.iter().any(|service| {
        service.value.map().is_ok_and(|service| service.get("image").is_some() || service.get("build").is_some())
    })
}

/// A part with `image: {repository: ...}`.
fn names_an_image(map: &Map<'_>) -> bool {
    let image = |map: &Map<'_>| matches!(map.map("image"), Ok(Some(image)) if image.get("repository").is_some());
    image(map) || map.entries.iter().any(|entry| entry.value.map().is_ok_and(|part| image(&part)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::node;

    #[test]
    fn kinds_are_counted_and_advised_on() {
        let of = |kinds: &[(&str, usize)]| no_deployment(&kinds.iter().map(|(k, n)| ((*k).to_owned(), *n)).collect());
        assert_eq!(
            of(&[("StatefulSet", 2), ("Service", 1)]),
            "no Deployment is in the manifest, only 2 StatefulSets, 1 Service: a StatefulSet is named by `statefulSet` in place of \
             `deployment`, or among others as `workloads: [{statefulSet: {manifest: FILE, name: NAME}}]`"
        );
        for (kind, message) in [
            ("DaemonSet", "named by `daemonSet` in place of `deployment`"),
            ("Rollout", "without the steps"),
            ("deployment", "write `kind: Deployment`"),
            ("Deployments", "write `kind: Deployment`"),
            ("Template", "oc process"),
            ("Kustomization", "kubectl kustomize"),
            ("Experiment", "no `kind`"),
            ("ReplicaSet", "the Deployment that owns it"),
            ("ConfigMap", "name a file that holds a Deployment"),
        ] {
            assert!(of(&[(kind, 1)]).contains(message), "{}", of(&[(kind, 1)]));
        }
        assert!(of(&[]).contains("no object at all"));
        assert_eq!(
            counted(&[("NetworkPolicy".to_owned(), 2), ("Ingress".to_owned(), 3)].into()),
            "3 Ingresses, 2 NetworkPolicies"
        );
    }

    #[test]
    fn what_else_is_kept_in_yaml_is_known() {
        let message = |text: &str, file: &str| other_file(&node(text).map().unwrap(), file).unwrap_or_default();
        for (text, file, known) in [
            ("{replicaCount: 3, image: {repository: nginx}}", "a.yaml", "helm template"),
            ("{grafana: {image: {repository: x}}}", "a.yaml", "helm template"),
            ("{service: {port: 80}, resources: {}}", "-", "helm template"),
            ("{deployment: {replicas: 2}, service: {}, ingress: {}}", "a.yaml", "helm template"),
            ("{anything: 1}", "charts/web/values-prod.yaml", "helm template"),
            ("{resources: [a.yaml], patches: []}", "a.yaml", "kubectl kustomize"),
            ("{resources: [a.yaml]}", "base/kustomization.yaml", "kubectl kustomize"),
            ("{apiVersion: v2, name: web, version: 1.0.0}", "a.yaml", "helm template"),
            ("{services: {web: {image: nginx}}}", "a.yaml", "kompose"),
        ] {
            assert!(message(text, file).contains(known), "{text}: {}", message(text, file));
        }
        for text in
            ["{deployment: web.yaml, replicaCount: 6}", "{pods: {start: 2s}}", "{deployment: {spec: {}}, image: a}"]
        {
            assert_eq!(message(text, "exp.yaml"), "", "{text}");
        }
    }
}
