//! Another strategy for what was recorded: the same pods with their recorded times, under other settings.

use serde_json::{Map, Value, json};

use super::recording::Recording;
use crate::input::unknown_word;

/// The settings of a Deployment that may be changed, and those of a StatefulSet.
const DEPLOYMENT: [&str; 6] =
    ["maxSurge", "maxUnavailable", "minReadySeconds", "progressDeadlineSeconds", "replicas", "strategy"];
const STATEFUL_SET: [&str; 4] = ["maxUnavailable", "minReadySeconds", "partition", "replicas"];

/// Those that stand in the block `rollingUpdate`.
const BLOCK: [&str; 3] = ["maxSurge", "maxUnavailable", "partition"];

/// Puts a setting such as `maxSurge=1` into a recording.
///
/// # Errors
/// Where there is no such setting, or its value is none.
pub(super) fn set(recording: &mut Recording, name: &str, value: &str) -> Result<(), String> {
    let of_set = recording.stateful_set.is_some();
    let known: &[&str] = if of_set { &STATEFUL_SET } else { &DEPLOYMENT };
    let short = name.strip_prefix("deployment.").unwrap_or(name);
    if !known.contains(&short) {
        return Err(format!("--set {name}={value}: {}", unknown_word("setting", name, known)));
    }
    let fields = recording.stateful_set.as_mut().unwrap_or(&mut recording.deployment);
    write(fields, of_set, (name, short), value)?;
    // Where people changed the same setting during the incident, they would have left it.
    let key = if of_set { "updateStrategy" } else { "strategy" };
    for spec in recording.actions.iter_mut().filter_map(|action| action.spec.as_mut()) {
        if spec.contains_key(short) || spec.contains_key(key) && BLOCK.contains(&short) {
            write(spec, of_set, (name, short), value)?;
        }
    }
    if short == "replicas"
        && let Some(start) = &mut recording.start
    {
        start.replicas = None;
    }
    Ok(())
}

/// Writes a setting into the fields of a spec.
fn write(
    fields: &mut Map<String, Value>,
    of_set: bool,
    (name, short): (&str, &str),
    value: &str,
) -> Result<(), String> {
    match short {
        _ if BLOCK.contains(&short) => {
            let value = amount(value).ok_or_else(|| wrong(name, value, "a number or a share such as 25%"))?;
            write_in_block(fields, of_set, short, value);
        }
        "strategy" => match value {
            "Recreate" | "RollingUpdate" => drop(fields.insert("strategy".into(), json!({ "type": value }))),
            _ => return Err(wrong(name, value, "Recreate or RollingUpdate")),
        },
        _ => {
            let seconds = value.strip_suffix('s').filter(|_| short.ends_with("Seconds")).unwrap_or(value);
            let number: u32 = seconds.parse().map_err(|_| wrong(name, value, "a whole number"))?;
            fields.insert(short.into(), json!(number));
        }
    }
    Ok(())
}

fn wrong(name: &str, value: &str, wanted: &str) -> String {
    format!("--set {name}={value}: `{value}` is not {wanted}")
}

/// A count, or a share as text.
fn amount(text: &str) -> Option<Value> {
    match text.strip_suffix('%') {
        Some(share) => share.parse::<u32>().ok().map(|_| json!(text)),
        None => text.parse::<u32>().ok().map(|count| json!(count)),
    }
}

/// Writes a field of the block `rollingUpdate`, which is made where there is none.
fn write_in_block(fields: &mut Map<String, Value>, of_set: bool, name: &str, value: Value) {
    let key = if of_set { "updateStrategy" } else { "strategy" };
    let inside = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let mut strategy = inside(fields.get(key));
    let mut block = inside(strategy.get("rollingUpdate"));
    block.insert(name.into(), value);
    strategy.insert("type".into(), "RollingUpdate".into());
    strategy.insert("rollingUpdate".into(), block.into());
    fields.insert(key.into(), strategy.into());
}
