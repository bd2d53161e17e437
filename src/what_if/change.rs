//! Scenarios in which one assumption is another.

use std::cmp::Reverse;
use std::path::Path;

use crate::analysis::Assumption;
use crate::distribution::{Distribution, Shape};
use crate::plan::{Overrides, Plan};
use crate::scenario::{NEW_TEMPLATE, NodeLoss, PodModel, Scenario, room_of};

const DAY_S: f64 = 86_400.0;

/// The scenario with the assumption at `level`; `None` where that is no scenario, or where it is one workload of several, whose
/// world would stay as it is.
pub(super) fn changed(scenario: &Scenario, assumption: Assumption, level: f64) -> Option<Scenario> {
    // Of a workload of a world the quota is that of the world.
    if scenario.world.is_some() && assumption == Assumption::Quota {
        return None;
    }
    scenario.changed(|world| change(world, assumption, level))
}

fn change(world: &mut Scenario, assumption: Assumption, level: f64) -> Option<()> {
    match assumption {
        Assumption::SpareNodes => take_room(world, level as usize),
        Assumption::StartUp => world.pods.iter_mut().for_each(|model| slow_start(model, level)),
        Assumption::Pull => world.pods.iter_mut().for_each(|model| model.pull = model.pull.scaled(level)),
        Assumption::Stopping => {
            world.pods.iter_mut().for_each(|model| model.termination = model.termination.scaled(level));
        }
        Assumption::NeverReady => of_new(world, |model| model.never_ready = level),
        Assumption::Crash => of_new(world, |model| model.crash = level),
        Assumption::NodeLoss => lose_nodes(world, level)?,
        Assumption::Quota => world.cluster.pod_quota = Some(level as u32),
    }
    Some(())
}

/// The nodes with room that could go while the replicas still have room on the rest, the roomiest first and of equals the last
/// first. Nodes on which the input says that pods of the Deployment stand are not among them.
pub(super) fn spare_nodes(scenario: &Scenario) -> Vec<usize> {
    // A DaemonSet has a pod on each node, so that none is spare.
    if scenario.daemon_set().is_some() {
        return Vec::new();
    }
    let cluster = &scenario.cluster;
    let there = &cluster.nodes[..cluster.nodes_at_start()];
    let held = |number: &usize| cluster.found_on.contains(&(*number as u32));
    let mut candidates: Vec<usize> =
        (0..there.len()).filter(|number| there[*number].slots > 0 && !held(number)).collect();
    candidates.sort_by_key(|number| Reverse((there[*number].slots, *number)));
    let needed = u64::try_from(scenario.found_replicas().max(scenario.deployment.replicas)).unwrap_or(0);
    let mut room = room_of(there, &cluster.found_on);
    let spare = |number: &usize| {
        let left = room - u64::from(there[*number].slots);
        let can_go = left >= needed;
        if can_go {
            room = left;
        }
        can_go
    };
    candidates.into_iter().take_while(spare).collect()
}

/// Leaves room on only so many of the spare nodes. The others are full, which is for the pods as if they were not there.
fn take_room(world: &mut Scenario, left: usize) {
    let spare = spare_nodes(world);
    for number in spare.iter().take(spare.len().saturating_sub(left)) {
        world.cluster.nodes[*number].slots = 0;
    }
}

/// Everything between the image and readiness takes `factor` times as long.
fn slow_start(model: &mut PodModel, factor: f64) {
    start_slowly(model, factor);
    warm_up_slowly(model, factor);
}

/// Everything until the containers run takes `factor` times as long, the image being there; and so do their hooks.
pub fn start_slowly(model: &mut PodModel, factor: f64) {
    model.start = model.start.scaled(factor);
    model.post_start = model.post_start.as_ref().map(|time| time.scaled(factor));
    model.init_containers.iter_mut().for_each(|container| container.scale(factor));
}

/// The warm-up of running containers takes `factor` times as long.
pub fn warm_up_slowly(model: &mut PodModel, factor: f64) {
    model.warm_up = model.warm_up.scaled(factor);
}

/// Changes the version that is rolled out, and those after it.
fn of_new(world: &mut Scenario, change: impl Fn(&mut PodModel)) {
    world.pods.iter_mut().skip(NEW_TEMPLATE as usize).for_each(change);
}

/// Nodes are lost after `days` in the mean.
fn lose_nodes(world: &mut Scenario, days: f64) -> Option<()> {
    let time = Distribution::new(Shape::Exponential { mean: days * DAY_S }, 0.0, None).ok()?;
    let usual = match world.cluster.loss.take() {
        Some(loss) => loss,
        None => usual_loss()?,
    };
    world.cluster.loss = Some(NodeLoss { time_to_loss: time, ..usual });
    Some(())
}

/// What follows the loss of a node where nobody has written it: the defaults of an experiment.
fn usual_loss() -> Option<NodeLoss> {
    let text = "deployment: {spec: {template: {spec: {containers: [{name: app, image: app}]}}}}\n\
                cluster: {loss: {meanTimeToLoss: 30d}}";
    let plan = Plan::parse(text, Path::new(""), &Overrides::default()).ok()?;
    plan.scenarios.into_iter().next()?.cluster.loss
}
