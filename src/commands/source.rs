//! The experiment that a command is about.

use std::path::PathBuf;

use super::answer::CommandError;
use crate::cli;
use crate::input::{InputError, given_files};
use crate::plan::{Decision, Overrides, Plan, Runs};
use crate::report::format;
use crate::scenario::Scenario;

pub(super) fn load(source: &cli::Source, replications: Option<u32>) -> Result<Plan, InputError> {
    Plan::load_all(&given(source)?, &overrides(source, replications)?)
}

pub(super) fn load_cases(source: &cli::Source, replications: Option<u32>) -> Result<(Plan, Vec<Decision>), InputError> {
    Plan::load_cases_of_all(&given(source)?, &overrides(source, replications)?)
}

/// The files that were given, directories opened.
pub(super) fn given(source: &cli::Source) -> Result<Vec<PathBuf>, InputError> {
    given_files(&[&source.files[..], &source.filename].concat(), source.recursive)
}

/// The input and what changes it, as another command takes them.
pub(super) fn words(source: &cli::Source) -> String {
    let mut words: Vec<String> = source.files.iter().map(|file| file.display().to_string()).collect();
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    source.filename.iter().for_each(|file| option("-f", file.display().to_string()));
    source.namespace.iter().for_each(|namespace| option("-n", namespace.clone()));
    source.deployment.iter().for_each(|name| option("--deployment", name.clone()));
    source.seed.iter().for_each(|seed| option("--seed", seed.to_string()));
    source.set.iter().for_each(|(path, value)| option("--set", format!("{path}={value}")));
    source.assume.iter().for_each(|field| option("--assume", field.clone()));
    if source.recursive {
        words.push("-R".into());
    }
    words.iter().map(|word| format::shell_word(word)).collect::<Vec<_>>().join(" ")
}

/// The Deployment that is asked for, as `[NAMESPACE/]NAME`, or as `NAMESPACE/` by its namespace alone.
pub(super) fn deployment(namespace: Option<&str>, deployment: Option<&str>) -> Result<Option<String>, InputError> {
    let Some(namespace) = namespace else { return Ok(deployment.map(str::to_owned)) };
    match deployment.map(|name| (name, name.split_once('/'))) {
        None => Ok(Some(format!("{namespace}/"))),
        Some((name, None)) => Ok(Some(format!("{namespace}/{name}"))),
        Some((name, Some((own, _)))) if own == namespace => Ok(Some(name.to_owned())),
        Some((name, Some(_))) => Err(InputError::new(format!(
            "--namespace {namespace} and --deployment {name} name two namespaces: leave one of them out"
        ))),
    }
}

pub(super) fn overrides(source: &cli::Source, replications: Option<u32>) -> Result<Overrides, InputError> {
    Ok(Overrides {
        files: Vec::new(),
        seed: source.seed,
        replications: replications.map(u64::from),
        set: source.set.clone(),
        deployment: deployment(source.namespace.as_deref(), source.deployment.as_deref())?,
        assume: source.assume.clone(),
        what_if: Runs::Auto,
        world: false,
        beyond_success: false,
    })
}

pub(super) fn choose(plan: &Plan, id: u32) -> Result<&Scenario, CommandError> {
    plan.scenarios.iter().find(|scenario| scenario.id == id).ok_or_else(|| {
        CommandError::Input(format!(
            "no scenario {id}: the experiment has scenarios 0 to {}",
            plan.scenarios.len().saturating_sub(1)
        ))
    })
}
