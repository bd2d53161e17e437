//! An incident becomes a recording: audit logs, watches, events and objects of a cluster are put together to what `rollcast replay`
//! plays. Every part comes from the most trusted file that tells it; what no file tells is left out and named.

mod account;
mod amount;
mod patch;
mod source;

mod target;

mod sighting;

mod audit;
mod event;
mod seen;
mod within_second;

mod pod;
mod reading;
mod versions;

mod object_seen;

mod history;

mod begin;

mod actions;
mod names;

mod no_node;
mod node_choice;
mod refusals;
mod surroundings;
mod tables;

mod expect;

mod recorded;
mod told;

mod text;

mod compose;

use std::path::PathBuf;

pub use account::{FileRead, Part};
pub use recorded::Recorded;
pub use source::Source;
pub use target::{Kind, Target};
pub use text::text;

use crate::input::InputError;
use compose::Composer;
use history::History;
use reading::Files;

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The workload.
    pub target: Target,
    /// The instant 0, as text; `None`: the first change.
    pub since: Option<String>,
    /// What comes later is left out; as text.
    pub until: Option<String>,
}

/// Reads files and writes what they tell of a workload as a recording.
///
/// # Errors
/// Where a file cannot be read, or none of them has the workload.
pub fn record(files: &[PathBuf], asked: &Asked) -> Result<Recorded, InputError> {
    let instant = |text: &Option<String>, option: &str| match text {
        None => Ok(None),
        Some(text) => source::nanos(text).map(Some).ok_or_else(|| {
            InputError::new(format!("{option} `{text}`: write an instant such as 2026-01-31T09:30:00Z"))
        }),
    };
    let since = instant(&asked.since, "--since")?;
    let until = instant(&asked.until, "--until")?;
    let mut read = Files::default();
    for path in files {
        read.read(path, &asked.target)?;
    }
    let Files { mut audit, printed, mut hints, missing, read } = read;
    audit.sort_by_key(|sighting| sighting.at.nanos);
    let mut seen = seen::sightings(printed);
    if let Some(until) = until {
        audit.retain(|sighting| sighting.at.nanos <= until);
        seen.retain(|sighting| sighting.at.nanos <= until);
        hints.retain(|hint| hint.at.nanos <= until);
    }
    hints.sort_by_key(|hint| hint.at);
    let history = History::of(&asked.target, &audit, &seen, &hints);
    let Some(beginning) = begin::begin(&history, since) else {
        return Err(InputError::new(nothing(&asked.target, &read)));
    };
    let mut recorded = Composer::new(&asked.target, &history, beginning).compose();
    recorded.remarks.extend(missing.remarks());
    recorded.files = read;
    Ok(recorded)
}

/// Why there is no recording.
fn nothing(target: &Target, read: &[FileRead]) -> String {
    let used: usize = read.iter().map(|file| file.used).sum();
    let advice = if used == 0 {
        "nothing in the files is about it: check name and namespace (-n)"
    } else {
        "no file has the object itself: add `kubectl get KIND NAME -o json`, or an audit log that has a write of it"
    };
    format!("{target} cannot be recorded: {advice}")
}
