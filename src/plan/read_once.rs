//! An experiment that is read once, and planned as often as somebody asks, with other settings each time.

use std::path::PathBuf;

use super::load::{Overrides, Plan};
use crate::distribution::Distribution;
use crate::input::{InputError, InputFile, slower, written_time};
use crate::scenario::{NEW_TEMPLATE, Scenario};

/// A length of time of the new pods of a scenario.
type Time = fn(&Scenario) -> Option<&Distribution>;

/// The lengths of time that are the start-up of a pod, by their keys below `pods`.
const START_UP: [(&str, Time); 2] = [
    ("start", |scenario| Some(&scenario.pods.get(usize::from(NEW_TEMPLATE))?.start)),
    ("warmUp", |scenario| Some(&scenario.pods.get(usize::from(NEW_TEMPLATE))?.warm_up)),
];

/// What was read, from which plans are made. Standard input can be read only once, and files are not read again.
pub struct ReadOnce {
    root: InputFile,
}

/// How the nodes of an experiment are written, which decides what a setting of their number changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodesAsWritten {
    /// Nodes that are all alike: as a number, or because nothing is written.
    Alike,
    /// A list of pools, each with its number of nodes and what else is written of it.
    Pools(Vec<(u64, String)>),
    /// Node objects beside the Deployment.
    Objects,
}

impl ReadOnce {
    /// Reads an experiment, or a bare manifest. `-` is standard input.
    ///
    /// # Errors
    /// Where the file cannot be read, or is no YAML. What it means is read by [`ReadOnce::plan`].
    pub fn read(paths: &[PathBuf]) -> Result<Self, InputError> {
        Ok(Self { root: InputFile::read(paths)? })
    }

    /// The plan that [`Plan::load`] gives for the same file.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn plan(&self, overrides: &Overrides) -> Result<Plan, InputError> {
        self.root.files().begin_anew();
        Plan::of(&self.root, overrides)
    }

    /// The settings that make the start-up of new pods `factor` times as long, for `scenario`, which was planned with
    /// `overrides`. What is written keeps its form.
    ///
    /// # Errors
    /// Where the times stand in another file, so that no setting can change them.
    pub fn start_up(
        &self,
        overrides: &Overrides,
        scenario: &Scenario,
        factor: f64,
    ) -> Result<Vec<(String, String)>, InputError> {
        self.root.files().begin_anew();
        let experiment = Plan::experiment(&self.root, overrides)?;
        let mut settings = Vec::new();
        for (key, resolved) in START_UP {
            let own = experiment.written_at(&["pods", "new", key]);
            let text = match own.or_else(|| experiment.written_at(&["pods", key])) {
                Some(node) => slower(node, factor)?,
                None => resolved(scenario).map_or(String::new(), |time| as_percentiles(time, factor)),
            };
            settings.push((format!("pods.new.{key}"), text));
        }
        Ok(settings)
    }

    /// How the nodes are written.
    ///
    /// # Errors
    /// As for [`Plan::load`].
    pub fn nodes(&self, overrides: &Overrides) -> Result<NodesAsWritten, InputError> {
        self.root.files().begin_anew();
        let experiment = Plan::experiment(&self.root, overrides)?;
        match experiment.pools()? {
            Some(pools) => Ok(NodesAsWritten::Pools(pools)),
            None if experiment.has_node_objects()? => Ok(NodesAsWritten::Objects),
            None => Ok(NodesAsWritten::Alike),
        }
    }
}

/// A default, which is lognormal: two percentiles say the same.
fn as_percentiles(time: &Distribution, factor: f64) -> String {
    let at = |share: f64| written_time(time.quantile(share).as_secs_f64() * factor);
    match time.as_constant() {
        Some(length) => written_time(length.as_secs_f64() * factor),
        None => format!("{{lognormal: {{p50: {}, p99: {}}}}}", at(0.5), at(0.99)),
    }
}
