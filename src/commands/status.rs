//! `rollcast status`.

use std::io::Write;

use super::answer::{Answer, CommandError};
use super::output;
use crate::cli;
use crate::report::study::{self, Standing};

/// `rollcast status`: how far a study is.
///
/// # Errors
/// When there is no study. See [`CommandError`].
pub fn status(options: &cli::Status) -> Result<Answer, CommandError> {
    let (study, place) = study::read(&options.study)?;
    let standing = Standing::look(&place, &study)?;
    let mut out = output::out();
    match options.format {
        cli::Format::Json => write!(out, "{}", standing.json(&study))?,
        cli::Format::Text => writeln!(out, "{}", standing.text())?,
    }
    Ok(if standing.is_whole() { Answer::Yes } else { Answer::No })
}
