//! What `--set` and a sweep change in single workloads: `workloads.*.maxSurge`, `workloads.shop/cart.pods.warmUp`.

use crate::input::experiment::deployment::section_of;
use crate::input::experiment::path::set;
use crate::input::experiment::world::entries::{Entry, checked_event};
use crate::input::experiment::world::named::named;
use crate::input::keys::deployment::{DEPLOYMENT_FIELDS, STATEFUL_SET_FIELDS};
use crate::input::tree::error::InputError;
use crate::input::tree::quantity::duration;
use crate::input::tree::yaml::{At, Node, Value};

/// What stands for all workloads to which something happens.
const ALL: &str = "*";

/// A value for a key of one workload, or of all that move.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// `workloads`, the name of the workload or `*`, and the keys below it.
    pub(crate) keys: Vec<String>,
    /// Where the path is written.
    pub(crate) at: At,
    pub(crate) value: Node,
}

/// Whether keys of a path are about single workloads.
pub(crate) fn selected(keys: &[String]) -> bool {
    let below = keys.get(2).map(String::as_str);
    let is_place = keys.get(1).is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    keys[0] == "workloads" && !is_place && below.is_some_and(|key| is_of_one(key, keys.len()))
}

/// Whether a key may stand below a workload in a path of this many keys.
fn is_of_one(key: &str, length: usize) -> bool {
    match key {
        "pods" => length > 3,
        "at" | "event" => length == 3,
        key => length == 3 && is_field(key),
    }
}

/// Writes the settings into the workloads that they are about: first those for all, then those for one.
pub(super) fn apply(settings: &[Setting], entries: &mut [Entry]) -> Result<(), InputError> {
    let (all, single): (Vec<_>, Vec<_>) = settings.iter().partition(|one| one.keys[1] == ALL);
    for setting in all {
        let has = |entry: &Entry| section_of(entry.kind).key(&setting.keys[2]).is_some() || !is_field(&setting.keys[2]);
        for entry in entries.iter_mut().filter(|entry| entry.moves() && has(entry)) {
            write(setting, entry)?;
        }
    }
    for setting in single {
        let names = entries.iter().map(|entry| entry.name.as_str());
        let number = named(names, &setting.keys[1]).map_err(|message| setting.at.error(message))?;
        write(setting, &mut entries[number])?;
    }
    Ok(())
}

fn is_field(key: &str) -> bool {
    DEPLOYMENT_FIELDS.key(key).is_some() || STATEFUL_SET_FIELDS.key(key).is_some()
}

fn write(setting: &Setting, entry: &mut Entry) -> Result<(), InputError> {
    let Setting { keys, at, value } = setting;
    match keys[2].as_str() {
        "pods" => {
            let pods = entry.pods.get_or_insert_with(|| Node { at: at.clone(), value: Value::Null });
            set(pods, &keys[3..], at, value.clone())
        }
        "at" => {
            entry.time = Some(duration(value)?);
            Ok(())
        }
        "event" => {
            entry.event = Some(checked_event(value)?.clone());
            Ok(())
        }
        _ => set(&mut entry.deployment, &keys[2..], at, value.clone()),
    }
}
