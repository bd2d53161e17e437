//! `rollcast man`.

use std::fs;
use std::io::{self, Write};

use clap::CommandFactory;

use super::answer::{Answer, CommandError};
use super::files::unwritable;
use super::output;
use crate::cli;
use crate::report::folder::refuse_link;

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
