//! A recording of a DaemonSet: a world of one workload, whose pods are one for each node.

use serde_json::{Map, Value};

use super::answer::MoveLine;
use super::cluster;
use super::daemon_set_steps::{self, Manifest};
use super::deployments;
use super::nodes;
use super::placing;
use super::pod_times;
use super::recording::Recording;
use super::stop::{Result, Templates, unsupported, wrong};
use super::world::{self, World};
use crate::scenario::{self, Change, Template, Workload};
use crate::script::Turn;
use crate::time::SimDuration;

/// The world of a recorded DaemonSet, whose spec is written in `fields`.
pub(super) fn build(recording: &Recording, fields: &Map<String, Value>) -> Result<World> {
    if let Some(what) = &recording.unmodelled {
        return unsupported(what);
    }
    if !recording.feature_gates.trim().is_empty() {
        return unsupported(format!("feature_gates {} of a DaemonSet", recording.feature_gates));
    }
    pod_times::check(&recording.pods)?;
    let recording = &nodes::with_late(recording);
    cluster::check_ranges(&recording.cluster)?;
    let Some(creation) = recording.actions.iter().find(|action| action.what == "create") else {
        return wrong("actions", "has no create action");
    };
    let mut templates = Templates::default();
    templates.number(creation.template.as_deref().unwrap_or("v1"))?;
    let manifest = Manifest::new(fields.clone());
    let spec = manifest.spec("daemonset")?;
    let timeline = daemon_set_steps::read(recording, manifest, &mut templates)?;
    let scripts = templates.names.iter().map(|name| pod_times::read(&recording.pods, name)).collect();
    let models = vec![placing::model(&recording.placing, true); templates.names.len()];
    let nodes = recording.cluster.nodes as usize;
    let mut workload = Workload::of_daemon_set("", 0, spec, 0, vec![true; nodes], nodes);
    workload.new = (templates.names.len() - 1) as u16;
    // It does not exist before it is created.
    workload.change = Change::Scale { from: 0 };
    workload.found_on.clear();
    let mut scenario = world::scenario(recording, workload.deployment, timeline, scripts, models)?;
    if let Some(script) = &mut scenario.script {
        script.turns = turns(recording, &templates);
    }
    let room = deployments::room(recording, scenario.pods.len())?;
    let world = scenario::World::new(scenario.clone(), vec![workload], room);
    let later = recording.actions.iter().filter(|action| action.what != "create" && action.at >= creation.at);
    let watched_from = world::first_instant(later);
    Ok(World { scenario, world: Some(world), templates: templates.names, watched_from, lead: 0.0 })
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
