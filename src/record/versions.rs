//! Versions of the pod template: the same template is the same version, whatever object it stands in.

use serde_json::{Map, Value};

/// Labels that controllers add to a template.
const ADDED: [&str; 2] = ["pod-template-hash", "controller-revision-hash"];

/// A template as text that is the same for equal templates.
pub(super) fn key(template: &Value) -> String {
    let mut template = template.clone();
    if let Value::Object(fields) = &mut template {
        // ControllerRevisions say how the template is to be applied.
        fields.remove("$patch");
    }
    if let Some(Value::Object(metadata)) = template.get_mut("metadata") {
        metadata.remove("creationTimestamp");
        if let Some(Value::Object(labels)) = metadata.get_mut("labels") {
            ADDED.iter().for_each(|label| {
                labels.remove(*label);
            });
        }
    }
    sorted(&template).to_string()
}

/// The same value with its fields in order of their names, and without those that are empty.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            let kept = names.into_iter().filter(|name| !fields[*name].is_null());
            Value::Object(kept.map(|name| (name.clone(), sorted(&fields[name]))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The versions that a recording names, in the order in which they came: `v1`, `v2` and so on.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    keys: Vec<String>,
}

impl Versions {
    /// The name of a template; it is new if it was not named before.
    pub(super) fn name(&mut self, key: &str) -> String {
        let place = self.keys.iter().position(|known| known == key).unwrap_or_else(|| {
            self.keys.push(key.to_owned());
            self.keys.len() - 1
        });
        format!("v{}", place + 1)
    }

    /// All templates, with their names.
    pub(super) fn templates(&self) -> impl Iterator<Item = (String, Value)> {
        let read = |(number, key): (usize, &String)| Some((format!("v{number}"), serde_json::from_str(key).ok()?));
        (1..).zip(&self.keys).filter_map(read)
    }

    /// The name of a template that has one.
    pub(super) fn known(&self, key: &str) -> Option<String> {
        self.keys.iter().position(|known| known == key).map(|place| format!("v{}", place + 1))
    }
}
