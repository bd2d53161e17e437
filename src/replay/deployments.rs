//! The Deployments of a recording: the first, and others beside it that share its nodes, its quota and the controllers.

use sha2::{Digest, Sha256};

use super::cluster::{node_cpu, node_memory, pod_size, pods_on_node};
use super::fillers;
use super::found_objects;
use super::manifest::Manifest;
use super::recording::{Recording, Seconds};
use super::stop::{Result, Stop, Templates, wrong};
use super::volumes;
use crate::k8s::objects::DeploymentSpec;
use crate::scenario::{self, Change, Room, Scenario, Template, Workload};

/// How a Deployment is created.
#[derive(Clone, Debug)]
pub(super) struct Creation {
    /// Its name; `None`: it is the first.
    pub(super) name: Option<String>,
    /// The place of the action.
    pub(super) place: usize,
    pub(super) at: Seconds,
    /// Its first template.
    template: String,
}

/// A Deployment as it is written.
pub(super) struct Written {
    pub(super) manifest: Manifest,
    pub(super) spec: DeploymentSpec,
}

/// The templates of all Deployments, numbered through, and those of each: the first, and the one after the last.
pub(super) struct AllTemplates {
    pub(super) all: Templates,
    pub(super) of: Vec<(Template, Template)>,
}

/// How each Deployment is created, the first one first.
pub(super) fn creations(recording: &Recording) -> Result<Vec<Creation>> {
    let names = std::iter::once(None).chain(recording.others.keys().map(Some));
    let mut creations = Vec::new();
    for name in names {
        let is_its = |action: &super::recording::Action| action.what == "create" && action.name.as_ref() == name;
        let Some(place) = recording.actions.iter().position(is_its) else {
            return match name {
                None => wrong("actions", "has no create action"),
                Some(name) => wrong(
                    format!("extra.deployments.{name}"),
                    format!(
                        "is never created: add {{\"at\": 0, \"do\": \"create\", \"name\": {name:?}, \"template\": \"a1\"}} to actions"
                    ),
                ),
            };
        };
        let action = &recording.actions[place];
        let template = action.template.clone().unwrap_or_else(|| "v1".to_owned());
        creations.push(Creation { name: name.cloned(), place, at: action.at, template });
    }
    Ok(creations)
}

/// The Deployments as they are written, the first one first.
pub(super) fn written(recording: &Recording) -> Result<Vec<Written>> {
    let first = std::iter::once(("deployment".to_owned(), &recording.deployment));
    let others = recording.others.iter().map(|(name, fields)| (format!("extra.deployments.{name}"), fields));
    let read = |(path, fields): (String, &serde_json::Map<_, _>)| {
        let manifest = Manifest::new(fields.clone());
        let mut spec = manifest.spec(&path)?;
        spec.pod_replacement_policy = recording.proposals.pod_replacement_policy;
        Ok(Written { manifest, spec })
    };
    first.chain(others).map(read).collect()
}

/// The templates that are known before the actions are read: all of them where there are several Deployments, because each has
/// its templates one after the other.
pub(super) fn templates(recording: &Recording, creations: &[Creation]) -> Result<AllTemplates> {
    let mut templates = AllTemplates { all: Templates::default(), of: Vec::new() };
    if let [first] = creations
        && !needs_world(recording)
    {
        templates.all.number(&first.template)?;
        found_objects::number_templates(recording, None, &mut templates.all)?;
        templates.of.push((0, 1));
        return Ok(templates);
    }
    let mut actions: Vec<_> = recording.actions.iter().enumerate().collect();
    actions.sort_by(|(_, one), (_, other)| one.at.0.total_cmp(&other.at.0));
    for creation in creations {
        let first = templates.all.names.len() as Template;
        templates.add(first, creation.place, &creation.template)?;
        found_objects::number_templates(recording, creation.name.as_deref(), &mut templates.all)?;
        for (place, action) in actions.iter().filter(|(_, action)| action.name == creation.name) {
            for name in action.new_template() {
                templates.add(first, *place, name)?;
            }
        }
        templates.of.push((first, templates.all.names.len() as Template));
    }
    Ok(templates)
}

impl AllTemplates {
    /// How many templates the workload has that the recording is about: they are the first.
    pub(super) fn own(&self) -> usize {
        match &self.of[..] {
            [_] => self.all.names.len(),
            of => usize::from(of[0].1),
        }
    }

    /// Adds a template of the Deployment whose templates begin at `first`.
    fn add(&mut self, first: Template, place: usize, name: &str) -> Result<()> {
        if self.all.number(name)? < first {
            let reason = format!("{name} is a template of another Deployment: each has names of its own");
            return wrong(format!("actions[{place}].template"), reason);
        }
        Ok(())
    }
}

/// The world of several Deployments.
pub(super) fn world(
    recording: &Recording,
    shared: &Scenario,
    specs: &[DeploymentSpec],
    templates: &AllTemplates,
) -> Result<scenario::World> {
    let names = std::iter::once("").chain(recording.others.keys().map(String::as_str));
    let workloads = names.zip(specs).zip(&templates.of).map(|((name, spec), &(old, end))| {
        let mut workload = Workload::new(name, key(name), DeploymentSpec { template: old, ..*spec }, old);
        (workload.new, workload.change) = (end - 1, change(recording));
        workload
    });
    let mut workloads: Vec<Workload> = workloads.collect();
    workloads[0].open = recording.placing.open(recording.cluster.nodes).map_err(Stop::Wrong)?;
    let own = templates.own();
    Ok(scenario::World::new(shared.clone(), workloads, room(recording, shared.pods.len(), |number| number < own)?))
}

/// Workloads beside a StatefulSet or a DaemonSet, which is the first.
pub(super) fn beside(recording: &Recording, specs: &[DeploymentSpec], templates: &AllTemplates) -> Vec<Workload> {
    let others = recording.others.keys().zip(specs.iter().skip(1)).zip(templates.of.iter().skip(1));
    let workload = |((name, spec), &(old, end)): ((&String, &DeploymentSpec), &(Template, Template))| {
        let mut workload = Workload::new(name, key(name), DeploymentSpec { template: old, ..*spec }, old);
        (workload.new, workload.change) = (end - 1, change(recording));
        workload
    };
    others.map(workload).collect()
}

/// What happens to a workload: it does not exist before it is created. Where the run finds what was there, nobody changes or creates it but
/// the actions.
fn change(recording: &Recording) -> Change {
    if found_objects::start(recording).is_some() { Change::Nothing } else { Change::Scale { from: 0 } }
}

/// Whether nodes must hold amounts, and know whether their objects are there, although there is one Deployment alone.
pub(super) fn needs_world(recording: &Recording) -> bool {
    let about_nodes = |what: &str| matches!(what, "node-remove" | "node-add" | "taint");
    recording.beside.has_fillers()
        || recording.placing.is_about_nodes()
        || recording.cluster.volumes_per_node.is_some()
        || recording.cluster.pod_memory_request.is_some()
        || recording.actions.iter().any(|action| about_nodes(&action.what))
}

/// Which random numbers are a Deployment's own, as [`Workload::key`].
fn key(name: &str) -> u64 {
    if name.is_empty() {
        return 0;
    }
    let hash = Sha256::digest(format!("Deployment/{name}"));
    hash.iter().take(8).rev().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte)).max(1)
}

/// What a node has of memory where nothing says how much.
const MEMORY: u64 = 256 << 30;

/// Nodes that hold CPU, memory, pods and ports, and pods that ask for them. `is_of_first`: whether a template is of the workload that
/// the recording is about, which alone has ports.
pub(super) fn room(recording: &Recording, templates: usize, is_of_first: impl Fn(usize) -> bool) -> Result<Room> {
    let cluster = &recording.cluster;
    let asked = pod_size(cluster)?;
    let scored = asked.scored();
    let mut room = Room::alike(0, [0; 3], &vec![[asked.cpu, asked.memory]; templates]);
    room.scored.fill(scored);
    for node in 0..cluster.nodes as usize {
        let (cpu, memory) = (node_cpu(cluster, node)?.map(millis), node_memory(cluster, node)?);
        let pods = u64::from(pods_on_node(cluster));
        room.free.extend([cpu.unwrap_or(Room::UNLIMITED), memory.unwrap_or(Room::UNLIMITED), pods]);
        room.allocatable.push([cpu.unwrap_or(scored[0] * pods), memory.unwrap_or(MEMORY)]);
        room.taken.push([0; 2]);
    }
    add_ports(recording, &mut room, &is_of_first);
    add_volumes(recording, &mut room, &is_of_first);
    fillers::size(recording, &mut room)?;
    Ok(room)
}

/// A port of the host is a resource of which each node has one.
fn add_ports(recording: &Recording, room: &mut Room, is_of_first: impl Fn(usize) -> bool) {
    let mut ports = recording.placing.host_ports.clone();
    ports.sort_unstable();
    ports.dedup();
    for port in ports {
        add(room, format!("{}{port}", Room::PORT), |_| 1, |template| u64::from(is_of_first(template)));
    }
}

/// What nodes can attach of the volumes that are made for single pods.
fn add_volumes(recording: &Recording, room: &mut Room, is_of_first: impl Fn(usize) -> bool) {
    let left = volumes::left_on_nodes(recording);
    let each = u64::from(recording.volumes.own_volumes);
    if !left.is_empty() && each > 0 {
        let asked = |template| if is_of_first(template) { each } else { 0 };
        add(room, "volumes".into(), |node| left[node], asked);
    }
}

/// Adds a resource, of which each node has some and each pod of a template asks for some.
fn add(room: &mut Room, name: String, free: impl Fn(usize) -> u64, asked: impl Fn(usize) -> u64) {
    let width = room.resources.len();
    room.resources.push(name);
    let wider = |rows: &[u64], of: &dyn Fn(usize) -> u64| -> Vec<u64> {
        let row = |(place, row): (usize, &[u64])| [row.to_vec(), vec![of(place)]].concat();
        rows.chunks(width).enumerate().flat_map(row).collect()
    };
    room.free = wider(&room.free, &free);
    room.asked = wider(&room.asked, &asked);
}

/// Thousandths of a processor.
fn millis(processors: f64) -> u64 {
    (processors * 1000.0).round() as u64
}
