//! Folders that are there for one run of the program, however that ends.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A new folder, which goes with [`clean_up`].
///
/// # Errors
/// When none can be made.
pub(super) fn folder() -> std::io::Result<PathBuf> {
    let folder = tempfile::tempdir()?.keep();
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).push(folder.clone());
    Ok(folder)
}

/// Removes what the commands left in folders of the system: the last thing that a program does.
pub fn clean_up() {
    for folder in FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
        // Where it cannot be removed, the system does it one day.
        let _ = std::fs::remove_dir_all(folder);
    }
}

/// A path as a command that is shown names it: of a file that will be gone the name alone.
pub(super) fn shown(path: &Path) -> PathBuf {
    let folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    let is_gone = folders.iter().any(|folder| path.starts_with(folder));
    path.file_name().filter(|_| is_gone).map_or_else(|| path.to_owned(), PathBuf::from)
}
