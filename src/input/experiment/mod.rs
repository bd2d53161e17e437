//! The experiment file: a tree that sweeps write into, and the scenario that is read from it at each point.

pub(crate) mod cluster_objective;
pub(crate) mod distribution;
pub(crate) mod near;
pub(crate) mod objective;

pub(crate) mod fields;

pub(crate) mod layers;

pub(crate) mod init_containers;

pub(crate) mod beside;

pub(crate) mod baseline;
pub(crate) mod cluster;
pub(crate) mod control_plane;
pub(crate) mod horizontal;
pub(crate) mod path;
pub(crate) mod pods;

mod placing;
pub(crate) mod proposals;
pub(crate) mod replications;
pub(crate) mod sampling;
pub(crate) mod traffic;

mod tools;
mod version;

pub(crate) mod deployment;
pub(crate) mod event;
pub(crate) mod sweep;

pub(crate) mod timeline;

mod volumes;

mod remarks;

mod use_of_keys;

pub(crate) mod premises;

pub(crate) mod slower;

pub(crate) mod scenario;

mod told_times;

mod world;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use crate::input::experiment::baseline::Baseline;
use crate::input::experiment::beside::Beside;
use crate::input::experiment::deployment::Manifests;
use crate::input::experiment::near::unknown_in_experiment;
use crate::input::experiment::objective::{Objectives, objectives};
use crate::input::experiment::path::{keys, set};
use crate::input::experiment::replications::{Precision, precision};
use crate::input::experiment::sampling::sampling;
use crate::input::experiment::scenario::Sources;
use crate::input::experiment::sweep::Sweep;
use crate::input::experiment::world::{Setting, World, selected};
use crate::input::keys::cluster::MAX_NODES;
use crate::input::keys::defaults::Defaults;
use crate::input::keys::deployment::{DEPLOYMENT_FIELDS, STATEFUL_SET_FIELDS};
use crate::input::keys::paths::swept;
use crate::input::keys::root::ROOT;
use crate::input::kubernetes::excerpt;
use crate::input::kubernetes::manifest::{DAEMON_SET, DEPLOYMENT, STATEFUL_SET};
use crate::input::snapshot::Snapshot;
use crate::input::tree::error::{InputError, Problem, quoted};
use crate::input::tree::files::{Files, Input};
use crate::input::tree::yaml::{At, Entry, Node, Source, Value};
use crate::random::Sampling;

#[cfg(feature = "cli")]
pub(crate) use world::named as workload_named;

pub(crate) use horizontal::from_json as autoscaler_from_json;
pub use scenario::PodRequests;
pub(crate) use scenario::Resolved;

/// An experiment.
pub(crate) struct Experiment<'a> {
    tree: Node,
    files: &'a Files,
    manifests: Manifests<'a>,
    defaults: Defaults,
    /// What is set in single workloads.
    settings: Vec<Setting>,
    /// The snapshot that its runs start from.
    snapshot: Option<Rc<Snapshot>>,
    /// What was set because the input tells it: path, value, and where it comes from.
    told: Vec<(String, String, String)>,
}

/// What holds for all scenarios.
pub(crate) struct Frame {
    pub(crate) name: Option<String>,
    /// Of each scenario; the most where a precision is asked for.
    pub(crate) replications: u32,
    pub(crate) precision: Option<Precision>,
    pub(crate) sampling: Sampling,
    pub(crate) baseline: Option<Baseline>,
    pub(crate) seed: u64,
    pub(crate) objectives: Objectives,
    pub(crate) sweep: Sweep,
}

impl<'a> Experiment<'a> {
    pub(crate) fn new(tree: Node, files: &'a Files) -> Result<Self, InputError> {
        let (manifests, defaults) = (Manifests::new(files), Defaults::read()?);
        Ok(Self { tree, files, manifests, defaults, settings: Vec::new(), snapshot: None, told: Vec::new() })
    }

    /// Has runs start from what a snapshot shows of the only workload.
    pub(crate) fn start_from(&mut self, snapshot: Snapshot) {
        self.snapshot = Some(Rc::new(snapshot));
    }

    /// What was taken up because the input tells it.
    pub(crate) fn told(&self) -> &[(String, String, String)] {
        &self.told
    }

    /// The tree as it is now.
    pub(crate) fn tree(&self) -> &Node {
        &self.tree
    }

    /// Writes YAML text into the experiment, as `--set` does; `origin` is what the user typed.
    pub(crate) fn set_text(&mut self, path: &str, value: &str, origin: &str) -> Result<(), InputError> {
        let option = Rc::new(Source { name: origin.into(), text: value.into() });
        let at = At::start(&option);
        if self.files.left_out.holds(&at) {
            return Ok(());
        }
        let value = self.files.documents(&option)?.first().cloned();
        self.set(path, &at, value.unwrap_or(Node { at: at.clone(), value: Value::Null }))
    }

    /// A parameter that was swept is not swept any more, and is not part of the baseline's description any more.
    fn set(&mut self, path: &str, at: &At, value: Node) -> Result<(), InputError> {
        let keys_set = keys(path, &ROOT.names(), at)?;
        self.refuse_bare(path, at)?;
        if let Some(entries) = self.entries_of("sweep") {
            drop_axis(entries, &keys_set);
        }
        if let Some(entries) = self.entries_of("baseline") {
            drop_axis(entries, &keys_set);
        }
        self.put(&keys_set, at, value)
    }

    /// Writes into the tree, or keeps what is for single workloads until it is known which there are.
    fn put(&mut self, keys: &[String], at: &At, value: Node) -> Result<(), InputError> {
        let mut keys = keys.to_vec();
        if keys[0] == "deployment" && keys.len() == 2 && self.written_at(&["statefulSet"]).is_some() {
            // A bare field is that of the workload that there is.
            keys[0] = "statefulSet".into();
        }
        if matches!(keys[0].as_str(), "deployment" | "statefulSet")
            && keys.len() == 2
            && self.written_at(&["daemonSet"]).is_some()
        {
            keys[0] = "daemonSet".into();
        }
        let keys = &keys[..];
        if !selected(keys) {
            return set(&mut self.tree, keys, at, value);
        }
        self.settings.retain(|setting| setting.keys != keys);
        self.settings.push(Setting { keys: keys.to_vec(), at: at.clone(), value });
        Ok(())
    }

    /// Whether the experiment is about several workloads, or about a StatefulSet or a DaemonSet, which is simulated as one of several.
    pub(crate) fn is_world(&self) -> bool {
        ["workloads", "statefulSet", "daemonSet"].iter().any(|key| self.written_at(&[*key]).is_some())
    }

    /// With several workloads a bare field of a Deployment does not say of which.
    fn refuse_bare(&self, path: &str, at: &At) -> Result<(), InputError> {
        if self.written_at(&["workloads"]).is_none() || !is_field(path) {
            return Ok(());
        }
        Err(at.error(format!(
            "{} does not say of which workload: write `workloads.*.{path}` for all that move, or `workloads.NAMESPACE/NAME.{path}` for \
             one",
            quoted(path)
        )))
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
                Some(used) => excerpt::of_manifest(
                    &self.files.all_documents(&source)?,
                    &used.deployments,
                    used.beside_nodes,
                    &input,
                )?,
                None if number < self.files.given() => excerpt::of_root(&self.files.all_documents(&source)?, &input)?,
                None => None,
            };
            inputs.push(match excerpt {
                Some(text) => Input { copy: text.into_bytes().into(), reduced: true, ..input },
                None => input,
            });
        }
        Ok(inputs)
    }

    /// The files that were read, without what of them is copied to a result.
    pub(crate) fn files_read(&self) -> Vec<Input> {
        self.files.inputs().into_iter().map(|(_, input)| input).collect()
    }

    /// Reads the settings that are the same for all scenarios.
    pub(crate) fn frame(&self) -> Result<Frame, InputError> {
        let map = self.tree.map()?.with_names(&ROOT);
        if let Some(entry) = map.entries.iter().find(|entry| ROOT.key(&entry.key).is_none()) {
            return Err(entry.at.error(unknown_in_experiment("key", &entry.key, &ROOT.names())));
        }
        let field = |key: &str| map.get(key).unwrap_or_else(|| self.defaults.get(key));
        let (replications, mut precision) = replications(field("replications"))?;
        let sampling = sampling(field("sampling"), replications, precision.as_mut())?;
        Ok(Frame {
            name: map.read("name", Node::text)?.map(str::to_owned),
            replications,
            precision,
            sampling,
            baseline: map.read("baseline", Baseline::read)?,
            seed: field("seed").integer(0, u64::MAX)?,
            objectives: map.read("objectives", objectives)?.unwrap_or_default(),
            sweep: self.sweep(map.get("sweep"))?,
        })
    }

    fn sweep(&self, node: Option<&Node>) -> Result<Sweep, InputError> {
        let sweep = node.map_or_else(|| Ok(Sweep::default()), |node| Sweep::read(node, &swept()))?;
        sweep.axes.iter().try_for_each(|axis| self.refuse_bare(&axis.path, &axis.at))?;
        Ok(sweep)
    }

    /// What is written at these keys; `None` where nothing is.
    pub(crate) fn written_at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(&self.tree, |node, key| node.map().ok()?.get(key))
    }

    /// The pools of nodes, where they are written as a list: how many nodes each has, and what else is written of it.
    pub(crate) fn pools(&self) -> Result<Option<Vec<(u64, String)>>, InputError> {
        let nodes = self.written_at(&["cluster", "nodes"]).map(|node| &node.value);
        let Some(Value::List(pools)) = nodes else { return Ok(None) };
        let pool = |node: &Node| {
            let map = node.map()?;
            let count = map.get("count").map_or(Ok(1), |count| count.integer(1, MAX_NODES))?;
            let others = map.entries.iter().filter(|entry| entry.key != "count");
            let others: Vec<String> = others.map(|entry| format!("{}: {}", entry.key, entry.value.flow())).collect();
            Ok((count, others.join(", ")))
        };
        pools.iter().map(pool).collect::<Result<Vec<_>, InputError>>().map(Some)
    }

    /// Whether Node objects beside the Deployment say which nodes there are.
    pub(crate) fn has_node_objects(&self) -> Result<bool, InputError> {
        let Self { tree, files, manifests, defaults, .. } = self;
        let beside = &Beside::default();
        let own = self.written_at(&["cluster", "nodes"]).is_some();
        let workload = Sources { tree, files, manifests, defaults, beside }.workload(&tree.map()?);
        let workload = workload.map_err(|problem| match problem {
            Problem::Input(error) => error,
            Problem::Refused(reason) => InputError::new(reason),
        })?;
        Ok(!own && !workload.machines.is_empty())
    }

    /// Sets the axes of `sweep` to a point.
    pub(crate) fn move_to(&mut self, sweep: &Sweep, number: usize) -> Result<(), InputError> {
        for (axis, value) in sweep.axes.iter().zip(sweep.point(number)) {
            self.put(&axis.keys, &axis.at, value.clone())?;
        }
        Ok(())
    }

    /// Counts the memory of a point's parameters.
    pub(crate) fn charge_parameters(&self, parameters: &[(String, String)]) -> Result<(), InputError> {
        self.files.charge(parameters.iter().map(|(path, value)| 2 + (path.len() + value.len()) / 24).sum())
    }

    /// Reads the scenarios of all workloads that the tree now describes, in their order; of a Deployment alone the only one.
    pub(crate) fn members(&self, availability: Option<f64>) -> Result<Vec<Resolved>, Problem> {
        if !self.is_world() {
            if let Some(release) = self.written_at(&["release"]) {
                let advice = "it says in which order several workloads roll, and there is one Deployment: add `workloads`, or leave it out";
                return Err(release.at.error(advice).into());
            }
            return self.scenario(availability).map(|resolved| vec![resolved]);
        }
        let Self { tree, files, manifests, defaults, settings, .. } = self;
        let snapshot = self.snapshot.clone();
        World { tree, files, manifests, defaults, settings, snapshot }.members(availability)
    }

    /// Whether the experiment is about a StatefulSet or a DaemonSet, and about nothing else.
    pub(crate) fn is_one_set(&self) -> bool {
        self.is_world() && self.written_at(&["workloads"]).is_none()
    }

    /// The kind of the workload that the experiment is about; of several that of the first.
    pub(crate) fn kind(&self) -> &'static str {
        let written = [("statefulSet", STATEFUL_SET), ("daemonSet", DAEMON_SET)];
        written.iter().find(|(key, _)| self.written_at(&[*key]).is_some()).map_or(DEPLOYMENT, |(_, kind)| kind)
    }

    /// Reads the scenario of the only workload that the tree now describes, in the world that a StatefulSet or a DaemonSet has also
    /// alone.
    pub(crate) fn only(&self, availability: Option<f64>) -> Result<Resolved, Problem> {
        if !self.is_one_set() {
            return self.scenario(availability);
        }
        let first = self.members(availability)?.into_iter().next();
        first.ok_or_else(|| Problem::Refused("there is no workload".into()))
    }

    /// Reads the scenario that the tree now describes. `availability` is the share of the replicas that should be available.
    pub(crate) fn scenario(&self, availability: Option<f64>) -> Result<Resolved, Problem> {
        let Self { tree, files, manifests, defaults, .. } = self;
        let beside = &Beside { snapshot: self.snapshot.clone(), ..Beside::default() };
        Sources { tree, files, manifests, defaults, beside }.scenario(availability)
    }
}

/// Whether a path is a bare field of a Deployment or a StatefulSet.
fn is_field(path: &str) -> bool {
    DEPLOYMENT_FIELDS.key(path).is_some() || STATEFUL_SET_FIELDS.key(path).is_some()
}

/// A number, or a precision with the most that it may take.
fn replications(node: &Node) -> Result<(u32, Option<Precision>), InputError> {
    let (least, most) = ROOT.bounds("replications");
    if let Ok(map) = node.map() {
        return precision(map, most).map(|(most, precision)| (most, Some(precision)));
    }
    let count = node.integer(least, most).map_err(|error| {
        let advice = "; 1000 show a rate of 1 %, 100000 one of 0.01 %";
        InputError { message: format!("replications: {}{advice}", error.message), ..error }
    })?;
    Ok((u32::try_from(count).unwrap_or(u32::MAX), None))
}

/// Takes the axis that sets `keys_set` out of a sweep and its zips.
fn drop_axis(entries: &mut Vec<Entry>, keys_set: &[String]) {
    let sets = |path: &str, at: &At| keys(path, &ROOT.names(), at).is_ok_and(|keys| keys == keys_set);
    entries.retain(|entry| entry.key == "zip" || !sets(&entry.key, &entry.at));
    let zip = entries.iter_mut().find(|entry| entry.key == "zip").map(|entry| &mut entry.value.value);
    let Some(Value::List(groups)) = zip else { return };
    for group in groups {
        if let Value::List(members) = &mut group.value {
            members.retain(|member| !member.text().is_ok_and(|path| sets(path, &member.at)));
        }
    }
}
