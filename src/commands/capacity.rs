//! `rollcast capacity`.

use std::io::Write;
use std::path::Path;

use super::answer::{Answer, CommandError};
use super::interrupt::{self, Deferred};
use super::output::{self, print_notes};
use super::progress;
use super::source::{given, overrides, refuse_too_many};
use super::terminal::{glyphs, terminal_width};
use crate::analysis::capacity::{Capacity, Fit};
use crate::capacity::{self, Failure, Question};
use crate::cli;
use crate::plan::Plan;
use crate::report::capacity::{Answered, json, markdown, name_of, text, write};
use crate::report::caveats;
use crate::report::datapackage::Asked;
use crate::report::folder::{Folder, Staging};
use crate::scenario::Order;

/// `rollcast capacity`: how many rollouts may run at once, and what they need.
///
/// # Errors
/// See [`CommandError`].
pub fn capacity(options: &cli::Capacity) -> Result<Answer, CommandError> {
    let plan = Plan::load_world(&given(&options.source)?, &overrides(&options.source, options.replications)?)?;
    refuse_too_many(&plan)?;
    print_notes(&plan.notes, options.quiet);
    if !plan.cluster_objectives.is_empty() && !options.quiet {
        output::note(
            "objectives about the cluster decide under `rollcast run --check` and `rollcast sweep --check`, and not here",
        );
    }
    let deferred = interrupt::defer();
    // Whether the place can be written is known before anything is simulated.
    let folder =
        options.folder.out.as_deref().map(|out| folder(out, &options.at_once, options.folder.png)).transpose()?;
    let found = simulate(&plan, (&options.at_once, options.threads, options.quiet), &deferred)?;
    let Some(world) = plan.world(0) else { return Err(Failure::NoWorld.into()) };
    let one = Answered { plan: &plan, world, capacity: &found };
    let place = folder.map(|folder| write(folder, one)).transpose()?;
    drop(deferred);
    print(options, one)?;
    if let Some(place) = place.filter(|_| !options.quiet) {
        writeln!(output::err(), "Tables, charts and report.html are in {}.", place.display())?;
    }
    let answered = found.best.is_some() || found.trials.iter().any(|trial| trial.fit == Fit::Unknown);
    Ok(if answered && !plan.caveats.is_conditional(None) { Answer::Yes } else { Answer::No })
}

/// A folder that will replace `out`.
pub(super) fn folder(out: &Path, at_once: &[u32], png: bool) -> Result<Folder, CommandError> {
    let staging = Staging::open(out, b"capacity")?;
    let mut folder = Folder::of_answer(staging, Some(Asked::Capacity(at_once.to_vec())));
    folder.set_png(png);
    Ok(folder)
}

/// Finds the answer for the world of `plan`. Where somebody interrupts it, the error says what was simulated until then.
pub(super) fn simulate(
    plan: &Plan,
    (at_once, threads, quiet): (&[u32], usize, bool),
    deferred: &Deferred,
) -> Result<Capacity, CommandError> {
    let bar = progress::releases(quiet);
    let progress = || bar.inc(1);
    let moving = plan.world(0).map_or(0, |world| world.workloads.iter().filter(|workload| workload.moves()).count());
    let finished = |order: &Order| {
        let at_once = if let Order::AtOnce(number) = order { *number as usize } else { moving };
        deferred.note_finished(name_of(order, at_once));
    };
    let question = Question { at_once, threads, stop: interrupt::stop(), progress: &progress, finished: &finished };
    let found = capacity::answer(plan, &question);
    bar.finish_and_clear();
    found.map_err(|error| match error {
        Failure::Interrupted => CommandError::Stopped(deferred.finished()),
        error => error.into(),
    })
}

fn print(options: &cli::Capacity, one: Answered<'_>) -> Result<(), CommandError> {
    let mut out = output::out();
    match options.format {
        cli::AnswerFormat::Json => writeln!(out, "{}", json(one))?,
        cli::AnswerFormat::Markdown => write!(out, "{}", markdown(one))?,
        cli::AnswerFormat::Text => {
            let caveats = caveats::text(&one.plan.caveats, None, terminal_width());
            write!(out, "{}{caveats}", text(one, terminal_width(), glyphs()))?;
        }
    }
    Ok(())
}

impl From<Failure> for CommandError {
    fn from(error: Failure) -> Self {
        match error {
            Failure::Interrupted => Self::Interrupted,
            Failure::Threads(text) => Self::Threads(text),
            other => Self::Input(other.to_string()),
        }
    }
}
