//! Events about a workload.

use std::collections::BTreeSet;

use super::object::{at, count, owned};
use super::pod::Pod;
use super::set::Set;
use super::subject::Workload;
use crate::input::kubernetes::label_selector::text;
use crate::input::kubernetes::object::namespace_of;
use crate::input::tree::error::InputError;
use crate::input::tree::yaml::Node;

/// An event: repeats with the same message are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The name of the object that it is about.
    pub object: String,
    /// That object's kind.
    pub kind: String,
    /// Its reason, such as `FailedScheduling`.
    pub reason: String,
    /// Its message.
    pub message: String,
    /// When it was first seen.
    pub first: i64,
    /// When it was last seen.
    pub last: i64,
    /// How often.
    pub count: u32,
    /// It is a warning.
    pub is_warning: bool,
}

/// The events about the workload, its sets and its pods, those too that are gone, the oldest first.
pub(super) fn read(
    all: &[(&str, &Node)],
    workload: &Workload,
    sets: &[Set],
    pods: &[Pod],
) -> Result<Vec<Event>, InputError> {
    let named: BTreeSet<&str> = pods.iter().map(|pod| pod.name.as_str()).collect();
    let is_own = |kind: &str, name: &str| match kind {
        "Pod" => {
            let of_set = |set: &Set| name.strip_prefix(&set.name).is_some_and(|rest| rest.starts_with('-'));
            named.contains(name) || sets.iter().any(of_set) || workload.owned_pod(name)
        }
        "ReplicaSet" => sets.iter().any(|set| set.name == name),
        kind => kind == workload.kind.as_str() && name == workload.name,
    };
    let mut events = Vec::new();
    for (_, node) in all.iter().filter(|(kind, _)| *kind == "Event") {
        let object = node.map()?;
        // The events of `events.k8s.io` say `regarding` for it, and `note` for the message.
        let Some(about) = object.map("involvedObject")?.or(object.map("regarding")?) else { continue };
        let (kind, name) = (owned(&about, "kind"), owned(&about, "name"));
        if namespace_of(&object)? != workload.namespace || !is_own(&kind, &name) {
            continue;
        }
        let series = object.map("series")?;
        let repeated = series.as_ref().map(|series| at(series, "lastObservedTime")).transpose()?.flatten();
        let first = at(&object, "firstTimestamp")?.or(at(&object, "eventTime")?);
        let created = object.map("metadata")?.map(|metadata| at(&metadata, "creationTimestamp")).transpose()?.flatten();
        let Some(first) = first.or(created) else { continue };
        let last = repeated.or(at(&object, "lastTimestamp")?).unwrap_or(first);
        let times = series.as_ref().map_or_else(|| count(&object, "count"), |series| count(series, "count"))?;
        let message = text(&object, "message").or(text(&object, "note")).unwrap_or_default();
        events.push(Event {
            object: name,
            kind,
            reason: owned(&object, "reason"),
            message: message.trim_start_matches("(combined from similar events): ").to_owned(),
            first,
            last: last.max(first),
            count: times.max(1),
            is_warning: text(&object, "type") == Some("Warning"),
        });
    }
    events.sort_by(|one, other| (one.last, one.first, &one.object).cmp(&(other.last, other.first, &other.object)));
    Ok(events)
}
