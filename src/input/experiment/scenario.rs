//! One scenario of an experiment, put together from its parts.

use crate::input::experiment::cluster::{Reader, default_spread};
use crate::input::experiment::control_plane::control_plane;
use crate::input::experiment::deployment::{Manifests, Workload, check_size, workload};
use crate::input::experiment::distribution::cut_normals;
use crate::input::experiment::fields::Context;
use crate::input::experiment::horizontal::{Horizontal, Target, horizontal};
use crate::input::experiment::pods::Pods;
use crate::input::experiment::proposals;
use crate::input::experiment::timeline::{specs, timeline};
use crate::input::experiment::traffic::traffic;
use crate::input::keys::cluster::CLUSTER;
use crate::input::keys::defaults::Defaults;
use crate::input::keys::root::ROOT;
use crate::input::keys::timeline::ROLLBACK;
use crate::input::kubernetes::border::{Direction, Unmodelled};
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::node_affinity::NodeChoice;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::quantity::{duration, share};
use crate::input::tree::yaml::Node;
use crate::k8s::validation::validate;
use crate::scenario::{LONGEST_HORIZON, Preference, Rollback, Scenario};
use crate::time::SimDuration;
use crate::traffic::Traffic;

/// Straight lines of a curve of requests within a rollout.
const MAX_PIECES: f64 = 100_000.0;

/// A scenario as it was read; its number and parameters are still missing.
pub(crate) struct Resolved {
    pub(crate) scenario: Scenario,
    pub(crate) name: String,
    /// What is set in the input and not modelled.
    pub(crate) unmodelled: Vec<Unmodelled>,
    /// What the forecast assumes, in sentences that every answer repeats.
    pub(crate) assumed: Vec<String>,
    pub(crate) notes: Vec<String>,
}

/// Where the parts of a scenario are read from.
pub(super) struct Sources<'a> {
    pub(super) tree: &'a Node,
    pub(super) files: &'a Files,
    pub(super) manifests: &'a Manifests<'a>,
    pub(super) defaults: &'a Defaults,
}

impl Sources<'_> {
    /// Reads the scenario that the tree describes.
    pub(super) fn scenario(&self, availability: Option<f64>) -> Result<Resolved, Problem> {
        let (defaults, files) = (self.defaults, self.files);
        let context = Context { defaults, files };
        let map = self.tree.map()?.with_names(&ROOT);
        let cluster = map.map("cluster")?.map(|cluster| cluster.with_names(&CLUSTER));
        let mut workload = self.workload(&map)?;
        let node = map.require("deployment")?;
        check_size(workload.spec.replicas, node)?;
        if workload.template.spread_by_default && default_spread(cluster, defaults)? {
            workload.template.preferences.extend(Preference::SYSTEM_DEFAULT);
        }
        let Workload { name, spec, template, machines, quotas, budget, autoscaler, .. } = workload;
        let (mut unmodelled, mut assumed, mut notes) = (workload.unmodelled, workload.assumed, workload.notes);
        let pods = Pods::read(map.get("pods"), &template, defaults, files)?;
        assumed.extend(pods.assumed()?);
        let mut models = vec![pods.old_version()?, pods.new_version()?];
        let timeline = timeline(map.list("timeline")?, &pods, &mut models)?;
        for spec in &specs(spec, &timeline) {
            validate(spec).map_err(|error| Problem::Refused(error.to_string()))?;
        }
        let own_nodes = cluster.is_some_and(|cluster| cluster.get("nodes").is_some());
        let nodes = NodesOfInput { machines: &machines, own_nodes };
        nodes.report(&name, &template.node_choice, &mut unmodelled, &mut assumed);
        notes.extend(template.node_choice.left_out(if own_nodes { &[] } else { &machines }));
        let traffic = traffic(map.get("traffic"), context)?;
        let target =
            Target { object: autoscaler.as_ref(), traffic: traffic.is_some(), cpu_request: template.cpu_millis > 0 };
        let Horizontal { spec: autoscaler, notes: of_autoscaler } =
            horizontal(map.get("horizontalPodAutoscaler"), &target, defaults)?;
        assumed.extend(of_autoscaler);
        assumed.extend(below_floor(spec.replicas, target.object)?);
        let horizon = self.horizon(&map)?;
        check_curve(traffic.as_ref(), horizon, &map)?;
        let replicas = u64::try_from(spec.replicas).unwrap_or(0);
        let most = autoscaler.as_ref().map_or(replicas, |spec| replicas.max(spec.max_replicas as u64));
        let (template, machines, quotas) = (&template, &machines[..], &quotas[..]);
        let reader = Reader { template, machines, quotas, budget, replicas, most, context };
        assumed.extend(reader.assumed(cluster)?);
        if template.probes.readiness.is_none() && template.probes.startup.is_none() {
            notes.push("no readinessProbe: pods count as Ready when their containers run, whatever warmUp says".into());
        }
        if timeline.iter().any(|step| step.at > horizon) {
            notes.push("timeline: steps after the horizon never happen".into());
        }
        let scenario = Scenario {
            script: None,
            id: 0,
            parameters: Vec::new(),
            deployment: spec,
            pods: models,
            cluster: reader.read(cluster)?,
            control_plane: control_plane(map.map("controlPlane")?, context)?,
            timeline,
            rollback: rollback(&map)?,
            traffic,
            horizontal_autoscaler: autoscaler,
            availability_objective: availability.map_or_else(|| self.availability(), Ok)?,
            horizon,
        };
        check_drains(&scenario)?;
        // A pod model takes about as much memory as 32 nodes.
        files.charge(scenario.cluster.nodes.len() + scenario.timeline.len() + 32 * scenario.pods.len())?;
        Ok(Resolved { scenario, name, unmodelled, assumed, notes })
    }

    /// The Deployment with its proposals.
    fn workload(&self, map: &Map<'_>) -> Result<Workload, Problem> {
        let node = map.require("deployment").map_err(|_| {
            map.at.error("the key `deployment` is missing: add deployment: FILE, the path of a manifest")
        })?;
        let mut workload = workload(node, map.get("horizontalPodAutoscaler"), self.manifests)?;
        workload.unmodelled.retain(|one| !is_overridden(one, map));
        workload.spec.pod_replacement_policy = proposals::proposals(map.map("proposals")?, self.defaults)?;
        workload.notes.extend(workload.spec.pod_replacement_policy.map(proposals::note));
        workload.notes.extend(cut_normals(self.tree));
        Ok(workload)
    }

    fn availability(&self) -> Result<f64, InputError> {
        share(self.defaults.get("objectives.availability"))
    }

    fn horizon(&self, map: &Map<'_>) -> Result<SimDuration, InputError> {
        let node = map.get("horizon").unwrap_or_else(|| self.defaults.get("horizon"));
        let horizon = duration(node)?;
        if horizon.is_zero() || horizon > LONGEST_HORIZON {
            return Err(node.wrong("a duration up to 30d, and more than 0"));
        }
        Ok(horizon)
    }
}

/// What is known of the nodes.
struct NodesOfInput<'a> {
    /// Node objects of the manifest.
    machines: &'a [Machine],
    /// The experiment writes nodes of its own.
    own_nodes: bool,
}

impl NodesOfInput<'_> {
    /// Says what is taken to be so where the pods choose nodes by labels and there are no Node objects with labels.
    fn report(
        &self,
        deployment: &str,
        choice: &NodeChoice,
        unmodelled: &mut Vec<Unmodelled>,
        assumed: &mut Vec<String>,
    ) {
        if choice.asks_for_labels() && (self.own_nodes || self.machines.is_empty()) {
            match choice.names_nodes() {
                Some(field) => unmodelled.push(named_nodes(deployment, field)),
                None => assumed.push(NODES_MATCH.into()),
            }
        }
    }
}

fn check_curve(traffic: Option<&Traffic>, horizon: SimDuration, map: &Map<'_>) -> Result<(), InputError> {
    if traffic.is_some_and(|traffic| traffic.rate.pieces(horizon) > MAX_PIECES) {
        let advice = "the curve of traffic.rate has too many points within the horizon: fewer, or a longer period";
        return Err(map.require("traffic")?.at.error(advice));
    }
    Ok(())
}

fn check_drains(scenario: &Scenario) -> Result<(), Problem> {
    let there = scenario.cluster.nodes_at_start();
    for step in &scenario.timeline {
        if let Some(node) = step.action.drained_node()
            && node as usize >= there
        {
            let message = format!("the timeline drains node {node}, but there are {there}: write 0 to {}", there - 1);
            return Err(Problem::Refused(message));
        }
    }
    Ok(())
}

/// Whether the experiment writes in place of the object that the field is of.
fn is_overridden(one: &Unmodelled, experiment: &Map<'_>) -> bool {
    let in_cluster = |key: &str| {
        experiment.map("cluster").ok().flatten().is_some_and(|map| map.with_names(&CLUSTER).get(key).is_some())
    };
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

fn rollback(map: &Map<'_>) -> Result<Rollback, InputError> {
    let Some(rollback) = map.map("rollback")? else { return Ok(Rollback::default()) };
    let rollback = rollback.of(&ROLLBACK)?;
    if rollback.entries.is_empty() {
        return Err(rollback
            .at
            .error("when to roll back is missing: add afterStall, after or afterBreach, such as 0s"));
    }
    let delay = |key: &str| rollback.read(key, duration);
    Ok(Rollback { after_stall: delay("afterStall")?, after: delay("after")?, after_breach: delay("afterBreach")? })
}
