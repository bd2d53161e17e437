//! `rollcast compare`.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::interrupt;
use super::output::{self, print_notes};
use super::progress::Progress;
use super::source::{choose, load};
use super::terminal::terminal_width;
use crate::analysis::{self, Scope};
use crate::cli;
use crate::experiment::{Effort, records};
use crate::report::comparison::{self, Comparison};
use crate::report::{caveats, event};

/// `rollcast compare`: the differences of two scenarios under common random numbers.
///
/// # Errors
/// See [`CommandError`].
pub fn compare(options: &cli::Compare) -> Result<Answer, CommandError> {
    let mut plan = load(&options.source, options.replications)?;
    if options.first == options.second {
        return Err(CommandError::Input(format!("scenario {} compared with itself: name two", options.first)));
    }
    let (first, second) = (choose(&plan, options.first)?.clone(), choose(&plan, options.second)?.clone());
    plan.scenarios = vec![first.clone(), second.clone()];
    print_notes(&plan.notes, options.quiet);
    print_notes(&plan.late_notes(), options.quiet);
    let progress = Progress::new(&plan, options.quiet);
    let effort = Effort { threads: options.threads, stop: interrupt::stop() };
    let records = records(&plan, effort, |block| progress.advance(block))?;
    progress.finish();
    let scopes = [Scope::of(&first), Scope::of(&second)];
    let comparison = Comparison {
        scenarios: [first, second].map(|scenario| (scenario.id, scenario.parameters)),
        differences: analysis::sampled_differences(
            (&records[0], &scopes[0]),
            (&records[1], &scopes[1]),
            plan.sampling.group(),
        ),
    };
    let mut out = output::out();
    match options.format {
        cli::Format::Text => {
            let caveat_text = caveats::text(&plan.caveats, None, terminal_width());
            let text = comparison::text(&comparison, usize::from(terminal_width()));
            write!(out, "{}{caveat_text}", event::say(text, event::noun(&plan)))?;
        }
        cli::Format::Json => write!(out, "{}", comparison::json(&comparison, &plan.caveats))?,
    }
    Ok(Answer::Yes)
}
