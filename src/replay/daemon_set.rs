//! A recording of a DaemonSet: a world of one workload, whose pods are one for each node.

use serde_json::{Map, Value};

use super::answer::MoveLine;
use super::daemon_set_steps::{self, Manifest};
use super::found_objects;
use super::recording::Recording;
use super::set_world::{Parts, Played};
use super::stop::{Result, Stop, Templates, unsupported};
use super::world::{self, World};
use crate::scenario::{Template, Workload};
use crate::script::Turn;
use crate::time::SimDuration;

/// The world of a recorded DaemonSet, whose spec is written in `fields`.
pub(super) fn build(recording: &Recording, fields: &Map<String, Value>) -> Result<World> {
    if !recording.feature_gates.trim().is_empty() {
        return unsupported(format!("feature_gates {} of a DaemonSet", recording.feature_gates));
    }
    let manifest = Manifest::new(fields.clone());
    let spec = manifest.spec("daemonset")?;
    let (parts, played) =
        Parts::read(recording, |recording, shared| daemon_set_steps::read(recording, manifest, shared))?;
    let recording = &parts.recording;
    let nodes = recording.cluster.nodes as usize;
    let mut open = recording.placing.open(recording.cluster.nodes).map_err(Stop::Wrong)?;
    open.resize(nodes, open.is_empty());
    let mut workload = Workload::of_daemon_set("", 0, spec, 0, open, nodes);
    workload.found_on.clear();
    let Played { timeline, scripts, models } = played;
    let mut scenario = world::scenario(recording, workload.deployment, timeline, scripts, models)?;
    if let Some(script) = &mut scenario.script {
        script.turns = turns(recording, &parts.templates.all);
    }
    let there = found_objects::daemon_set(recording, (spec, &parts.specs), &parts.templates.all, &mut scenario)?;
    parts.world((scenario, workload), there, |action| action.what == "create")
}

/// When each node had its turn.
fn turns(recording: &Recording, templates: &Templates) -> Vec<Turn> {
    let moves = recording.expect.as_ref().and_then(|expect| expect.moves.as_deref()).unwrap_or_default();
    let number = |name: &String| templates.names.iter().position(|known| known == name).map(|place| place as Template);
    let turn = |(at, what, node, template): &MoveLine| {
        let created = if what == "create" { Some(number(template)?) } else { None };
        Some(Turn { at: SimDuration::from_secs_f64(*at), node: *node, created })
    };
    moves.iter().filter_map(turn).collect()
}
