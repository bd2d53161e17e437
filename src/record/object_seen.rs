//! Objects that decide about the pods, as they were seen. Of nodes also patches, where the log has the request and not the answer: `kubectl taint`, `kubectl cordon`, a kubelet's status.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::source::At;

/// An object that decides about the workload's pods, at an instant; `None`: it is gone.
#[derive(Clone, Debug)]
pub(super) struct ObjectSeen {
    pub(super) at: At,
    /// It was printed once, and not seen before: it may have been so for long.
    pub(super) since_before: bool,
    pub(super) name: String,
    pub(super) object: Option<Value>,
    /// What is known is a patch of it, which [`complete`] applies.
    pub(super) is_patch: bool,
}

/// What is read of a patch. Kubernetes replaces the list of taints as a whole.
const FIELDS: [&str; 2] = ["taints", "unschedulable"];

/// Replaces each patch by the object that it makes of the one before it. Objects are in order of time. Before the first patch an object
/// is as it was seen first, because what was printed later has all other fields as well.
pub(super) fn complete(seen: &mut [ObjectSeen]) {
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    for one in seen.iter().rev().filter(|one| !one.is_patch) {
        known.extend(one.object.clone().map(|object| (one.name.clone(), object)));
    }
    for one in seen.iter_mut() {
        let Some(object) = &mut one.object else { continue };
        if one.is_patch {
            let base = known.get(&one.name).cloned().unwrap_or_default();
            *object = applied(base, object);
        }
        known.insert(one.name.clone(), object.clone());
    }
}

/// An object after a patch of its taints, of whether pods may come, or of its condition Ready.
fn applied(mut object: Value, patch: &Value) -> Value {
    let written = patch.get("spec").and_then(Value::as_object);
    for (name, value) in written.into_iter().flatten().filter(|(name, _)| FIELDS.contains(&name.as_str())) {
        let spec = inside(&mut object, "spec");
        spec.insert(name.clone(), value.clone());
    }
    let Some(ready) = ready(patch).cloned() else { return object };
    match object.pointer_mut("/status/conditions").and_then(Value::as_array_mut) {
        Some(conditions) => {
            conditions.retain(|one| one["type"] != "Ready");
            conditions.push(ready);
        }
        None => drop(inside(&mut object, "status").insert("conditions".into(), Value::Array(vec![ready]))),
    }
    object
}

/// The object in a field, which is made where there is none.
fn inside<'a>(object: &'a mut Value, field: &str) -> &'a mut Map<String, Value> {
    let fields = as_object(object);
    as_object(fields.entry(field.to_owned()).or_insert(Value::Null))
}

fn as_object(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("it has just been made one"),
    }
}

/// The condition Ready of a node.
fn ready(node: &Value) -> Option<&Value> {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array)?;
    conditions.iter().find(|one| one["type"] == "Ready" && one.get("status").is_some())
}
