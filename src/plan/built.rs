//! A plan of scenarios that were built in code.

use std::fmt::Display;

use super::caveats::Caveats;
use super::load::{Overrides, Plan};
use crate::input::{Experiment, InputError, InputFile};
use crate::k8s::validation::validate;
use crate::random::Sampling;
use crate::scenario::Scenario;

impl Plan {
    /// A plan of `scenarios`, which are numbered from 0 in their order, with the default seed and number of replications.
    ///
    /// # Errors
    /// When there is no scenario, when Kubernetes would refuse a Deployment, when [`Scenario::check`] finds a fault, when the
    /// scenarios have parameters with different paths, or when some have traffic and others have none.
    pub fn of_scenarios(name: String, mut scenarios: Vec<Scenario>) -> Result<Self, InputError> {
        let first = scenarios.first().ok_or_else(|| InputError::new("an experiment needs a scenario"))?;
        let parameters: Vec<String> = first.parameters.iter().map(|(path, _)| path.clone()).collect();
        for (number, scenario) in scenarios.iter_mut().enumerate() {
            if !scenario.parameters.iter().map(|(path, _)| path).eq(&parameters) {
                let message =
                    format!("scenario {number} has other parameters than scenario 0: give all the same paths");
                return Err(InputError::new(message));
            }
            let refused = |error: &dyn Display| InputError::new(format!("scenario {number}: {error}"));
            validate(&scenario.deployment).map_err(|error| refused(&error))?;
            scenario.check().map_err(|error| refused(&error))?;
            scenario.id = u32::try_from(number).map_err(|_| InputError::new("there are too many scenarios"))?;
        }
        let mut plan = Self {
            name,
            parameters,
            scenarios,
            skipped: Vec::new(),
            replications: 0,
            precision: None,
            sampling: Sampling::Plain,
            baseline: None,
            cells: None,
            present: None,
            seed: 0,
            objectives: Vec::new(),
            cluster_objectives: Vec::new(),
            inputs: Vec::new(),
            notes: Vec::new(),
            caveats: Caveats::default(),
            premises: Vec::new(),
            overrides: Overrides::default(),
            shard: None,
            predicted: Vec::new(),
            pieces: None,
        };
        (plan.seed, plan.replications) = usual()?;
        plan.note_findings();
        plan.checked()
    }
}

/// Seed and replications of an experiment that writes neither.
fn usual() -> Result<(u64, u32), InputError> {
    let root = InputFile::of_text("{}", std::path::Path::new(""))?;
    let frame = Experiment::new(root.tree(None)?, root.files())?.frame()?;
    Ok((frame.seed, frame.replications))
}
