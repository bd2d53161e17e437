//! Why a study cannot be used.

use std::io;
use std::path::PathBuf;

use crate::plan::InputError;
use crate::report::folder::FolderError;
use crate::report::package::PackageError;

/// Why a study cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Reading {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is none, or was changed by hand.
    #[error("{}: {why}", path.display())]
    Unusable {
        /// The plan.
        path: PathBuf,
        /// What is wrong, and what to do.
        why: String,
    },
    /// Parts are missing or damaged.
    #[error("{0}")]
    Lacking(String),
    /// Something cannot be written.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The copies of the inputs make no plan.
    #[error(transparent)]
    Input(#[from] InputError),
}

impl From<PackageError> for StudyError {
    fn from(error: PackageError) -> Self {
        match error {
            PackageError::Io { path, source } => Self::Reading { path, source },
            PackageError::Foreign { place, why } => Self::Unusable { path: place, why },
        }
    }
}
