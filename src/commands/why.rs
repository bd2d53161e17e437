//! `rollcast why`: where the time of a rollout goes, and what stalls it.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output::{self, print_notes};
use super::source::{choose_workload, load, words};
use super::terminal::{glyphs, terminal_width};
use super::{interrupt, progress};
use crate::cli;
use crate::experiment::{Effort, RunError};
use crate::report::why::Page;
use crate::report::{self, event};
use crate::scenario::MeasuredEvent;
use crate::why::{Condition, Question, Why, WhyError};

/// `rollcast why`: explains chosen replications of one scenario.
///
/// # Errors
/// See [`CommandError`].
pub fn why(options: &cli::Why) -> Result<Answer, CommandError> {
    let mut plan = load(&options.source, options.replications)?;
    let asked = (options.scenario, options.workload.as_deref());
    let scenario = choose_workload(&plan, asked, options.quiet)?.clone();
    if scenario.event != MeasuredEvent::Rollout {
        let title = event::title(&scenario).unwrap_or_default();
        return Err(CommandError::Input(format!(
            "{title}: `why` explains rollouts only; `rollcast trace` shows what happens in one replication"
        )));
    }
    if scenario.set().is_some_and(|set| set.is_on_delete()) {
        let advice = "updateStrategy is OnDelete: no pod is replaced before somebody deletes it, so that there is no rollout to explain; \
                      write --set updateStrategy=RollingUpdate";
        return Err(CommandError::Input(advice.into()));
    }
    let question = question(&options.which)?;
    plan.scenarios = vec![scenario.clone()];
    plan.baseline = None;
    print_notes(&plan.notes, options.quiet);
    let effort = Effort { threads: options.threads, stop: interrupt::stop() };
    let why = Why::answer(&plan, &question, effort, &progress::watch(options.quiet))?;
    let mut out = output::out();
    match options.format {
        cli::Format::Json => write!(out, "{}", report::why::json(&why, &plan, &scenario))?,
        cli::Format::Text => {
            let condition = match &question {
                Question::Where(condition) => Some(condition),
                _ => None,
            };
            let width = usize::from(terminal_width());
            let input = words(&options.source);
            let page = Page { width, bars: glyphs().into(), input: &input, condition };
            let caveats = report::caveats::text(&plan.caveats, Some(scenario.id), terminal_width());
            write!(out, "{}{caveats}", report::why::text(&why, &scenario, page))?;
        }
    }
    Ok(Answer::Yes)
}

/// Which replication is asked about.
///
/// # Errors
/// When the condition has no meaning.
pub(super) fn question(which: &cli::Which) -> Result<Question, CommandError> {
    if let Some(text) = &which.condition {
        return Condition::parse(text)
            .map(Question::Where)
            .map_err(|error| CommandError::Input(format!("--where: {error}")));
    }
    Ok(match (which.slowest, which.stalled, which.replication) {
        (true, ..) => Question::Slowest,
        (_, true, _) => Question::Stalled,
        (.., Some(number)) => Question::Replication(number),
        _ => Question::Usual,
    })
}

impl From<WhyError> for CommandError {
    fn from(error: WhyError) -> Self {
        match error {
            WhyError::None(text) => Self::Input(text),
            WhyError::Run(RunError::Interrupted) => Self::Interrupted,
            WhyError::Run(error) => Self::Threads(error.to_string()),
        }
    }
}
