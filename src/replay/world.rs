//! Converts a recording to a scenario with a script.

use std::collections::BTreeMap;

use super::budget;
use super::cluster;
use super::deployments::{self, Creation};
use super::expect::NodeSeen;
use super::placing::Placing;
use super::recording::{Action, ByPod, ByTemplate, Delay, PodsInput, Recording, Seconds};
use super::steps;
use super::stop::{MOST_PODS, Result, unsupported, wrong};
use crate::distribution::Distribution;
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::{
    self, MeasuredEvent, PodModel, Probes, Rollback, Scenario, Scheduling, Start, Step, Until, Volumes,
};
use crate::script::{PodScript, Script, Times, Toggles};
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
}

pub(super) fn build(recording: &Recording) -> Result<World> {
    if let Some(what) = &recording.unmodelled {
        return unsupported(what);
    }
    check_pods(&recording.pods)?;
    cluster::check_ranges(&recording.cluster)?;
    let creations = deployments::creations(recording)?;
    let mut templates = deployments::templates(recording, &creations)?;
    let several = templates.of.len() > 1;
    let written = deployments::written(recording)?;
    let specs: Vec<DeploymentSpec> = written.iter().map(|one| one.spec).collect();
    let timeline = steps::read(recording, &creations, written, &mut templates.all)?;
    let names = &templates.all.names;
    let pods = names.iter().map(|name| PodScript {
        uids: uids(recording, name),
        nodes: nodes(recording, name),
        ..read_pods(&recording.pods, name)
    });
    let models = (0..names.len()).map(|number| model(&recording.placing, templates.is_of_first(number)));
    let scenario = scenario(recording, specs[0], timeline, pods.collect(), models.collect())?;
    let world = if several { Some(deployments::world(recording, &scenario, &specs, &templates)?) } else { None };
    Ok(World {
        scenario,
        world,
        watched_from: watched_from(recording, &creations),
        templates: templates.all.names,
        lead: 0.0,
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
    let (mut cluster, monitor) = cluster::read(&recording.cluster)?;
    cluster.disruption_budget = budget::read(recording)?;
    Ok(Scenario {
        id: 0,
        parameters: Vec::new(),
        deployment,
        pods,
        cluster,
        volumes: Volumes::none(),
        control_plane: cluster::control_plane(&recording.cluster),
        timeline,
        rollback: Rollback::default(),
        traffic: None,
        horizontal_autoscaler: None,
        availability_objective: 0.0,
        horizon: SimDuration::from_secs_f64(recording.ended_at),
        start: Start::Nothing,
        event: MeasuredEvent::Nothing,
        until: Until::Horizon,
        placement: None,
        tools: Vec::new(),
        script: Some(Script { pods: scripts, noticed: noticed(recording), turns: Vec::new() }),
        node_monitor: Some(monitor),
        world: None,
    })
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
fn nodes(recording: &Recording, template: &str) -> BTreeMap<u32, u32> {
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

/// Checks what is written about pods.
pub(super) fn check_pods(pods: &PodsInput) -> Result<()> {
    check_places(pods)?;
    check_toggles(pods)
}

/// Checks that pods are counted from 0.
fn check_places(pods: &PodsInput) -> Result<()> {
    let by_pod = |by: &ByPod| match by {
        ByPod::Map(places) => places.keys().cloned().collect(),
        ByPod::All(_) | ByPod::List(_) => Vec::new(),
    };
    let by_template = |by: &Option<ByTemplate>| match by {
        Some(ByTemplate::Map(templates)) => templates.values().flat_map(by_pod).collect(),
        Some(ByTemplate::All(_)) | None => Vec::new(),
    };
    let table: [(&str, Vec<String>); 4] = [
        ("readiness_toggles", pods.readiness_toggles.values().flat_map(BTreeMap::keys).cloned().collect()),
        (
            "running_after_by_index",
            pods.running_after_by_index.iter().flat_map(BTreeMap::values).flat_map(by_pod).collect(),
        ),
        ("running_after_seconds", by_template(&pods.running_after_seconds)),
        ("terminate_after_seconds", by_template(&pods.terminate_after_seconds)),
    ];
    for (name, places) in table {
        if let Some(place) =
            places.iter().find(|place| place.parse().map(|place: u32| place.to_string()) != Ok((*place).clone()))
        {
            return wrong(
                format!("pods.{name}"),
                format!("{place:?} is no place in the order of creation, such as \"0\""),
            );
        }
    }
    Ok(())
}

/// Checks that each pod changes between Ready and not Ready, at ascending instants.
fn check_toggles(pods: &PodsInput) -> Result<()> {
    for (template, by_pod) in &pods.readiness_toggles {
        for (place, at) in by_pod {
            let Some(wrong_pair) = at.windows(2).find(|pair| pair[0] >= pair[1]) else { continue };
            let (before, after) = (wrong_pair[0].0, wrong_pair[1].0);
            return wrong(
                format!("pods.readiness_toggles.{template}.{place}"),
                format!(
                    "{after} comes after {before}: write instants that ascend, Ready first, then not Ready and so on"
                ),
            );
        }
    }
    Ok(())
}

/// The course of a template's pods.
pub(super) fn read_pods(input: &PodsInput, template: &str) -> PodScript {
    let rest = input.default_ready_after_seconds.get(template).or(input.default_ready_after_seconds.get("default"));
    let ready = input.ready_after_seconds.get(template).map_or(&[] as &[Delay], Vec::as_slice);
    let indexed = input.running_after_by_index.as_ref().and_then(|by| by.get(template));
    let mut running = by_template(input.running_after_seconds.as_ref(), template);
    if let Some(indexed) = indexed {
        running = by_pod(indexed, running.rest);
    }
    let mut toggles: Vec<Toggles> = input
        .readiness_toggles
        .get(template)
        .into_iter()
        .flatten()
        .filter_map(|(place, at)| {
            Some(Toggles { number: place.parse().ok()?, at: at.iter().copied().map(Seconds::length).collect() })
        })
        .collect();
    toggles.sort_by_key(|toggles| toggles.number);
    let mut termination = by_template(input.terminate_after_seconds.as_ref(), template);
    if let Some(grace) = input.grace_period_seconds.map(Seconds::length) {
        let cut = |time: &mut Option<SimDuration>| *time = Some(time.map_or(grace, |time| time.min(grace)));
        termination.listed.iter_mut().for_each(cut);
        cut(&mut termination.rest);
    }
    PodScript {
        running,
        ready: Times {
            listed: ready.iter().copied().map(Delay::time).collect(),
            rest: rest.copied().and_then(Delay::time),
        },
        termination,
        toggles,
        uids: BTreeMap::new(),
        nodes: BTreeMap::new(),
    }
}

/// The times of a template; a time that the recording does not give is zero.
fn by_template(input: Option<&ByTemplate>, template: &str) -> Times {
    match input {
        None => Times::same(SimDuration::ZERO),
        Some(ByTemplate::All(delay)) => Times { listed: Vec::new(), rest: delay.time() },
        Some(ByTemplate::Map(templates)) => {
            let rest = templates.get("default").map_or_else(|| Times::same(SimDuration::ZERO), |all| by_pod(all, None));
            templates.get(template).map_or(rest.clone(), |pods| by_pod(pods, rest.rest))
        }
    }
}

fn by_pod(input: &ByPod, rest: Option<SimDuration>) -> Times {
    match input {
        ByPod::All(delay) => Times { listed: Vec::new(), rest: delay.time() },
        ByPod::List(delays) => Times { listed: delays.iter().copied().map(Delay::time).collect(), rest },
        ByPod::Map(places) => {
            let places: BTreeMap<usize, Delay> =
                places.iter().filter_map(|(place, delay)| Some((place.parse().ok()?, *delay))).collect();
            let count = places.keys().next_back().map_or(0, |last| last + 1).min(MOST_PODS as usize);
            let listed = (0..count).map(|place| places.get(&place).map_or(rest, |delay| delay.time())).collect();
            Times { listed, rest }
        }
    }
}

/// A model for pods whose course the script gives: of it only where they may go is used.
/// Rules are about the first Deployment's pods.
pub(super) fn model(placing: &Placing, of_first: bool) -> PodModel {
    let mut model = unused_model();
    if of_first {
        placing.fill(&mut model);
    } else {
        Placing::default().fill(&mut model);
    }
    model
}

/// A model that is never used.
fn unused_model() -> PodModel {
    let at_once = Distribution::constant(SimDuration::ZERO);
    PodModel {
        pull: at_once.clone(),
        pull_failure: 0.0,
        pull_check: None,
        crowding: 0.0,
        cached: 1.0,
        start: at_once.clone(),
        warm_up: at_once.clone(),
        termination: at_once.clone(),
        grace: SimDuration::ZERO,
        pre_stop: SimDuration::ZERO,
        probes: Probes::default(),
        crash: 0.0,
        crash_after: at_once.clone(),
        never_ready: 0.0,
        flap: 0.0,
        flap_after: at_once.clone(),
        flap_for: at_once.clone(),
        constraints: Vec::new(),
        preferences: Vec::new(),
        volumes: Vec::new(),
        own_volumes: 0,
        topology: None,
        scheduling: Scheduling::Scheduler,
        bad_version: 0.0,
        init_containers: Vec::new(),
        post_start: None,
        readiness_gate: None,
        refused: 0.0,
        evicted: 0.0,
        evicted_after: at_once,
        leader: None,
    }
}
