//! Changes of a spec as actions of a recording.

use serde_json::{Map, Value, json};

use super::begin::Change;
use super::target::Kind;
use super::versions::{Versions, key};

/// The fields of a spec that a recording has, apart from the template.
const DEPLOYMENT: [&str; 6] =
    ["replicas", "strategy", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit", "paused"];
const STATEFUL_SET: [&str; 5] = ["replicas", "podManagementPolicy", "updateStrategy", "minReadySeconds", "ordinals"];
const DAEMON_SET: [&str; 2] = ["updateStrategy", "minReadySeconds"];

/// The fields of a workload's spec that a recording has.
pub(super) fn fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Deployment => &DEPLOYMENT,
        Kind::StatefulSet => &STATEFUL_SET,
        Kind::DaemonSet => &DAEMON_SET,
    }
}

/// The part of a spec that a recording has.
pub(super) fn excerpt(kind: Kind, spec: &Value) -> Map<String, Value> {
    let known = fields(kind).iter().filter_map(|field| Some(((*field).to_owned(), spec.get(*field)?.clone())));
    known.filter(|(_, value)| !value.is_null()).collect()
}

/// The actions that make up one change of the spec.
pub(super) fn of_change(kind: Kind, change: &Change, at: f64, versions: &mut Versions) -> Vec<Value> {
    let (before, after) = (&change.before, &change.after);
    let differs = |field: &&&str| before.get(**field) != after.get(**field);
    let changed: Vec<&str> = fields(kind).iter().filter(differs).copied().collect();
    let template = key(&after["template"]);
    let is_new = key(&before["template"]) != template;
    let mut actions = Vec::new();
    match (&changed[..], is_new) {
        ([], false) => {}
        ([], true) => actions.push(new_template(change, at, &versions.name(&template))),
        (["replicas"], false) => actions.push(json!({"at": at, "do": "scale", "replicas": after["replicas"]})),
        (["paused"], false) => {
            let paused = after.get("paused") == Some(&Value::Bool(true));
            actions.push(json!({"at": at, "do": if paused { "pause" } else { "resume" }}));
        }
        (changed, is_new) => {
            let mut patch: Map<String, Value> = changed
                .iter()
                .map(|field| ((*field).to_owned(), after.get(*field).cloned().unwrap_or(Value::Null)))
                .collect();
            if is_new && kind == Kind::Deployment {
                let version = versions.name(&template);
                patch.insert("template".into(), json!({"metadata": {"labels": {"version": version}}}));
            }
            actions.push(json!({"at": at, "do": "patch-spec", "spec": patch}));
            if is_new && kind != Kind::Deployment {
                actions.push(new_template(change, at, &versions.name(&template)));
            }
        }
    }
    actions
}

fn new_template(change: &Change, at: f64, version: &str) -> Value {
    // `kubectl rollout undo` sends a JSON patch of the whole template.
    if change.patch.is_array() {
        json!({"at": at, "do": "undo", "resolved_template": version})
    } else {
        json!({"at": at, "do": "set-template", "template": version})
    }
}
