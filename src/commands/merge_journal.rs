//! What a merge has finished, so that the same command goes on from there when it was interrupted.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::answer::CommandError;
use super::result_directory::Watcher;
use super::{interrupt, output};
use crate::analysis::ScenarioResult;
use crate::blocks::Journal;
use crate::plan::Plan;
use crate::report::folder::{Folder, FolderError, Left, ROWS, RowsMark, Staging};
use crate::report::format;

/// Rollouts after which what is finished is written down: reading them takes a core about as long as waiting for the disk.
const ROLLOUTS: u64 = 1 << 16;
/// Scenarios of which an entry can be: it must not become larger than a frame.
const SCENARIOS: usize = 64;

/// Scenarios that are finished, and how far the rows are written with them.
#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    results: Vec<ScenarioResult>,
    rows: RowsMark,
}

/// Writes down what is finished.
pub(super) struct MergeJournal {
    /// It is begun with the first entry.
    journal: Option<Journal>,
    deferred: interrupt::Deferred,
    /// Scenarios that are written down.
    written: usize,
    /// Rollouts of these.
    rollouts: u64,
}

impl MergeJournal {
    /// Opens the journal in a staging directory, and the folder there. Gives the scenarios that are finished.
    pub(super) fn open(
        staging: Staging,
        replications_limit: Option<u64>,
        quiet: bool,
    ) -> Result<(Self, Folder, Vec<ScenarioResult>), FolderError> {
        let (path, place) = (staging.blocks(), staging.path().to_owned());
        let deferred = interrupt::defer();
        let earlier = if staging.left() == Left::Ours { Journal::open::<Entry>(&path).ok() } else { None };
        let last = earlier.as_ref().and_then(|(_, entries)| entries.last());
        let Some((rows, (journal, entries))) = last.map(|last| last.rows.clone()).zip(earlier) else {
            let folder = Folder::create(staging, replications_limit)?;
            return Ok((Self { journal: None, deferred, written: 0, rollouts: 0 }, folder, Vec::new()));
        };
        let folder = Folder::go_on(staging, replications_limit, &rows)?;
        let results: Vec<ScenarioResult> = entries.into_iter().flat_map(|entry| entry.results).collect();
        deferred.note_kept(&place);
        if !quiet {
            let scenarios = format::plural(results.len() as u64, "scenario");
            output::note(format_args!("going on after {scenarios} that an earlier merge has finished"));
        }
        let rollouts = rollouts_of(&results);
        Ok((Self { journal: Some(journal), deferred, written: results.len(), rollouts }, folder, results))
    }

    fn write(&mut self, folder: &mut Folder, new: &[ScenarioResult]) -> Result<(), FolderError> {
        let rows = folder.mark()?;
        let staging = folder.staging();
        let (path, place) = (staging.blocks(), staging.path().to_owned());
        let entry = Entry { results: new.to_vec(), rows };
        let appended = match &mut self.journal {
            Some(journal) => journal.append(&entry),
            None => Journal::create(&path).and_then(|mut journal| {
                journal.append(&entry)?;
                self.journal = Some(journal);
                Ok(())
            }),
        };
        appended.map_err(|source| FolderError::Io { action: "write", path, source })?;
        self.written += new.len();
        self.rollouts += rollouts_of(new);
        staging.keep();
        self.deferred.note_kept(&place);
        Ok(())
    }
}

impl MergeJournal {
    /// Says what is kept where a merge has failed that was asked to stop.
    pub(super) fn failed(&self, plan: &Plan, out: &Path, error: CommandError) -> CommandError {
        match error {
            CommandError::Interrupted if self.written > 0 => {
                let mut place = out.as_os_str().to_owned();
                place.push(".unfinished");
                CommandError::Paused { done: self.rollouts, all: plan.rollouts().to_string(), place: place.into() }
            }
            error => error,
        }
    }
}

fn rollouts_of(results: &[ScenarioResult]) -> u64 {
    results.iter().map(|result| result.statistics.n).sum()
}

impl Watcher for MergeJournal {
    fn finished(&mut self, folder: &mut Folder, results: &[ScenarioResult]) -> Result<(), FolderError> {
        let new = &results[self.written.min(results.len())..];
        if rollouts_of(new) < ROLLOUTS && new.len() < SCENARIOS {
            return Ok(());
        }
        self.write(folder, new)
    }
}

/// The staging directory of a merge.
pub(super) fn staging(out: &Path, identity: &[u8]) -> Result<Staging, FolderError> {
    Staging::open_with_rows(out, identity, ROWS)
}
