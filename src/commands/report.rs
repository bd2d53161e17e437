//! `rollcast report`.

use std::io::Write;

use serde_json::json;

use super::answer::{Answer, CommandError};
use super::output;
use crate::cli;
use crate::report::json::versioned;
use crate::report::redraw;

/// `rollcast report`: charts and page again from a result directory's own files.
///
/// # Errors
/// See [`CommandError`].
pub fn report(options: &cli::Report) -> Result<Answer, CommandError> {
    let redrawn = redraw::redraw(&options.directory, options.png)?;
    for table in &redrawn.changed {
        output::note(format_args!("{table} is not as the sweep wrote it; the report shows what it says now"));
    }
    let mut out = output::out();
    match options.format {
        cli::Format::Json => {
            let answer = json!({"directory": options.directory, "files": redrawn.files, "changed": redrawn.changed});
            writeln!(out, "{}", versioned(answer))?;
        }
        cli::Format::Text => {
            for file in &redrawn.files {
                writeln!(out, "{}", options.directory.join(file).display())?;
            }
        }
    }
    Ok(Answer::Yes)
}
