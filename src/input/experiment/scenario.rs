//! One scenario of an experiment, put together from its parts.

use std::sync::Arc;

use crate::input::experiment::beside::Beside;
use crate::input::experiment::cluster::{Nodes, Pool, Reader, default_spread};
use crate::input::experiment::control_plane::control_plane;
use crate::input::experiment::deployment::{Manifests, Workload, workload};
use crate::input::experiment::distribution::cut_normals;
use crate::input::experiment::event::Event;
use crate::input::experiment::fields::Context;
use crate::input::experiment::horizontal::{Horizontal, Target, horizontal};
use crate::input::experiment::placing::{asked_placement, place, size};
use crate::input::experiment::pods::Pods;
use crate::input::experiment::premises::{Collector, RankedPremise};
use crate::input::experiment::proposals;
use crate::input::experiment::remarks::Remarks;
use crate::input::experiment::timeline::{specs, timeline};
use crate::input::experiment::tools::asked_tools;
use crate::input::experiment::traffic::traffic;
use crate::input::experiment::use_of_keys::Use;
use crate::input::experiment::version::{AskedVersion, notice_losses_as_in};
use crate::input::experiment::volumes::{NodeOrigin, VolumeReport};
use crate::input::keys::cluster::CLUSTER;
use crate::input::keys::defaults::Defaults;
use crate::input::keys::root::ROOT;
use crate::input::keys::timeline::ROLLBACK;
use crate::input::kubernetes::amounts::{Amounts, CPU, MEMORY};
use crate::input::kubernetes::border::Unmodelled;
use crate::input::kubernetes::ground::{Ground, Place};
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::manifest::{DAEMON_SET, DEPLOYMENT, STATEFUL_SET};
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::snapshot::Spec;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::input::tree::quantity::{duration, share};
use crate::input::tree::yaml::Node;
use crate::k8s::objects::DeploymentSpec;
use crate::k8s::validation::validate;
use crate::k8s::version::Kubernetes;
use crate::scenario::{
    AutoscalerSpec, LONGEST_HORIZON, MeasuredEvent, PodModel, Rollback, Scenario, Start, Step, Until, Volumes,
};
use crate::time::SimDuration;
use crate::traffic::Traffic;

/// Straight lines of a curve of requests within a rollout.
const MAX_PIECES: f64 = 100_000.0;

/// A scenario as it was read; its number and parameters are still missing.
pub(crate) struct Resolved {
    pub(crate) scenario: Scenario,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) requests: PodRequests,
    /// What is set in the input and not modelled.
    pub(crate) unmodelled: Vec<Unmodelled>,
    /// What the forecast assumes, in sentences that every answer repeats.
    pub(crate) assumed: Vec<String>,
    pub(crate) notes: Vec<String>,
    /// The values that it rests on.
    pub(crate) premises: Vec<RankedPremise>,
}

impl Resolved {
    fn of(workload: &Workload, scenario: Scenario, remarks: Remarks, premises: Vec<RankedPremise>) -> Self {
        let Remarks { unmodelled, assumed, notes } = remarks;
        let requests = PodRequests::of(&workload.template.requests);
        let (name, namespace) = (workload.name.clone(), workload.namespace.clone());
        Self { scenario, name, namespace, requests, unmodelled, assumed, notes, premises }
    }
}

/// What a scenario was read from, for whoever puts several of them together.
pub(super) struct Part {
    pub(super) workload: Workload,
    /// By node: what it was made from.
    pub(super) places: Vec<Place>,
    pub(super) pools: Vec<Pool>,
    /// By node: its pool.
    pub(super) of_pool: Vec<usize>,
    /// Whether the experiment writes the nodes.
    pub(super) own_nodes: bool,
    /// Whether the API server refuses each new pod for what it asks or lacks.
    pub(super) refused: bool,
}

/// What one pod of the Deployment requests, as the scheduler counts it; 0 where nothing is requested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodRequests {
    /// CPU in thousandths of a core.
    pub cpu_millis: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
}

impl PodRequests {
    fn of(requests: &Amounts) -> Self {
        Self { cpu_millis: requests.get(CPU), memory_bytes: requests.get(MEMORY) }
    }
}

/// Where the parts of a scenario are read from.
pub(super) struct Sources<'a> {
    pub(super) tree: &'a Node,
    pub(super) files: &'a Files,
    pub(super) manifests: &'a Manifests<'a>,
    pub(super) defaults: &'a Defaults,
    /// What is simulated together with the Deployment.
    pub(super) beside: &'a Beside,
}

impl Sources<'_> {
    /// Reads the scenario that the tree describes.
    pub(super) fn scenario(&self, availability: Option<f64>) -> Result<Resolved, Problem> {
        self.scenario_and_part(availability).map(|(resolved, _)| resolved)
    }

    /// The same with what it was read from.
    pub(super) fn scenario_and_part(&self, availability: Option<f64>) -> Result<(Resolved, Part), Problem> {
        let context = Context { defaults: self.defaults, files: self.files };
        let map = self.tree.map()?.with_names(&ROOT);
        let cluster = map.map("cluster")?.map(|cluster| cluster.with_names(&CLUSTER));
        let (mut workload, event) = self.workload_and_event(&map, cluster, context)?;
        let mut remarks = Remarks::of(&mut workload);
        let pods = Pods::read(map.get("pods"), &workload.template, self.defaults, self.files)?;
        remarks.add_of_pods(&pods)?;
        let mut models = vec![pods.old_version()?, pods.new_version()?];
        let timeline = checked_timeline(&map, &workload, &pods, &mut models)?;
        let own_nodes = cluster.is_some_and(|cluster| cluster.get("nodes").is_some());
        remarks.add_of_nodes(&workload, own_nodes);
        let traffic = traffic(map.get("traffic"), context)?;
        let autoscaler = self.autoscaler(&map, &workload, traffic.is_some(), &mut remarks)?;
        let (until, horizon) = self.until(&event, &map, traffic.as_ref())?;
        let (replicas, most) = sizes(&event, &workload.spec, autoscaler.as_ref());
        let reader = Reader {
            template: &workload.template,
            machines: &workload.machines,
            found_on: if own_nodes { &[] } else { &workload.found_on },
            admission: &workload.admission,
            budget: workload.budget,
            replicas,
            most,
            beside: self.beside,
            context,
        };
        reader.report(&workload.name, cluster, &mut remarks.unmodelled, &mut remarks.assumed)?;
        remarks.notes.extend(hints(&workload.template, &timeline, horizon));
        let timeline = reader.admitted(timeline, cluster)?;
        let refused = reader.is_refused(cluster)?;
        let rollback = rollback(&map)?;
        remarks.notes.extend(event.check(rollback, &map)?);
        let mut around = Surroundings::read(&reader, &workload, cluster, &mut models, &mut remarks)?;
        around.change(&event, workload.version.kubernetes, &map, context)?;
        let open = around.open_nodes();
        let Nodes { cluster, places, pools, of_pool } = around.nodes;
        let mut scenario = Scenario {
            tools: asked_tools(map.get("done"), &event.event, !self.beside.simulated.is_empty())?,
            start: self.start(&workload, &places, &mut models),
            event: event.event,
            until,
            placement: asked_placement(map.get("placement"), &cluster, reader.machines, own_nodes)?,
            script: None,
            node_monitor: None,
            world: None,
            id: 0,
            parameters: Vec::new(),
            deployment: workload.spec,
            pods: models,
            volumes: around.volumes,
            cluster,
            control_plane: control_plane(map.map("controlPlane")?, context, workload.version.kubernetes)?,
            timeline,
            rollback,
            traffic,
            horizontal_autoscaler: autoscaler,
            availability_objective: availability.map_or_else(|| self.availability(), Ok)?,
            horizon,
        };
        remarks.assumed.extend(stands_on(&mut workload, &open, &mut scenario)?);
        self.check_size(&scenario)?;
        let volumes = &workload.template.volumes;
        remarks.add_of_volumes(VolumeReport::of(&workload.name, volumes, &scenario, &around.origins)?);
        let premises = Collector::collect(self.tree, context, Use::new(&scenario, &workload, map, own_nodes));
        let resolved = Resolved::of(&workload, scenario, remarks, premises);
        Ok((resolved, Part { workload, places, pools, of_pool, own_nodes, refused }))
    }

    /// What the experiment is about, and what happens to it.
    fn workload_and_event<'a>(
        &self,
        map: &Map<'a>,
        cluster: Option<Map<'a>>,
        context: Context<'a>,
    ) -> Result<(Workload, Event<'a>), Problem> {
        let mut workload = self.workload(map)?;
        workload.count_nodes(cluster)?;
        let event = Event::read(map.get("event"), &mut workload.spec, context)?;
        workload.settle(&event.event, workload_node(map)?.1)?;
        Ok((workload, event))
    }

    /// When the event is over, and the horizon.
    fn until(&self, event: &Event, map: &Map<'_>, traffic: Option<&Traffic>) -> Result<(Until, SimDuration), Problem> {
        let (until, horizon) = event.until(map.get("observe"), self.horizon(map)?)?;
        check_curve(traffic, horizon, map)?;
        Ok((until, horizon))
    }

    /// Refuses a scenario that drains a node that is not there, or that takes too much memory.
    fn check_size(&self, scenario: &Scenario) -> Result<(), Problem> {
        check_drains(scenario)?;
        Ok(self.files.charge(cells(scenario))?)
    }

    /// What a run finds.
    fn start(&self, workload: &Workload, places: &[Place], models: &mut Vec<PodModel>) -> Start {
        let Some(snapshot) = &self.beside.snapshot else { return Start::Steady };
        let name = |place: &Place| {
            let machine = place.machine.filter(|_| !place.added);
            machine.and_then(|machine| workload.machines.get(machine)).map(Machine::name)
        };
        let nodes: Vec<Option<&str>> = places.iter().map(name).collect();
        let spec =
            Spec { deployment: workload.spec, stateful_set: workload.stateful_set, daemon_set: workload.daemon_set };
        snapshot.found(spec, &nodes, models).map_or(Start::Steady, |found| Start::Found(Arc::new(found)))
    }

    /// What scales the Deployment by its pods' use.
    fn autoscaler(
        &self,
        map: &Map<'_>,
        workload: &Workload,
        traffic: bool,
        remarks: &mut Remarks,
    ) -> Result<Option<AutoscalerSpec>, Problem> {
        let object = workload.autoscaler.as_ref();
        let target = Target { object, traffic, cpu_request: workload.template.requests.get(CPU) > 0 };
        let Horizontal { spec, notes } = horizontal(map.get("horizontalPodAutoscaler"), &target, self.defaults)?;
        remarks.assumed.extend(notes);
        remarks.assumed.extend(below_floor(workload.spec.replicas, object)?);
        Ok(spec)
    }

    /// The Deployment with its proposals.
    pub(super) fn workload(&self, map: &Map<'_>) -> Result<Workload, Problem> {
        let node = workload_node(map)?;
        let (asked, autoscaler) = (AskedVersion::read(map)?, map.get("horizontalPodAutoscaler"));
        let mut workload = workload(node, autoscaler, self.manifests, &self.beside.simulated, &asked)?;
        if let Some(snapshot) = &self.beside.snapshot {
            workload.stand_as_in(snapshot);
        }
        workload.unmodelled.retain(|one| !is_overridden(one, map));
        workload.apply_version();
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

/// The workload that an experiment is about: its kind, and what is written of it.
pub(super) fn workload_node<'a>(map: &Map<'a>) -> Result<(&'static str, &'a Node), InputError> {
    let written = [(DEPLOYMENT, "deployment"), (STATEFUL_SET, "statefulSet"), (DAEMON_SET, "daemonSet")];
    let mut written = written.iter().filter_map(|(kind, key)| Some((*kind, map.get(key)?)));
    match (written.next(), written.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some((_, node))) => Err(node.at.error(
            "write either `deployment` or `statefulSet` or `daemonSet`, and others as `workloads`: [{statefulSet: {manifest: FILE, name: \
             NAME}}]",
        )),
        (None, _) => Err(match map.get("workloads") {
            Some(workloads) => workloads.at.error(
                "the experiment is about several workloads, and this asks about one Deployment: write deployment: {manifest: FILE, \
                 name: NAMESPACE/NAME} in place of `workloads`",
            ),
            None => map.at.error("the key `deployment` is missing: add deployment: FILE, the path of a manifest"),
        }),
    }
}

/// The timeline, if each spec that it leads through is valid.
fn checked_timeline<'a>(
    map: &Map<'a>,
    workload: &Workload,
    pods: &Pods<'a>,
    models: &mut Vec<PodModel>,
) -> Result<Vec<Step>, Problem> {
    let timeline = timeline(map.list("timeline")?, pods, models)?;
    for spec in &specs(workload.spec, &timeline) {
        validate(spec).map_err(|error| Problem::Refused(error.to_string()))?;
    }
    Ok(timeline)
}

/// The pods that there are at first, and the most that are ever wanted.
pub(super) fn sizes(event: &Event, spec: &DeploymentSpec, autoscaler: Option<&AutoscalerSpec>) -> (u64, u64) {
    let [found, wanted] = [event.found(spec), spec.replicas].map(|count| u64::try_from(count).unwrap_or(0));
    let replicas = if event.event == MeasuredEvent::Rollout { wanted } else { found };
    let most = found.max(wanted);
    (replicas, autoscaler.map_or(most, |spec| most.max(spec.max_replicas as u64)))
}

/// The nodes and volumes that the pods have.
struct Surroundings {
    nodes: Nodes,
    volumes: Volumes,
    /// Where the volumes are from.
    origins: Vec<NodeOrigin>,
}

impl Surroundings {
    /// Changes the cluster as the event does, and as the version of Kubernetes has it.
    fn change(
        &mut self,
        event: &Event,
        kubernetes: Kubernetes,
        map: &Map<'_>,
        context: Context<'_>,
    ) -> Result<(), Problem> {
        event.change(&mut self.nodes.cluster)?;
        Ok(notice_losses_as_in(kubernetes, &mut self.nodes.cluster, map, context)?)
    }

    /// Reads them, and gives the pods what it makes of their terms.
    fn read(
        reader: &Reader<'_>,
        workload: &Workload,
        written: Option<Map<'_>>,
        models: &mut [PodModel],
        remarks: &mut Remarks,
    ) -> Result<Self, Problem> {
        let nodes = reader.read(written)?;
        let (volumes, origins) = reader.volumes(written, &nodes.cluster, &nodes.places, models)?;
        let own_nodes = written.is_some_and(|cluster| cluster.get("nodes").is_some());
        let ground = Ground {
            places: &nodes.places,
            machines: if own_nodes { &[] } else { &workload.machines },
            neighbours: &workload.neighbours,
            namespaces: &workload.namespaces,
            choice: &workload.template.node_choice,
        };
        let spreads = default_spread(written, reader.context.defaults)?;
        let (of_labels, of_pods) = place(&workload.name, &workload.template.placement, spreads, &ground, models);
        remarks.unmodelled.extend(of_labels);
        remarks.assumed.extend(of_pods);
        Ok(Self { nodes, volumes, origins })
    }
}

impl Surroundings {
    /// By node: whether the pods may go there.
    fn open_nodes(&self) -> Vec<bool> {
        let Nodes { pools, of_pool, .. } = &self.nodes;
        of_pool.iter().map(|pool| !pools[*pool].closed).collect()
    }
}

/// A DaemonSet has a pod on each open node. Gives what an answer says about that.
fn stands_on(workload: &mut Workload, open: &[bool], scenario: &mut Scenario) -> Result<Option<String>, Problem> {
    let told = workload.stand_on(open, scenario.cluster.nodes_at_start())?;
    scenario.deployment = workload.spec;
    Ok(told)
}

/// The memory that a scenario takes.
fn cells(scenario: &Scenario) -> usize {
    let models: usize = scenario.pods.iter().map(size).sum();
    scenario.cluster.nodes.len() + scenario.timeline.len() + models
}

/// What is easily overlooked.
fn hints(template: &PodTemplate, timeline: &[Step], horizon: SimDuration) -> Vec<String> {
    let mut notes = Vec::new();
    if template.probes.readiness.is_none() && template.probes.startup.is_none() {
        notes.push("no readinessProbe: pods count as Ready when their containers run, whatever warmUp says".into());
    }
    if timeline.iter().any(|step| step.at > horizon) {
        notes.push("timeline: steps after the horizon never happen".into());
    }
    notes
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
