//! Writing into a tree by dotted path, for sweeps and `--set`.

use crate::input::experiment::near::unknown_in_experiment;
use crate::input::keys::deployment::{DEPLOYMENT_FIELDS, STATEFUL_SET_FIELDS};
use crate::input::keys::workloads::{OF_FILES, ORDER};
use crate::input::tree::error::{InputError, quoted};

use crate::input::tree::yaml::{At, Entry, Node, Value};

/// The keys from the root that `path` stands for; `at` is the place that an error names.
pub(crate) fn keys(path: &str, roots: &[&str], at: &At) -> Result<Vec<String>, InputError> {
    if DEPLOYMENT_FIELDS.key(path).is_some() {
        return Ok(vec!["deployment".into(), path.into()]);
    }
    if STATEFUL_SET_FIELDS.key(path).is_some() {
        return Ok(vec!["statefulSet".into(), path.into()]);
    }
    // A swept path has dots of its own.
    let keys: Vec<String> = match path.strip_prefix("sweep.") {
        Some(swept) => vec!["sweep".into(), swept.into()],
        None => split(path),
    };
    if roots.contains(&keys[0].as_str()) {
        return Ok(keys);
    }
    let all: Vec<&str> = DEPLOYMENT_FIELDS.names().into_iter().chain(roots.iter().copied()).collect();
    // `strategy.rollingUpdate.maxSurge`: the path in the manifest of a field that has a short name.
    Err(at.error(match keys.iter().rev().find(|key| DEPLOYMENT_FIELDS.key(key).is_some()) {
        Some(field) => format!("unknown parameter {}; did you mean `{field}`?", quoted(path)),
        None => unknown_in_experiment("parameter", &keys[0], &all),
    }))
}

/// Maps of `cluster` whose keys are names of resources, which have dots of their own.
const OF_RESOURCES: [&str; 3] = ["allocatable", "used", "quota"];

/// The keys of a path. Nothing stands below the name of a resource.
fn split(path: &str) -> Vec<String> {
    if let Some(keys) = of_workload(path) {
        return keys;
    }
    if let Some(order) = path.strip_prefix("release.").filter(|key| ORDER.key(key).is_some()) {
        return ["release", "order", order].map(str::to_owned).to_vec();
    }
    let (mut keys, mut rest) = (Vec::new(), path);
    while let Some((key, below)) = rest.split_once('.') {
        keys.push(key.to_owned());
        rest = below;
        if keys[0] == "cluster" && OF_RESOURCES.contains(&key) {
            break;
        }
    }
    keys.push(rest.to_owned());
    keys
}

/// The keys of `workloads.NAME.FIELD`, where the name of a workload may have dots of its own.
fn of_workload(path: &str) -> Option<Vec<String>> {
    let rest = path.strip_prefix("workloads.")?;
    let (name, below) = match rest.split_once(".pods.") {
        Some((name, below)) => (name, format!("pods.{below}")),
        None => rest.rsplit_once('.').map(|(name, key)| (name, key.to_owned()))?,
    };
    let first = name.split('.').next().unwrap_or(name);
    if OF_FILES.key(first).is_some() || first.is_empty() || first.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let below = below.split('.').map(str::to_owned);
    Some(["workloads".to_owned(), name.to_owned()].into_iter().chain(below).collect())
}

/// Puts `value` at `keys`, making maps on the way; `at` is where the path was written.
pub(crate) fn set(tree: &mut Node, keys: &[String], at: &At, value: Node) -> Result<(), InputError> {
    let Some((key, rest)) = keys.split_first() else {
        *tree = value;
        return Ok(());
    };
    if key == "release"
        && rest.len() > 1
        && let Some(release) = child(tree, key, at)?
        && let Some(order) = child(release, &rest[0], at)?
    {
        // One order takes the place of another.
        order.value = Value::Null;
    }
    if matches!(key.as_str(), "deployment" | "statefulSet" | "daemonSet")
        && !rest.is_empty()
        && let Some(deployment) = child(tree, key, at)?
    {
        widen(deployment);
    }
    match child(tree, key, at)? {
        Some(node) => set(node, rest, at, value),
        None => Err(at.error(format!("there is no {} to set: the list is shorter", quoted(key)))),
    }
}

/// The node under `key`, made where it is missing from a map; `None` where a list is shorter.
fn child<'t>(tree: &'t mut Node, key: &str, at: &At) -> Result<Option<&'t mut Node>, InputError> {
    if matches!(tree.value, Value::Null) {
        tree.value = Value::Map(Vec::new());
    }
    if matches!(tree.value, Value::Scalar(_)) {
        let message = format!("cannot set {} inside {}, which is no map", quoted(key), quoted(&tree.flow()));
        return Err(at.error(message));
    }
    let entries = match &mut tree.value {
        Value::Map(entries) => entries,
        Value::List(items) => return Ok(key.parse::<usize>().ok().and_then(|index| items.get_mut(index))),
        _ => return Ok(None),
    };
    let index = entries.iter().position(|entry| entry.key == key).unwrap_or(entries.len());
    if index == entries.len() {
        let value = Node { at: at.clone(), value: Value::Null };
        entries.push(Entry { key: key.into(), at: at.clone(), value });
    }
    Ok(entries.get_mut(index).map(|entry| &mut entry.value))
}

/// `deployment: web.yaml` as `deployment: {manifest: web.yaml}`, so that it can be written into.
fn widen(deployment: &mut Node) {
    if matches!(deployment.value, Value::Scalar(_)) {
        let at = deployment.at.clone();
        let manifest = std::mem::replace(deployment, Node { at: at.clone(), value: Value::Null });
        deployment.value = Value::Map(vec![Entry { key: "manifest".into(), at, value: manifest }]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tree::yaml::{node, source};

    const ROOTS: &[&str] = &["deployment", "workloads", "release", "pods", "cluster", "sweep"];

    fn after(tree: &str, path: &str, value: &str) -> Result<String, String> {
        let (mut tree, at) = (node(tree), At::start(&source("")));
        let keys = keys(path, ROOTS, &at).map_err(|error| error.message)?;
        set(&mut tree, &keys, &at, node(value)).map_err(|error| error.message)?;
        Ok(tree.flow())
    }

    #[test]
    fn paths_reach_everything() {
        let cases = [
            ("deployment: web.yaml", "maxSurge", "{deployment: {manifest: web.yaml, maxSurge: 1}}"),
            ("deployment: {name: x}", "deployment.name", "{deployment: {name: 1}}"),
            ("pods: {crash: 0}", "pods.new.crash", "{pods: {crash: 0, new: {crash: 1}}}"),
            ("cluster: {nodes: [{count: 3}]}", "cluster.nodes.0.count", "{cluster: {nodes: [{count: 1}]}}"),
            ("cluster: ~", "cluster.allocatable.nvidia.com/gpu", "{cluster: {allocatable: {nvidia.com/gpu: 1}}}"),
            ("cluster: {nodes: [{}]}", "cluster.nodes.0.used.a.b/c", "{cluster: {nodes: [{used: {a.b/c: 1}}]}}"),
            ("sweep: {pods.new.crash: 2}", "sweep.pods.new.crash", "{sweep: {pods.new.crash: 1}}"),
            ("deployment: web.yaml", "deployment", "{deployment: 1}"),
            ("workloads: {manifest: a.yaml}", "workloads.namespace", "{workloads: {manifest: a.yaml, namespace: 1}}"),
            ("workloads: ~", "workloads.pods.new.crash", "{workloads: {pods: {new: {crash: 1}}}}"),
            ("workloads: [{at: 2m}]", "workloads.0.at", "{workloads: [{at: 1}]}"),
            ("release: {order: inTurn}", "release.atOnce", "{release: {order: {atOnce: 1}}}"),
            ("release: {order: {waves: []}}", "release.order.atOnce", "{release: {order: {atOnce: 1}}}"),
            ("release: ~", "release.pause", "{release: {pause: 1}}"),
        ];
        for (tree, path, expected) in cases {
            assert_eq!(after(tree, path, "1").unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn names_of_workloads_keep_their_dots() {
        for (path, expected) in [
            ("workloads.*.maxSurge", ["workloads", "*", "maxSurge"].as_slice()),
            ("workloads.shop/my.cart.maxSurge", &["workloads", "shop/my.cart", "maxSurge"]),
            ("workloads.my.cart.pods.new.crash", &["workloads", "my.cart", "pods", "new", "crash"]),
        ] {
            assert_eq!(keys(path, ROOTS, &At::start(&source(""))).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn unknown_paths_are_refused() {
        for (path, meant) in [("warmUp", "pods.warmUp"), ("replicaCount", "replicas"), ("rps", "traffic.rate")] {
            let error = after("pods: 1", path, "1").unwrap_err();
            assert_eq!(error, format!("unknown parameter `{path}`; did you mean `{meant}`?"));
        }
        let error = after("pods: 1", "maxSurg", "1").unwrap_err();
        assert_eq!(error, "unknown parameter `maxSurg`; did you mean `maxSurge`?");
        for (path, meant) in [
            ("strategy.type", "strategy"),
            ("replicas.x", "replicas"),
            ("spec.replicas", "replicas"),
            ("strategy.rollingUpdate.maxSurge", "maxSurge"),
        ] {
            let error = after("pods: 1", path, "1").unwrap_err();
            assert_eq!(error, format!("unknown parameter `{path}`; did you mean `{meant}`?"));
        }
        assert!(after("pods: {start: 8s}", "pods.start.p50", "1").unwrap_err().contains("which is no map"));
        assert!(after("cluster: {nodes: [1]}", "cluster.nodes.7", "1").unwrap_err().contains("there is no `7`"));
    }
}
