//! `rollcast eta`: when a rollout in progress completes.

use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use super::anonymise;
use super::answer::{Answer, CommandError};
use super::files::unwritable;
use super::output;
use super::terminal::terminal_width;
use crate::cli;
use crate::eta::{Effort, Eta};
use crate::input::snapshot::{Asked, Name, instant_of};
use crate::input::{InputError, given_files};
use crate::plan::{Overrides, Seen};
use crate::report::eta::{Answered, json, line, markdown, page, text};

/// `rollcast eta`: when the rollout that a snapshot shows completes, and what holds it up.
///
/// # Errors
/// See [`CommandError`].
pub fn eta(options: &cli::Eta) -> Result<Answer, CommandError> {
    let (files, asked) = asked(options)?;
    if options.watch {
        return watch(options, &files, &asked);
    }
    let (given, asked) = hidden(options, given_files(&files, false)?, asked)?;
    let seen = Seen::read(&given, &overrides(options), &asked)?;
    if let Some(file) = options.html.as_deref().filter(|file| files.iter().any(|given| is_same(given, file))) {
        let place = file.display();
        return Err(CommandError::Input(format!("{place} is an input of this command: give the page another name")));
    }
    let eta = answer(&seen, options)?;
    let mut out = output::out();
    write(&mut out, &eta, &seen, options.format)?;
    if let Some(file) = &options.html {
        let bytes = page(Answered::of(&eta, &seen));
        std::fs::write(file, bytes).map_err(|error| unwritable(file, error))?;
    }
    Ok(Answer::Yes)
}

/// What is read in place of the files, and what is asked for then, where names are to be hidden.
fn hidden(options: &cli::Eta, files: Vec<PathBuf>, asked: Asked) -> Result<(Vec<PathBuf>, Asked), CommandError> {
    let Some(key) = &options.anonymise else { return Ok((files, asked)) };
    let hash = |name: Option<String>| name.map(|name| anonymise::path(key, &name)).transpose();
    let asked = Asked { namespace: hash(asked.namespace)?, name: hash(asked.name)?, ..asked };
    Ok((anonymise::files(key, files)?, asked))
}

/// Whether two paths are of one file that is there.
fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some_and(|one| Some(one) == real(other))
}

fn answer(seen: &Seen, options: &cli::Eta) -> Result<Eta, CommandError> {
    let (threads, replications) = (options.threads, options.replications);
    let effort = Effort { threads, replications, course: options.html.is_some() };
    Eta::answer(seen, effort).map_err(CommandError::Threads)
}

fn write(out: &mut impl Write, eta: &Eta, seen: &Seen, format: cli::AnswerFormat) -> io::Result<()> {
    let one = Answered::of(eta, seen);
    match format {
        cli::AnswerFormat::Json => writeln!(out, "{}", json(one)),
        cli::AnswerFormat::Markdown => write!(out, "{}", markdown(one)),
        cli::AnswerFormat::Text => write!(out, "{}", text(one, terminal_width())),
    }
}

/// Answers for each snapshot of a stream as it comes, on a line of its own.
fn watch(options: &cli::Eta, files: &[PathBuf], asked: &Asked) -> Result<Answer, CommandError> {
    if files.iter().any(|file| file.as_os_str() != "-") {
        return Err(CommandError::Input(
            "--watch reads snapshots from standard input, one after the other: name no file, or `-`".into(),
        ));
    }
    let stream = serde_json::Deserializer::from_reader(BufReader::new(io::stdin()));
    for (number, document) in stream.into_iter::<serde_json::Value>().enumerate() {
        let number = number + 1;
        let document = document.map_err(|error| {
            CommandError::Input(format!(
                "snapshot {number} of standard input is not JSON, which --watch reads: {error}"
            ))
        })?;
        let seen = Seen::of_text(&document.to_string(), Path::new(""), &overrides(options), asked)
            .map_err(|error| CommandError::Input(format!("snapshot {number} of standard input: {error}")))?;
        let eta = answer(&seen, options)?;
        let one = Answered::of(&eta, &seen);
        let mut out = output::out();
        match options.format {
            cli::AnswerFormat::Json => writeln!(out, "{}", json(one))?,
            cli::AnswerFormat::Text | cli::AnswerFormat::Markdown => writeln!(out, "{}", line(one))?,
        }
    }
    Ok(Answer::Yes)
}

fn overrides(options: &cli::Eta) -> Overrides {
    Overrides { seed: options.seed, set: options.set.clone(), assume: options.assume.clone(), ..Overrides::default() }
}

/// The files, and the workload that is asked for. An argument that is no file and reads as `KIND/NAME` names the workload.
fn asked(options: &cli::Eta) -> Result<(Vec<PathBuf>, Asked), CommandError> {
    let mut files = options.filename.clone();
    let mut name = None;
    for argument in &options.snapshot {
        let read = Name::parse(argument).filter(|read| read.kind.is_some() && !Path::new(argument).exists());
        match read {
            Some(_) if name.is_some() => {
                return Err(CommandError::Input(format!(
                    "`{argument}` names a second workload: ask about one at a time"
                )));
            }
            Some(read) => name = Some(read),
            None => files.push(argument.into()),
        }
    }
    if let Some(given) = &options.deployment {
        let read = Name::parse(given).ok_or_else(|| {
            CommandError::Input(format!("--deployment {given}: expected [NAMESPACE/]NAME or KIND/NAME"))
        })?;
        if name.replace(read).is_some() {
            return Err(CommandError::Input(
                "--deployment and KIND/NAME both name the workload: leave one of them out".into(),
            ));
        }
    }
    let own = name.as_ref().and_then(|name| name.namespace.clone());
    if let (Some(own), Some(given)) = (&own, &options.namespace)
        && own != given
    {
        return Err(CommandError::Input(format!(
            "--namespace {given} and the name of the workload name two namespaces: leave one of them out"
        )));
    }
    let at = options.at.as_deref().map(|text| {
        instant_of(text)
            .ok_or_else(|| InputError::new(format!("--at {text}: expected an instant such as 2026-01-31T09:30:00Z")))
    });
    if files.is_empty() {
        if !options.watch {
            return Err(CommandError::Input("no snapshot is given: name the file, or `-` for standard input".into()));
        }
        files.push("-".into());
    }
    let namespace = own.or_else(|| options.namespace.clone());
    Ok((
        files,
        Asked {
            kind: name.as_ref().and_then(|name| name.kind),
            namespace,
            name: name.map(|name| name.name),
            at: at.transpose()?,
        },
    ))
}
