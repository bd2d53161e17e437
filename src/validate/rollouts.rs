//! Rollouts that were observed: a table of them, or a folder of recordings.

use std::path::Path;

use serde_json::Value;

use crate::input::{InputError, nanos_of, read_text};

/// Most rollouts that are read.
const MOST_ROLLOUTS: usize = 1_000_000;

/// A rollout that was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Whose; `None`: the table does not say.
    pub workload: Option<String>,
    /// How long it took, in seconds; `None`: it was not complete while it was followed.
    pub duration: Option<f64>,
    /// For how long it was followed where it was not complete, in seconds; `None`: for good.
    pub followed: Option<f64>,
    /// The median time of its new pods from being bound to Ready, in seconds, where it was observed.
    pub start_up: Option<f64>,
}

/// Reads observed rollouts.
///
/// # Errors
/// Where the file or folder cannot be read, or a row is wrong.
pub fn read(path: &Path) -> Result<Vec<Rollout>, InputError> {
    if path.is_dir() { folder(path) } else { table(path) }
}

fn table(path: &Path) -> Result<Vec<Rollout>, InputError> {
    let name = path.display().to_string();
    let wrong = |message: String| InputError::in_file(&name, message);
    let text = read_text(path).map_err(wrong)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let headers: Vec<String> =
        reader.headers().map_err(|error| wrong(error.to_string()))?.iter().map(str::to_lowercase).collect();
    let column = |names: &[&str]| headers.iter().position(|header| names.contains(&header.as_str()));
    let columns = Columns {
        workload: column(&["workload", "deployment"]),
        duration: column(&["duration_s"]),
        started: column(&["started"]),
        completed: column(&["completed"]),
        followed: column(&["followed_s"]),
        start_up: column(&["start_up_s", "startup_s"]),
    };
    if columns.duration.is_none() && (columns.started.is_none() || columns.completed.is_none()) {
        let advice = "has neither a column `duration_s` nor the columns `started` and `completed`: the first line names the columns, \
                      such as `workload,duration_s`";
        return Err(wrong(advice.into()));
    }
    let mut rollouts = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        rollouts.push(columns.rollout(&record).map_err(|message| wrong(format!("line {line}: {message}")))?);
        if rollouts.len() > MOST_ROLLOUTS {
            return Err(wrong(format!("has more than {MOST_ROLLOUTS} rollouts: give fewer")));
        }
    }
    Ok(rollouts)
}

/// Where the columns of a table are.
struct Columns {
    workload: Option<usize>,
    duration: Option<usize>,
    started: Option<usize>,
    completed: Option<usize>,
    followed: Option<usize>,
    start_up: Option<usize>,
}

impl Columns {
    fn rollout(&self, record: &csv::StringRecord) -> Result<Rollout, String> {
        let cell = |place: Option<usize>| place.and_then(|place| record.get(place)).filter(|text| !text.is_empty());
        let seconds = |place: Option<usize>, name: &str| match cell(place) {
            None => Ok(None),
            Some(text) => match text.parse::<f64>() {
                Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => Ok(Some(seconds)),
                _ => Err(format!("{name} `{text}` is no number of seconds")),
            },
        };
        let instant = |place: Option<usize>, name: &str| match cell(place) {
            None => Ok(None),
            Some(text) => nanos_of(text)
                .map(Some)
                .ok_or_else(|| format!("{name} `{text}` is no instant such as 2026-01-31T09:30:00Z")),
        };
        let mut duration = seconds(self.duration, "duration_s")?;
        let (started, completed) = (instant(self.started, "started")?, instant(self.completed, "completed")?);
        if let (None, Some(started), Some(completed)) = (duration, started, completed) {
            if completed < started {
                return Err("completed is before started".into());
            }
            duration = Some((completed - started) as f64 / 1e9);
        }
        Ok(Rollout {
            workload: cell(self.workload).map(str::to_owned),
            duration,
            followed: seconds(self.followed, "followed_s")?,
            start_up: seconds(self.start_up, "start_up_s")?,
        })
    }
}

/// Reads the recordings of a folder.
fn folder(path: &Path) -> Result<Vec<Rollout>, InputError> {
    let unreadable =
        |error: std::io::Error| InputError::in_file(&path.display().to_string(), format!("cannot be read ({error})"));
    let entries = path.read_dir().and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(unreadable)?;
    let mut files: Vec<_> = entries.iter().map(std::fs::DirEntry::path).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    if files.is_empty() {
        return Err(InputError::in_file(&path.display().to_string(), "has no recording (*.json)"));
    }
    files.iter().map(|file| recording(file)).collect()
}

/// The rollout of a recording: from its first change to the instant at which it was complete.
fn recording(path: &Path) -> Result<Rollout, InputError> {
    let wrong = |message: String| InputError::in_file(&path.display().to_string(), message);
    let text = read_text(path).map_err(wrong)?;
    let value: Value = serde_json::from_str(&text).map_err(|error| wrong(format!("is not JSON: {error}")))?;
    let actions = value.get("actions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let changes = actions.iter().filter(|action| {
        matches!(action.get("do").and_then(Value::as_str), Some("set-template" | "undo" | "patch-spec" | "scale"))
    });
    let began = changes.filter_map(|action| action.get("at")?.as_f64()).reduce(f64::min).unwrap_or(0.0);
    let ended = value.get("ended_at").and_then(Value::as_f64);
    let complete = value.pointer("/expect/complete_at/1").and_then(Value::as_f64);
    if value.pointer("/expect/outcome").is_none() {
        return Err(wrong("does not say how it ended (expect.outcome)".into()));
    }
    Ok(Rollout {
        workload: name(&value),
        duration: complete.map(|at| (at - began).max(0.0)),
        followed: ended.map(|at| (at - began).max(0.0)),
        start_up: start_up(&value),
    })
}

/// The workload of a recording, with its namespace where the recording has it: two of one name are not the same.
fn name(recording: &Value) -> Option<String> {
    let text = |key: &str| recording.get(key).and_then(Value::as_str);
    let name = text("name")?;
    Some(text("namespace").map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}")))
}

/// The median start-up of the pods of the last version.
fn start_up(recording: &Value) -> Option<f64> {
    let ready = recording.pointer("/pods/ready_after_seconds")?.as_object()?;
    let (_, times) = ready.iter().next_back()?;
    let mut times: Vec<f64> = times.as_array()?.iter().filter_map(Value::as_f64).filter(|time| *time > 0.0).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}
