//! The file format: the fields of a recording.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::began::{Start, within_second};
use super::beside::Beside;
use super::claims::Claims;
use super::expect::Expect;
use super::keys;
use super::placing::Placing;
use super::stop::{FieldError, LONGEST};
use super::unknown;
use crate::k8s::objects::PodReplacementPolicy;
use crate::time::SimDuration;

/// A recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Its name.
    pub name: String,
    pub(super) deployment: Map<String, Value>,
    /// The StatefulSet that it is about, or the DaemonSet; without either it is about Deployments.
    pub(super) stateful_set: Option<Map<String, Value>>,
    pub(super) daemon_set: Option<Map<String, Value>>,
    /// Feature gates that were set, as `NAME=true`.
    pub(super) feature_gates: String,
    /// Other Deployments, by name.
    pub(super) others: BTreeMap<String, Map<String, Value>>,
    pub(super) proposals: Proposals,
    pub(super) cluster: ClusterInput,
    pub(super) pods: PodsInput,
    pub(super) placing: Placing,
    pub(super) beside: Beside,
    pub(super) volumes: Claims,
    pub(super) actions: Vec<Action>,
    pub(super) ended_at: f64,
    /// What ran when it begins; `None`: it is created.
    pub(super) start: Option<Start>,
    /// How far the second had gone in which it began [s].
    pub(super) within_second: f64,
    /// What the recording asks for that is not modelled.
    pub(super) unmodelled: Option<String>,
    pub(super) repeatable: bool,
    /// What the real control plane did; `None` where that is not known.
    pub expect: Option<Expect>,
}

/// A length of time in seconds that a run may have.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct Seconds(pub(super) f64);

/// The latest end of a recording, and of the run that plays it [s]: 30 d, as for any other run.
const LATEST_END: f64 = 30.0 * 86_400.0;
/// How long a run continues after the last action where the recording gives no end [s].
const AFTERWARDS: f64 = 3600.0;
/// Most entries of any list or table.
const MOST_ENTRIES: usize = 100_000;
/// Most Deployments beside the first.
const MOST_DEPLOYMENTS: usize = 1000;
/// Most actions.
const MOST_ACTIONS: usize = 10_000;

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        if (0.0..=LONGEST).contains(&seconds) {
            Ok(Self(seconds))
        } else {
            Err(D::Error::custom(format!("{seconds} is not a time: write seconds from 0 to {LONGEST}")))
        }
    }
}

impl Seconds {
    /// The same as a length of time.
    pub(super) fn length(self) -> SimDuration {
        SimDuration::from_secs_f64(self.0)
    }
}

/// A time, or `"never"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Delay(pub(super) Option<Seconds>);

impl<'de> Deserialize<'de> for Delay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "never" => Ok(Self(None)),
            value @ Value::Number(_) => {
                Seconds::deserialize(value).map(|seconds| Self(Some(seconds))).map_err(D::Error::custom)
            }
            other => Err(D::Error::custom(format!("{other} is neither seconds nor \"never\""))),
        }
    }
}

impl Delay {
    /// The same as a length of time.
    pub(super) fn time(self) -> Option<SimDuration> {
        self.0.map(Seconds::length)
    }
}

/// One time for all pods, a list in order of creation, or times by index in that order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "neither seconds, nor \"never\", nor a list of these, nor times by pod such as {\"2\": 6}"
)]
pub(super) enum ByPod {
    All(Delay),
    List(Vec<Delay>),
    Map(BTreeMap<String, Delay>),
}

/// A time for all incarnations of a pod, or one for each.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "neither seconds, nor \"never\", nor a list of these, one for each incarnation of the pod"
)]
enum OneOrMore {
    One(Delay),
    More(Vec<Delay>),
}

impl OneOrMore {
    fn list(self) -> Vec<Delay> {
        match self {
            Self::One(time) => vec![time],
            Self::More(times) => times,
        }
    }
}

/// The same value for every template, or one by template; `default` is for all others.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "neither seconds, nor \"never\", nor by template such as {\"v1\": 2, \"default\": [1, \"never\"]}: times are from 0 to 100000000 s"
)]
pub(super) enum ByTemplate {
    All(Delay),
    Map(BTreeMap<String, ByPod>),
}

/// Limits of the clients where the recording gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    /// 500 requests a second.
    Fast,
    /// The default limits of Kubernetes.
    Default,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ClusterInput {
    pub(super) nodes: u32,
    /// The zone of each node; an empty list means that there is one zone.
    pub(super) node_zones: Vec<u16>,
    pub(super) pods_per_node: Option<u32>,
    pub(super) node_cpu: Option<Value>,
    pub(super) pod_cpu_request: Option<Value>,
    pub(super) node_memory: Option<Value>,
    pub(super) pod_memory_request: Option<Value>,
    pub(super) node_monitor_grace_period_seconds: Option<Seconds>,
    pub(super) node_monitor_period_seconds: Option<Seconds>,
    pub(super) toleration_seconds: Option<Delay>,
    pub(super) mode: Option<Mode>,
    pub(super) request_seconds: Option<Seconds>,
    pub(super) kube_api_qps_burst: Option<(f64, u32)>,
    pub(super) scheduler_client_qps_burst: Option<(f64, u32)>,
    pub(super) volume_attach_seconds: Option<Seconds>,
    pub(super) volume_detach_seconds: Option<Seconds>,
    pub(super) volume_provision_seconds: Option<Seconds>,
    pub(super) volume_force_detach_seconds: Option<Seconds>,
    pub(super) volumes_per_node: Option<EachNode>,
}

/// A number for all nodes, or one for each, of which the last one is that of all others.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "neither a number nor a list of numbers, one for each node")]
pub(super) enum EachNode {
    Same(u32),
    Each(Vec<u32>),
}

impl EachNode {
    /// The number of a node.
    pub(super) fn of(&self, node: usize) -> u64 {
        let own = match self {
            Self::Same(number) => Some(number),
            Self::Each(numbers) => numbers.get(node).or(numbers.last()),
        };
        own.copied().map_or(0, u64::from)
    }
}

/// Rules that the recorded control plane did not apply.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Proposals {
    #[serde(deserialize_with = "policy")]
    pub(super) pod_replacement_policy: Option<PodReplacementPolicy>,
}

fn policy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PodReplacementPolicy>, D::Error> {
    let word: Option<String> = Deserialize::deserialize(deserializer)?;
    let known = |word: String| {
        PodReplacementPolicy::parse(&word).ok_or_else(|| {
            D::Error::custom(format!("podReplacementPolicy {word:?}: write TerminationStarted or TerminationComplete"))
        })
    };
    word.filter(|word| word != "none").map(known).transpose()
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PodsInput {
    pub(super) ready_after_seconds: BTreeMap<String, Vec<Delay>>,
    /// The same of a StatefulSet: by ordinal, then by incarnation of that ordinal.
    pub(super) ready_by_incarnation: BTreeMap<String, Vec<Vec<Delay>>>,
    pub(super) default_ready_after_seconds: BTreeMap<String, Delay>,
    pub(super) running_after_seconds: Option<ByTemplate>,
    pub(super) running_after_by_index: Option<BTreeMap<String, ByPod>>,
    pub(super) terminate_after_seconds: Option<ByTemplate>,
    pub(super) grace_period_seconds: Option<Seconds>,
    pub(super) readiness_toggles: BTreeMap<String, BTreeMap<String, Vec<Seconds>>>,
    /// How long no node takes a pod.
    pub(super) no_node_for_seconds: BTreeMap<String, BTreeMap<String, Delay>>,
    /// How long a volume that is free takes to be attached for a pod.
    pub(super) attach_seconds: BTreeMap<String, BTreeMap<String, Seconds>>,
    /// How many times of `ready_after_seconds` are not known, and are those of the template's other pods.
    pub(super) unknown_times: usize,
}

/// Every `do` that is modelled.
const ACTIONS: [&str; 27] = [
    "create",
    "set-template",
    "scale",
    "pause",
    "resume",
    "undo",
    "patch-spec",
    "delete-pod",
    "fail-pod",
    "pod-unready",
    "pod-ready",
    "crash-pod",
    "evict-pod",
    "force-delete-pod",
    "annotate-pod",
    "node-down",
    "node-up",
    "node-remove",
    "node-add",
    "cordon",
    "uncordon",
    "taint",
    "drain",
    "quota",
    "pdb",
    "delete-pdb",
    "hpa",
];

/// An action at an instant. Which fields apply depends on `do`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Action {
    pub(super) at: Seconds,
    pub(super) what: String,
    /// What the action asks for that is not modelled.
    pub(super) unmodelled: Option<String>,
    /// Which Deployment; `None`: the first.
    pub(super) name: Option<String>,
    pub(super) template: Option<String>,
    pub(super) index: Option<u32>,
    pub(super) replicas: Option<i32>,
    pub(super) to_revision: Option<i64>,
    /// Which PodDisruptionBudget; `None`: the one without a name.
    pub(super) budget: Option<String>,
    /// The template that an undo found.
    pub(super) resolved_template: Option<String>,
    pub(super) node: Option<u32>,
    /// What a taint does.
    pub(super) effect: Option<String>,
    /// How long a container is down.
    pub(super) down: Option<Seconds>,
    pub(super) pods: Option<u32>,
    /// What a quota allows, by resource.
    pub(super) hard: Option<Map<String, Value>>,
    pub(super) annotations: Option<BTreeMap<String, Value>>,
    pub(super) spec: Option<Map<String, Value>>,
}

impl Action {
    fn read(value: &Value, path: &str) -> Result<Self, FieldError> {
        let object = Object::of(value, path)?;
        let what: String = object.required("do")?;
        // Actions that are not modelled have keys of their own.
        let modelled = ACTIONS.contains(&what.as_str());
        if modelled {
            keys::ACTION.only(object.map, path)?;
        }
        Ok(Self {
            at: object.required("at")?,
            unmodelled: (!modelled).then(|| format!("action {what}")),
            what,
            name: object.field("name")?,
            template: object.field("template")?,
            index: object.field("index")?,
            replicas: object.field("replicas")?,
            to_revision: object.field("to_revision")?,
            budget: object.field("budget")?,
            resolved_template: object.field("resolved_template")?,
            node: object.field("node")?,
            effect: object.field("effect")?,
            down: object.field("down")?,
            pods: object.field("pods")?,
            hard: object.field("hard")?,
            annotations: object.field("annotations")?,
            spec: object.field("spec")?,
        })
    }

    /// The creation of a workload at the beginning; without a name of the one that the recording is about.
    pub(super) fn create(name: Option<&str>, template: &str) -> Self {
        Self {
            at: Seconds(0.0),
            what: "create".into(),
            unmodelled: None,
            name: name.map(str::to_owned),
            template: Some(template.into()),
            index: None,
            replicas: None,
            to_revision: None,
            budget: None,
            resolved_template: None,
            node: None,
            effect: None,
            down: None,
            pods: None,
            hard: None,
            annotations: None,
            spec: None,
        }
    }

    /// The templates that the action gives its Deployment.
    pub(super) fn new_template(&self) -> impl Iterator<Item = &str> {
        let patched = self.spec.as_ref().filter(|_| self.what == "patch-spec").and_then(|spec| spec.get("template"));
        let patched = patched.and_then(|template| template.pointer("/metadata/labels/version")).and_then(Value::as_str);
        let named = self.template.as_deref().filter(|_| matches!(self.what.as_str(), "create" | "set-template"));
        named.into_iter().chain(self.resolved_template.as_deref()).chain(patched)
    }

    /// The name of the pod that the action concerns.
    pub(super) fn pod(&self) -> Option<String> {
        Some(format!("{}-{}", self.template.as_ref()?, self.index?))
    }
}

impl ClusterInput {
    /// The zone of each node.
    pub(super) fn zones(&self) -> Vec<u16> {
        (0..self.nodes as usize).map(|node| self.node_zones.get(node).copied().unwrap_or_default()).collect()
    }

    fn read(value: &Value) -> Result<Self, FieldError> {
        let object = Object::of(value, "cluster")?;
        keys::CLUSTER.only(object.map, "cluster")?;
        Ok(Self {
            nodes: object.field("nodes")?.unwrap_or(1),
            node_zones: object.field("node_zones")?.unwrap_or_default(),
            pods_per_node: object.field("pods_per_node")?,
            node_cpu: object.field("node_cpu")?,
            pod_cpu_request: object.field("pod_cpu_request")?,
            node_memory: object.field("node_memory")?,
            pod_memory_request: object.field("pod_memory_request")?,
            node_monitor_grace_period_seconds: object.field("node_monitor_grace_period_seconds")?,
            node_monitor_period_seconds: object.field("node_monitor_period_seconds")?,
            toleration_seconds: object.field("toleration_seconds")?,
            mode: object.field("mode")?,
            request_seconds: object.field("request_seconds")?,
            kube_api_qps_burst: object.field("kube_api_qps_burst")?,
            scheduler_client_qps_burst: object.field("scheduler_client_qps_burst")?,
            volume_attach_seconds: object.field("volume_attach_seconds")?,
            volume_detach_seconds: object.field("volume_detach_seconds")?,
            volume_provision_seconds: object.field("volume_provision_seconds")?,
            volume_force_detach_seconds: object.field("volume_force_detach_seconds")?,
            volumes_per_node: object.field("volumes_per_node")?,
        })
    }
}

impl PodsInput {
    fn read(value: &Value, of_stateful_set: bool) -> Result<Self, FieldError> {
        let (value, unknown_times) = unknown::filled(value);
        let object = Object::of(&value, "pods")?;
        keys::PODS.only(object.map, "pods")?;
        const READY: &str = "ready_after_seconds";
        let by_ordinal = if of_stateful_set { object.field(READY)? } else { None };
        let by_ordinal: BTreeMap<String, Vec<OneOrMore>> = by_ordinal.unwrap_or_default();
        let each = |(name, times): (String, Vec<OneOrMore>)| (name, times.into_iter().map(OneOrMore::list).collect());
        Ok(Self {
            ready_after_seconds: if of_stateful_set { None } else { object.field(READY)? }.unwrap_or_default(),
            ready_by_incarnation: by_ordinal.into_iter().map(each).collect(),
            default_ready_after_seconds: object.field("default_ready_after_seconds")?.unwrap_or_default(),
            running_after_seconds: object.field("running_after_seconds")?,
            running_after_by_index: object.field("running_after_by_index")?,
            terminate_after_seconds: object.field("terminate_after_seconds")?,
            grace_period_seconds: object.field("grace_period_seconds")?,
            readiness_toggles: object.field("readiness_toggles")?.unwrap_or_default(),
            no_node_for_seconds: object.field("no_node_for_seconds")?.unwrap_or_default(),
            attach_seconds: object.field("attach_seconds")?.unwrap_or_default(),
            unknown_times,
        })
    }
}

impl Recording {
    pub(super) fn from_json(value: &Value, file_name: &str) -> Result<Self, FieldError> {
        let root = Object::of(value, "the file")?.at_root();
        keys::ROOT.only(root.map, "")?;
        check_sizes(value, "")?;
        let actions = read_actions(&root)?;
        let last = actions.iter().map(|action| action.at.0).fold(0.0, f64::max);
        let ended_at: Option<Seconds> = root.field("ended_at")?;
        let ended_at = ended_at.map_or(last + AFTERWARDS, |end| end.0);
        check_end(&actions, ended_at)?;
        let none = Value::Object(Map::new());
        let cluster = root.value("cluster").unwrap_or(&none);
        let unmodelled = actions.iter().find_map(|action| action.unmodelled.clone());
        let deployment: Option<Map<String, Value>> = root.field("deployment")?;
        let stateful_set = read_set(&root, "statefulset", deployment.is_some(), keys::only_in_stateful_set)?;
        let beside = deployment.is_some() || stateful_set.is_some();
        let daemon_set = read_set(&root, "daemonset", beside, keys::only_in_daemon_set)?;
        let of_deployments = stateful_set.is_none() && daemon_set.is_none();
        let deployment = match deployment {
            None if unmodelled.is_none() && of_deployments => {
                return Err(FieldError::new("deployment", "is missing: write its spec, such as {\"replicas\": 4}"));
            }
            deployment => deployment.unwrap_or_default(),
        };
        keys::only_in_spec(&deployment, "deployment")?;
        let patches = actions.iter().enumerate().filter(|(_, action)| action.what == "patch-spec");
        let patches = patches.filter_map(|(number, action)| Some((number, action.spec.as_ref()?)));
        for (number, spec) in patches.filter(|_| unmodelled.is_none() && of_deployments) {
            keys::only_in_spec(spec, &format!("actions[{number}].spec"))?;
        }
        if let Some(Value::Object(expect)) = root.value("expect") {
            keys::EXPECT.only(expect, "expect")?;
        }
        let name: Option<String> = root.field("name")?;
        let extra = Object::of(root.value("extra").unwrap_or(&none), "extra")?;
        let recording = Self {
            name: name.unwrap_or_else(|| file_name.to_owned()),
            deployment,
            others: read_others(&extra)?,
            proposals: root.field("proposals")?.unwrap_or_default(),
            cluster: ClusterInput::read(cluster)?,
            pods: PodsInput::read(root.value("pods").unwrap_or(&none), stateful_set.is_some())?,
            stateful_set,
            daemon_set,
            feature_gates: root.field("feature_gates")?.unwrap_or_default(),
            placing: Placing::read(extra.map)?,
            beside: Beside::read(extra.map)?,
            volumes: Claims::read(extra.map)?,
            actions,
            ended_at,
            start: root.field("start")?,
            within_second: within_second(root.field::<String>("began")?.as_deref())?,
            unmodelled,
            repeatable: root.field("repeatable")?.unwrap_or(true),
            expect: root.field("expect")?,
        };
        recording.expect.as_ref().map_or(Ok(()), Expect::check)?;
        Ok(recording)
    }
}

/// Reads the StatefulSet or the DaemonSet of a recording that is about one, under `key`. `only_known` refuses fields that it does not
/// have.
fn read_set(
    root: &Object<'_>,
    key: &str,
    is_beside: bool,
    only_known: impl Fn(&Map<String, Value>, &str) -> Result<(), FieldError>,
) -> Result<Option<Map<String, Value>>, FieldError> {
    let Some(fields) = root.field::<Map<String, Value>>(key)? else { return Ok(None) };
    if is_beside {
        let advice =
            "stands beside another one: a recording is about a StatefulSet, about a DaemonSet, or about Deployments";
        return Err(FieldError::new(key, advice));
    }
    only_known(&fields, key)?;
    Ok(Some(fields))
}

/// Reads the Deployments beside the first, or beside a StatefulSet or a DaemonSet.
fn read_others(extra: &Object<'_>) -> Result<BTreeMap<String, Map<String, Value>>, FieldError> {
    let others: BTreeMap<String, Map<String, Value>> = extra.field("deployments")?.unwrap_or_default();
    if others.len() > MOST_DEPLOYMENTS {
        let reason = format!("{} are too many: at most {MOST_DEPLOYMENTS}", others.len());
        return Err(FieldError::new("extra.deployments", reason));
    }
    for (name, fields) in &others {
        keys::only_in_spec(fields, &format!("extra.deployments.{name}"))?;
    }
    Ok(others)
}

fn read_actions(root: &Object<'_>) -> Result<Vec<Action>, FieldError> {
    let Some(actions) = root.field::<Vec<Value>>("actions")? else {
        let advice = "is missing: list what happened and when, first {\"at\": 0, \"do\": \"create\", \"template\": \"v1\"}; \
                      tests/recordings/README.md has the list";
        return Err(FieldError::new("actions", advice));
    };
    if actions.len() > MOST_ACTIONS {
        return Err(FieldError::new("actions", format!("{} are too many: at most {MOST_ACTIONS}", actions.len())));
    }
    let read = |(number, action)| Action::read(action, &format!("actions[{number}]"));
    actions.iter().enumerate().map(read).collect()
}

/// Checks that a run has an end and that the actions come before it.
fn check_end(actions: &[Action], ended_at: f64) -> Result<(), FieldError> {
    let late = |limit: f64| actions.iter().position(|action| action.at.0 > limit);
    if let Some(number) = late(LATEST_END) {
        let reason = format!("{} is too late: a recording lasts at most {LATEST_END} s, 30 days", actions[number].at.0);
        return Err(FieldError::new(format!("actions[{number}].at"), reason));
    }
    if ended_at > LATEST_END + AFTERWARDS {
        let reason = format!("{ended_at} is too late: a recording lasts at most {LATEST_END} s, 30 days");
        return Err(FieldError::new("ended_at", reason));
    }
    match late(ended_at) {
        None => Ok(()),
        Some(number) => {
            let reason = format!("{} is after ended_at, {ended_at}: it would never happen", actions[number].at.0);
            Err(FieldError::new(format!("actions[{number}].at"), reason))
        }
    }
}

/// Checks that no list and no table of the file has more entries than a run can use.
fn check_sizes(value: &Value, path: &str) -> Result<(), FieldError> {
    let check = |length: usize| {
        let reason = format!("{length} entries are too many: at most {MOST_ENTRIES}");
        if length > MOST_ENTRIES { Err(FieldError::new(path.trim_start_matches('.'), reason)) } else { Ok(()) }
    };
    match value {
        Value::Array(items) => {
            check(items.len())?;
            // Short lists, such as an instant and a pod, may occur many times.
            let nested = |item: &&Value| item.is_array() || item.is_object();
            items.iter().filter(nested).try_for_each(|item| check_sizes(item, &format!("{path}[]")))
        }
        Value::Object(map) => {
            check(map.len())?;
            map.iter().try_for_each(|(key, value)| match value {
                Value::Array(_) | Value::Object(_) => check_sizes(value, &format!("{path}.{key}")),
                _ => Ok(()),
            })
        }
        _ => Ok(()),
    }
}

/// An object of the file, and its path.
struct Object<'a> {
    map: &'a Map<String, Value>,
    path: &'a str,
}

impl<'a> Object<'a> {
    fn of(value: &'a Value, path: &'a str) -> Result<Self, FieldError> {
        match value {
            Value::Object(map) => Ok(Self { map, path }),
            other => Err(FieldError::new(path, format!("{} is no JSON object", excerpt(other)))),
        }
    }

    /// The same object as the root of the file, whose fields are named without a path.
    fn at_root(self) -> Self {
        Self { path: "", ..self }
    }

    /// The value of a field; `null` counts as none.
    fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    fn field<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, FieldError> {
        let value = self.value(name).map(|value| T::deserialize(value.clone())).transpose();
        value.map_err(|error| FieldError::new(self.path_of(name), error))
    }

    fn required<T: DeserializeOwned>(&self, name: &str) -> Result<T, FieldError> {
        self.field(name)?.ok_or_else(|| FieldError::new(self.path_of(name), "is missing"))
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// The beginning of a value as it is written.
fn excerpt(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
