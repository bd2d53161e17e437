//! Whether a scenario has a meaning. What is read from files has been checked there already, with the place of each value; this
//! check is for scenarios that are built in code.

use crate::k8s::horizontal::{AutoscalerSpec, Rules};
use crate::k8s::objects::Template;
use crate::k8s::prober::{Probe, Probes};
use crate::scenario::cluster::{Cluster, SlowNodes, room_of};
use crate::scenario::control_plane::{ControlPlane, Throttle};
use crate::scenario::pods::{InitContainer, PodModel};
use crate::scenario::timeline::{Step, StepAction};
use crate::scenario::topology::{
    Aim, Constraint, Demand, Group, GroupWish, Limit, NodePoints, Preference, Rule, Topology, Wish,
};
use crate::scenario::volumes::Binding;
use crate::scenario::{NEW_TEMPLATE, Scenario, Start};
use crate::time::SimDuration;
use crate::traffic::Traffic;

/// The longest horizon of a scenario.
pub const LONGEST_HORIZON: SimDuration = SimDuration::from_secs(30 * 86_400);

/// Least and greatest rate of a limit of the control plane, per second.
const RATES: (f64, f64) = (1e-6, 1e6);

/// Most requests per second.
pub const MOST_REQUESTS: f64 = 1e9;

/// Why a scenario cannot be simulated: a field of it, its value, and the values that are allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}: it must be {allowed}")]
pub struct ScenarioError {
    /// Path of the field within [`Scenario`], such as `pods[1].crash`.
    field: String,
    /// The value of the field.
    value: String,
    /// The values that are allowed, in words.
    allowed: String,
}

type Checked = Result<(), ScenarioError>;

impl Scenario {
    /// Checks that a simulator can run the scenario. Whether Kubernetes would accept the Deployment is not checked here.
    ///
    /// # Errors
    /// The first field with a value that is not allowed, in the order of the fields: a probability that is not from 0 to 1, a
    /// number that is not finite, a template without pods, a node that is not there, and the like.
    pub fn check(&self) -> Checked {
        self.check_templates()?;
        self.pods.iter().enumerate().try_for_each(|(number, pods)| check_pods(&format!("pods[{number}]"), pods))?;
        check_cluster(&self.cluster)?;
        for (number, pods) in self.pods.iter().enumerate() {
            let field = format!("pods[{number}].topology");
            let nodes = self.cluster.nodes.len();
            pods.topology.as_ref().map_or(Ok(()), |topology| check_topology(&field, topology, nodes))?;
        }
        self.check_volumes()?;
        self.check_found()?;
        self.check_room()?;
        check_control_plane(&self.control_plane)?;
        self.check_timeline()?;
        self.traffic.as_ref().map_or(Ok(()), check_traffic)?;
        self.horizontal_autoscaler.as_ref().map_or(Ok(()), |spec| self.check_autoscaler(spec))?;
        share("availability_objective", self.availability_objective)?;
        let seconds = self.horizon.as_secs_f64();
        let possible = !self.horizon.is_zero() && self.horizon <= LONGEST_HORIZON;
        require(possible, "horizon", format!("{seconds} s"), "more than 0 s and at most 30 days")
    }

    fn check_templates(&self) -> Checked {
        let templates = self.pods.len();
        let enough = templates > usize::from(NEW_TEMPLATE);
        require(
            enough,
            "pods",
            format!("a list of {templates}"),
            "a list of at least 2: the old version and the new one",
        )?;
        self.check_template("deployment.template", self.deployment.template)
    }

    fn check_template(&self, field: &str, template: Template) -> Checked {
        let templates = self.pods.len();
        let last = templates.saturating_sub(1);
        require(usize::from(template) < templates, field, template, format!("0 to {last}, a place in `pods`"))
    }

    /// A run starts with all pods of the old version in place, unless it starts from nothing.
    fn check_room(&self) -> Checked {
        let room = room_of(&self.cluster.nodes[..self.cluster.nodes_at_start()], &self.cluster.found_on);
        let replicas = self.found_replicas();
        let fits = u64::try_from(replicas).is_ok_and(|replicas| replicas <= room);
        let allowed = format!("0 to {room}, the pods that the nodes of the start have slots for");
        require(fits || self.start != Start::Steady, "deployment.replicas", replicas, allowed)
    }

    fn check_volumes(&self) -> Checked {
        let (volumes, nodes) = (&self.volumes.list, self.cluster.nodes.len());
        for (number, volume) in volumes.iter().enumerate() {
            let field = |name: &str| format!("volumes.list[{number}].{name}");
            if let Binding::Nodes(allowed) = &volume.binding {
                let all = format!("a list of {nodes}, one for each node");
                require(allowed.len() == nodes, field("binding"), format!("a list of {}", allowed.len()), all)?;
            }
            let there = self.cluster.nodes_at_start();
            let known = volume.attached.is_none_or(|node| (node as usize) < there);
            let last = format!("0 to {}", there.saturating_sub(1));
            require(known, field("attached"), volume.attached.unwrap_or(0), last)?;
        }
        for (number, model) in self.pods.iter().enumerate() {
            let unknown = model.volumes.iter().find(|volume| usize::from(**volume) >= volumes.len());
            let places = format!("places in `volumes.list`, which has {}", volumes.len());
            require(unknown.is_none(), format!("pods[{number}].volumes"), unknown.unwrap_or(&0), places)?;
        }
        self.check_steady_volumes()
    }

    /// The old pods run when a run starts, so their volumes must let them.
    fn check_steady_volumes(&self) -> Checked {
        let most = self.most_that_volumes_let_stand();
        let replicas = self.found_replicas();
        let fits = self.start != Start::Steady || i64::from(replicas) <= i64::from(most);
        let allowed = format!("0 to {most}, the pods that the volumes of the old version let run at the same time");
        require(fits, "deployment.replicas", replicas, allowed)
    }

    fn check_timeline(&self) -> Checked {
        let ordered = self.timeline.is_sorted_by_key(|step| step.at);
        require(ordered, "timeline", "not in order of time", "in order of time")?;
        self.timeline.iter().enumerate().try_for_each(|(number, step)| self.check_step(number, step))
    }

    fn check_step(&self, number: usize, step: &Step) -> Checked {
        let field = format!("timeline[{number}].action");
        if let Some(node) = step.action.drained_node() {
            let there = self.cluster.nodes_at_start();
            let allowed = format!("a drain of node 0 to {}", there.saturating_sub(1));
            require((node as usize) < there, &field, format!("a drain of node {node}"), allowed)?;
        }
        match step.action {
            StepAction::SetTemplate(template) => self.check_template(&field, template),
            StepAction::Patch(patch) => {
                patch.template.map_or(Ok(()), |template| self.check_template(&format!("{field}.template"), template))
            }
            StepAction::Scale(replicas) => require(replicas >= 0, &field, replicas, "0 replicas or more"),
            StepAction::SetMinReadySeconds(seconds) => require(seconds >= 0, &field, seconds, "0 seconds or more"),
            StepAction::Scripted(_) => {
                require(self.script.is_some(), &field, "a scripted action", "another action where there is no `script`")
            }
            StepAction::Pause
            | StepAction::Resume
            | StepAction::Undo
            | StepAction::UndoTo(_)
            | StepAction::SetStrategy(_)
            | StepAction::ControllersDown(_)
            | StepAction::SchedulerDown(_)
            | StepAction::ApiSlow { .. }
            | StepAction::Drain(_)
            | StepAction::Consolidate { .. }
            | StepAction::SetPodQuota(_) => Ok(()),
        }
    }

    fn check_autoscaler(&self, spec: &AutoscalerSpec) -> Checked {
        let field = |name: &str| format!("horizontal_autoscaler{name}");
        require(self.traffic.is_some(), field(""), "set", "None where there is no `traffic`")?;
        require(spec.min_replicas >= 1, field(".min_replicas"), spec.min_replicas, "1 or more")?;
        let (least, most) = (spec.min_replicas, spec.max_replicas);
        require(least <= most, field(".max_replicas"), most, format!("{least}, which is min_replicas, or more"))?;
        require(spec.target >= 1, field(".target"), spec.target, "1 percent or more")?;
        let Some(behavior) = &spec.behavior else { return Ok(()) };
        check_rules(&field(".behavior.scale_up"), &behavior.scale_up)?;
        check_rules(&field(".behavior.scale_down"), &behavior.scale_down)
    }
}

fn check_rules(field: &str, rules: &Rules) -> Checked {
    between(format!("{field}.tolerance"), rules.tolerance, 0.0, f64::MAX)?;
    rules.policies.iter().enumerate().try_for_each(|(number, policy)| {
        let field = format!("{field}.policies[{number}].period");
        require(!policy.period.is_zero(), field, "0 s", "more than 0 s")
    })
}

fn check_pods(field: &str, pods: &PodModel) -> Checked {
    let shares = [
        ("pull_failure", pods.pull_failure),
        ("cached", pods.cached),
        ("crash", pods.crash),
        ("never_ready", pods.never_ready),
        ("flap", pods.flap),
        ("refused", pods.refused),
        ("evicted", pods.evicted),
        ("bad_version", pods.bad_version),
    ];
    shares.iter().try_for_each(|(name, value)| share(format!("{field}.{name}"), *value))?;
    between(format!("{field}.crowding"), pods.crowding, 0.0, 100.0)?;
    let probes =
        [("startup", pods.probes.startup), ("readiness", pods.probes.readiness), ("liveness", pods.probes.liveness)];
    for (name, probe) in probes {
        probe.map_or(Ok(()), |probe| check_probe(&format!("{field}.probes.{name}"), &probe))?;
    }
    for (number, container) in pods.init_containers.iter().enumerate() {
        if let InitContainer::Sidecar(sidecar) = container {
            check_sidecar(&format!("{field}.init_containers[{number}].probes"), &sidecar.probes)?;
        }
    }
    pods.constraints.iter().enumerate().try_for_each(|(number, one)| check_constraint(field, number, one))?;
    pods.preferences.iter().enumerate().try_for_each(|(number, one)| check_preference(field, number, one))
}

fn check_sidecar(field: &str, probes: &Probes) -> Checked {
    let named = [("startup", probes.startup), ("readiness", probes.readiness)];
    named
        .iter()
        .try_for_each(|(name, probe)| probe.map_or(Ok(()), |probe| check_probe(&format!("{field}.{name}"), &probe)))
}

fn check_probe(field: &str, probe: &Probe) -> Checked {
    require(!probe.period.is_zero(), format!("{field}.period"), "0 s", "more than 0 s")?;
    at_least_one(format!("{field}.success_threshold"), probe.success_threshold)?;
    at_least_one(format!("{field}.failure_threshold"), probe.failure_threshold)
}

fn check_constraint(field: &str, number: usize, constraint: &Constraint) -> Checked {
    match constraint.limit {
        Limit::Skew { most, .. } => at_least_one(format!("{field}.constraints[{number}].limit.most"), most),
        Limit::One => Ok(()),
    }
}

fn check_topology(field: &str, topology: &Topology, nodes: usize) -> Checked {
    let of_nodes = |name: String, length: usize| {
        require(length == nodes, name, format!("a list of {length}"), format!("a list of {nodes}, one for each node"))
    };
    for (key, domains) in topology.domains.iter().enumerate() {
        of_nodes(format!("{field}.domains[{key}]"), domains.len())?;
    }
    for (number, Rule { group, demand }) in topology.rules.iter().enumerate() {
        let field = format!("{field}.rules[{number}]");
        check_group(&field, topology, group)?;
        if let Demand::Skew { most, counted, .. } = demand {
            at_least_one(format!("{field}.demand.most"), *most)?;
            let all = counted.is_empty();
            if all { Ok(()) } else { of_nodes(format!("{field}.demand.counted"), counted.len()) }?;
        }
    }
    for (number, GroupWish { group, aim }) in topology.wishes.iter().enumerate() {
        let field = format!("{field}.wishes[{number}]");
        check_group(&field, topology, group)?;
        if let Aim::Spread { max_skew } = aim {
            at_least_one(format!("{field}.aim.max_skew"), *max_skew)?;
        }
    }
    let NodePoints { preferred, taints, neighbours } = &topology.points;
    for (name, points) in [("preferred", preferred), ("taints", taints), ("neighbours", neighbours)] {
        let same = points.is_empty();
        if same { Ok(()) } else { of_nodes(format!("{field}.points.{name}"), points.len()) }?;
    }
    Ok(())
}

fn check_group(field: &str, topology: &Topology, group: &Group) -> Checked {
    let keys = topology.domains.len();
    let Some(domains) = topology.domains.get(group.key) else {
        return require(
            false,
            format!("{field}.group.key"),
            group.key,
            format!("less than {keys}, a place in `domains`"),
        );
    };
    let known = domains.iter().filter(|domain| **domain != Topology::NO_DOMAIN);
    let needed = known.max().map_or(0, |most| *most as usize + 1);
    let standing = group.standing.len();
    let allowed = format!("a list of at least {needed}, one for each domain");
    require(standing >= needed, format!("{field}.group.standing"), format!("a list of {standing}"), allowed)
}

fn check_preference(field: &str, number: usize, preference: &Preference) -> Checked {
    let field = format!("{field}.preferences[{number}].wish");
    match preference.wish {
        Wish::Spread { max_skew } => at_least_one(format!("{field}.max_skew"), max_skew),
        Wish::Apart { weight } => require((1..=100).contains(&weight), format!("{field}.weight"), weight, "1 to 100"),
    }
}

fn check_cluster(cluster: &Cluster) -> Checked {
    let nodes = cluster.nodes.len();
    require(nodes > 0, "cluster.nodes", "empty", "a list of at least 1 node")?;
    let there = cluster.nodes_at_start();
    for (number, node) in cluster.found_on.iter().enumerate() {
        let field = format!("cluster.found_on[{number}]");
        require((*node as usize) < there, &field, node, "one of the nodes that are there at the start")?;
    }
    for (number, node) in cluster.nodes.iter().enumerate() {
        between(format!("cluster.nodes[{number}].base_load"), node.base_load, 0.0, f64::MAX)?;
        between(format!("cluster.nodes[{number}].pod_load"), node.pod_load, 0.0, f64::MAX)?;
    }
    at_least_one("cluster.parallel_pulls", cluster.parallel_pulls)?;
    if let Some(SlowNodes { share: slow, factor }) = cluster.slow_nodes {
        share("cluster.slow_nodes.share", slow)?;
        between("cluster.slow_nodes.factor", factor, 1.0, 1000.0)?;
    }
    share("cluster.bad_nodes", cluster.bad_nodes)?;
    if let Some(autoscaler) = &cluster.autoscaler {
        let allowed = format!("0 to {}, so that a node is left for the start", nodes - 1);
        require((autoscaler.nodes as usize) < nodes, "cluster.autoscaler.nodes", autoscaler.nodes, allowed)?;
        let scans = !autoscaler.scan_interval.is_zero();
        require(scans, "cluster.autoscaler.scan_interval", "0 s", "more than 0 s")?;
    }
    cluster.upgrade.as_ref().map_or(Ok(()), |upgrade| at_least_one("cluster.upgrade.at_once", upgrade.at_once))
}

fn check_control_plane(control_plane: &ControlPlane) -> Checked {
    at_least_one("control_plane.fleet", control_plane.fleet)?;
    check_throttle("control_plane.controller_qps", control_plane.controller_qps)?;
    check_throttle("control_plane.scheduler_qps", control_plane.scheduler_qps)?;
    between("control_plane.node_eviction_rate", control_plane.node_eviction_rate, RATES.0, RATES.1)
}

fn check_throttle(field: &str, throttle: Throttle) -> Checked {
    between(format!("{field}.qps"), throttle.qps, RATES.0, RATES.1)?;
    at_least_one(format!("{field}.burst"), throttle.burst)
}

fn check_traffic(traffic: &Traffic) -> Checked {
    // The greatest rate hides a rate that is not a number, and a rate that is always the same is not checked when it is made.
    between("traffic.rate", traffic.rate.at(SimDuration::ZERO), 0.0, MOST_REQUESTS)?;
    between("traffic.rate", traffic.rate.most(), 0.0, MOST_REQUESTS)?;
    between("traffic.capacity", traffic.capacity, f64::MIN_POSITIVE, MOST_REQUESTS)?;
    traffic.warm_up.map_or(Ok(()), |warm_up| share("traffic.warm_up.from", warm_up.from))?;
    between("traffic.cpu_at_capacity", traffic.cpu_at_capacity, 0.0, 100.0)
}

fn at_least_one(field: impl Into<String>, value: u32) -> Checked {
    require(value >= 1, field, value, "1 or more")
}

fn share(field: impl Into<String>, value: f64) -> Checked {
    between(field, value, 0.0, 1.0)
}

/// `most` of [`f64::MAX`] allows every finite number from `least`.
fn between(field: impl Into<String>, value: f64, least: f64, most: f64) -> Checked {
    let allowed = match (least == f64::MIN_POSITIVE, most == f64::MAX) {
        (_, true) => format!("a finite number of at least {least}"),
        (true, false) => format!("more than 0 and at most {most}"),
        (false, false) => format!("a number from {least} to {most}"),
    };
    require((least..=most).contains(&value), field, value, allowed)
}

pub(in crate::scenario) fn require(
    holds: bool,
    field: impl Into<String>,
    value: impl ToString,
    allowed: impl Into<String>,
) -> Checked {
    let error = || ScenarioError { field: field.into(), value: value.to_string(), allowed: allowed.into() };
    if holds { Ok(()) } else { Err(error()) }
}
