//! A recording, and what it rests on.

use serde_json::{Value, json};

use super::account::{FileRead, Part};
use super::target::Target;

/// A recording, and what it rests on.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The recording, in the format of `rollcast replay`.
    pub recording: Value,
    /// What was read.
    pub files: Vec<FileRead>,
    /// What each part rests on.
    pub parts: Vec<Part>,
    /// What was seen to happen, in sentences.
    pub happened: Vec<String>,
    /// What is not known, or is written in other words than it was.
    pub remarks: Vec<String>,
}

impl Recorded {
    /// Puts other names in place of those of the workload, which is called `target` then, of quotas, budgets and claims. Remarks and sentences, which
    /// have names in them, are left out.
    ///
    /// # Errors
    /// Where `hash` has no key.
    pub fn hide<E>(&mut self, target: &Target, hash: impl Fn(&str) -> Result<String, E>) -> Result<(), E> {
        let recording = &mut self.recording;
        recording["name"] = target.name.clone().into();
        recording["namespace"] = target.namespace.clone().into();
        recording["note"] = format!("{target}, recorded from a cluster").into();
        for action in recording["actions"].as_array_mut().into_iter().flatten() {
            let note = action.get("note").and_then(Value::as_str).and_then(|note| note.split_once(": "));
            if let Some((name, limit)) = note.map(|(name, limit)| (hash(name), limit.to_owned())) {
                action["note"] = format!("{}: {limit}", name?).into();
            }
        }
        let put = |place: &mut Value| match place.as_str().map(&hash) {
            Some(hidden) => hidden.map(|hidden| *place = hidden.into()),
            None => Ok(()),
        };
        let budgets = recording["actions"].as_array_mut().into_iter().flatten();
        budgets.filter_map(|action| action.get_mut("budget")).try_for_each(put)?;
        let claims = recording.pointer_mut("/extra/claims").and_then(Value::as_array_mut).into_iter().flatten();
        claims.filter_map(|claim| claim.get_mut("name")).try_for_each(put)?;
        if let Some(fields) = recording.as_object_mut() {
            fields.remove("unknown");
        }
        // Which node has which number is told by their names.
        for part in &mut self.parts {
            part.remark.truncate(part.remark.find("; nodes from 0").unwrap_or(part.remark.len()));
        }
        recording["sources"] = json!(self.parts);
        self.happened.clear();
        self.remarks.clear();
        Ok(())
    }
}
