//! The strategy that runs now, and the scenarios of a sweep that have it.

use serde::{Deserialize, Serialize};

use super::chosen::{WORKLOAD, chosen_of, is_chosen};
use crate::input::{Experiment, Frame, Problem, Resolved};
use crate::scenario::Scenario;

/// The kind of a workload where nothing else is said.
const DEPLOYMENT: &str = "Deployment";

/// What the manifest says of itself, before a sweep changes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Its kind, where that is not Deployment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name of the Deployment.
    pub deployment: String,
    /// Its namespace.
    pub namespace: String,
    /// What one of its pods requests of CPU, in thousandths of a core; 0: nothing.
    pub cpu_millis: u64,
    /// What one of its pods requests of memory, in bytes; 0: nothing.
    pub memory_bytes: u64,
    /// The strategy as parameters: name and value, as a sweep writes them.
    pub strategy: Vec<(String, String)>,
    /// Numbers of the scenarios that have this strategy, one for each world that the sweep describes. None where no strategy is
    /// swept, or where the manifest's own is not among those that are.
    pub scenarios: Vec<u32>,
}

impl Present {
    /// The kind of the workload.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.kind.as_deref().unwrap_or(DEPLOYMENT)
    }

    /// Reads the manifest's own strategy, in the first world of the sweep that the cluster admits. `None` where there is no such
    /// world, or where the manifest is only valid with a strategy of the sweep.
    pub(super) fn read(experiment: &mut Experiment<'_>, frame: &Frame) -> Option<Own> {
        let mut worlds = frame.sweep.clone();
        worlds.axes.retain(|axis| !is_chosen(&axis.path));
        for number in 0..worlds.points() {
            experiment.move_to(&worlds, number).ok()?;
            match experiment.only(frame.objectives.availability) {
                Ok(resolved) => return Some(Own(resolved)),
                Err(Problem::Refused(_)) => {}
                Err(Problem::Input(_)) => return None,
            }
        }
        None
    }
}

/// The manifest's own Deployment.
pub(super) struct Own(Resolved);

impl Own {
    /// Looks for its strategy among `scenarios`, whose swept parameters have these paths.
    pub(super) fn among(self, scenarios: &[Scenario], paths: &[String]) -> Present {
        let Resolved { scenario, name, namespace, requests, .. } = self.0;
        let spec = scenario.deployment;
        let is_own = |one: &&Scenario| match (one.set(), scenario.set()) {
            (Some(one), Some(own)) => one.with_strategy_of(&own) == one,
            _ => {
                one.deployment.strategy == spec.strategy
                    && one.deployment.min_ready_seconds == spec.min_ready_seconds
                    && one.deployment.progress_deadline_seconds == spec.progress_deadline_seconds
            }
        };
        let swept = || paths.iter().filter(|path| *path != WORKLOAD);
        let is_a_choice = swept().next().is_none() || swept().any(|path| is_chosen(path));
        let own = scenarios.iter().filter(is_own).filter(|_| is_a_choice).map(|one| one.id).collect();
        let mut strategy = chosen_of(&spec, scenario.set().as_ref());
        if paths.iter().any(|path| is_chosen(path) && path.ends_with("minReadySeconds")) {
            strategy.push(("minReadySeconds".into(), spec.min_ready_seconds.to_string()));
        }
        Present {
            kind: Some(scenario.kind()).filter(|kind| *kind != DEPLOYMENT).map(str::to_owned),
            deployment: name,
            namespace,
            cpu_millis: requests.cpu_millis,
            memory_bytes: requests.memory_bytes,
            strategy,
            scenarios: own,
        }
    }
}
