//! `rollcast replay`.

use std::io::{self, Write};
use std::path::PathBuf;

use super::answer::{Answer, CommandError};
use super::output;
use crate::cli;
use crate::replay;
use crate::report::json::versioned;

/// `rollcast replay`: plays recordings and compares.
///
/// # Errors
/// See [`CommandError`].
pub fn replay(options: &cli::Replay) -> Result<Answer, CommandError> {
    if !options.set.is_empty() {
        return what_if(options);
    }
    let mut answers = Vec::new();
    for path in recordings(&options.paths)? {
        let recording = replay::load(&path).map_err(|error| CommandError::Input(error.to_string()))?;
        answers.push(replay::answer(&recording));
    }
    let mut summary = replay::Summary::default();
    answers.iter().for_each(|answer| summary.add(answer));
    let mut out = output::out();
    match (options.format, answers.as_slice()) {
        (cli::Format::Json, [only]) => write!(out, "{}", object(only)?)?,
        (cli::Format::Json, all) => write!(out, "{}", object(all)?)?,
        (cli::Format::Text, all) => {
            for answer in all.iter().filter(|answer| !options.quiet || answer.matched != Some(true)) {
                write!(out, "{}", answer.to_text())?;
            }
            write!(out, "{summary}")?;
        }
    }
    writeln!(out)?;
    let matched = summary.differed == 0 && (summary.unsupported == 0 || !options.strict);
    Ok(if matched { Answer::Yes } else { Answer::No })
}

/// What would have happened under other settings.
fn what_if(options: &cli::Replay) -> Result<Answer, CommandError> {
    let mut answers = Vec::new();
    for path in recordings(&options.paths)? {
        let recording = replay::load(&path).map_err(|error| CommandError::Input(error.to_string()))?;
        let answer = replay::what_if(&recording, &options.set);
        answers.push(answer.map_err(|error| CommandError::Input(format!("{}: {error}", path.display())))?);
    }
    let mut out = output::out();
    match (options.format, answers.as_slice()) {
        (cli::Format::Json, [only]) => writeln!(out, "{}", object(only)?)?,
        (cli::Format::Json, all) => writeln!(out, "{}", object(all)?)?,
        (cli::Format::Text, all) => {
            for answer in all {
                write!(out, "{}", answer.to_text())?;
            }
        }
    }
    Ok(Answer::Yes)
}

fn object(answer: impl serde::Serialize) -> io::Result<serde_json::Value> {
    Ok(versioned(serde_json::to_value(answer).map_err(io::Error::from)?))
}

/// The files that the user named, and the JSON files in the directories that the user named, in order.
fn recordings(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CommandError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error: io::Error| CommandError::Input(format!("cannot read {}: {error}", path.display()));
        let entries = path.read_dir().and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
        let mut inside: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).collect();
        inside.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
        if inside.is_empty() {
            return Err(CommandError::Input(format!("no recording (*.json) in {}", path.display())));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}
