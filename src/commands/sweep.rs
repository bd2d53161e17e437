//! `rollcast sweep`.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::long::tell_if_long;
use super::output::{self, note, print_notes};
use super::result_directory::{Work, print_answer};
use super::source::{load_to_divide, refuse_too_many};
use super::{check, interrupt};
use crate::plan::{Plan, Shard};
use crate::report::format;
use crate::{cli, sweep, what_if};

/// `rollcast sweep`: runs every scenario and writes the result directory.
///
/// # Errors
/// See [`CommandError`].
pub fn sweep(options: &cli::Sweep) -> Result<Answer, CommandError> {
    interrupt::stop_after(options.stop_after);
    let mut plan = load_to_divide(&options.source, options.effort.replications, options.fill)?;
    if options.shard.is_none() {
        refuse_too_many(&plan)?;
    }
    check::look_beyond_success(&mut plan, options.effort.check);
    plan.overrides.what_if = options.what_if.into();
    if let Some(shard) = options.shard {
        return part(plan, shard, options);
    }
    print_notes(&plan.notes, options.effort.quiet);
    print_notes(&plan.late_notes(), options.effort.quiet);
    if plan.parameters.is_empty() && !options.effort.quiet {
        note(
            "nothing is swept, so that there is one scenario: `rollcast recommend` tries strategies, and --set \
             'sweep={maxSurge: [1, 50%]}' sweeps values",
        );
    }
    print_notes(&what_if::left_out_of_sweep(&plan).into_iter().collect::<Vec<_>>(), options.effort.quiet);
    print_notes(&large(&plan, &options.written).into_iter().collect::<Vec<_>>(), options.effort.quiet);
    tell_if_long(&plan, options.effort.quiet);
    let mut work = Work::open(&options.written.out, &plan, options)?;
    let written = work.run(&plan, options)?;
    print_answer(&plan, &written, options.written.format, &options.effort)
}

/// What a large sweep will take, before it begins.
fn large(plan: &Plan, written: &cli::ResultOptions) -> Option<String> {
    let size = plan.size();
    let left_out = if written.replications_limit.is_some() { "" } else { " (--replications-limit 0 leaves them out)" };
    size.is_large().then(|| {
        format!(
            "this sweep is large: {} of {}, about {} of rows{left_out}, {} of other tables and {} of memory; `rollcast plan` divides \
             it into parts",
            format::plural(size.rollouts, "rollout"),
            format::plural(plan.scenarios.len() as u64, "scenario"),
            format::memory(size.rows),
            format::memory(size.tables),
            format::memory(size.memory),
        )
    })
}

/// One shard of a sweep: its blocks alone, of which `rollcast merge` makes the tables, charts and answers.
fn part(mut plan: Plan, shard: Shard, options: &cli::Sweep) -> Result<Answer, CommandError> {
    let cli::Effort { quiet, check, threads, .. } = options.effort;
    sweep::keep_shard(&mut plan, shard, threads, interrupt::stop())?;
    print_notes(&plan.notes, quiet);
    let written = &options.written;
    let later = [
        (check, "--check"),
        (written.png, "--png"),
        (written.replications_limit.is_some(), "--replications-limit"),
        (written.format != cli::Output::Text, "--format"),
    ];
    let later: Vec<String> = later.into_iter().filter(|(given, _)| *given).map(|(_, name)| name.to_owned()).collect();
    if !later.is_empty() && !quiet {
        let names = format::listed(&later);
        note(format_args!("a shard has no answer, tables or charts of its own: give {names} to rollcast merge too"));
    }
    let place = Work::open(&written.out, &plan, options)?.run_shard(&plan, &options.effort)?;
    if !quiet {
        let rollouts = format::plural(plan.rollouts(), "rollout");
        let scenarios = format::plural(plan.scenarios.len() as u64, "scenario");
        let most = if plan.precision.is_some() { "at most " } else { "" };
        let mut err = output::err();
        writeln!(err, "The blocks of shard {shard} are in {}: {most}{rollouts} of {scenarios}.", place.display())?;
        writeln!(err, "`rollcast merge` joins all {}.", shard.of)?;
    }
    Ok(Answer::Yes)
}
