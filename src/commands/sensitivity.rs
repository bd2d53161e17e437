//! `rollcast sensitivity`.

use std::io::Write;
use std::path::Path;

use super::answer::{Answer, CommandError};
use super::interrupt;
use super::output::{self, print_notes};
use super::progress;
use super::source::{choose_workload, given, overrides, refuse_too_many};
use super::terminal::{glyphs, terminal_width};
use crate::cli;
use crate::experiment::{Effort, RunError};
use crate::plan::{InputError, Overrides, Plan, ReadOnce};
use crate::report::caveats;
use crate::report::datapackage::{Asked, AskedSensitivity};
use crate::report::folder::{Folder, Staging};
use crate::report::sensitivity::{Answered, json, markdown, text, write};
use crate::scenario::Scenario;
use crate::sensitivity::{self, Failure, Question, Sensitivity};

/// `rollcast sensitivity`: what moves the forecast of one scenario.
///
/// # Errors
/// See [`CommandError`].
pub fn sensitivity(options: &cli::Sensitivity) -> Result<Answer, CommandError> {
    let source = ReadOnce::read(&given(&options.source)?)?;
    let overrides = overrides(&options.source, options.replications)?;
    let plan = source.plan(&overrides)?;
    refuse_too_many(&plan)?;
    let scenario = choose_workload(&plan, (options.scenario, options.workload.as_deref()), options.quiet)?.clone();
    print_notes(&plan.notes, options.quiet);
    let _deferred = interrupt::defer();
    let asked = AskedSensitivity {
        scenario: scenario.id,
        factors: options.factor.clone(),
        trajectories: options.trajectories,
        rows: options.rows,
    };
    // Whether the place can be written is known before anything is simulated.
    let folder = options.folder.out.as_deref().map(|out| folder(out, asked.clone(), options.folder.png)).transpose()?;
    let replan = |overrides: &Overrides| source.plan(overrides);
    let found = simulate(&plan, &asked, &replan, (options.threads, options.quiet))?;
    let one = Answered { plan: &plan, scenario: &scenario, found: &found };
    let place = folder.map(|folder| write(folder, one)).transpose()?;
    print(options.format, one)?;
    if let Some(place) = place.filter(|_| !options.quiet) {
        writeln!(output::err(), "Tables, charts and report.html are in {}.", place.display())?;
    }
    Ok(Answer::Yes)
}

/// A folder that will replace `out`.
pub(super) fn folder(out: &Path, asked: AskedSensitivity, png: bool) -> Result<Folder, CommandError> {
    let staging = Staging::open(out, b"sensitivity")?;
    let mut folder = Folder::of_answer(staging, Some(Asked::Sensitivity(asked)));
    folder.set_png(png);
    Ok(folder)
}

/// Finds the answer. `replan` reads the input again with other settings.
pub(super) fn simulate(
    plan: &Plan,
    asked: &AskedSensitivity,
    replan: &dyn Fn(&Overrides) -> Result<Plan, InputError>,
    (threads, quiet): (usize, bool),
) -> Result<Sensitivity, CommandError> {
    let scenario = super::source::choose(plan, asked.scenario)?;
    let factors = asked.factors.iter().map(|text| sensitivity::Asked::parse(text));
    let factors =
        factors.collect::<Result<Vec<_>, _>>().map_err(|error| CommandError::Input(format!("--factor {error}")))?;
    let bar = progress::rollouts(quiet);
    let progress = |count: u64| bar.inc(count);
    let with_replicas = |replicas: u32| with_replicas(plan, scenario, replicas, replan);
    let question = Question {
        factors: &factors,
        trajectories: asked.trajectories,
        rows: asked.rows,
        with_replicas: &with_replicas,
        effort: Effort { threads, stop: interrupt::stop() },
        progress: &progress,
    };
    let found = sensitivity::answer(plan, scenario, &question);
    bar.finish_and_clear();
    Ok(found?)
}

/// The same scenario with another number of replicas.
fn with_replicas(
    plan: &Plan,
    scenario: &Scenario,
    replicas: u32,
    replan: &dyn Fn(&Overrides) -> Result<Plan, InputError>,
) -> Result<Scenario, InputError> {
    let mut overrides = plan.overrides.clone();
    overrides.set.push(("replicas".into(), replicas.to_string()));
    let again = replan(&overrides)?;
    let same = |one: &&Scenario| one.parameters == scenario.parameters;
    let found = again.scenarios.iter().find(same).cloned();
    found.ok_or_else(|| {
        InputError::new("the scenario is not there with other replicas: leave the factor replicas out".to_owned())
    })
}

fn print(format: cli::AnswerFormat, one: Answered<'_>) -> Result<(), CommandError> {
    let mut out = output::out();
    match format {
        cli::AnswerFormat::Json => writeln!(out, "{}", json(one))?,
        cli::AnswerFormat::Markdown => write!(out, "{}", markdown(one))?,
        cli::AnswerFormat::Text => {
            let caveats = caveats::text(&one.plan.caveats, Some(one.scenario.id), terminal_width());
            write!(out, "{}{caveats}", text(one, usize::from(terminal_width()), glyphs()))?;
        }
    }
    Ok(())
}

impl From<Failure> for CommandError {
    fn from(error: Failure) -> Self {
        match error {
            Failure::Run(RunError::Interrupted) => Self::Interrupted,
            Failure::Run(error) => Self::Threads(error.to_string()),
            other => Self::Input(other.to_string()),
        }
    }
}
