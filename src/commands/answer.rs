//! What a command answers, and why it may give no answer.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;

use super::interrupt;
use crate::input::{InputError, is_passing};
use crate::report::folder::FolderError;
use crate::report::package::PackageError;
use crate::report::redraw::RedrawError;
use crate::report::study::StudyError;
use crate::serve::ServeError;
use crate::sweep::SweepError;

/// The answer of a command that asks a question, which becomes its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Everything is as wanted, or the command asked nothing.
    Yes,
    /// Something is not as wanted.
    No,
    /// The answer needs another round of a study, which is planned now.
    NextRound,
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
    /// The user interrupted the command, and there was nothing to keep.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// The user interrupted the command, and what was simulated until then is not kept.
    #[error("interrupted{0}")]
    Stopped(String),
    /// The user interrupted the command, and the finished replications are kept.
    #[error("interrupted; {done} of {all} rollouts are kept in {}: the same command goes on from there", place.display())]
    Paused {
        /// Finished replications.
        done: u64,
        /// All replications; where precision targets decide, the most that there can be.
        all: String,
        /// The directory that keeps them.
        place: PathBuf,
    },
    /// The machine refused for a reason that passes.
    #[error("{0}")]
    Passing(String),
    /// Parts of a study are missing or damaged: the same command does it when they are there.
    #[error("{0}")]
    Lacking(String),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Reading {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The operating system gave no threads.
    #[error("{0}")]
    Threads(String),
    /// The page could not be served.
    #[error("{0}")]
    Serving(ServeError),
    /// The answer could not be written as text.
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

    /// The exit code that says why: 2 for unusable input or usage, 75 where the same command does the rest when it is given again, 3 for
    /// every other failure.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            error if error.is_usage() => 2,
            Self::Paused { .. } | Self::Lacking(_) | Self::Passing(_) | Self::Folder(FolderError::Busy(_)) => {
                interrupt::RUN_AGAIN
            }
            Self::Reading { source, .. } | Self::Folder(FolderError::Io { source, .. }) if is_passing(source) => {
                interrupt::RUN_AGAIN
            }
            Self::Interrupted => interrupt::exit_code(),
            _ => 3,
        }
    }
}

impl From<InputError> for CommandError {
    fn from(error: InputError) -> Self {
        if error.passing { Self::Passing(error.to_string()) } else { Self::Input(error.to_string()) }
    }
}

impl From<ServeError> for CommandError {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::InUse(_) => Self::Input(error.to_string()),
            error => Self::Serving(error),
        }
    }
}

impl From<PackageError> for CommandError {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Io { path, source } if is_of_the_machine(&source) => Self::Reading { path, source },
            error => Self::Input(error.to_string()),
        }
    }
}

/// Whether a file cannot be read for a reason that has nothing to do with what the user named, such as too many open files.
fn is_of_the_machine(error: &io::Error) -> bool {
    use io::ErrorKind::{
        InvalidData, InvalidFilename, InvalidInput, IsADirectory, NotADirectory, NotFound, PermissionDenied,
        UnexpectedEof,
    };
    !matches!(
        error.kind(),
        InvalidData
            | InvalidFilename
            | InvalidInput
            | IsADirectory
            | NotADirectory
            | NotFound
            | PermissionDenied
            | UnexpectedEof
    )
}

impl From<SweepError<FolderError>> for CommandError {
    fn from(error: SweepError<FolderError>) -> Self {
        match error {
            SweepError::Interrupted => Self::Interrupted,
            SweepError::Threads(text) => Self::Threads(text),
            missing @ SweepError::Missing { .. } => Self::Input(missing.to_string()),
            scratch @ SweepError::Scratch(_) => Self::Answer(io::Error::other(scratch.to_string())),
            SweepError::Consumer(error) => Self::Folder(error),
        }
    }
}

impl From<SweepError<Infallible>> for CommandError {
    fn from(error: SweepError<Infallible>) -> Self {
        match error {
            SweepError::Interrupted => Self::Interrupted,
            SweepError::Threads(text) => Self::Threads(text),
            missing @ SweepError::Missing { .. } => Self::Input(missing.to_string()),
            scratch @ SweepError::Scratch(_) => Self::Answer(io::Error::other(scratch.to_string())),
            SweepError::Consumer(never) => match never {},
        }
    }
}

impl From<StudyError> for CommandError {
    fn from(error: StudyError) -> Self {
        match error {
            StudyError::Folder(error) => Self::Folder(error),
            StudyError::Reading { path, source } if source.kind() != io::ErrorKind::NotFound => {
                Self::Reading { path, source }
            }
            StudyError::Lacking(text) => Self::Lacking(text),
            StudyError::Input(error) => Self::from(error),
            unusable => Self::Input(unusable.to_string()),
        }
    }
}

impl From<RedrawError> for CommandError {
    fn from(error: RedrawError) -> Self {
        match error {
            RedrawError::Folder(error) => Self::Folder(error),
            unusable @ RedrawError::Unusable { .. } => Self::Input(unusable.to_string()),
        }
    }
}
