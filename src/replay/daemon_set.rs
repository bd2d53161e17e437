//! A recording of a DaemonSet: a world of one workload, whose pods are one for each node.

use serde_json::{Map, Value};

use super::answer::MoveLine;
use super::cluster;
use super::daemon_set_steps::{self, Manifest};
use super::deployments;
use super::deployments_beside::Beside;
use super::found_objects;
use super::nodes;
use super::placing;
use super::pod_times;
use super::recording::Recording;
use super::stop::{Result, Stop, Templates, unsupported};
use super::world::{self, World};
use crate::scenario::{self, Change, Template, Workload};
use crate::script::{PodScript, Turn};
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
    let creations = deployments::creations(recording)?;
    let mut templates = deployments::templates(recording, &creations)?;
    let mut beside = Beside::of(recording, &creations)?;
    let specs = beside.specs();
    let manifest = Manifest::new(fields.clone());
    let spec = manifest.spec("daemonset")?;
    let timeline = daemon_set_steps::read(recording, manifest, (&mut templates.all, &mut beside))?;
    let own = templates.own();
    let names = &templates.all.names;
    let scripts: Vec<PodScript> = names.iter().map(|name| pod_times::read(&recording.pods, name)).collect();
    let model = |(number, script)| placing::model(&recording.placing, number < own, script);
    let models = scripts.iter().enumerate().map(model).collect();
    let nodes = recording.cluster.nodes as usize;
    let mut open = recording.placing.open(recording.cluster.nodes).map_err(Stop::Wrong)?;
    open.resize(nodes, open.is_empty());
    let mut workload = Workload::of_daemon_set("", 0, spec, 0, open, nodes);
    workload.new = (own - 1) as u16;
    // It does not exist before it is created, or is there and nobody changes it but the actions.
    let mid_rollout = found_objects::mid_rollout(recording);
    workload.change = if mid_rollout.is_some() { Change::Nothing } else { Change::Scale { from: 0 } };
    workload.found_on.clear();
    let mut scenario = world::scenario(recording, workload.deployment, timeline, scripts, models)?;
    if let Some(script) = &mut scenario.script {
        script.turns = turns(recording, &templates.all);
    }
    let there = mid_rollout
        .map(|start| found_objects::daemon_set(recording, start, (spec, &templates.all), &mut scenario))
        .transpose()?;
    let room = deployments::room(recording, scenario.pods.len(), |number| number < own)?;
    let workloads = std::iter::once(workload).chain(deployments::beside(recording, &specs, &templates)).collect();
    let world = scenario::World::new(scenario.clone(), workloads, room);
    let creation = &creations[0];
    let later = recording.actions.iter().filter(|action| action.what != "create" && action.at >= creation.at);
    let watched_from = world::first_instant(later);
    Ok(World { scenario, world: Some(world), templates: templates.all.names, watched_from, lead: 0.0, there })
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
