//! Replay: the simulated control plane gets the inputs recorded with a real one, and the two behaviours are compared.
//!
//! A recording names a Deployment, a cluster, the course of its pods and the actions of people, and the resulting
//! behaviour. Every part can be written by hand, for an incident of the user's own; without `expect` the replay shows
//! what would have happened.

mod stop;

mod unknown;

mod pod_life;

mod low_point;

mod answer;
mod began;
mod expect;
mod keys;
mod merge;

mod json_fields;

mod manifest;

mod outcome;
mod placing;

mod beside;

mod claims;

mod recording;

mod answer_text;
mod budget;
mod cluster;

mod autoscaler;
mod nodes;
mod pod_times;
mod quotas;

mod fillers;

mod progress;

mod found;

mod volumes;

mod found_objects;

mod deployments;

mod steps;

mod head;

mod world;

mod deployments_beside;

mod set_world;

mod stateful_set_steps;

mod stateful_set;

mod daemon_set_steps;

mod daemon_set;

mod observe;

mod start;

mod deletions;

mod moves;

mod daemon_moves;

mod compare;

mod settings;

mod what_if;

use std::path::{Path, PathBuf};

pub use answer::{Answer, Condition, Field, MoveLine, Placement, Replays, ScalingLine, Summary};
pub use expect::{Expect, FillerSeen, NodeSeen, Placed};
pub use low_point::LowPoint;
pub use observe::{Ended, Move, Observed, Scaling};
pub use recording::Recording;
use stop::Stop;
pub use what_if::{Course, WhatIf};

use crate::input::read_text;
use crate::sim::Simulator;
use crate::time::SimDuration;

/// Seed of the numbers that a replay draws: they decide ties of placement and deletion, and a millisecond of each
/// latency.
const SEED: u64 = 1;

/// How many replays there are of a recording of which the first differs, one half of them with requests that take longer.
const REPLAYS: u64 = 20;

/// How many times as long requests take in that half, where the recording does not say how long: recorders share their machine with the
/// control plane.
const SLOWER: f64 = 3.0;

/// How long what would have happened is followed after the end of a recording [s].
const FOLLOWED_FURTHER: f64 = 3600.0;

/// The remedy for a file that is not a recording.
const WHAT_IT_IS: &str = "A recording is a JSON object with `deployment`, `pods` and `actions`, what people did and when; \
    tests/recordings/README.md describes it. A manifest, YAML or `kubectl get` output, is taken by `rollcast run` and \
    `rollcast trace`.";

/// Why a recording could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The file could not be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The reason and the remedy.
        reason: String,
    },
    /// The text is not JSON.
    #[error("{} is not JSON: {source}.\n{WHAT_IT_IS}", path.display())]
    Json {
        /// Which file.
        path: PathBuf,
        /// The place and the reason.
        source: serde_json::Error,
    },
    /// The file is something else, such as a Kubernetes object.
    #[error("{} holds {what}, and no recording.\n{WHAT_IT_IS}", path.display())]
    Other {
        /// Which file.
        path: PathBuf,
        /// The content of the file.
        what: String,
    },
    /// A field is missing or wrong.
    #[error("{}: {field}: {reason}", path.display())]
    Field {
        /// Which file.
        path: PathBuf,
        /// Path of the field.
        field: String,
        /// What is wrong, and what to write instead.
        reason: String,
    },
}

/// Reads a recording.
///
/// # Errors
/// Where the file cannot be read, is larger than 64 MiB, is not JSON, or has a field missing, unknown or wrong.
pub fn load(path: &Path) -> Result<Recording, ReplayError> {
    let text = read_text(path).map_err(|reason| ReplayError::File { path: path.into(), reason })?;
    parse(path, &text)
}

/// Reads a recording from text; `path` names it in errors, and gives the recording's name where the text has none.
///
/// # Errors
/// Where the text is not JSON, or has a field missing or wrong.
pub fn parse(path: &Path, text: &str) -> Result<Recording, ReplayError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value = serde_json::from_str(text).map_err(|source| ReplayError::Json { path: path.into(), source })?;
    if let Some(what) = something_else(&value) {
        return Err(ReplayError::Other { path: path.into(), what });
    }
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let checked = Recording::from_json(&value, &name).and_then(|recording| match prepare(&recording) {
        Err(Stop::Wrong(error)) => Err(error),
        _ => Ok(recording),
    });
    checked.map_err(|error| ReplayError::Field { path: path.into(), field: error.field, reason: error.reason })
}

/// What a file contains that is not a recording at all.
fn something_else(value: &serde_json::Value) -> Option<String> {
    let object = match value {
        serde_json::Value::Object(object) => object,
        serde_json::Value::Array(_) => return Some("a JSON list".into()),
        _ => return Some("no JSON object".into()),
    };
    if !object.contains_key("apiVersion") && !object.contains_key("items") {
        return None;
    }
    let kind = object.get("kind").and_then(serde_json::Value::as_str).unwrap_or("List");
    Some(format!("a Kubernetes {}", kind.chars().take(60).collect::<String>()))
}

/// The scenario or the world of a recording.
fn prepare(recording: &Recording) -> stop::Result<world::World> {
    let (played, lead) = start::come_up(recording)?;
    let mut world = match (&played.stateful_set, &played.daemon_set) {
        (None, None) => world::build(&played),
        (Some(fields), _) => stateful_set::build(&played, fields),
        (None, Some(fields)) => daemon_set::build(&played, fields),
    }?;
    world.lead = lead;
    world.watched_from = world.watched_from.max(SimDuration::from_secs_f64(lead));
    Ok(world)
}

/// Runs the simulated control plane with a recording's inputs.
///
/// # Errors
///
/// Where the recording asks for something that is not modelled.
pub fn run(recording: &Recording) -> Result<Observed, Unsupported> {
    run_with(recording, SEED)
}

/// The same with other random numbers: they decide the milliseconds of each request.
fn run_with(recording: &Recording, seed: u64) -> Result<Observed, Unsupported> {
    let world = match prepare(recording) {
        Ok(world) => world,
        Err(Stop::Rejected) => return Ok(Observed::rejected()),
        Err(Stop::Unsupported(what)) => return Err(Unsupported(what)),
        // Reading the recording would have failed before.
        Err(Stop::Wrong(error)) => return Err(Unsupported(format!("{}: {}", error.field, error.reason))),
    };
    let mut observer = observe::Recorder::new(&world);
    let mut simulator = Simulator::new(seed);
    let start = match &world.world {
        None => simulator.run(&world.scenario, 0, &mut observer).start,
        Some(several) => simulator.run_whole_world(several, 0, &mut observer).start,
    };
    Ok(observer.finish(start).since(world.lead).without_the_past())
}

/// Runs a recording and compares the results.
#[must_use]
pub fn answer(recording: &Recording) -> Answer {
    match run(recording) {
        Ok(observed) => with_other_milliseconds(recording, compare(recording, &observed)),
        Err(Unsupported(what)) => Answer::unsupported(&recording.name, &what),
    }
}

/// Where the first replay differs: whether milliseconds decide that. Then the first replay that matches is the answer, which says how
/// many of them all did.
fn with_other_milliseconds(recording: &Recording, first: Answer) -> Answer {
    let Some(difference) = first.first_difference.clone() else { return first };
    let slower = on_a_slower_machine(recording);
    let of = |seed: u64| if seed <= REPLAYS / 2 { recording } else { &slower };
    let others = (SEED + 1..SEED + REPLAYS).filter_map(|seed| run_with(of(seed), seed).ok());
    let matching = others.map(|observed| compare(recording, &observed)).filter(|answer| answer.matched == Some(true));
    let mut matching: Vec<Answer> = matching.collect();
    if matching.is_empty() {
        return first;
    }
    let replays = Replays { of: REPLAYS as usize, matched: matching.len(), first_difference: difference };
    Answer { replays: Some(replays), ..matching.swap_remove(0) }
}

/// Runs a recording as it was and with other settings, each as name and value: the same pods with the times that were recorded of them.
///
/// # Errors
/// Where there is no such setting, the API server refuses its value, or the recording asks for what is not modelled.
pub fn what_if(recording: &Recording, settings: &[(String, String)]) -> Result<WhatIf, String> {
    let mut followed = recording.clone();
    // Another strategy may take longer than the recording lasted.
    followed.ended_at += FOLLOWED_FURTHER;
    let mut changed = followed.clone();
    for (name, value) in settings {
        settings::set(&mut changed, name, value)?;
    }
    if let Err(Stop::Wrong(error)) = prepare(&changed) {
        return Err(format!("{}: {}", error.field, error.reason));
    }
    let ran = |recording: &Recording| run(recording).map_err(|error| format!("{}: {error}", recording.name));
    let (was, now) = (ran(&followed)?, ran(&changed)?);
    let has_sets = recording.stateful_set.is_none() && recording.daemon_set.is_none();
    Ok(WhatIf {
        name: recording.name.clone(),
        settings: settings.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        recorded: Course::recorded(recording),
        as_it_was: Course::of(&was, has_sets),
        with_settings: Course::of(&now, has_sets),
        without_time: if has_sets { what_if::without_time(recording, &now) } else { 0 },
    })
}

/// The recording with slower requests, where it does not say how long they take.
fn on_a_slower_machine(recording: &Recording) -> Recording {
    let mut slower = recording.clone();
    slower.cluster.request_seconds.get_or_insert(cluster::usual_request(SLOWER));
    slower
}

/// Compares simulated with recorded behaviour.
#[must_use]
pub fn compare(recording: &Recording, observed: &Observed) -> Answer {
    compare::compare(recording, observed)
}

/// Something a recording asks for that is not modelled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not modelled: {0}")]
pub struct Unsupported(pub String);

#[cfg(test)]
mod tests;
