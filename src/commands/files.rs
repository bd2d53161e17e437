//! Files that the user names for writing.

use std::io;
use std::path::{Path, PathBuf};

use super::answer::CommandError;
use crate::plan::{Input, Plan};
use crate::report::folder::FolderError;

/// Refuses to write over a file that the command has read, also where the user names it by another path. The paths of other
/// inputs are relative to one of those that were `given`.
pub(super) fn refuse_input(file: &Path, given: &[PathBuf], plan: &Plan) -> Result<(), CommandError> {
    let Ok(file) = file.canonicalize() else { return Ok(()) };
    let is_it = |path: &Path| path.canonicalize().is_ok_and(|path| path == file);
    let is_file = |input: &Input| given.iter().any(|root| is_it(&root.with_file_name(&input.path)));
    if given.iter().any(|root| is_it(root)) || plan.inputs.iter().any(is_file) {
        let place = file.display();
        return Err(CommandError::Input(format!("{place} is an input of this command: give the chart another name")));
    }
    Ok(())
}

/// Why a file that the user named cannot be written. Where its directory does not exist, the user gave a wrong name.
pub(super) fn unwritable(path: &Path, source: io::Error) -> CommandError {
    if source.kind() == io::ErrorKind::NotFound {
        return CommandError::Input(format!("cannot write {}: there is no such directory", path.display()));
    }
    FolderError::Io { action: "write", path: path.into(), source }.into()
}
