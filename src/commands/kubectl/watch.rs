//! `kubectl rollcast record`: watches a workload through kubectl, one process for each kind, and stamps what comes.
//!
//! kubectl says no instants, so each line has the one at which it came. `rollcast record` then makes a recording of the lines.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::clock::microseconds;
use super::words::Called;
use crate::commands::answer::CommandError;
use crate::commands::{files, interrupt};
use crate::input::parse_duration;

/// How often it is looked whether to stop.
const PAUSE: Duration = Duration::from_millis(50);

/// A process that watches a kind.
struct Watch {
    resource: &'static str,
    child: Child,
    errors: File,
}

/// What came, and when.
struct Line {
    microseconds: u64,
    event: serde_json::Value,
}

/// Watches until the user interrupts, or for as long as was asked for. Gives the words with which rollcast makes the recording.
///
/// # Errors
/// When kubectl cannot be started, or may not watch the workload.
pub(super) fn record(called: &Called) -> Result<Vec<OsString>, CommandError> {
    let target = called.target.as_ref().ok_or_else(|| {
        CommandError::Input("name the workload to record: kubectl rollcast record deploy/NAME -n NAMESPACE".into())
    })?;
    let length = called.length.as_deref().map(length).transpose()?;
    let stream = stream_of(called);
    let file = File::create(&stream).map_err(|error| files::unwritable(&stream, error))?;
    let deferred = interrupt::defer();
    deferred.go_on();
    let (sender, lines) = channel();
    let mut watches = Vec::new();
    for (resource, words) in watched(called, target.resource()) {
        match started(resource, &words, &sender) {
            Ok(watch) => watches.push(watch),
            Err(error) => {
                watches.iter_mut().for_each(stop);
                return Err(error);
            }
        }
    }
    drop(sender);
    let until = length.map(|length| microseconds().saturating_add(length));
    say("recording; Ctrl-C ends it");
    let count = written(BufWriter::new(file), &lines, until);
    watches.iter_mut().for_each(stop);
    let count = count?;
    for watch in &mut watches {
        let why = failure(&mut watch.errors)?;
        if !why.is_empty() && watch.resource == target.resource() && count == 0 {
            return Err(CommandError::Input(format!("kubectl gave no answer: {why}")));
        }
        if !why.is_empty() {
            say(&format!("{} are not in the recording: {why}", watch.resource));
        }
    }
    say(&format!("{count} events are in {}", stream.display()));
    Ok(called.record_words(&stream))
}

/// The kinds that are watched, and the words behind `kubectl`.
pub(super) fn watched(called: &Called, workload: &'static str) -> Vec<(&'static str, Vec<String>)> {
    let revisions = if workload == "deployments.apps" { "replicasets.apps" } else { "controllerrevisions.apps" };
    let namespace = called.namespace.clone().unwrap_or_else(|| "NAMESPACE".into());
    let words = |resource: &'static str| {
        let mut words = vec!["get".to_owned(), resource.to_owned()];
        if resource != "nodes" {
            words.extend(["--namespace".to_owned(), namespace.clone()]);
        }
        words.extend(["--watch", "--output-watch-events", "-o", "json"].map(String::from));
        words.extend(called.passed_on_by_user().iter().cloned());
        (resource, words)
    };
    [workload, revisions, "pods", "events", "nodes"].map(words).into()
}

/// Where the lines are kept: beside the recording.
fn stream_of(called: &Called) -> PathBuf {
    called.save.clone().unwrap_or_else(|| Path::new("recording.jsonl").into())
}

fn length(text: &str) -> Result<u64, CommandError> {
    let length = parse_duration(text).map_err(|error| CommandError::Input(format!("--for: {error}")))?;
    Ok(length.as_nanos() / 1000)
}

fn started(resource: &'static str, words: &[String], sender: &Sender<Line>) -> Result<Watch, CommandError> {
    let errors = tempfile::tempfile()?;
    let child = Command::new("kubectl")
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors.try_clone()?)
        .spawn();
    let mut child = child.map_err(|error| super::child::not_started(&error))?;
    if let Some(printed) = child.stdout.take() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let events = serde_json::Deserializer::from_reader(BufReader::new(printed)).into_iter();
            // What is cut off at the end is no event.
            for event in events.map_while(Result::ok) {
                if sender.send(Line { microseconds: microseconds(), event }).is_err() {
                    break;
                }
            }
        });
    }
    Ok(Watch { resource, child, errors })
}

/// Writes what comes until all processes are over, the user interrupts, or the time is over. Gives the number of events.
fn written(mut file: impl Write, lines: &Receiver<Line>, until: Option<u64>) -> io::Result<u64> {
    let mut count = 0;
    loop {
        match lines.recv_timeout(PAUSE) {
            Ok(line) => {
                write_line(&mut file, &line)?;
                count += 1;
            }
            Err(RecvTimeoutError::Timeout) => file.flush()?,
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if interrupt::stop().load(Ordering::Relaxed) || until.is_some_and(|until| microseconds() >= until) {
            break;
        }
    }
    for line in lines.try_iter() {
        write_line(&mut file, &line)?;
        count += 1;
    }
    file.flush()?;
    Ok(count)
}

/// One line: the instant, in seconds since 1970, and what kubectl printed.
fn write_line(file: &mut impl Write, line: &Line) -> io::Result<()> {
    let (seconds, rest) = (line.microseconds / 1_000_000, line.microseconds % 1_000_000);
    let (kind, object) = (&line.event["type"], &line.event["object"]);
    writeln!(file, "{{\"at\":{seconds}.{rest:06},\"type\":{kind},\"object\":{object}}}")
}

/// Ends a process. It may have ended by itself before.
fn stop(watch: &mut Watch) {
    let _ = watch.child.kill();
    let _ = watch.child.wait();
}

fn failure(errors: &mut File) -> io::Result<String> {
    let mut text = String::new();
    errors.seek(SeekFrom::Start(0))?;
    errors.take(1 << 16).read_to_string(&mut text)?;
    Ok(text.trim().to_owned())
}

fn say(text: &str) {
    // Where standard error is closed, nobody reads notes.
    let _ = writeln!(anstream::stderr(), "note: {text}");
}
