//! The experiment file: a tree that sweeps write into, and the scenario that is read from it at each point.

use std::rc::Rc;

use crate::input::baseline::Baseline;
use crate::input::border::{Direction, Unmodelled};
use crate::input::cluster::{Reader, default_spread};
use crate::input::control_plane::control_plane;
use crate::input::defaults::Defaults;
use crate::input::deployment::{Manifests, Workload, check_size, workload};
use crate::input::distribution::cut_normals;
use crate::input::error::{InputError, Problem};
use crate::input::excerpt;
use crate::input::fields::Map;
use crate::input::files::{Files, Input};
use crate::input::horizontal::{Found, Target, horizontal};
use crate::input::objective::{Objectives, objectives};
use crate::input::path::{keys, set};
use crate::input::pods::Pods;
use crate::input::precision::{Precision, precision};
use crate::input::proposals;
use crate::input::quantity::{duration, share};
use crate::input::sweep::Sweep;
use crate::input::timeline::{specs, timeline};
use crate::input::traffic::traffic;
use crate::input::yaml::{At, Entry, Node, Source, Value, documents};
use crate::k8s::validation::validate;
use crate::scenario::{Preference, Rollback, Scenario};
use crate::time::SimDuration;

pub(crate) const KEYS: &[&str] = &[
    "name",
    "deployment",
    "pods",
    "cluster",
    "controlPlane",
    "traffic",
    "horizontalPodAutoscaler",
    "timeline",
    "rollback",
    "proposals",
    "sweep",
    "baseline",
    "objectives",
    "replications",
    "seed",
    "horizon",
];
/// What differs from scenario to scenario.
pub(crate) const SWEPT: &[&str] = &[
    "deployment",
    "pods",
    "cluster",
    "controlPlane",
    "traffic",
    "horizontalPodAutoscaler",
    "timeline",
    "rollback",
    "proposals",
    "horizon",
];
pub(crate) const ROLLBACK_FIELDS: &[&str] = &["afterStall", "after", "afterBreach"];
pub(crate) const MAX_REPLICATIONS: u64 = 1_000_000;
/// Straight lines of a curve of requests within a rollout.
const MAX_PIECES: f64 = 100_000.0;

/// An experiment.
pub(crate) struct Experiment<'a> {
    tree: Node,
    files: &'a Files,
    manifests: Manifests<'a>,
    defaults: Defaults,
}

/// What holds for all scenarios.
pub(crate) struct Frame {
    pub(crate) name: Option<String>,
    /// Of each scenario; the most where a precision is asked for.
    pub(crate) replications: u32,
    pub(crate) precision: Option<Precision>,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) seed: u64,
    pub(crate) objectives: Objectives,
    pub(crate) sweep: Sweep,
}

/// A scenario as it was read; its number and parameters are still missing.
pub(crate) struct Resolved {
    pub(crate) scenario: Scenario,
    pub(crate) name: String,
    /// What is set in the input and not modelled.
    pub(crate) unmodelled: Vec<Unmodelled>,
    /// What the forecast takes to be so, told beside every answer.
    pub(crate) assumed: Vec<String>,
    pub(crate) notes: Vec<String>,
}

impl<'a> Experiment<'a> {
    pub(crate) fn new(tree: Node, files: &'a Files) -> Result<Self, InputError> {
        Ok(Self { tree, files, manifests: Manifests::new(files), defaults: Defaults::read()? })
    }

    /// Writes YAML text into the experiment, as `--set` does; `origin` is what the user typed.
    pub(crate) fn set_text(&mut self, path: &str, value: &str, origin: &str) -> Result<(), InputError> {
        let option = Rc::new(Source { name: origin.into(), text: value.into() });
        let at = At::start(&option);
        let value = documents(&option)?.into_iter().next();
        self.set(path, &at, value.unwrap_or(Node { at: at.clone(), value: Value::Null }))
    }

    /// A parameter that is swept is swept no longer, and no longer tells the baseline from others.
    fn set(&mut self, path: &str, at: &At, value: Node) -> Result<(), InputError> {
        let keys_set = keys(path, KEYS, at)?;
        if let Some(entries) = self.entries_of("sweep") {
            drop_axis(entries, &keys_set);
        }
        if let Some(entries) = self.entries_of("baseline") {
            drop_axis(entries, &keys_set);
        }
        set(&mut self.tree, &keys_set, at, value)
    }

    fn entries_of(&mut self, key: &str) -> Option<&mut Vec<Entry>> {
        let Value::Map(entries) = &mut self.tree.value else { return None };
        match &mut entries.iter_mut().find(|entry| entry.key == key)?.value.value {
            Value::Map(swept) => Some(swept),
            _ => None,
        }
    }

    /// The files that were read, with what of them is copied to a result: of manifests what the scenarios use that were
    /// read so far.
    pub(crate) fn inputs(&self) -> Result<Vec<Input>, InputError> {
        let mut inputs = Vec::new();
        for (number, (source, input)) in self.files.inputs().into_iter().enumerate() {
            let excerpt = match self.manifests.used(&source.name) {
                _ if self.files.are_copies() => None,
                Some(used) => excerpt::of_manifest(&source, &used, &input)?,
                None if number == 0 => excerpt::of_root(&source, &input)?,
                None => None,
            };
            inputs.push(match excerpt {
                Some(text) => Input { copy: text.into_bytes().into(), reduced: true, ..input },
                None => input,
            });
        }
        Ok(inputs)
    }

    /// Reads what holds for all scenarios.
    pub(crate) fn frame(&self) -> Result<Frame, InputError> {
        let map = self.tree.map()?;
        map.only(KEYS)?;
        let field = |key: &str| map.get(key).unwrap_or_else(|| self.defaults.get(key));
        let (replications, precision) = replications(field("replications"))?;
        Ok(Frame {
            name: map.read("name", Node::text)?.map(str::to_owned),
            replications,
            precision,
            baseline: map.read("baseline", Baseline::read)?,
            seed: field("seed").integer(0, u64::MAX)?,
            objectives: map.read("objectives", objectives)?.unwrap_or_default(),
            sweep: map.read("sweep", |node| Sweep::read(node, SWEPT))?.unwrap_or_default(),
        })
    }

    /// Sets the axes of `sweep` to a point.
    pub(crate) fn move_to(&mut self, sweep: &Sweep, number: usize) -> Result<(), InputError> {
        for (axis, value) in sweep.axes.iter().zip(sweep.point(number)) {
            set(&mut self.tree, &axis.keys, &axis.at, value.clone())?;
        }
        Ok(())
    }

    /// Counts the memory of a point's parameters.
    pub(crate) fn charge_parameters(&self, parameters: &[(String, String)]) -> Result<(), InputError> {
        self.files.charge(parameters.iter().map(|(path, value)| 2 + (path.len() + value.len()) / 24).sum())
    }

    /// Reads the scenario that the tree now describes.
    pub(crate) fn scenario(&self, availability: Option<f64>) -> Result<Resolved, Problem> {
        let map = self.tree.map()?;
        let node = map.require("deployment").map_err(|_| {
            map.at.error("the key `deployment` is missing: add deployment: FILE, the path of a manifest")
        })?;
        let Workload {
            name,
            mut spec,
            mut template,
            machines,
            quotas,
            budget,
            autoscaler,
            mut unmodelled,
            mut assumed,
            mut notes,
        } = workload(node, map.get("horizontalPodAutoscaler"), &self.manifests)?;
        unmodelled.retain(|one| !is_overridden(one, &map));
        spec.pod_replacement_policy = proposals::proposals(map.map("proposals")?, &self.defaults)?;
        notes.extend(spec.pod_replacement_policy.map(proposals::note));
        notes.extend(cut_normals(&self.tree));
        check_size(spec.replicas, node)?;
        if template.spread_by_default && default_spread(map.map("cluster")?, &self.defaults)? {
            template.preferences.extend(Preference::SYSTEM_DEFAULT);
        }
        let pods = Pods::read(map.get("pods"), &template, &self.defaults, self.files)?;
        assumed.extend(pods.assumed()?);
        let mut models = vec![pods.old_version()?, pods.new_version()?];
        let steps = timeline(map.list("timeline")?, &pods, &mut models)?;
        let specs = specs(spec, &steps);
        for spec in &specs {
            validate(spec).map_err(|error| Problem::Refused(error.to_string()))?;
        }
        let replicas = u64::try_from(spec.replicas).unwrap_or(0);
        let own_nodes = map.map("cluster")?.is_some_and(|cluster| cluster.get("nodes").is_some());
        let choice = &template.node_choice;
        if choice.asks_for_labels() && (own_nodes || machines.is_empty()) {
            match choice.names_nodes() {
                Some(field) => unmodelled.push(named_nodes(&name, field)),
                None => assumed.push(NODES_MATCH.into()),
            }
        }
        notes.extend(choice.left_out(if own_nodes { &[] } else { &machines }));
        let (template, machines, quotas) = (&template, &machines[..], &quotas[..]);
        let traffic = traffic(map.get("traffic"), &self.defaults, self.files)?;
        let target =
            Target { object: autoscaler.as_ref(), traffic: traffic.is_some(), cpu_request: template.cpu_millis > 0 };
        let Found { spec: autoscaler, notes: of_autoscaler } =
            horizontal(map.get("horizontalPodAutoscaler"), &target, &self.defaults)?;
        assumed.extend(of_autoscaler);
        assumed.extend(below_floor(spec.replicas, target.object)?);
        let horizon = self.horizon(&map)?;
        if traffic.as_ref().is_some_and(|traffic| traffic.rate.pieces(horizon) > MAX_PIECES) {
            let advice = "the curve of traffic.rate has too many points within the horizon: fewer, or a longer period";
            return Err(map.require("traffic")?.at.error(advice).into());
        }
        let most = autoscaler.as_ref().map_or(replicas, |spec| replicas.max(spec.max_replicas as u64));
        let (defaults, files) = (&self.defaults, self.files);
        let reader = Reader { template, machines, quotas, budget, replicas, most, defaults, files };
        assumed.extend(reader.assumed(map.map("cluster")?)?);
        if template.probes.readiness.is_none() && template.probes.startup.is_none() {
            notes.push("no readinessProbe: pods count as Ready when their containers run, whatever warmUp says".into());
        }
        if steps.iter().any(|step| step.at > horizon) {
            notes.push("timeline: steps after the horizon never happen".into());
        }
        let scenario = Scenario {
            script: None,
            id: 0,
            parameters: Vec::new(),
            deployment: spec,
            pods: models,
            cluster: reader.read(map.map("cluster")?)?,
            control_plane: control_plane(map.map("controlPlane")?, &self.defaults, self.files)?,
            timeline: steps,
            rollback: rollback(&map)?,
            traffic,
            horizontal_autoscaler: autoscaler,
            availability_objective: match availability {
                Some(share) => share,
                None => share(self.defaults.get("objectives.availability"))?,
            },
            horizon,
        };
        let there = scenario.cluster.nodes_at_start();
        for step in &scenario.timeline {
            if let Some(node) = step.action.drained_node()
                && node as usize >= there
            {
                let message =
                    format!("the timeline drains node {node}, but there are {there}: write 0 to {}", there - 1);
                return Err(Problem::Refused(message));
            }
        }
        // A pod model takes about as much memory as 32 nodes.
        self.files.charge(scenario.cluster.nodes.len() + scenario.timeline.len() + 32 * scenario.pods.len())?;
        Ok(Resolved { scenario, name, unmodelled, assumed, notes })
    }

    fn horizon(&self, map: &Map<'_>) -> Result<SimDuration, InputError> {
        let node = map.get("horizon").unwrap_or_else(|| self.defaults.get("horizon"));
        let horizon = duration(node)?;
        if horizon.is_zero() || horizon > SimDuration::from_secs(30 * 86_400) {
            return Err(node.wrong("a duration up to 30d, and more than 0"));
        }
        Ok(horizon)
    }
}

/// Whether the experiment writes in place of the object that the field is of.
fn is_overridden(one: &Unmodelled, experiment: &Map<'_>) -> bool {
    let in_cluster = |key: &str| experiment.map("cluster").ok().flatten().is_some_and(|map| map.get(key).is_some());
    match one.object.split(' ').next() {
        Some("ResourceQuota") => in_cluster("quota"),
        Some("PodDisruptionBudget") => in_cluster("disruptionBudget"),
        Some("Node") => in_cluster("nodes"),
        Some("Nodes") => in_cluster("nodes") || in_cluster("used"),
        Some("HorizontalPodAutoscaler") => experiment.get("horizontalPodAutoscaler").is_some(),
        _ => false,
    }
}

/// An autoscaler beside the Deployment that would have scaled it up already.
fn below_floor(replicas: i32, autoscaler: Option<&Node>) -> Result<Option<String>, InputError> {
    let spec = autoscaler.map(|object| object.map()?.map("spec")).transpose()?.flatten();
    let least = spec.map(|spec| spec.read("minReplicas", Node::i32)).transpose()?.flatten();
    let least = least.filter(|least| replicas > 0 && replicas < *least);
    Ok(least.map(|least| {
        format!(
            "replicas {replicas} stay as they are written, though the HorizontalPodAutoscaler's minReplicas {least} would raise \
             them: --set replicas={least} forecasts that"
        )
    }))
}

/// Nodes that are chosen by their names are few, and without Node objects the forecast has as many as ever.
fn named_nodes(deployment: &str, field: &str) -> Unmodelled {
    let effect = "it allows the nodes that it names and no others; there are no Node objects to look at, and all nodes are \
                  taken to match";
    Unmodelled::new(&format!("Deployment {deployment}"), field, effect.into(), Direction::TooGood, true)
}

const NODES_MATCH: &str = "all nodes have the labels that nodeSelector and nodeAffinity ask for: there are no Node objects to look \
    at; cluster.nodes is to describe only nodes that match";

/// A number, or a precision with the most that it may take.
fn replications(node: &Node) -> Result<(u32, Option<Precision>), InputError> {
    if let Ok(map) = node.map() {
        return precision(map, MAX_REPLICATIONS).map(|(most, precision)| (most, Some(precision)));
    }
    let count = node.integer(1, MAX_REPLICATIONS).map_err(|error| {
        let advice = "; 1000 show a rate of 1 %, 100000 one of 0.01 %";
        InputError { message: format!("replications: {}{advice}", error.message), ..error }
    })?;
    Ok((u32::try_from(count).unwrap_or(u32::MAX), None))
}

/// Takes the axis that sets `keys_set` out of a sweep and its zips.
fn drop_axis(entries: &mut Vec<Entry>, keys_set: &[String]) {
    let sets = |path: &str, at: &At| keys(path, KEYS, at).is_ok_and(|keys| keys == keys_set);
    entries.retain(|entry| entry.key == "zip" || !sets(&entry.key, &entry.at));
    let zip = entries.iter_mut().find(|entry| entry.key == "zip").map(|entry| &mut entry.value.value);
    let Some(Value::List(groups)) = zip else { return };
    for group in groups {
        if let Value::List(members) = &mut group.value {
            members.retain(|member| !member.text().is_ok_and(|path| sets(path, &member.at)));
        }
    }
}

fn rollback(map: &Map<'_>) -> Result<Rollback, InputError> {
    let Some(rollback) = map.map("rollback")? else { return Ok(Rollback::default()) };
    rollback.only(ROLLBACK_FIELDS)?;
    if rollback.entries.is_empty() {
        return Err(rollback
            .at
            .error("when to roll back is missing: add afterStall, after or afterBreach, such as 0s"));
    }
    let delay = |key: &str| rollback.read(key, duration);
    Ok(Rollback { after_stall: delay("afterStall")?, after: delay("after")?, after_breach: delay("afterBreach")? })
}
