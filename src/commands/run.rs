//! `rollcast run`.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output::{self, print_notes};
use super::progress::Progress;
use super::source::{choose, load};
use super::terminal::{glyphs, terminal_width};
use super::{check, interrupt};
use crate::analysis::{self, ScenarioResult};
use crate::blocks::Saved;
use crate::experiment::{Effort, run_plan};
use crate::plan::Plan;
use crate::{cli, report};

/// `rollcast run`: one scenario, summarised.
///
/// # Errors
/// See [`CommandError`].
pub fn run(options: &cli::Run) -> Result<Answer, CommandError> {
    let mut plan = load(&options.source, options.effort.replications)?;
    let id = asked(&plan, options)?;
    let chosen = choose(&plan, id)?.clone();
    plan.scenarios = vec![chosen];
    check::look_beyond_success(&mut plan, options.effort.check);
    print_notes(&plan.notes, options.effort.quiet);
    print_notes(&plan.late_notes(), options.effort.quiet);
    let results = forecast(&plan, &options.effort)?;
    let judged = check::judged(&plan, options.effort.check);
    let verdicts = analysis::verdicts(&judged.objectives, &results);
    let remark = check::remark(&plan, &judged);
    let by_default = options.effort.check && plan.objectives.is_empty();
    let mut out = output::out();
    for result in &results {
        match options.format {
            cli::Format::Text => {
                let caveat_text = report::caveats::text(&plan.caveats, Some(result.scenario), terminal_width());
                write!(
                    out,
                    "{}{remark}{caveat_text}",
                    report::text::single(&plan.scenarios[0], result, &verdicts, glyphs())
                )?;
            }
            cli::Format::Json => {
                write!(out, "{}", report::json::result(&plan, result, &verdicts, by_default))?;
            }
        }
    }
    let conditional = plan.caveats.is_conditional(Some(id));
    Ok(check::answer(options.effort.check, &verdicts, conditional))
}

/// The scenario to run. Whoever asks whether objectives are met must not get the answer of one scenario for that of several.
fn asked(plan: &Plan, options: &cli::Run) -> Result<u32, CommandError> {
    let several = plan.scenarios.len() > 1 && options.effort.check;
    if options.scenario.is_none() && several {
        return Err(CommandError::Input(format!(
            "the experiment has {} scenarios, and `run --check` asks about one: name it with --scenario, or ask about all \
             with `rollcast sweep --check`",
            plan.scenarios.len()
        )));
    }
    Ok(options.scenario.unwrap_or(0))
}

fn forecast(plan: &Plan, effort: &cli::Effort) -> Result<Vec<ScenarioResult>, CommandError> {
    let progress = RefCell::new(Progress::new(plan, effort.quiet));
    let mut results = Vec::new();
    run_plan(
        plan,
        Effort { threads: effort.threads, stop: interrupt::stop() },
        &Saved::default(),
        |_, _, _| Vec::new(),
        |block| {
            progress.borrow().advance(block);
            Ok::<(), Infallible>(())
        },
        |forecast| {
            progress.borrow_mut().show_precision(&forecast.result);
            results.push(forecast.result);
        },
    )?;
    progress.borrow().finish();
    Ok(results)
}
