//! `rollcast new`, `schema`, `completions` and `man`: what helps to write experiments and commands.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::CommandFactory;

use super::{Answer, CommandError, output, unwritable};
use crate::report::folder::refuse_link;
use crate::{cli, input};

/// `rollcast new`: a commented experiment, in a file that must not exist yet or on standard output.
///
/// # Errors
/// See [`CommandError`].
pub fn new(options: &cli::New) -> Result<Answer, CommandError> {
    let text = input::starter();
    let Some(path) = &options.file else {
        write!(output::out(), "{text}")?;
        return Ok(Answer::Yes);
    };
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| refused(path, error))?;
    file.write_all(text.as_bytes()).map_err(|error| refused(path, error))?;
    writeln!(output::err(), "{} is written: rollcast run {0}", path.display())?;
    Ok(Answer::Yes)
}

fn refused(path: &Path, error: io::Error) -> CommandError {
    match error.kind() {
        io::ErrorKind::AlreadyExists => {
            CommandError::Input(format!("{} exists already and is left alone: name another file", path.display()))
        }
        _ => unwritable(path, error),
    }
}

/// `rollcast schema`: the JSON Schema of experiments.
///
/// # Errors
/// See [`CommandError`].
pub fn schema() -> Result<Answer, CommandError> {
    let text = serde_json::to_string_pretty(&input::schema()).map_err(io::Error::from)?;
    writeln!(output::out(), "{text}")?;
    Ok(Answer::Yes)
}

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

/// `rollcast man`: a page for the program and one for each command.
///
/// # Errors
/// See [`CommandError`].
pub fn man(options: &cli::Man) -> Result<Answer, CommandError> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            CommandError::Input(format!("{} is a file: name a directory", options.out.display()))
        }
        _ => unwritable(&options.out, error),
    };
    refuse_link(&options.out)?;
    fs::create_dir_all(&options.out).map_err(failed)?;
    for entry in fs::read_dir(&options.out).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name.to_string_lossy().starts_with("rollcast") {
            refuse_link(&options.out.join(name))?;
        }
    }
    clap_mangen::generate_to(cli::Cli::command(), &options.out).map_err(failed)?;
    writeln!(output::err(), "Manual pages are in {}: man -l {0}/rollcast.1", options.out.display())?;
    Ok(Answer::Yes)
}
