//! What a snapshot shows of a workload, with the plan that goes on from it.

use std::path::{Path, PathBuf};

use super::load::{Overrides, Plan};
use crate::input::snapshot::{Asked, Kind, Snapshot};
use crate::input::{InputError, InputFile};

/// A snapshot, and what can be simulated of it.
#[derive(Debug)]
pub struct Seen {
    /// What the files show.
    pub snapshot: Snapshot,
    /// The plan with one scenario, which starts from the snapshot where something is under way; why there is none otherwise.
    pub plan: Result<Plan, InputError>,
}

impl Seen {
    /// Reads a snapshot: what the files show of the workload that is asked for. An experiment may stand beside the objects.
    ///
    /// # Errors
    /// When a file cannot be read, when it has no such workload, or when it is not clear which one is meant.
    pub fn read(paths: &[PathBuf], overrides: &Overrides, asked: &Asked) -> Result<Self, InputError> {
        Self::of(&InputFile::read(paths)?, overrides, asked)
    }

    /// The same of text; files that it names are looked for in `folder`.
    ///
    /// # Errors
    /// As for [`Seen::read`].
    pub fn of_text(text: &str, folder: &Path, overrides: &Overrides, asked: &Asked) -> Result<Self, InputError> {
        Self::of(&InputFile::of_text(text, folder)?, overrides, asked)
    }

    fn of(root: &InputFile, overrides: &Overrides, asked: &Asked) -> Result<Self, InputError> {
        let snapshot = root.snapshot(asked)?;
        let plan = root.read_all(|| plan(root, overrides, &snapshot));
        Ok(Self { snapshot, plan })
    }
}

fn plan(root: &InputFile, overrides: &Overrides, snapshot: &Snapshot) -> Result<Plan, InputError> {
    let workload = &snapshot.workload;
    let overrides = Overrides { deployment: Some(workload.full_name()), ..overrides.clone() };
    let tree = root.tree_of_kind(workload.kind.as_str(), &workload.full_name())?;
    let mut experiment = Plan::experiment_of(root, tree, &overrides)?;
    if workload.kind == Kind::DaemonSet
        && snapshot.nodes.is_empty()
        && experiment.written_at(&["cluster", "nodes"]).is_none()
    {
        let nodes = workload.desired.max(1).to_string();
        experiment.set_text("cluster.nodes", &nodes, "status.desiredNumberScheduled")?;
    }
    experiment.start_from(snapshot.clone());
    let mut plan = Plan::resolve(&mut experiment)?;
    plan.inputs = experiment.files_read();
    plan.assume(&overrides);
    plan.overrides.files = root.names();
    Ok(plan)
}
