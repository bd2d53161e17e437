//! Two inputs that are held against each other: which Deployments they have in common, and what differs between them.

use std::path::PathBuf;

use super::caveats::Caveats;
use super::choices::Decision;
use super::chosen::WORKLOAD;
use super::load::{Overrides, Plan};
use crate::input::{Experiment, InputCopy, InputError, InputFile, Role, Written, default_of};
use crate::scenario::{Scenario, room_of};

/// An input that is compared with another.
pub struct Side {
    root: InputFile,
    overrides: Overrides,
}

/// A field in which two scenarios differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Kind and name of the object that it stands in; empty for the experiment and its Deployment.
    pub object: String,
    /// Its path there; empty: the whole object.
    pub field: String,
    /// What the first input says, a default included; `None`: nothing.
    pub old: Option<String>,
    /// What the second input says.
    pub new: Option<String>,
    /// What the field means to the forecast.
    pub role: Role,
}

/// What follows a default.
const DEFAULT: &str = " (default)";

/// Fields of the Deployment that are compared as the forecast uses them, with the defaults of the API.
const RESOLVED: [&str; 7] =
    ["replicas", "strategy", "maxSurge", "maxUnavailable", "minReadySeconds", "progressDeadlineSeconds", "selector"];

impl Side {
    /// Reads the files at `paths` together; `-` is standard input.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn read(paths: &[PathBuf], overrides: Overrides) -> Result<Self, InputError> {
        Ok(Self { root: InputFile::read(paths)?, overrides })
    }

    /// Reads the `copies` of the files that a result was made from.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn of_copies(copies: &[InputCopy], overrides: Overrides) -> Result<Self, InputError> {
        Ok(Self { root: InputFile::read_again(copies, overrides.files.len().max(1))?, overrides })
    }

    /// Namespace and name of each Deployment that the input leaves to choose from; empty where it names its Deployment, or where no
    /// Deployment is written to be in the namespace that is asked for.
    ///
    /// # Errors
    /// When the input has no meaning.
    pub fn deployments(&self) -> Result<Vec<String>, InputError> {
        let asked = self.overrides.deployment.as_deref();
        if asked.is_some_and(|name| !name.ends_with('/')) {
            return Ok(Vec::new());
        }
        let any = Overrides { deployment: None, ..self.overrides.clone() };
        let mut names = self.root.deployments(&Plan::experiment(&self.root, &any)?)?;
        names.retain(|name| asked.is_none_or(|namespace| name.starts_with(namespace)));
        Ok(names)
    }

    /// The plan, with `deployment` where the input leaves several to choose from.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn plan(&self, deployment: Option<&str>) -> Result<Plan, InputError> {
        Plan::of(&self.root, &self.of(deployment))
    }

    /// The plan and its cases to choose a strategy in, with `deployment` where the input leaves several to choose from.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn cases(&self, deployment: Option<&str>) -> Result<(Plan, Vec<Decision>), InputError> {
        Plan::decisions_of(&self.root, &self.of(deployment))
    }

    /// What the input writes of `scenario`.
    ///
    /// # Errors
    /// When the input has no meaning.
    pub fn written(&self, deployment: Option<&str>, scenario: &Scenario) -> Result<Vec<Written>, InputError> {
        let overrides = self.of(deployment);
        let mut experiment: Experiment<'_> = Plan::experiment(&self.root, &overrides)?;
        for (path, value) in scenario.parameters.iter().filter(|(path, _)| path != WORKLOAD) {
            experiment.set_text(path, value, path)?;
        }
        self.root.written(&experiment, overrides.deployment.as_deref())
    }

    fn of(&self, deployment: Option<&str>) -> Overrides {
        let chosen = deployment.map(str::to_owned).or_else(|| self.overrides.deployment.clone());
        Overrides { deployment: chosen, ..self.overrides.clone() }
    }
}

/// What differs between two scenarios and in what was written of them, the Deployment first. `caveats` are those of both.
#[must_use]
pub fn changes(old: (&Scenario, &[Written]), new: (&Scenario, &[Written]), caveats: [&Caveats; 2]) -> Vec<Change> {
    let mut changes = resolved(old.0, new.0);
    let has_nodes = |one: &Written| one.path.starts_with("cluster.nodes") || one.object.starts_with("Node ");
    if !old.1.iter().chain(new.1).any(has_nodes) {
        changes
            .iter_mut()
            .filter(|change| change.field == NODES)
            .for_each(|change| change.field = ASSUMED_NODES.into());
    }
    let is_left_out = |one: &Written| {
        one.object.is_empty()
            && RESOLVED.iter().any(|name| one.path == *name || one.path.starts_with(&format!("{name}.")))
    };
    let find = |list: &[Written], one: &Written| {
        list.iter().find(|other| (&other.object, &other.path) == (&one.object, &one.path)).cloned()
    };
    for one in new.1.iter().filter(|one| !is_left_out(one)) {
        let before = find(old.1, one).map(|old| old.text);
        changes.push(change(one, before, Some(one.text.clone())));
    }
    for gone in old.1.iter().filter(|one| !is_left_out(one) && find(new.1, one).is_none()) {
        changes.push(change(gone, Some(gone.text.clone()), None));
    }
    let plain =
        |text: &Option<String>| text.as_deref().map(|text| text.strip_suffix(DEFAULT).unwrap_or(text).to_owned());
    changes.retain(|change| plain(&change.old) != plain(&change.new));
    let mut changes = of_whole_objects(changes, old.1, new.1);
    changes.iter_mut().for_each(|change| name_unmodelled(change, caveats));
    changes.sort_by_key(|change| (!change.object.is_empty(), change.role != Role::Used));
    changes
}

fn change(one: &Written, old: Option<String>, new: Option<String>) -> Change {
    let or_default = |text: Option<String>| {
        let default = || Some(format!("{}{DEFAULT}", default_of(&one.path).filter(|_| one.object.is_empty())?));
        text.or_else(default)
    };
    Change {
        object: one.object.clone(),
        field: one.path.clone(),
        old: or_default(old),
        new: or_default(new),
        role: one.role.clone(),
    }
}

/// Some fields are modelled only where the input says what is needed for it: the caveats tell where it does not.
fn name_unmodelled(change: &mut Change, caveats: [&Caveats; 2]) {
    let parts = change.field.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
    let path: String = parts.collect();
    let mut gaps = caveats.into_iter().flat_map(|caveats| &caveats.unmodelled);
    if let Some(gap) = gaps.find(|gap| !path.is_empty() && gap.is_named(&path)) {
        change.role = Role::Unmodelled { effect: gap.effect.clone(), decides: gap.decides };
    }
}

/// An object that only one of the inputs has is one change.
fn of_whole_objects(changes: Vec<Change>, old: &[Written], new: &[Written]) -> Vec<Change> {
    let has = |list: &[Written], object: &str| list.iter().any(|one| one.object == object);
    let mut merged: Vec<Change> = Vec::new();
    for one in changes {
        let (before, after) = (has(old, &one.object), has(new, &one.object));
        if one.object.is_empty() || (before && after) {
            merged.push(one);
        } else if let Some(known) = merged.iter_mut().find(|known| known.object == one.object) {
            if one.role == Role::Used {
                known.role = Role::Used;
            }
        } else {
            let there = |is: bool| is.then(|| "there".to_owned());
            merged.push(Change { field: String::new(), old: there(before), new: there(after), ..one });
        }
    }
    merged
}

/// The fields of the Deployment with their defaults, and what the nodes take.
fn resolved(old: &Scenario, new: &Scenario) -> Vec<Change> {
    let fields = [old, new].map(|scenario| {
        let spec = &scenario.deployment;
        let mut fields = vec![("replicas".to_owned(), spec.replicas.to_string())];
        fields.extend(super::limits(&spec.strategy));
        fields.push(("minReadySeconds".into(), spec.min_ready_seconds.to_string()));
        let deadline = spec.progress_deadline_seconds.map_or("none".into(), |seconds| seconds.to_string());
        fields.push(("progressDeadlineSeconds".into(), deadline));
        let cluster = &scenario.cluster;
        fields.push((NODES.into(), cluster.nodes_at_start().to_string()));
        fields.push((ROOM.into(), room_of(&cluster.nodes, &cluster.found_on).to_string()));
        fields
    });
    let [old, new] = fields;
    let of = |list: &[(String, String)], name: &str| {
        list.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
    };
    let gone = old.iter().filter(|(name, _)| of(&new, name).is_none());
    let names = new.iter().chain(gone).map(|(name, _)| name.clone());
    names
        .map(|field| Change {
            object: String::new(),
            old: of(&old, &field),
            new: of(&new, &field),
            field,
            role: Role::Used,
        })
        .collect()
}

/// What the number of nodes is called.
const NODES: &str = "nodes";

/// The same where neither input says which nodes there are.
const ASSUMED_NODES: &str = "nodes (assumed, to fit the pods)";

/// What the room on all nodes is called.
const ROOM: &str = "room on the nodes for pods of this Deployment";

/// Whether the forecast of two scenarios is the same, because they differ in nothing that it uses.
#[must_use]
pub fn is_same_forecast(old: &Scenario, new: &Scenario) -> bool {
    let alike = Scenario { id: new.id, parameters: new.parameters.clone(), ..old.clone() };
    alike == *new
}
