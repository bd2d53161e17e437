//! From a recording to a scenario with a script.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Unsupported;
use super::recording::{Action, ByPod, ByTemplate, ClusterInput, Delay, PodsInput, Recording, Seconds};
use crate::distribution::{Distribution, Shape};
use crate::k8s::fenceposts::IntOrPercent;
use crate::k8s::node_lifecycle::EVICTION_RATE;
use crate::k8s::objects::{DeploymentSpec, Strategy, Template};
use crate::scenario::{
    Cluster, ControlPlane, Node, OLD_TEMPLATE, PodModel, Scenario, ScriptedPod, SpecPatch, Step, StepAction, Throttle,
};
use crate::script::{NodeMonitor, PodScript, Script, Times, Toggles};
use crate::time::SimDuration;

/// Larger worlds are refused rather than run for hours.
const MOST_PODS: i64 = 100_000;
const MOST_NODES: u32 = 100_000;
/// The pods of a Deployment that has no node to itself.
const PODS_PER_NODE: u32 = 110;
/// The only annotation that does anything.
pub(super) const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
/// `2147483647` is the API's word for "no limit".
const NO_LIMIT: i64 = i32::MAX as i64;

/// A recording made ready to run.
#[derive(Debug)]
pub(super) struct World {
    pub(super) scenario: Scenario,
    /// Names of templates, by number.
    pub(super) templates: Vec<String>,
    /// When the first action after `create` happens; zero where there is none.
    pub(super) watched_from: SimDuration,
}

type Result<T> = std::result::Result<T, Unsupported>;

fn unsupported<T>(what: impl Into<String>) -> Result<T> {
    Err(Unsupported(what.into()))
}

fn length(seconds: Seconds) -> SimDuration {
    SimDuration::from_secs_f64(seconds.0)
}

pub(super) fn build(recording: &Recording) -> Result<World> {
    let mut templates = Templates::default();
    let creation = recording.actions.iter().position(|action| action.what == "create");
    if recording.actions.len() > usize::from(u16::MAX) {
        return unsupported(format!("{} actions", recording.actions.len()));
    }
    let Some(creation) = creation else { return unsupported("a recording without a create action") };
    templates.number(recording.actions[creation].template.as_deref().unwrap_or("v1"))?;
    let mut manifest = recording.deployment.clone();
    let mut deployment = read_spec(&manifest)?;
    deployment.pod_replacement_policy = recording.proposals.pod_replacement_policy;
    let mut timeline = Vec::new();
    for action in &recording.actions {
        let at = length(action.at);
        let step = read_action(action, &mut manifest, &mut templates)?;
        timeline.extend(step.map(|action| Step { at, action }));
    }
    timeline.sort_by_key(|step| step.at);
    let created_at = recording.actions[creation].at;
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
        pods: vec![unused_model(); templates.names.len()],
        cluster,
        control_plane: control_plane(&recording.cluster),
        timeline,
        rollback_after_stall: None,
        availability_objective: 0.0,
        horizon: SimDuration::from_secs_f64(recording.ended_at),
        script: Some(Script { pods, monitor }),
    };
    Ok(World { scenario, templates: templates.names, watched_from: watched_from.map(length).unwrap_or_default() })
}

/// Templates by name; numbers are given in order of first mention.
#[derive(Debug, Default)]
struct Templates {
    names: Vec<String>,
}

impl Templates {
    fn number(&mut self, name: &str) -> Result<Template> {
        let known = self.names.iter().position(|known| known == name);
        let number = known.unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        Template::try_from(number).or_else(|_| unsupported("more than 65536 templates"))
    }
}

/// `None`: the action changes nothing that is modelled.
fn read_action(
    action: &Action,
    manifest: &mut Map<String, Value>,
    templates: &mut Templates,
) -> Result<Option<StepAction>> {
    Ok(Some(match action.what.as_str() {
        "create" => StepAction::Create,
        "set-template" => StepAction::SetTemplate(template_of(action, templates)?),
        "scale" => match needed(action.replicas, "scale", "replicas")? {
            many if i64::from(many) > MOST_PODS => return unsupported(format!("{many} replicas")),
            replicas => StepAction::Scale(replicas),
        },
        "pause" => StepAction::Pause,
        "resume" => StepAction::Resume,
        "undo" => action.to_revision.map_or(StepAction::Undo, StepAction::UndoTo),
        "delete-pod" => StepAction::DeletePod(pod_of(action, templates)?),
        "pod-unready" => StepAction::SetReady(pod_of(action, templates)?, false),
        "pod-ready" => StepAction::SetReady(pod_of(action, templates)?, true),
        "node-down" => StepAction::NodeSilent(needed(action.node, "node-down", "node")?),
        "node-up" => StepAction::NodeHeard(needed(action.node, "node-up", "node")?),
        "quota" => StepAction::SetPodQuota(action.pods),
        "annotate-pod" => return annotation(action, templates),
        "patch-spec" => {
            let Some(patch) = &action.spec else { return unsupported("patch-spec without spec") };
            StepAction::Patch(read_patch(patch, manifest, templates)?)
        }
        other => return unsupported(format!("action {other}")),
    }))
}

fn needed<T>(value: Option<T>, action: &str, name: &str) -> Result<T> {
    value.map_or_else(|| unsupported(format!("{action} without {name}")), Ok)
}

fn template_of(action: &Action, templates: &mut Templates) -> Result<Template> {
    templates.number(&needed(action.template.clone(), &action.what, "template")?)
}

fn pod_of(action: &Action, templates: &mut Templates) -> Result<ScriptedPod> {
    let template = template_of(action, templates)?;
    Ok(ScriptedPod { template, number: needed(action.index, &action.what, "index")? })
}

/// Of all annotations only the deletion cost does anything; one that is no number counts as 0.
fn annotation(action: &Action, templates: &mut Templates) -> Result<Option<StepAction>> {
    let cost = action.annotations.as_ref().and_then(|annotations| annotations.get(DELETION_COST));
    let Some(value) = cost else { return Ok(None) };
    Ok(Some(StepAction::SetDeletionCost(pod_of(action, templates)?, deletion_cost(value))))
}

pub(super) fn deletion_cost(annotation: &Value) -> i32 {
    let number = annotation.as_str().and_then(|text| text.parse().ok()).or_else(|| Some(annotation.as_i64()? as i32));
    number.unwrap_or(0)
}

/// A merge patch of the spec, whose result is read like a whole one.
fn read_patch(
    patch: &Map<String, Value>,
    manifest: &mut Map<String, Value>,
    templates: &mut Templates,
) -> Result<SpecPatch> {
    let template = match patch.get("template") {
        None => None,
        Some(change) => match change.pointer("/metadata/labels/version").and_then(Value::as_str) {
            Some(name) => Some(templates.number(name)?),
            None => return unsupported("a patch of the template that does not name a version"),
        },
    };
    let known =
        ["replicas", "strategy", "minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit", "paused"];
    for (name, value) in patch {
        if known.contains(&name.as_str()) {
            merge(manifest.entry(name.clone()).or_insert(Value::Null), value);
        } else if name != "template" {
            return unsupported(format!("a patch of spec.{name}"));
        }
    }
    let spec = read_spec(manifest)?;
    let has = |name| patch.contains_key(name);
    Ok(SpecPatch {
        replicas: has("replicas").then_some(spec.replicas),
        strategy: has("strategy").then_some(spec.strategy),
        min_ready_seconds: has("minReadySeconds").then_some(spec.min_ready_seconds),
        progress_deadline_seconds: has("progressDeadlineSeconds").then_some(spec.progress_deadline_seconds),
        revision_history_limit: has("revisionHistoryLimit").then_some(spec.revision_history_limit),
        paused: has("paused").then_some(spec.paused),
        template,
    })
}

/// RFC 7386.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        if value.is_null() {
            target.remove(name);
        } else {
            merge(target.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

fn read_spec(manifest: &Map<String, Value>) -> Result<DeploymentSpec> {
    let replicas = number(manifest, "replicas", 1)?;
    if replicas > MOST_PODS {
        return unsupported(format!("{replicas} replicas"));
    }
    let limit = |value: i64| (value != NO_LIMIT).then_some(value as i32);
    Ok(DeploymentSpec {
        replicas: replicas as i32,
        strategy: read_strategy(manifest.get("strategy").unwrap_or(&Value::Null))?,
        min_ready_seconds: number(manifest, "minReadySeconds", 0)? as i32,
        progress_deadline_seconds: limit(number(manifest, "progressDeadlineSeconds", 600)?),
        revision_history_limit: limit(number(manifest, "revisionHistoryLimit", 10)?),
        paused: manifest.get("paused").and_then(Value::as_bool).unwrap_or(false),
        template: OLD_TEMPLATE,
        pod_replacement_policy: None,
    })
}

fn number(manifest: &Map<String, Value>, name: &str, default: i64) -> Result<i64> {
    match manifest.get(name) {
        None | Some(Value::Null) => Ok(default),
        Some(value) => match value.as_i64() {
            Some(number) if i32::try_from(number).is_ok() => Ok(number),
            _ => unsupported(format!("deployment.{name}: {value}")),
        },
    }
}

fn read_strategy(strategy: &Value) -> Result<Strategy> {
    match strategy.get("type").and_then(Value::as_str) {
        Some("Recreate") if strategy.get("rollingUpdate").is_some_and(|block| !block.is_null()) => {
            unsupported("deployment.strategy: Recreate with a rollingUpdate block, which the API refuses")
        }
        Some("Recreate") => Ok(Strategy::Recreate),
        None | Some("RollingUpdate") => {
            let block = strategy.get("rollingUpdate").unwrap_or(&Value::Null);
            Ok(Strategy::RollingUpdate {
                max_surge: int_or_percent(block, "maxSurge")?,
                max_unavailable: int_or_percent(block, "maxUnavailable")?,
            })
        }
        Some(other) => unsupported(format!("strategy {other}")),
    }
}

fn int_or_percent(block: &Value, name: &str) -> Result<IntOrPercent> {
    let parsed = match block.get(name) {
        None | Some(Value::Null) => Some(IntOrPercent::Percent(25)),
        Some(Value::String(text)) => IntOrPercent::parse_percent(text).ok(),
        Some(value) => value.as_i64().and_then(|count| i32::try_from(count).ok()).map(IntOrPercent::Int),
    };
    parsed.map_or_else(|| unsupported(format!("deployment.strategy.rollingUpdate.{name}: {}", block[name])), Ok)
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

/// Without a word on it things happen at once.
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
    let request = input.pod_cpu_request.as_ref().map(cpu).transpose()?.unwrap_or(0.0);
    let nodes = (0..input.nodes as usize).map(|place| {
        let whole = match &input.node_cpu {
            None => None,
            Some(Value::Array(each)) => each.get(place).or(each.last()).map(cpu).transpose()?,
            Some(same) => Some(cpu(same)?),
        };
        let most = input.pods_per_node.unwrap_or(PODS_PER_NODE);
        // Millicores are whole numbers, so a millionth is far from every quotient that matters.
        let fitting = whole.filter(|_| request > 0.0).map_or(most, |whole| (whole / request + 1e-6) as u32);
        let pod_load = whole.filter(|&whole| whole > 0.0).map_or(1e-3, |whole| request / whole);
        Ok(Node { zone: 0, slots: most.min(fitting), base_load: 0.0, pod_load })
    });
    let nodes = nodes.collect::<Result<Vec<Node>>>()?;
    let standard = NodeMonitor::default();
    let monitor = NodeMonitor {
        period: input.node_monitor_period_seconds.map_or(standard.period, length),
        grace: input.node_monitor_grace_period_seconds.map_or(standard.grace, length),
        toleration: match &input.toleration_seconds {
            None => standard.toleration,
            Some(Value::Number(seconds)) => seconds.as_f64().map(SimDuration::from_secs_f64),
            Some(other) => return unsupported(format!("cluster.toleration_seconds: {other}")),
        },
    };
    Ok((Cluster { nodes, loss: None }, monitor))
}

/// A quantity of processors: `2`, `"2"`, `"0.5"` or `"900m"`.
fn cpu(value: &Value) -> Result<f64> {
    let parsed = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.strip_suffix('m') {
            Some(thousandths) => thousandths.parse::<f64>().ok().map(|number| number / 1000.0),
            None => text.parse().ok(),
        },
        _ => None,
    };
    let positive = parsed.filter(|number| number.is_finite() && *number >= 0.0);
    positive.map_or_else(|| unsupported(format!("a processor quantity {value}")), Ok)
}

/// Latencies of a control plane that has nothing else to do, as measured in the recordings. They vary a little, as they
/// do there: equal ones fall into step with the clients' limits and keep rhythms that no real control plane has.
fn control_plane(input: &ClusterInput) -> ControlPlane {
    let about = |millis: f64| {
        let shape = Shape::Uniform { low: 0.8e-3 * millis, high: 1.2e-3 * millis };
        let mean = || Distribution::constant(SimDuration::from_secs_f64(1e-3 * millis));
        Distribution::new(shape, 0.0, None).unwrap_or_else(|_| mean())
    };
    let fast = input.mode.as_deref() == Some("fast");
    let throttle = |given: Option<(f64, u32)>, standard: (f64, u32)| {
        let (qps, burst) = given.unwrap_or(if fast { (500.0, 1000) } else { standard });
        Throttle { qps, burst }
    };
    ControlPlane {
        api_latency: about(4.5),
        watch_latency: about(3.0),
        scheduling: about(5.0),
        controller_qps: throttle(input.kube_api_qps_burst, (20.0, 30)),
        scheduler_qps: throttle(input.scheduler_client_qps_burst, (50.0, 100)),
        node_eviction_rate: EVICTION_RATE,
    }
}

/// Scripted pods do not ask for a model.
fn unused_model() -> PodModel {
    let at_once = Distribution::constant(SimDuration::ZERO);
    PodModel {
        pull: at_once.clone(),
        cached: 1.0,
        start: at_once.clone(),
        warm_up: at_once.clone(),
        termination: at_once.clone(),
        grace: SimDuration::ZERO,
        pre_stop: SimDuration::ZERO,
        readiness: None,
        crash: 0.0,
        crash_after: at_once.clone(),
        never_ready: 0.0,
        flap: 0.0,
        flap_after: at_once.clone(),
        flap_for: at_once,
        bad_version: 0.0,
    }
}
