//! Reads the objects of a cluster, kind by kind, into one file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use super::calls::{Call, Reach};
use super::child::{Gave, run};
use super::words::Called;
use crate::commands::answer::CommandError;
use crate::commands::{files, interrupt, temporary};

/// The name of the file that what was read is written to.
const NAME: &str = "cluster.json";

/// How many kinds are read at once.
const AT_ONCE: usize = 6;

/// The namespace of the context, where the user names none.
pub(super) fn namespace(called: &Called) -> Result<String, CommandError> {
    let mut words: Vec<String> =
        ["config", "view", "--minify", "-o", "jsonpath={..namespace}"].map(String::from).into();
    words.extend(called.passed_on());
    let mut gave = run(&words)?;
    if let Some(failure) = gave.failure {
        return Err(failed(&words.join(" "), &failure));
    }
    let mut text = String::new();
    gave.printed.read_to_string(&mut text)?;
    Ok(if text.trim().is_empty() { "default".into() } else { text.trim().into() })
}

/// Makes `calls`, and writes what they gave to one file.
///
/// # Errors
/// When the cluster gives no answer, or the workload may not be read.
pub(super) fn fetch(called: &Called, calls: &[Call]) -> Result<PathBuf, CommandError> {
    let _deferred = interrupt::defer();
    let path = match &called.save {
        Some(path) => path.clone(),
        None => temporary::folder()?.join(NAME),
    };
    let mut file = File::create(&path).map_err(|error| files::unwritable(&path, error))?;
    let mut notes = Vec::new();
    for some in calls.chunks(AT_ONCE) {
        for (call, gave) in some.iter().zip(together(called, some)) {
            notes.extend(taken(called, calls, *call, gave?, &mut file)?);
        }
    }
    file.flush()?;
    if called.save.is_none() {
        notes.push(format!("what was read is not kept: --save {NAME} keeps it for further commands"));
    }
    for note in notes.iter().filter(|_| !called.quiet()) {
        // Where standard error is closed, nobody reads notes.
        let _ = writeln!(anstream::stderr(), "note: {note}");
    }
    Ok(path)
}

/// Makes some calls at once; what they gave is in their order.
fn together(called: &Called, calls: &[Call]) -> Vec<Result<Outcome, CommandError>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = calls.iter().map(|call| scope.spawn(|| one(called, *call))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Err(CommandError::Interrupted))).collect()
    })
}

/// Writes what a call gave to `file`. Gives what must be said of it.
fn taken(
    called: &Called,
    calls: &[Call],
    call: Call,
    gave: Outcome,
    file: &mut File,
) -> Result<Option<String>, CommandError> {
    match gave {
        Outcome::Objects(mut printed, note) => {
            io::copy(&mut printed, file)?;
            Ok(note)
        }
        Outcome::Refused(why) => {
            let first = calls.first().is_some_and(|first| *first == call);
            if called.target.as_ref().map_or(first, |target| target.resource() == call.resource) {
                return Err(CommandError::Input(format!("{why}: ask for the verb `list`, or give rollcast a file")));
            }
            Ok(Some(format!("{why}: it is assumed that {}", call.without)))
        }
    }
}

/// What a call gave.
enum Outcome {
    /// What it printed, and what must be said of it.
    Objects(File, Option<String>),
    /// Why there is nothing: the user may not list such objects, or the cluster has no such kind.
    Refused(String),
}

fn one(called: &Called, call: Call) -> Result<Outcome, CommandError> {
    let Gave { printed, failure } = made(called, call)?;
    let Some(failure) = failure else { return Ok(Outcome::Objects(printed, None)) };
    if is_unknown(&failure) {
        return Ok(Outcome::Refused(format!("the cluster has no {}", call.resource)));
    }
    if !is_forbidden(&failure) {
        return Err(failed(&call.shown(called), &failure));
    }
    let namespace = called.namespace.as_deref().unwrap_or_default();
    if let Some(narrower) = call.narrowed() {
        let gave = made(called, narrower)?;
        match gave.failure {
            None => {
                let note = format!(
                    "you may list {} in the namespace {namespace} alone: those of others are assumed not to be there",
                    call.resource
                );
                return Ok(Outcome::Objects(gave.printed, Some(note)));
            }
            Some(failure) if !is_forbidden(&failure) => return Err(failed(&narrower.shown(called), &failure)),
            Some(_) => {}
        }
    }
    let place = if call.reach == Reach::Cluster { String::new() } else { format!(" in the namespace {namespace}") };
    Ok(Outcome::Refused(format!("you may not list {}{place}", call.resource)))
}

fn made(called: &Called, call: Call) -> Result<Gave, CommandError> {
    if called.verbose {
        let _ = writeln!(anstream::stderr(), "kubectl {}", call.shown(called));
    }
    run(&call.words(called))
}

fn is_forbidden(failure: &str) -> bool {
    failure.contains("(Forbidden)") || failure.contains(" is forbidden: ")
}

fn is_unknown(failure: &str) -> bool {
    failure.contains("doesn't have a resource type")
}

/// That a call failed, with what kubectl says and what to do.
fn failed(call: &str, failure: &str) -> CommandError {
    CommandError::Input(format!(
        "kubectl gave no answer: {failure}\ntry it by itself, and check the context and the namespace: kubectl {call}"
    ))
}
