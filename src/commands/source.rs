//! The experiment that a command is about.

use super::answer::CommandError;
use crate::cli;
use crate::input::InputError;
use crate::plan::{Decision, Overrides, Plan};
use crate::scenario::Scenario;

pub(super) fn load(source: &cli::Source, replications: Option<u32>) -> Result<Plan, InputError> {
    Plan::load(&source.file, &overrides(source, replications))
}

pub(super) fn load_cases(source: &cli::Source, replications: Option<u32>) -> Result<(Plan, Vec<Decision>), InputError> {
    Plan::load_cases(&source.file, &overrides(source, replications))
}

fn overrides(source: &cli::Source, replications: Option<u32>) -> Overrides {
    Overrides {
        seed: source.seed,
        replications: replications.map(u64::from),
        set: source.set.clone(),
        deployment: source.deployment.clone(),
        assume: source.assume.clone(),
        beyond_success: false,
    }
}

pub(super) fn choose(plan: &Plan, id: u32) -> Result<&Scenario, CommandError> {
    plan.scenarios.iter().find(|scenario| scenario.id == id).ok_or_else(|| {
        CommandError::Input(format!(
            "no scenario {id}: the experiment has scenarios 0 to {}",
            plan.scenarios.len().saturating_sub(1)
        ))
    })
}
