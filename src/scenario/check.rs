//! Whether a scenario has a meaning. What is read from files has been checked there already, with the place of each value; this
//! check is for scenarios that are built in code.

use crate::k8s::horizontal::{AutoscalerSpec, Rules};
use crate::k8s::objects::Template;
use crate::k8s::prober::Probe;
use crate::scenario::cluster::{Cluster, SlowNodes};
use crate::scenario::control_plane::{ControlPlane, Throttle};
use crate::scenario::pods::PodModel;
use crate::scenario::timeline::{Step, StepAction};
use crate::scenario::topology::{Constraint, Limit, Preference, Wish};
use crate::scenario::{NEW_TEMPLATE, Scenario};
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

    /// A run starts with all pods of the old version in place, unless a script says otherwise.
    fn check_room(&self) -> Checked {
        let there = self.cluster.nodes.iter().take(self.cluster.nodes_at_start());
        let room: u64 = there.map(|node| u64::from(node.slots)).sum();
        let replicas = self.deployment.replicas;
        let fits = u64::try_from(replicas).is_ok_and(|replicas| replicas <= room);
        let allowed = format!("0 to {room}, the pods that the nodes of the start have slots for");
        require(fits || self.script.is_some(), "deployment.replicas", replicas, allowed)
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
        ("bad_version", pods.bad_version),
    ];
    shares.iter().try_for_each(|(name, value)| share(format!("{field}.{name}"), *value))?;
    between(format!("{field}.crowding"), pods.crowding, 0.0, 100.0)?;
    let probes =
        [("startup", pods.probes.startup), ("readiness", pods.probes.readiness), ("liveness", pods.probes.liveness)];
    for (name, probe) in probes {
        probe.map_or(Ok(()), |probe| check_probe(&format!("{field}.probes.{name}"), &probe))?;
    }
    pods.constraints.iter().enumerate().try_for_each(|(number, one)| check_constraint(field, number, one))?;
    pods.preferences.iter().enumerate().try_for_each(|(number, one)| check_preference(field, number, one))
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

fn require(holds: bool, field: impl Into<String>, value: impl ToString, allowed: impl Into<String>) -> Checked {
    let error = || ScenarioError { field: field.into(), value: value.to_string(), allowed: allowed.into() };
    if holds { Ok(()) } else { Err(error()) }
}
