//! `rollcast new`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use super::answer::{Answer, CommandError};
use super::files::unwritable;
use super::output;
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
