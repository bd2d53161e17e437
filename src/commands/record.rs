//! `rollcast record`.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::anonymise;
use super::answer::{Answer, CommandError};
use super::files::unwritable;
use super::output;
use super::terminal::terminal_width;
use crate::cli;
use crate::record::{self, Asked, Target};
use crate::replay;
use crate::report::folder::refuse_link;
use crate::report::recording;

/// `rollcast record`: what a cluster logged of a workload as a recording, and what it rests on.
///
/// # Errors
/// See [`CommandError`].
pub fn record(options: &cli::Record) -> Result<Answer, CommandError> {
    let mut target: Target = options.workload.parse().map_err(CommandError::Input)?;
    target.namespace.clone_from(&options.namespace);
    let beside = options
        .beside
        .iter()
        .map(|name| name.parse().map(|other| Target { namespace: target.namespace.clone(), ..other }));
    let beside = beside.collect::<Result<Vec<Target>, String>>().map_err(CommandError::Input)?;
    let asked = Asked { target: target.clone(), beside, since: options.since.clone(), until: options.until.clone() };
    if options.anonymise.is_some() && !asked.beside.is_empty() {
        let advice =
            "--anonymise and --beside cannot be used together: names of other Deployments are in the recording";
        return Err(CommandError::Input(advice.into()));
    }
    let mut recorded = record::record(&options.files, &asked)?;
    if let Some(key) = &options.anonymise {
        target.namespace = anonymise::path(key, &target.namespace)?;
        target.name = anonymise::path(key, &target.name)?;
        recorded.hide(&target, |name| anonymise::path(key, name))?;
    }
    let text = record::text(&recorded.recording);
    // What is written must be what `rollcast replay` reads.
    let place = options.out.as_deref().unwrap_or(Path::new("-"));
    replay::parse(place, &text).map_err(|error| CommandError::Input(error.to_string()))?;
    let account = match options.format {
        cli::Format::Text => recording::text(&target, &recorded, terminal_width()),
        cli::Format::Json => format!("{}\n", recording::json(&target, &recorded)),
    };
    match &options.out {
        Some(path) => {
            refuse_inputs(path, options)?;
            refuse_link(path)?;
            fs::write(path, text).map_err(|error| unwritable(path, error))?;
            let mut out = output::out();
            write!(out, "{account}")?;
            if matches!(options.format, cli::Format::Text) {
                writeln!(out, "\n{} is written: rollcast replay {0}", path.display())?;
            }
        }
        None => {
            write!(output::out(), "{text}")?;
            if !options.quiet {
                write!(output::err(), "{account}")?;
            }
        }
    }
    Ok(Answer::Yes)
}

/// Refuses to write over a file that is read.
fn refuse_inputs(out: &Path, options: &cli::Record) -> Result<(), CommandError> {
    let Ok(out) = out.canonicalize() else { return Ok(()) };
    if options.files.iter().any(|file| file.canonicalize().is_ok_and(|file| file == out)) {
        let place = out.display();
        return Err(CommandError::Input(format!("{place} is an input of this command: give --out another name")));
    }
    Ok(())
}
