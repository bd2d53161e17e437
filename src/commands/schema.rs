//! `rollcast schema`.

use std::io::{self, Write};

use super::answer::{Answer, CommandError};
use super::output;
use crate::{cli, input};

/// The schema of answers. A test makes it from the tables of the page about them.
const ANSWERS: &str = include_str!("../../docs/reference/answers.schema.json");

/// `rollcast schema`: the JSON Schema of experiments, or of answers.
///
/// # Errors
/// See [`CommandError`].
pub fn schema(options: &cli::Schema) -> Result<Answer, CommandError> {
    if options.answers {
        write!(output::out(), "{ANSWERS}")?;
        return Ok(Answer::Yes);
    }
    let text = serde_json::to_string_pretty(&input::schema()).map_err(io::Error::from)?;
    writeln!(output::out(), "{text}")?;
    Ok(Answer::Yes)
}
