//! `rollcast capacity`.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::interrupt;
use super::output::{self, print_notes};
use super::progress;
use super::source::{given, overrides};
use super::terminal::{glyphs, terminal_width};
use crate::analysis::capacity::Fit;
use crate::capacity::{self, Failure, Question};
use crate::cli;
use crate::plan::Plan;
use crate::report::capacity::{Answered, json, markdown, text};
use crate::report::caveats;

/// `rollcast capacity`: how many rollouts may run at once, and what they need.
///
/// # Errors
/// See [`CommandError`].
pub fn capacity(options: &cli::Capacity) -> Result<Answer, CommandError> {
    let plan = Plan::load_world(&given(&options.source)?, &overrides(&options.source, options.replications)?)?;
    print_notes(&plan.notes, options.quiet);
    let bar = progress::releases(options.quiet);
    let progress = || bar.inc(1);
    let question =
        Question { at_once: &options.at_once, threads: options.threads, stop: interrupt::stop(), progress: &progress };
    let found = capacity::answer(&plan, &question);
    bar.finish_and_clear();
    let found = found?;
    let Some(world) = plan.world(0) else { return Err(Failure::NoWorld.into()) };
    let one = Answered { plan: &plan, world, capacity: &found };
    let mut out = output::out();
    match options.format {
        cli::AnswerFormat::Json => writeln!(out, "{}", json(one))?,
        cli::AnswerFormat::Markdown => write!(out, "{}", markdown(one))?,
        cli::AnswerFormat::Text => {
            write!(
                out,
                "{}{}",
                text(one, terminal_width(), glyphs()),
                caveats::text(&plan.caveats, None, terminal_width())
            )?;
        }
    }
    let answered = found.best.is_some() || found.trials.iter().any(|trial| trial.fit == Fit::Unknown);
    Ok(if answered && !plan.caveats.is_conditional(None) { Answer::Yes } else { Answer::No })
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
