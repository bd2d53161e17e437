//! `rollcast report`.

use std::io::Write;

use serde_json::json;

use super::{Answer, CommandError, output};
use crate::cli;
use crate::report::saved::{self, SavedError};

impl From<SavedError> for CommandError {
    fn from(error: SavedError) -> Self {
        match error {
            SavedError::Folder(error) => Self::Folder(error),
            unusable @ SavedError::Unusable { .. } => Self::Input(unusable.to_string()),
        }
    }
}

/// `rollcast report`: charts and page again from a result directory's own files.
///
/// # Errors
/// See [`CommandError`].
pub fn redraw(options: &cli::Report) -> Result<Answer, CommandError> {
    let redrawn = saved::redraw(&options.directory, options.png)?;
    for table in &redrawn.changed {
        output::note(format_args!("{table} is not as the sweep wrote it; the report shows what it says now"));
    }
    let mut out = output::out();
    match options.format {
        cli::Format::Json => {
            let answer = json!({"directory": options.directory, "files": redrawn.files, "changed": redrawn.changed});
            writeln!(out, "{answer}")?;
        }
        cli::Format::Text => {
            for file in &redrawn.files {
                writeln!(out, "{}", options.directory.join(file).display())?;
            }
        }
    }
    Ok(Answer::Yes)
}
