//! Nodes of a recording that come and go, and what happens to them.

use std::collections::BTreeMap;

use super::recording::{Action, Recording};
use super::stop::{Result, unsupported, wrong};
use crate::scenario::{ScriptAction, Step, StepAction, TaintEffect};
use crate::time::SimDuration;

/// Most nodes that come late.
const MOST_LATE: u32 = 1000;

/// The recording with room for the nodes that come late and are numbered after the others.
pub(super) fn with_late(recording: &Recording) -> Recording {
    let mut recording = recording.clone();
    let nodes = recording.cluster.nodes;
    let late = late(&recording).into_iter().map(|node| node.saturating_add(1));
    recording.cluster.nodes = late.filter(|end| *end <= nodes + MOST_LATE).chain([nodes]).max().unwrap_or(nodes);
    if recording.cluster.node_zones.len() == nodes as usize && nodes > 0 {
        recording.cluster.node_zones.resize(recording.cluster.nodes as usize, 0);
    }
    recording
}

/// Nodes that are not there before they are added.
fn late(recording: &Recording) -> Vec<u32> {
    let mut about_nodes: Vec<_> =
        recording.actions.iter().filter(|action| matches!(action.what.as_str(), "node-add" | "node-remove")).collect();
    about_nodes.sort_by(|one, other| one.at.0.total_cmp(&other.at.0));
    let mut first: BTreeMap<u32, bool> = BTreeMap::new();
    for action in about_nodes {
        if let Some(node) = action.node {
            first.entry(node).or_insert(action.what == "node-add");
        }
    }
    first.into_iter().filter(|(_, added)| *added).map(|(node, _)| node).collect()
}

/// Late nodes are taken away at the beginning.
pub(super) fn absent_at_first(recording: &Recording) -> impl Iterator<Item = Step> {
    let absent = |node| Step { at: SimDuration::ZERO, action: StepAction::Scripted(ScriptAction::RemoveNode(node)) };
    late(recording).into_iter().map(absent)
}

/// Converts an action about a node; `None`: it is about something else.
pub(super) fn step(recording: &Recording, path: &str, action: &Action) -> Result<Option<StepAction>> {
    let on = || node(recording, path, action);
    let scripted = |action| Ok(Some(StepAction::Scripted(action)));
    match action.what.as_str() {
        "drain" => Ok(Some(StepAction::Drain(on()?))),
        "node-down" => scripted(ScriptAction::NodeSilent(on()?)),
        "node-up" => scripted(ScriptAction::NodeHeard(on()?)),
        "node-remove" => scripted(ScriptAction::RemoveNode(on()?)),
        "node-add" => scripted(ScriptAction::AddNode(on()?)),
        "cordon" => scripted(ScriptAction::Cordon(on()?, true)),
        "uncordon" => scripted(ScriptAction::Cordon(on()?, false)),
        "taint" => match needed(action.effect.as_deref(), path, "effect")? {
            "NoSchedule" => scripted(ScriptAction::Taint(on()?, TaintEffect::NoSchedule)),
            "NoExecute" => scripted(ScriptAction::Taint(on()?, TaintEffect::NoExecute)),
            other => unsupported(format!("a taint with the effect {other}")),
        },
        _ => Ok(None),
    }
}

/// The node that an action names.
fn node(recording: &Recording, path: &str, action: &Action) -> Result<u32> {
    let node = needed(action.node, path, "node")?;
    match recording.cluster.nodes {
        nodes if node < nodes => Ok(node),
        nodes => {
            wrong(format!("{path}.node"), format!("there is no node {node}: the cluster has {nodes}, counted from 0"))
        }
    }
}

/// A field that an action must have.
pub(super) fn needed<T>(value: Option<T>, path: &str, name: &str) -> Result<T> {
    value.map_or_else(|| wrong(format!("{path}.{name}"), "is missing"), Ok)
}
