//! Converts a recording to a scenario with a script.

use std::collections::BTreeMap;

use serde_json::Value;

use super::manifest::Manifest;
use super::placing::Placing;
use super::recording::{Action, ByPod, ByTemplate, ClusterInput, Delay, Mode, PodsInput, Recording, Seconds};
use super::stop::{MOST_PODS, Result, Stop, Templates, unsupported, wrong};
use crate::distribution::{Distribution, Shape};
use crate::k8s::node_lifecycle::EVICTION_RATE;
use crate::k8s::objects::Template;
use crate::scenario::{
    Cluster, ControlPlane, MeasuredEvent, Node, PodModel, Probes, Rollback, Scenario, Scheduling, ScriptAction,
    ScriptedPod, Start, Step, StepAction, Throttle, Until, Volumes,
};
use crate::script::{NodeMonitor, PodScript, Script, Times, Toggles};
use crate::time::SimDuration;

const MOST_NODES: u32 = 100_000;
/// Pods that fit on a node where the recording does not say how many.
const PODS_PER_NODE: u32 = 110;
/// Requests per second and burst of a client.
const RATES: std::ops::RangeInclusive<f64> = 1e-3..=1e6;
const BURSTS: std::ops::RangeInclusive<u32> = 1..=1_000_000;
/// Shortest time between two checks of the nodes [s].
const SHORTEST_PERIOD: f64 = 0.1;
/// The only annotation that has an effect.
pub(super) const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// A recording prepared for a run.
#[derive(Debug)]
pub(super) struct World {
    pub(super) scenario: Scenario,
    /// Names of templates, by number.
    pub(super) templates: Vec<String>,
    /// When the first action after `create` happens; zero where there is none.
    pub(super) watched_from: SimDuration,
}

fn length(seconds: Seconds) -> SimDuration {
    SimDuration::from_secs_f64(seconds.0)
}

pub(super) fn build(recording: &Recording) -> Result<World> {
    if let Some(what) = &recording.unmodelled {
        return unsupported(what);
    }
    check_places(&recording.pods)?;
    check_toggles(&recording.pods)?;
    check_ranges(&recording.cluster)?;
    let mut templates = Templates::default();
    let Some(creation) = recording.actions.iter().position(|action| action.what == "create") else {
        return wrong("actions", "has no create action");
    };
    templates.number(recording.actions[creation].template.as_deref().unwrap_or("v1"))?;
    let created_at = recording.actions[creation].at;
    let manifest = Manifest::new(recording.deployment.clone());
    let mut deployment = manifest.spec("deployment")?;
    deployment.pod_replacement_policy = recording.proposals.pod_replacement_policy;
    let mut reader = Reader { recording, manifest, templates, created_at };
    // Patches build on each other in order of time.
    let mut actions: Vec<_> = recording.actions.iter().enumerate().collect();
    actions.sort_by(|(_, one), (_, other)| one.at.0.total_cmp(&other.at.0));
    let mut timeline = Vec::new();
    for (number, action) in actions {
        let step = reader.read(&format!("actions[{number}]"), action)?;
        timeline.extend(step.map(|step| Step { at: length(action.at), action: step }));
    }
    let templates = reader.templates;
    let later = recording.actions[creation + 1..].iter().map(|action| action.at).filter(|at| *at >= created_at);
    let watched_from = later
        .fold(None, |first: Option<Seconds>, at| Some(first.map_or(at, |first| if at < first { at } else { first })));
    let (cluster, monitor) = read_cluster(&recording.cluster)?;
    let mut pods: Vec<_> = templates.names.iter().map(|name| read_pods(&recording.pods, name)).collect();
    let deletions = recording.expect.as_ref().and_then(|expect| expect.deletions.as_ref());
    for (place, (_, pod)) in deletions.into_iter().flatten().enumerate() {
        let Some((template, number)) = pod.rsplit_once('-') else { continue };
        let known = templates.names.iter().position(|name| name == template);
        if let (Some(template), Ok(number)) = (known, number.parse()) {
            pods[template].uids.entry(number).or_insert(place as u32);
        }
    }
    let scenario = Scenario {
        id: 0,
        parameters: Vec::new(),
        deployment,
        pods: vec![model(&recording.placing); templates.names.len()],
        cluster,
        volumes: Volumes::none(),
        control_plane: control_plane(&recording.cluster),
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
        script: Some(Script { pods }),
        node_monitor: Some(monitor),
        world: None,
    };
    Ok(World { scenario, templates: templates.names, watched_from: watched_from.map(length).unwrap_or_default() })
}

/// Reads actions in order of time.
struct Reader<'a> {
    recording: &'a Recording,
    manifest: Manifest,
    templates: Templates,
    created_at: Seconds,
}

impl Reader<'_> {
    /// Converts an action; `None`: it changes nothing that is modelled.
    fn read(&mut self, path: &str, action: &Action) -> Result<Option<StepAction>> {
        Ok(Some(match action.what.as_str() {
            "create" => StepAction::Scripted(ScriptAction::Create),
            "set-template" => StepAction::SetTemplate(self.template(path, action)?),
            "scale" => match needed(action.replicas, path, "replicas")? {
                many if i64::from(many) > MOST_PODS => return unsupported(format!("{many} replicas")),
                replicas => StepAction::Scale(replicas),
            },
            "pause" => StepAction::Pause,
            "resume" => StepAction::Resume,
            "undo" => match &action.resolved_template {
                Some(found) => StepAction::SetTemplate(self.templates.number(found)?),
                None => action.to_revision.map_or(StepAction::Undo, StepAction::UndoTo),
            },
            "delete-pod" => StepAction::Scripted(ScriptAction::DeletePod(self.pod(path, action)?)),
            "fail-pod" => StepAction::Scripted(ScriptAction::FailPod(self.pod(path, action)?)),
            "pod-unready" => StepAction::Scripted(ScriptAction::SetReady(self.pod(path, action)?, false)),
            "pod-ready" => StepAction::Scripted(ScriptAction::SetReady(self.pod(path, action)?, true)),
            "node-down" => StepAction::Scripted(ScriptAction::NodeSilent(self.node(path, action)?)),
            "node-up" => StepAction::Scripted(ScriptAction::NodeHeard(self.node(path, action)?)),
            "quota" => StepAction::SetPodQuota(action.pods),
            "annotate-pod" => return self.annotation(path, action),
            "patch-spec" => return self.patch(path, action),
            other => return unsupported(format!("action {other}")),
        }))
    }

    fn template(&mut self, path: &str, action: &Action) -> Result<Template> {
        self.templates.number(&needed(action.template.clone(), path, "template")?)
    }

    fn pod(&mut self, path: &str, action: &Action) -> Result<ScriptedPod> {
        Ok(ScriptedPod { template: self.template(path, action)?, number: needed(action.index, path, "index")? })
    }

    fn node(&self, path: &str, action: &Action) -> Result<u32> {
        let node = needed(action.node, path, "node")?;
        match self.recording.cluster.nodes {
            nodes if node < nodes => Ok(node),
            nodes => wrong(
                format!("{path}.node"),
                format!("there is no node {node}: the cluster has {nodes}, counted from 0"),
            ),
        }
    }

    /// Converts a change of annotations, of which only the deletion cost has an effect.
    fn annotation(&mut self, path: &str, action: &Action) -> Result<Option<StepAction>> {
        let pod = self.pod(path, action)?;
        let annotations = needed(action.annotations.as_ref(), path, "annotations")?;
        let cost = annotations.get(DELETION_COST).and_then(deletion_cost);
        Ok(cost.map(|cost| StepAction::Scripted(ScriptAction::SetDeletionCost(pod, cost))))
    }

    fn patch(&mut self, path: &str, action: &Action) -> Result<Option<StepAction>> {
        let patch = needed(action.spec.as_ref(), path, "spec")?;
        if action.at < self.created_at {
            return Ok(None);
        }
        match self.manifest.patch(&format!("{path}.spec"), patch, &mut self.templates) {
            Ok(patch) => Ok(Some(StepAction::Patch(patch))),
            // The API server answered with an error; the rollout continues.
            Err(Stop::Rejected) => Ok(None),
            Err(stop) => Err(stop),
        }
    }
}

fn needed<T>(value: Option<T>, path: &str, name: &str) -> Result<T> {
    value.map_or_else(|| wrong(format!("{path}.{name}"), "is missing"), Ok)
}

/// The deletion cost of an annotation; `None`: the API server refuses it, and the pod is unchanged.
///
/// Upstream: `pkg/apis/core/helper/helpers.go: GetDeletionCostFromPodAnnotations`.
pub(super) fn deletion_cost(annotation: &Value) -> Option<i32> {
    match annotation.as_str() {
        Some(text) if text.starts_with('+') || (text.starts_with('0') && text != "0") => None,
        Some(text) => text.parse().ok(),
        None => annotation.as_i64()?.try_into().ok(),
    }
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

/// Refuses numbers that no cluster has.
fn check_ranges(cluster: &ClusterInput) -> Result<()> {
    let limits = [
        ("kube_api_qps_burst", cluster.kube_api_qps_burst),
        ("scheduler_client_qps_burst", cluster.scheduler_client_qps_burst),
    ];
    for (name, limit) in limits {
        let Some((qps, burst)) = limit else { continue };
        if !RATES.contains(&qps) || !BURSTS.contains(&burst) {
            let reason = format!(
                "[{qps}, {burst}] is no limit: write requests per second from {} to {} and a burst from 1 to {}",
                RATES.start(),
                RATES.end(),
                BURSTS.end()
            );
            return wrong(format!("cluster.{name}"), reason);
        }
    }
    let (zones, nodes) = (cluster.node_zones.len(), cluster.nodes as usize);
    if zones != 0 && zones != nodes {
        return wrong("cluster.node_zones", format!("names the zones of {zones} nodes: there are {nodes}"));
    }
    if let Some(zone) = cluster.node_zones.iter().find(|zone| usize::from(**zone) >= nodes) {
        return wrong(
            "cluster.node_zones",
            format!("{zone} is no zone: number them from 0, at most one for each node"),
        );
    }
    if cluster.node_monitor_period_seconds.is_some_and(|period| period.0 < SHORTEST_PERIOD) {
        return wrong("cluster.node_monitor_period_seconds", format!("must be at least {SHORTEST_PERIOD}"));
    }
    if cluster.pods_per_node.is_some_and(|pods| i64::from(pods) > MOST_PODS) {
        return wrong("cluster.pods_per_node", format!("must be at most {MOST_PODS}"));
    }
    Ok(())
}

fn read_pods(input: &PodsInput, template: &str) -> PodScript {
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
            Some(Toggles { number: place.parse().ok()?, at: at.iter().copied().map(length).collect() })
        })
        .collect();
    toggles.sort_by_key(|toggles| toggles.number);
    let mut termination = by_template(input.terminate_after_seconds.as_ref(), template);
    if let Some(grace) = input.grace_period_seconds.map(length) {
        let cut = |time: &mut Option<SimDuration>| *time = Some(time.map_or(grace, |time| time.min(grace)));
        termination.listed.iter_mut().for_each(cut);
        cut(&mut termination.rest);
    }
    PodScript {
        running,
        ready: Times { listed: ready.iter().copied().map(time).collect(), rest: rest.copied().and_then(time) },
        termination,
        toggles,
        uids: BTreeMap::new(),
    }
}

fn time(delay: Delay) -> Option<SimDuration> {
    delay.0.map(length)
}

/// The times of a template; a time that the recording does not give is zero.
fn by_template(input: Option<&ByTemplate>, template: &str) -> Times {
    match input {
        None => Times::same(SimDuration::ZERO),
        Some(ByTemplate::All(delay)) => Times { listed: Vec::new(), rest: time(*delay) },
        Some(ByTemplate::Map(templates)) => {
            let rest = templates.get("default").map_or_else(|| Times::same(SimDuration::ZERO), |all| by_pod(all, None));
            templates.get(template).map_or(rest.clone(), |pods| by_pod(pods, rest.rest))
        }
    }
}

fn by_pod(input: &ByPod, rest: Option<SimDuration>) -> Times {
    match input {
        ByPod::All(delay) => Times { listed: Vec::new(), rest: time(*delay) },
        ByPod::List(delays) => Times { listed: delays.iter().copied().map(time).collect(), rest },
        ByPod::Map(places) => {
            let places: BTreeMap<usize, Delay> =
                places.iter().filter_map(|(place, delay)| Some((place.parse().ok()?, *delay))).collect();
            let count = places.keys().next_back().map_or(0, |last| last + 1).min(MOST_PODS as usize);
            let listed = (0..count).map(|place| places.get(&place).map_or(rest, |delay| time(*delay))).collect();
            Times { listed, rest }
        }
    }
}

fn read_cluster(input: &ClusterInput) -> Result<(Cluster, NodeMonitor)> {
    if input.nodes > MOST_NODES {
        return unsupported(format!("{} nodes", input.nodes));
    }
    let request = input.pod_cpu_request.as_ref().map(|cpu| processors("pod_cpu_request", cpu)).transpose()?;
    let request = request.unwrap_or(0.0);
    let nodes = (0..input.nodes as usize).map(|place| {
        let whole = match &input.node_cpu {
            None => None,
            Some(Value::Array(each)) => {
                each.get(place).or(each.last()).map(|cpu| processors("node_cpu", cpu)).transpose()?
            }
            Some(same) => Some(processors("node_cpu", same)?),
        };
        let most = input.pods_per_node.unwrap_or(PODS_PER_NODE);
        // Millicores are whole numbers, so a millionth is smaller than every difference of quotients that matters.
        let fitting = whole.filter(|_| request > 0.0).map_or(most, |whole| (whole / request + 1e-6) as u32);
        let pod_load = whole.filter(|&whole| whole > 0.0).map_or(1e-3, |whole| request / whole);
        let zone = input.node_zones.get(place).copied().unwrap_or_default();
        Ok(Node { zone, slots: most.min(fitting), base_load: 0.0, pod_load })
    });
    let nodes = nodes.collect::<Result<Vec<Node>>>()?;
    let standard = NodeMonitor::default();
    let monitor = NodeMonitor {
        period: input.node_monitor_period_seconds.map_or(standard.period, length),
        grace: input.node_monitor_grace_period_seconds.map_or(standard.grace, length),
        toleration: input.toleration_seconds.map_or(standard.toleration, time),
    };
    Ok((Cluster::of(nodes), monitor))
}

/// A quantity of processors: `2`, `"2"`, `"0.5"` or `"900m"`.
fn processors(name: &str, value: &Value) -> Result<f64> {
    let parsed = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.strip_suffix('m') {
            Some(thousandths) => thousandths.parse::<f64>().ok().map(|number| number / 1000.0),
            None => text.parse().ok(),
        },
        _ => None,
    };
    let positive = parsed.filter(|number| number.is_finite() && *number >= 0.0);
    positive.map_or_else(
        || wrong(format!("cluster.{name}"), format!("{value} is no quantity of processors such as \"2\" or \"500m\"")),
        Ok,
    )
}

/// Latencies of a control plane without other load, as measured in the recordings. They vary a little, as they do
/// there: equal latencies would synchronise with the clients' rate limits, and show rhythms that no real control plane
/// has.
fn control_plane(input: &ClusterInput) -> ControlPlane {
    let about = |millis: f64| {
        let shape = Shape::Uniform { low: 0.8e-3 * millis, high: 1.2e-3 * millis };
        let mean = || Distribution::constant(SimDuration::from_secs_f64(1e-3 * millis));
        Distribution::new(shape, 0.0, None).unwrap_or_else(|_| mean())
    };
    let fast = input.mode == Some(Mode::Fast);
    let throttle = |given: Option<(f64, u32)>, standard: (f64, u32)| {
        let (qps, burst) = given.unwrap_or(if fast { (500.0, 1000) } else { standard });
        Throttle { qps, burst }
    };
    ControlPlane {
        api_latency: about(4.5),
        watch_latency: about(3.0),
        scheduling: about(5.0),
        endpoint_propagation: Distribution::constant(SimDuration::ZERO),
        controller_qps: throttle(input.kube_api_qps_burst, (20.0, 30)),
        scheduler_qps: throttle(input.scheduler_client_qps_burst, (50.0, 100)),
        fleet: 1,
        deployment_workers: 5,
        replica_set_workers: 5,
        node_eviction_rate: EVICTION_RATE,
    }
}

/// A model for pods whose course the script gives: of it only where they may go is used.
fn model(placing: &Placing) -> PodModel {
    let mut model = unused_model();
    placing.fill(&mut model);
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
