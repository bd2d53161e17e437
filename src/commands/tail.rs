//! `rollcast tail`: how probable a rare event is.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output::{self, print_notes};
use super::source::{choose_workload, load};
use super::terminal::terminal_width;
use super::{interrupt, progress};
use crate::cli;
use crate::experiment::{Effort, RunError};
use crate::report::tail::{Answered, json, text};
use crate::tail::{Event, Method, ROLLOUTS, Tail};

/// `rollcast tail`: how probable an event is that a sweep would see seldom or never.
///
/// # Errors
/// See [`CommandError`].
pub fn tail(options: &cli::Tail) -> Result<Answer, CommandError> {
    let event = Event::parse(&options.event).map_err(|error| CommandError::Input(format!("--event: {error}")))?;
    let plan = load(&options.source, None)?;
    let asked = (options.scenario, options.workload.as_deref());
    let scenario = choose_workload(&plan, asked, options.quiet)?;
    if let Some(reason) = event.impossible(scenario) {
        return Err(CommandError::Input(format!("--event {}: {reason}", options.event)));
    }
    print_notes(&plan.notes, options.quiet);
    if plan.sampling.group().is_some() && !options.quiet {
        output::note(format_args!("`tail` draws rollouts in its own way: sampling is left aside"));
    }
    let effort = Effort { threads: options.threads, stop: interrupt::stop() };
    let bar = progress::rollouts(options.quiet);
    let watch = |more: u64| bar.inc(more);
    let n = options.replications.unwrap_or(ROLLOUTS);
    let method = match options.method {
        cli::TailMethod::Auto => Method::Auto,
        cli::TailMethod::Jumps => Method::Jumps,
        cli::TailMethod::Stages => Method::Stages,
    };
    let answer = Tail::answer((scenario, plan.seed), &event, (n, method), effort, &watch);
    bar.finish_and_clear();
    let tail = answer.map_err(|error| match error {
        RunError::Interrupted => CommandError::Interrupted,
        error => CommandError::Threads(error.to_string()),
    })?;
    let answered = Answered { tail: &tail, event: &event, scenario, plan: &plan };
    let mut out = output::out();
    match options.format {
        cli::Format::Json => write!(out, "{}", json(answered))?,
        cli::Format::Text => write!(out, "{}", text(answered, terminal_width()))?,
    }
    Ok(Answer::Yes)
}
