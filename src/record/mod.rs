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

mod elsewhere;
mod pod;
mod reading;
mod versions;

mod object_seen;

mod mounts;

mod history;

mod begin;

mod actions;
mod names;

mod no_node;
mod node_choice;
mod refusals;
mod surroundings;

mod budgets;
mod tables;

mod claims;

mod expect;

mod recorded;
mod told;

mod text;

mod compose;

mod beside;

use std::path::{Path, PathBuf};

pub use account::{FileRead, Part};
pub use recorded::Recorded;
pub use source::Source;
pub use target::{Kind, Target};
pub use text::text;

use crate::input::InputError;
use compose::Composer;
use history::History;
use reading::Files;
use sighting::Sighting;

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The workload.
    pub target: Target,
    /// Deployments that are recorded with it.
    pub beside: Vec<Target>,
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
    refuse_beside(files, asked)?;
    let main = told(files, (&asked.target, &asked.beside), until)?;
    let Some(beginning) = begin::begin(&main.history, since) else {
        return Err(InputError::new(nothing(&asked.target, &main.read)));
    };
    let others = asked.beside.iter().map(|other| told(files, (other, &asked.beside), until));
    let others = others.collect::<Result<Vec<Told>, InputError>>()?;
    let zero = beginning.zero;
    let nodes: Vec<String> = others.iter().flat_map(|other| other.history.nodes_of_pods()).collect();
    let mut recorded = Composer::new(&asked.target, &main.history, beginning, &nodes).compose();
    recorded.remarks.extend(main.missing.remarks());
    let all: Vec<String> = main.history.nodes_of_pods().chain(nodes).collect();
    for (target, other) in asked.beside.iter().zip(&others) {
        let Some(beginning) = begin::begin(&other.history, Some(zero)) else {
            return Err(InputError::new(nothing(target, &other.read)));
        };
        let created =
            beginning.is_created.then(|| other.history.specs.first().map(|seen| seen.at.since(zero))).flatten();
        let one = Composer::new(target, &other.history, beginning, &all).compose();
        beside::join(&mut recorded, &target.name, one, created);
    }
    recorded.files = main.read;
    Ok(recorded)
}

/// Refuses what cannot be recorded beside the workload.
fn refuse_beside(files: &[PathBuf], asked: &Asked) -> Result<(), InputError> {
    for other in &asked.beside {
        let wrong = |reason: &str| Err(InputError::new(format!("--beside {}: {reason}", other.name)));
        if other.kind != Kind::Deployment {
            return wrong("a recording has Deployments beside its workload, and no other kind: write deploy/NAME");
        }
        if *other == asked.target || asked.beside.iter().filter(|one| *one == other).count() > 1 {
            return wrong("it is recorded already");
        }
        if files.iter().any(|file| file == Path::new("-")) {
            return wrong("standard input can be read once only: write it to a file");
        }
    }
    Ok(())
}

/// What files tell of one workload.
struct Told {
    history: History,
    missing: account::Missing,
    read: Vec<FileRead>,
}

/// Reads files for one workload; the pods of those that are recorded with it are not others'.
fn told(files: &[PathBuf], (target, beside): (&Target, &[Target]), until: Option<i64>) -> Result<Told, InputError> {
    let mut read = Files::new(beside, until);
    for path in files {
        read.read(path, target)?;
    }
    let Files { mut audit, printed, mut hints, missing, memory, changes, read, .. } = read;
    // Lines of one instant have an order that does not hang on the order of the files.
    audit.sort_by(|one, other| {
        let key = |line: &Sighting| (line.at.nanos, line.of, line.at.order);
        key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
    });
    let mut seen = seen::sightings(printed, &changes);
    if let Some(until) = until {
        audit.retain(|sighting| sighting.at.nanos <= until);
        seen.retain(|sighting| sighting.at.nanos <= until);
        hints.retain(|hint| hint.at.nanos <= until);
    }
    hints.sort_by_key(|hint| hint.at);
    let mut history = History::of(target, &audit, &seen, &hints);
    history.others = memory.into_pods();
    Ok(Told { history, missing, read })
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
