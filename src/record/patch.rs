//! A patch of a spec, where the log has the request and not the answer.

use serde_json::Value;

/// The spec after a patch of the object that has it: a JSON patch, a merge patch or a strategic one. `None`: the patch has what is
/// not read here.
pub(super) fn applied(spec: Value, patch: &Value) -> Option<Value> {
    let mut object = serde_json::json!({ "spec": spec });
    match patch {
        Value::Array(steps) => steps.iter().try_for_each(|step| take_step(&mut object, step))?,
        Value::Object(_) => merge(&mut object, patch)?,
        _ => return None,
    }
    Some(object["spec"].take())
}

/// One step of a JSON patch (RFC 6902), of those that clients send.
fn take_step(object: &mut Value, step: &Value) -> Option<()> {
    let path = step.get("path")?.as_str()?;
    if !path.starts_with("/spec") {
        return Some(());
    }
    match step.get("op")?.as_str()? {
        "replace" | "add" => {
            let (parent, name) = path.rsplit_once('/')?;
            let name = name.replace("~1", "/").replace("~0", "~");
            object.pointer_mut(parent)?.as_object_mut()?.insert(name, step.get("value")?.clone());
        }
        "remove" => {
            let (parent, name) = path.rsplit_once('/')?;
            object.pointer_mut(parent)?.as_object_mut()?.remove(name);
        }
        _ => return None,
    }
    Some(())
}

/// A merge patch whose lists of named things are merged by name, as Kubernetes merges containers.
fn merge(target: &mut Value, patch: &Value) -> Option<()> {
    match patch {
        Value::Object(fields) if fields.contains_key("$patch") => None,
        Value::Object(fields) => {
            if !target.is_object() {
                *target = Value::Object(serde_json::Map::new());
            }
            let target = target.as_object_mut()?;
            for (name, value) in fields.iter().filter(|(name, _)| !name.starts_with('$')) {
                if value.is_null() {
                    target.remove(name);
                } else {
                    merge(target.entry(name.clone()).or_insert(Value::Null), value)?;
                }
            }
            Some(())
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| item.get("name").is_some()) => {
            let Some(known) = target.as_array_mut() else {
                *target = patch.clone();
                return Some(());
            };
            for item in items {
                match known.iter_mut().find(|one| one.get("name") == item.get("name")) {
                    Some(one) => merge(one, item)?,
                    None => known.push(item.clone()),
                }
            }
            Some(())
        }
        other => {
            *target = other.clone();
            Some(())
        }
    }
}
