//! Events of the cluster: to the second, counted, and gone after an hour.

use serde_json::Value;

use super::sighting::version;
use super::source::{At, Source, nanos_at, text_at};
use super::target::Target;

/// What an event tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    /// A ReplicaSet got another size. Kubernetes before 1.28 leaves out the size before.
    Scaled { set: String, from: Option<i32>, to: i32 },
    /// A pod was created.
    Created(String),
    /// A controller asked for a pod's deletion.
    Deleted(String),
    /// A pod was bound to a node.
    Bound { pod: String, node: String },
    /// The creation of a pod was refused.
    Refused(String),
    /// A volume was attached to a pod's node.
    Attached { pod: String, volume: String },
    /// A pod fits on no node.
    Unschedulable { pod: String, why: String },
}

/// An event about the workload, its ReplicaSets or its pods.
#[derive(Clone, Debug)]
pub(super) struct Hint {
    pub(super) at: At,
    pub(super) told: Told,
}

/// Whether an object is an event of the cluster.
pub(super) fn is_event(object: &Value) -> bool {
    text_at(object, "/kind") == Some("Event") && object.get("reason").is_some()
}

/// What an event tells; empty where it is about something else.
pub(super) fn hints(event: &Value, target: &Target) -> Vec<Hint> {
    let about = event.get("involvedObject").or(event.get("regarding")).unwrap_or(&Value::Null);
    let (Some(kind), Some(name)) = (text_at(about, "/kind"), text_at(about, "/name")) else { return Vec::new() };
    let is_own = match kind {
        "Pod" => target.owner_by_name(name).is_some(),
        "ReplicaSet" => name.rsplit_once('-').is_some_and(|(of, _)| of == target.name),
        _ => kind == target.kind.name() && name == target.name,
    };
    if !is_own || text_at(about, "/namespace") != Some(&target.namespace) {
        return Vec::new();
    }
    let message = text_at(event, "/message").or(text_at(event, "/note")).unwrap_or_default();
    let reason = text_at(event, "/reason").unwrap_or_default();
    let Some(told) = told(reason, message, name) else { return Vec::new() };
    instants(event).into_iter().map(|at| Hint { at, told: told.clone() }).collect()
}

fn told(reason: &str, message: &str, name: &str) -> Option<Told> {
    Some(match reason {
        "ScalingReplicaSet" => scaled(message)?,
        "SuccessfulCreate" => Told::Created(pod_in(message, &["Created pod: ", "create Pod "])?),
        "SuccessfulDelete" => Told::Deleted(pod_in(message, &["Deleted pod: ", "delete Pod "])?),
        "Scheduled" => {
            Told::Bound { pod: name.into(), node: message.rsplit_once(" to ")?.1.trim_end_matches('.').into() }
        }
        "FailedScheduling" => Told::Unschedulable { pod: name.into(), why: message.into() },
        "SuccessfulAttachVolume" => Told::Attached { pod: name.into(), volume: quoted(message)?.into() },
        "FailedCreate" => Told::Refused(message.into()),
        _ => return None,
    })
}

/// What stands between the first quotation marks.
fn quoted(message: &str) -> Option<&str> {
    message.split('"').nth(1)
}

/// `Scaled up replica set NAME from 0 to 4`, and as earlier versions write it, `to 4 from 0` and `to 4`.
fn scaled(message: &str) -> Option<Told> {
    let mut words = message.split("replica set ").nth(1)?.split_whitespace();
    let set = words.next()?.to_owned();
    let (mut from, mut to) = (None, None);
    while let (Some(word), Some(number)) = (words.next(), words.next()) {
        match word {
            "from" => from = number.parse().ok(),
            "to" => to = number.parse().ok(),
            _ => return None,
        }
    }
    Some(Told::Scaled { set, from, to: to? })
}

fn pod_in(message: &str, before: &[&str]) -> Option<String> {
    let rest = before.iter().find_map(|words| message.strip_prefix(words))?;
    rest.split_whitespace().next().map(str::to_owned)
}

/// When it happened: once, or for the first and for the last time.
fn instants(event: &Value) -> Vec<At> {
    let order = version(event).unwrap_or(0);
    let at = |nanos, exact| At { nanos, order, exact, source: Source::Events };
    if let Some(nanos) = nanos_at(event, "/eventTime") {
        return vec![at(nanos, true)];
    }
    let first = nanos_at(event, "/firstTimestamp").or(nanos_at(event, "/deprecatedFirstTimestamp"));
    let last = nanos_at(event, "/lastTimestamp").or(nanos_at(event, "/deprecatedLastTimestamp"));
    let mut instants: Vec<At> = first.into_iter().chain(last).map(|nanos| at(nanos, false)).collect();
    instants.dedup_by_key(|at| at.nanos);
    instants
}
