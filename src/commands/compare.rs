//! `rollcast compare`, and the baseline that a sweep compares with.

use std::convert::Infallible;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use super::{Answer, CommandError, advance, choose, interrupt, load, output, print_notes, progress, terminal_width};
use crate::analysis;
use crate::cli;
use crate::metrics::Record;
use crate::plan::Plan;
use crate::report::caveats;
use crate::report::comparison::{self, Comparison};
use crate::sweep::{self, Block, SweepError};

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
    let bar = progress(&plan, options.quiet);
    let mut records = [Vec::new(), Vec::new()];
    replicate(&plan, options.threads, interrupt::stop(), |block| {
        advance(&bar, &plan, &block);
        records[block.scenario].extend(block.records);
    })?;
    bar.finish_and_clear();
    let horizon = first.horizon.min(second.horizon);
    let [a, b] = &records;
    let comparison = Comparison {
        scenarios: [first, second].map(|scenario| (scenario.id, scenario.parameters)),
        differences: analysis::differences(a, b, horizon),
    };
    let mut out = output::out();
    match options.format {
        cli::Format::Text => {
            let told = caveats::text(&plan.caveats, None, terminal_width());
            write!(out, "{}{told}", comparison::text(&comparison, usize::from(terminal_width())))?;
        }
        cli::Format::Json => write!(out, "{}", comparison::json(&comparison, &plan.caveats))?,
    }
    Ok(Answer::Yes)
}

/// The records of the plan's baseline; `None` where it has none. A sweep hands the scenarios over in their order, so the
/// baseline is run before it.
pub(super) fn baseline(plan: &Plan, threads: usize, stop: &AtomicBool) -> Result<Option<Vec<Record>>, CommandError> {
    let Some(scenario) = plan.baseline.and_then(|id| plan.scenarios.iter().find(|known| known.id == id)) else {
        return Ok(None);
    };
    let alone = Plan { scenarios: vec![scenario.clone()], ..plan.clone() };
    let mut records = Vec::new();
    replicate(&alone, threads, stop, |block| records.extend(block.records))?;
    Ok(Some(records))
}

/// Runs `plan` for its records alone.
fn replicate(
    plan: &Plan,
    threads: usize,
    stop: &AtomicBool,
    mut take: impl FnMut(Block),
) -> Result<(), SweepError<Infallible>> {
    sweep::run(
        plan,
        threads,
        stop,
        |_, _, _| Vec::new(),
        |block| {
            take(block);
            Ok(())
        },
    )
}
