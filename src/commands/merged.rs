//! The result of blocks that are all there: nothing is simulated.

use super::answer::{Answer, CommandError};
use super::interrupt;
use super::output::print_notes;
use super::result_directory::{Written, print_answer, simulate};
use crate::blocks::Saved;
use crate::cli;
use crate::experiment::add_pods;
use crate::plan::Plan;
use crate::report;
use crate::report::folder::{Folder, Left, Staging};
use crate::sweep::{KnownBlocks, Room};

/// Identity of the unfinished work of a merge, which a later merge never continues.
const IDENTITY: &[u8] = b"merge";

/// Writes the result of `plan`, of which every block is `saved`.
pub(super) fn put_together(plan: &Plan, saved: &Saved, options: &cli::Merge) -> Result<Answer, CommandError> {
    print_notes(&plan.notes, options.quiet);
    if Staging::look(&options.written.out, IDENTITY) != Left::Nothing {
        let out = options.written.out.display();
        let message = format!("a sweep to {out} is unfinished: finish it, or remove {out}.unfinished");
        return Err(CommandError::Input(message));
    }
    let deferred = interrupt::defer();
    let staging = Staging::open(&options.written.out, IDENTITY)?;
    let scratch = staging.path().to_owned();
    let mut folder = Folder::create(staging, options.written.replications_limit)?;
    folder.set_tables(options.written.format.into())?;
    folder.set_png(options.written.png);
    let effort =
        cli::Effort { replications: None, threads: options.threads, quiet: options.quiet, check: options.check };
    let room = Room { bytes: options.memory, folder: &scratch };
    let known = KnownBlocks { saved: &[saved], only: true, room: Some(room) };
    let mut results = simulate(plan, (options.threads, options.quiet), known, &mut folder, |_, _| Ok(()))?;
    add_pods(plan, &mut results);
    let written = Written { place: report::finish(folder, plan, &results)?, results };
    drop(deferred);
    print_answer(plan, &written, options.written.format, &effort)
}

/// Checks that the shards followed their runs for as long as available pods may fail: a check must not rest on less.
pub(super) fn check_followed(plan: &Plan) -> Result<(), CommandError> {
    match plan.clone().look_beyond_success(&mut []) {
        None => Ok(()),
        Some(length) => Err(CommandError::Input(format!(
            "--check: available pods may fail after success, and the shards were not followed until then: sweep them with --check, or \
             with --set observe={length}"
        ))),
    }
}
