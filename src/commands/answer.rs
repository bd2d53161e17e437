//! What a command answers, and why it may give no answer.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;

use crate::input::InputError;
use crate::report::folder::FolderError;
use crate::report::recorded::RecordedError;
use crate::report::saved::SavedError;
use crate::sweep::SweepError;

/// What a command that asks a question found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All is as wanted, or nothing was asked.
    Yes,
    /// Not so.
    No,
}

/// Why a command gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The input or the usage is at fault.
    #[error("{0}")]
    Input(String),
    /// The result directory could not be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The user stopped it.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The user stopped it, and what was done is kept.
    #[error("interrupted; {done} of {all} rollouts are kept in {}: the same command goes on from there", place.display())]
    Paused {
        /// Finished replications.
        done: u64,
        /// All of them; where targets decide, the most they can be.
        all: String,
        /// The directory.
        place: PathBuf,
    },
    /// Files that were to be read cannot be.
    #[error("cannot read {}: {source}", path.display())]
    Reading {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Threads could not be had.
    #[error("{0}")]
    Threads(String),
    /// An answer could not be put into words.
    #[error("cannot make the answer: {0}")]
    Answer(#[from] io::Error),
}

impl CommandError {
    /// Whether the input or the usage is at fault.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Input(_) => true,
            Self::Folder(error) => error.is_usage(),
            _ => false,
        }
    }
}

impl From<InputError> for CommandError {
    fn from(error: InputError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<RecordedError> for CommandError {
    fn from(error: RecordedError) -> Self {
        Self::Input(error.to_string())
    }
}

impl From<SweepError<FolderError>> for CommandError {
    fn from(error: SweepError<FolderError>) -> Self {
        match error {
            SweepError::Interrupted => Self::Interrupted,
            SweepError::Threads(text) => Self::Threads(text),
            SweepError::Consumer(error) => Self::Folder(error),
        }
    }
}

impl From<SweepError<Infallible>> for CommandError {
    fn from(error: SweepError<Infallible>) -> Self {
        match error {
            SweepError::Interrupted => Self::Interrupted,
            SweepError::Threads(text) => Self::Threads(text),
            SweepError::Consumer(never) => match never {},
        }
    }
}

impl From<SavedError> for CommandError {
    fn from(error: SavedError) -> Self {
        match error {
            SavedError::Folder(error) => Self::Folder(error),
            unusable @ SavedError::Unusable { .. } => Self::Input(unusable.to_string()),
        }
    }
}
