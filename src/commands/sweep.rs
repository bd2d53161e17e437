//! `rollcast sweep`.

use super::answer::{Answer, CommandError};
use super::check;
use super::output::{note, print_notes};
use super::result_directory::{Work, print_answer};
use super::source::load;
use crate::{cli, what_if};

/// `rollcast sweep`: runs every scenario and writes the result directory.
///
/// # Errors
/// See [`CommandError`].
pub fn sweep(options: &cli::Sweep) -> Result<Answer, CommandError> {
    let mut plan = load(&options.source, options.effort.replications)?;
    check::look_beyond_success(&mut plan, options.effort.check);
    plan.overrides.what_if = options.what_if.into();
    if let Some(shard) = options.shard {
        plan.keep_shard(shard)?;
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
    let mut work = Work::open(&options.written.out, &plan, options)?;
    let written = work.run(&plan, options)?;
    print_answer(&plan, &written, options.written.format, &options.effort)
}
