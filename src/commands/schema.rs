//! `rollcast schema`.

use std::io::{self, Write};

use super::answer::{Answer, CommandError};
use super::output;
use crate::input;

/// `rollcast schema`: the JSON Schema of experiments.
///
/// # Errors
/// See [`CommandError`].
pub fn schema() -> Result<Answer, CommandError> {
    let text = serde_json::to_string_pretty(&input::schema()).map_err(io::Error::from)?;
    writeln!(output::out(), "{text}")?;
    Ok(Answer::Yes)
}
