//! The nodes of a snapshot.

use super::object::at;
use crate::input::kubernetes::label_selector::{maps, text};
use crate::input::kubernetes::object::name_of;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingNode {
    /// Its name.
    pub name: String,
    /// Its condition Ready is True, or it has none.
    pub is_ready: bool,
    /// Since when it has the taint that evicts its pods.
    pub unreachable: Option<i64>,
    /// Nobody may put pods on it (`kubectl cordon`).
    pub cordoned: bool,
    /// Its taints that keep pods out, as `key=value:effect`.
    pub taints: Vec<String>,
    /// The names of its images, as far as its status lists them.
    pub images: Vec<String>,
}

/// The Node objects.
pub(super) fn read(all: &[(&str, &Node)]) -> Result<Vec<StandingNode>, InputError> {
    all.iter().filter(|(kind, _)| *kind == "Node").map(|(_, node)| one(&node.map()?)).collect()
}

fn one(object: &Map<'_>) -> Result<StandingNode, InputError> {
    let (spec, status) = (object.map("spec")?, object.map("status")?);
    let (mut unreachable, mut taints) = (None, Vec::new());
    for taint in maps(spec.as_ref().map_or(Ok(&[][..]), |spec| spec.list("taints"))?)? {
        let [key, value, effect] = ["key", "value", "effect"].map(|part| text(&taint, part).unwrap_or_default());
        if key == "node.kubernetes.io/unreachable" && effect == "NoExecute" {
            unreachable = at(&taint, "timeAdded")?;
        }
        if effect == "NoSchedule" || effect == "NoExecute" {
            let value = if value.is_empty() { String::new() } else { format!("={value}") };
            taints.push(format!("{key}{value}:{effect}"));
        }
    }
    let mut is_ready = true;
    for condition in maps(status.as_ref().map_or(Ok(&[][..]), |status| status.list("conditions"))?)? {
        if text(&condition, "type") == Some("Ready") {
            is_ready = text(&condition, "status") == Some("True");
        }
    }
    let mut images = Vec::new();
    for image in maps(status.as_ref().map_or(Ok(&[][..]), |status| status.list("images"))?)? {
        images.extend(image.list("names")?.iter().filter_map(|name| name.text().ok()).map(str::to_owned));
    }
    let cordoned = spec.map(|spec| spec.read("unschedulable", Node::bool)).transpose()?.flatten().unwrap_or(false);
    let name = name_of(object).unwrap_or_default().to_owned();
    Ok(StandingNode { name, is_ready, unreachable, cordoned, taints, images })
}
