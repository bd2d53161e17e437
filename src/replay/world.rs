//! Converts a recording to a scenario with a script.

use std::collections::BTreeMap;

use super::autoscaler;
use super::cluster;
use super::deployments::{self, Creation};
use super::expect::NodeSeen;
use super::fillers;
use super::found::There;
use super::found_objects;
use super::head;
use super::pod_times;
use super::recording::{Action, Recording};
use super::steps;
use super::stop::Result;
use super::volumes;
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::{self, MeasuredEvent, PodModel, Rollback, Scenario, Start, Step, Until};
use crate::script::{PodScript, Script};
use crate::time::SimDuration;

/// A recording prepared for a run.
#[derive(Debug)]
pub(super) struct World {
    pub(super) scenario: Scenario,
    /// The world of several Deployments, whose shared scenario is that one; `None`: there is one Deployment.
    pub(super) world: Option<scenario::World>,
    /// Names of templates, by number.
    pub(super) templates: Vec<String>,
    /// When the first action after `create` happens; zero where there is none.
    pub(super) watched_from: SimDuration,
    /// How long before the recording's beginning the run begins [s].
    pub(super) lead: f64,
    /// What was there, where the recording begins in the middle of a rollout.
    pub(super) there: Option<There>,
}

pub(super) fn build(recording: &Recording) -> Result<World> {
    let recording = &head::checked(recording)?;
    let creations = deployments::creations(recording)?;
    let mut templates = deployments::templates(recording, &creations)?;
    let several = templates.of.len() > 1 || deployments::needs_world(recording);
    let written = deployments::written(recording)?;
    let specs: Vec<DeploymentSpec> = written.iter().map(|one| one.spec).collect();
    let timeline = steps::read(recording, &creations, written, &mut templates.all)?;
    let (scripts, models) = head::pods(recording, &templates, |name| PodScript {
        uids: uids(recording, name),
        nodes: nodes_of(recording, name),
        ..pod_times::read(&recording.pods, name)
    })?;
    let mut scenario = scenario(recording, specs[0], timeline, scripts, models)?;
    let there = found_objects::deployments(recording, &specs, &templates.all, &mut scenario)?;
    let world = if several { Some(deployments::world(recording, &scenario, &specs, &templates)?) } else { None };
    Ok(World {
        scenario,
        world,
        watched_from: watched_from(recording, &creations),
        templates: templates.all.names,
        lead: 0.0,
        there,
    })
}

/// The scenario of a recording whose pods follow a script, and where they may go.
pub(super) fn scenario(
    recording: &Recording,
    deployment: DeploymentSpec,
    timeline: Vec<Step>,
    scripts: Vec<PodScript>,
    pods: Vec<PodModel>,
) -> Result<Scenario> {
    let (cluster, monitor) = cluster::read(&recording.cluster)?;
    let mut scenario = Scenario {
        id: 0,
        parameters: Vec::new(),
        deployment,
        pods,
        cluster,
        volumes: volumes::read(recording)?,
        control_plane: cluster::control_plane(&recording.cluster),
        timeline,
        rollback: Rollback::default(),
        traffic: None,
        horizontal_autoscaler: autoscaler::read(recording)?,
        availability_objective: 0.0,
        horizon: SimDuration::from_secs_f64(recording.ended_at),
        start: Start::Nothing,
        event: MeasuredEvent::Nothing,
        until: Until::Horizon,
        placement: None,
        tools: Vec::new(),
        script: Some(Script { pods: scripts, noticed: noticed(recording), ..Script::default() }),
        node_monitor: Some(monitor),
        world: None,
    };
    fillers::fill(recording, &mut scenario)?;
    Ok(scenario)
}

/// When the first action happens that comes after the creation of the first Deployment and creates no other one, and no budget.
fn watched_from(recording: &Recording, creations: &[Creation]) -> SimDuration {
    let created = &creations[0];
    let later = recording.actions[created.place + 1..].iter();
    let has_budget = recording.actions.iter().any(|action| action.what == "pdb");
    let prepares = |what: &str| has_budget && matches!(what, "pdb" | "quota");
    let creates = |action: &Action| action.what == "create" && action.name.is_some();
    let counted = later.filter(|action| action.at >= created.at && !creates(action) && !prepares(&action.what));
    first_instant(counted)
}

/// The instant of the earliest of some actions; that of the start where there is none.
pub(super) fn first_instant<'a>(actions: impl Iterator<Item = &'a Action>) -> SimDuration {
    let first = actions.map(|action| action.at.0).reduce(f64::min);
    first.map_or(SimDuration::ZERO, SimDuration::from_secs_f64)
}

/// Stand for the UIDs of a template's pods: the earlier a pod is recorded as deleted, the lower.
fn uids(recording: &Recording, template: &str) -> BTreeMap<u32, u32> {
    let deletions = recording.expect.as_ref().and_then(|expect| expect.deletions.as_ref());
    let mut uids = BTreeMap::new();
    for (place, (_, pod)) in (0..).zip(deletions.into_iter().flatten()) {
        if let Some(number) = number_of(pod, template) {
            uids.entry(number).or_insert(place);
        }
    }
    uids
}

/// The nodes on which a template's pods are recorded.
fn nodes_of(recording: &Recording, template: &str) -> BTreeMap<u32, u32> {
    let placement = recording.expect.as_ref().and_then(|expect| expect.placement.as_ref());
    let placed = placement.into_iter().flatten();
    placed.filter_map(|(pod, _, node)| Some((number_of(pod, template)?, (*node)?))).collect()
}

/// When each node was found silent. Of nodes that were found at one instant the one whose pods were evicted first comes first.
fn noticed(recording: &Recording) -> BTreeMap<u32, Vec<SimDuration>> {
    let seen = recording.expect.as_ref().and_then(|expect| expect.nodes.as_deref()).unwrap_or_default();
    let tainted = |found: &NodeSeen| {
        let mut later = seen.iter().filter(|later| later.node == found.node && later.t >= found.t);
        let evicts = |later: &&NodeSeen| later.taints.iter().any(|taint| taint.ends_with(":NoExecute"));
        later.find(evicts).map_or(f64::INFINITY, |later| later.t)
    };
    let mut silent = BTreeMap::new();
    let mut found: Vec<(f64, f64, u32)> = Vec::new();
    for now in seen {
        let is_silent = now.ready == "Unknown";
        if silent.insert(now.node, is_silent) != Some(is_silent) && is_silent {
            found.push((now.t, tainted(now), now.node));
        }
    }
    found.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let mut noticed: BTreeMap<u32, Vec<SimDuration>> = BTreeMap::new();
    for (place, (at, _, node)) in (0..).zip(found) {
        let at = SimDuration::from_secs_f64(at) + SimDuration::from_nanos(place);
        noticed.entry(node).or_default().push(at);
    }
    noticed
}

/// The place of a pod of a template among those of the template, by its name.
fn number_of(pod: &str, template: &str) -> Option<u32> {
    let (of, number) = pod.rsplit_once('-')?;
    number.parse().ok().filter(|_| of == template)
}
