//! `rollcast defaults`.

use std::io::Write;

use serde_json::json;

use super::answer::{Answer, CommandError};
use super::output;
use crate::cli;
use crate::input::defaults::TABLE;
use crate::report::json::versioned;

/// `rollcast defaults`: the table of defaults.
///
/// # Errors
/// See [`CommandError`].
pub fn defaults(options: &cli::Defaults) -> Result<Answer, CommandError> {
    let mut out = output::out();
    match options.format {
        cli::TableFormat::Text => {
            for row in TABLE.iter() {
                writeln!(out, "{:<36} {:<36} {}", row.field, row.value, row.source)?;
            }
        }
        cli::TableFormat::Json => {
            for row in TABLE.iter() {
                let answer = json!({"field": row.field, "value": row.value, "source": row.source});
                writeln!(out, "{}", versioned(answer))?;
            }
        }
        cli::TableFormat::Markdown => {
            writeln!(out, "| field | default | source |\n|---|---|---|")?;
            for row in TABLE.iter() {
                writeln!(out, "| `{}` | `{}` | {} |", row.field, row.value, row.source)?;
            }
        }
    }
    Ok(Answer::Yes)
}
