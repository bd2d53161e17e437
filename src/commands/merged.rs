//! The result of blocks that others have simulated.

use std::path::Path;

use serde_json::json;

use super::answer::{Answer, CommandError};
use super::merge_journal::{self, MergeJournal};
use super::output::print_notes;
use super::result_directory::{Written, identity_of, print_answer, simulate};
use crate::blocks::Saved;
use crate::cli;
use crate::experiment::add_pods;
use crate::plan::{Piece, Plan};
use crate::report;
use crate::report::folder::{FolderError, Left, Staging};
use crate::stats::SCRATCH;
use crate::sweep::{self, Decided, KnownBlocks, Room, SweepError};

/// What comes of blocks.
pub(super) enum Merged {
    /// The result, and its answer.
    Result(Answer),
    /// These replications are not there; nothing was written.
    Lacking(Vec<Piece>),
}

/// Writes the result of `plan` from the blocks that are `saved`, where all are there that it needs.
pub(super) fn put_together(mut plan: Plan, saved: &Saved, options: &cli::Merge) -> Result<Merged, CommandError> {
    let (out, written) = (&options.written.out, &options.written);
    let identity = identity(&plan, options);
    if Staging::look(out, &identity) == Left::Other {
        let out = out.display();
        let message = format!(
            "{out}.unfinished is of another command, other options, inputs or parts: finish that, or remove {out}.unfinished"
        );
        return Err(CommandError::Input(message));
    }
    let staging = merge_journal::staging(out, &identity)?;
    let scratch = staging.path().to_owned();
    remove_scratch(&scratch);
    let room = Room { bytes: options.memory, folder: &scratch };
    let Decided { enough, wanted } = sweep::decide(&plan, saved, room).map_err(unsorted)?;
    if !wanted.is_empty() {
        return Ok(Merged::Lacking(wanted));
    }
    if plan.precision.is_some() {
        // Everything is decided, and not decided again.
        plan.pieces = Some(enough);
    }
    print_notes(&plan.notes, options.quiet);
    let (mut journal, mut folder, earlier) = MergeJournal::open(staging, written.replications_limit, options.quiet)?;
    folder.set_tables(written.format.into())?;
    folder.set_png(written.png);
    let effort =
        cli::Effort { replications: None, threads: options.threads, quiet: options.quiet, check: options.check };
    let known = KnownBlocks { saved: &[saved], only: true, room: Some(room), finished: 0 };
    let watched = (earlier, &mut journal);
    let results = simulate(&plan, (options.threads, options.quiet), known, &mut folder, watched);
    let mut results = results.map_err(|error| journal.failed(&plan, out, error))?;
    add_pods(&plan, &mut results);
    plan.pieces = None;
    let written = Written { place: report::finish(folder, &plan, &results)?, results };
    drop(journal);
    print_answer(&plan, &written, options.written.format, &effort).map(Merged::Result)
}

/// What the unfinished work of a merge is of: everything that its files depend on.
fn identity(plan: &Plan, options: &cli::Merge) -> Vec<u8> {
    let written = &options.written;
    let of = json!({
        "merge": true,
        "format": format!("{:?}", written.format),
        "png": written.png,
        "replicationsLimit": written.replications_limit,
    });
    identity_of(plan, Some(of))
}

/// Removes what a merge that was killed has left in its scratch files.
fn remove_scratch(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(SCRATCH) {
            // What stays costs room on the disk alone.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn unsorted(error: std::io::Error) -> CommandError {
    CommandError::from(SweepError::<FolderError>::Scratch(error.to_string()))
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
