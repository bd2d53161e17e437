//! The experiment that a command is about.

use std::path::PathBuf;

use super::answer::CommandError;
use super::{anonymise, output, temporary};
use crate::cli;
use crate::input::{InputError, given_files, workload_named};
use crate::plan::{Decision, MAX_AT_ONCE, Overrides, Plan, Runs};
use crate::report::format;
use crate::scenario::Scenario;

/// The experiment, of which a command answers something and writes no result.
pub(super) fn load(source: &cli::Source, replications: Option<u32>) -> Result<Plan, InputError> {
    let plan = Plan::load_to_answer(&given(source)?, &overrides(source, replications)?)?;
    refuse_too_many(&plan).map(|()| plan)
}

/// The experiment, to be run as a whole or in parts.
pub(super) fn load_to_divide(
    source: &cli::Source,
    replications: Option<u32>,
    fill: Option<u32>,
) -> Result<Plan, InputError> {
    Plan::load_all(&given(source)?, &Overrides { fill, ..overrides(source, replications)? })
}

pub(super) fn load_cases(source: &cli::Source, replications: Option<u32>) -> Result<(Plan, Vec<Decision>), InputError> {
    let (plan, cases) = Plan::load_cases_of_all(&given(source)?, &overrides(source, replications)?)?;
    refuse_too_many(&plan).map(|()| (plan, cases))
}

/// Refuses more replications than one process holds at a time.
///
/// # Errors
/// When there are more.
pub(super) fn refuse_too_many(plan: &Plan) -> Result<(), InputError> {
    if plan.replications <= MAX_AT_ONCE {
        return Ok(());
    }
    let (many, most) = (format::count(u64::from(plan.replications)), format::count(u64::from(MAX_AT_ONCE)));
    Err(InputError::new(format!(
        "replications: {many} of a scenario are more than one process holds at a time ({most}): divide them with `rollcast plan`, or with \
         `rollcast sweep --shard`"
    )))
}

/// The files that were given, directories opened.
pub(super) fn given(source: &cli::Source) -> Result<Vec<PathBuf>, InputError> {
    let files = given_files(&[&source.files[..], &source.filename].concat(), source.recursive)?;
    match &source.anonymise {
        Some(key) => anonymise::files(key, files),
        None => Ok(files),
    }
}

/// The input and what changes it, as another command takes them.
pub(super) fn words(source: &cli::Source) -> String {
    let mut words: Vec<String> = source.files.iter().map(|file| temporary::shown(file).display().to_string()).collect();
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
    let deployment = deployment(source.namespace.as_deref(), source.deployment.as_deref())?;
    let deployment = match (&source.anonymise, deployment) {
        (Some(key), Some(name)) => {
            if let Some((path, _)) = source.set.iter().find(|(path, _)| path.contains('/')) {
                return Err(InputError::new(format!(
                    "--anonymise does not replace the name in --set {path}: leave one of them out"
                )));
            }
            Some(anonymise::path(key, &name)?)
        }
        (_, name) => name,
    };
    Ok(Overrides {
        files: Vec::new(),
        seed: source.seed,
        replications: replications.map(u64::from),
        set: source.set.clone(),
        deployment,
        assume: source.assume.clone(),
        told: Vec::new(),
        what_if: Runs::Auto,
        world: false,
        fill: None,
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

/// The scenario that is looked at: the one of a number, or of several workloads the one that is named. Where neither is given it is the
/// first one, and of several workloads the user hears which one that is, unless `quiet`.
pub(super) fn choose_workload<'p>(
    plan: &'p Plan,
    (id, workload): (Option<u32>, Option<&str>),
    quiet: bool,
) -> Result<&'p Scenario, CommandError> {
    let scenario = choose(plan, id.unwrap_or(0))?;
    let names: Vec<&str> = match &scenario.world {
        Some(own) => own.world.workloads.iter().map(|one| one.name.as_str()).collect(),
        None => Vec::new(),
    };
    let Some(wanted) = workload else {
        if id.is_none() && names.len() > 1 && !quiet {
            output::note(format_args!(
                "this is about {}, the first of {} workloads: --workload NAME chooses another one",
                names[0],
                names.len()
            ));
        }
        return Ok(scenario);
    };
    if names.is_empty() {
        let advice = "the input has one Deployment alone: leave --workload out; --deployment chooses one of several in a manifest";
        return Err(CommandError::Input(format!("--workload {wanted}: {advice}")));
    }
    let number = workload_named(names.iter().copied(), wanted)
        .map_err(|message| CommandError::Input(format!("--workload {wanted}: {message}")))?;
    let point = scenario.point() * names.len() as u32;
    choose(plan, point + number as u32)
}
