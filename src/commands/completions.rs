//! `rollcast completions`.

use std::io::Write;

use clap::CommandFactory;

use super::answer::{Answer, CommandError};
use super::output;
use crate::cli;

/// `rollcast completions`: a script for a shell.
///
/// # Errors
/// See [`CommandError`].
pub fn completions(options: &cli::Completions) -> Result<Answer, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut cli::Cli::command(), "rollcast", &mut script);
    output::raw().write_all(&script)?;
    Ok(Answer::Yes)
}
