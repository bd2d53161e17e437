//! Two versions of an input: which Deployments and scenarios belong together, and what the difference between them does.

mod names;
mod runs;

mod pair;

use std::io::Write;
use std::path::Path;

use super::answer::{Answer, CommandError};
use super::output;
use super::source::{deployment, refuse_too_many};
use super::terminal::terminal_width;
use crate::cli;
use crate::input::{InputError, given_files};
use crate::plan::{Overrides, Side};
use crate::report::before_after::{self as report, Versions};
use crate::report::package::Package;
use names::{command, labels};
use pair::Pair;
use runs::Notes;

/// What tells the directory of a result from one of manifests.
const PACKAGE: &str = "datapackage.json";

/// What the command line changes in both inputs.
pub(super) fn overrides(options: &cli::Compare) -> Result<Overrides, InputError> {
    Ok(Overrides {
        seed: options.seed,
        replications: options.replications.map(u64::from),
        set: options.set.clone(),
        deployment: deployment(options.namespace.as_deref(), options.deployment.as_deref())?,
        assume: options.assume.clone(),
        beyond_success: false,
        ..Overrides::default()
    })
}

/// `rollcast compare OLD NEW`.
pub(super) fn compare(options: &cli::Compare, inputs: [&String; 2]) -> Result<Answer, CommandError> {
    if inputs.iter().all(|input| *input == "-") {
        return Err(CommandError::Input("only one of the two can be standard input (-)".into()));
    }
    let mut versions = Versions {
        labels: options.labels.clone().unwrap_or_else(|| labels(inputs.map(String::as_str))),
        answers: Vec::new(),
        releases: Vec::new(),
        gone: Vec::new(),
        remark: None,
        noun: String::new(),
        notes: Vec::new(),
        command: command(options),
    };
    let mut sides = Vec::new();
    for (input, label) in inputs.into_iter().zip(&versions.labels.clone()) {
        sides.push(side(Path::new(input), label, options, &mut versions.notes)?);
    }
    let [old, new] = &sides[..] else { return Err(CommandError::Input("two inputs are needed".into())) };
    let mut notes = Notes::default();
    let (pairs, gone) = deployments([old, new], &versions.labels)?;
    versions.gone = gone;
    for (before, after) in pairs {
        let before = match &before {
            Deployment::Missing => None,
            other => Some((old, old.plan(other.name())?, other.name())),
        };
        let after_plan = new.plan(after.as_deref())?;
        before.iter().map(|(_, plan, _)| plan).chain([&after_plan]).try_for_each(refuse_too_many)?;
        let pair = Pair { old: before, new: (new, after_plan, after.as_deref()) };
        pair.answer(options, &mut versions, &mut notes)?;
    }
    print(options, &versions)?;
    Ok(if options.check && !versions.is_met() { Answer::No } else { Answer::Yes })
}

fn print(options: &cli::Compare, versions: &Versions) -> Result<(), CommandError> {
    let mut out = output::out();
    match options.format {
        cli::AnswerFormat::Text => write!(out, "{}", report::text(versions, terminal_width()))?,
        cli::AnswerFormat::Json => write!(out, "{}", report::json(versions))?,
        cli::AnswerFormat::Markdown => write!(out, "{}", report::markdown(versions))?,
    }
    Ok(())
}

/// Reads one of the inputs. Of a result, the inputs that it records are run again, because its numbers may be of another version
/// of rollcast, and because its tables alone do not pair rollouts.
fn side(input: &Path, label: &str, options: &cli::Compare, notes: &mut Vec<String>) -> Result<Side, CommandError> {
    let given = overrides(options)?;
    if !input.join(PACKAGE).is_file() {
        return Ok(Side::read(&given_files(&[input.into()], false)?, given)?);
    }
    let package = Package::read(input)?;
    if let Some(changed) = package.changed_inputs()?.first() {
        let place = input.display();
        return Err(CommandError::Input(format!("{place}: {changed} is not the input that was recorded: sweep again")));
    }
    notes.push(format!("{label} is a result: its recorded inputs were run again."));
    let recorded = package.overrides.clone();
    let overrides = Overrides {
        deployment: given.deployment.or(recorded.deployment),
        set: recorded.set.into_iter().chain(given.set).collect(),
        seed: given.seed.or(recorded.seed),
        replications: given.replications.or(recorded.replications),
        assume: recorded.assume.into_iter().chain(given.assume).collect(),
        world: recorded.world,
        fill: None,
        beyond_success: recorded.beyond_success,
        files: recorded.files,
        told: recorded.told,
        what_if: recorded.what_if,
    };
    Ok(Side::of_copies(&package.copies(), overrides)?)
}

/// The Deployment of the earlier input.
#[derive(Clone, Debug, PartialEq)]
enum Deployment {
    /// The earlier input lacks the Deployment.
    Missing,
    /// The input names it itself.
    Only,
    /// Its namespace and name.
    Named(String),
}

impl Deployment {
    fn name(&self) -> Option<&str> {
        if let Self::Named(name) = self { Some(name) } else { None }
    }
}

/// The Deployments of both inputs in pairs, in the order of the later one, and the names of those that only the earlier one has.
type Pairs = (Vec<(Deployment, Option<String>)>, Vec<String>);

fn deployments(sides: [&Side; 2], labels: &[String; 2]) -> Result<Pairs, CommandError> {
    let [old, new] = [sides[0].deployments()?, sides[1].deployments()?];
    let only = |names: &[String]| names.len() <= 1;
    if only(&old) && only(&new) {
        return Ok((vec![(Deployment::Only, None)], Vec::new()));
    }
    for (names, others, side, label) in [(&old, &new, sides[0], &labels[0]), (&new, &old, sides[1], &labels[1])] {
        if names.is_empty() {
            // Where a namespace was asked for that the input lacks, its own error says more.
            side.plan(None)?;
            return Err(CommandError::Input(format!(
                "{label} names one Deployment, and the other input has {}: choose one with --deployment [NAMESPACE/]NAME",
                others.join(", ")
            )));
        }
    }
    let before = |name: &String| if old.contains(name) { Deployment::Named(name.clone()) } else { Deployment::Missing };
    let pairs = new.iter().map(|name| (before(name), Some(name.clone()))).collect();
    Ok((pairs, old.iter().filter(|name| !new.contains(name)).cloned().collect()))
}
