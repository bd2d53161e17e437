//! The result of a comparison, as JSON and as text.

use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Serialize, Serializer};

use super::low_point::LowPoint;

/// One compared property: the recorded and the simulated value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Field<E, G> {
    /// The recorded value; the outer `None`: nothing was recorded.
    pub expected: Option<E>,
    /// The simulated value.
    pub got: G,
}

impl<E: Serialize, G: Serialize> Serialize for Field<E, G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(expected) = &self.expected {
            map.serialize_entry("expected", expected)?;
        }
        map.serialize_entry("got", &self.got)?;
        map.end()
    }
}

/// A scaling as it is printed: seconds, template, size before, size after.
pub type ScalingLine = (f64, String, i32, i32);

/// A pod of a StatefulSet or a DaemonSet that was created or deleted, as it is printed: seconds, `create` or `delete`, ordinal or
/// node, template.
pub type MoveLine = (f64, String, u32, String);

/// A pod's deletion as it is printed: seconds, pod.
pub(super) type DeletionLine = (f64, String);

/// Status and reason of a condition.
pub type Condition = (String, String);

/// The comparison of one recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The recording's name.
    pub name: String,
    /// What the recording asks for that is not modelled; the other fields are then without meaning.
    pub unsupported: Option<String>,
    /// Whether everything matched; `None` where the recording has nothing to compare.
    pub matched: Option<bool>,
    /// The first property that did not match.
    pub first_difference: Option<String>,
    /// Changes of ReplicaSets' sizes, in pods.
    pub scaling: Field<Vec<ScalingLine>, Vec<ScalingLine>>,
    /// Of a StatefulSet or a DaemonSet: its pods that were created and deleted; `None`: the recording is about Deployments.
    pub moves: Option<Field<Vec<MoveLine>, Vec<MoveLine>>>,
    /// Deletion timestamps, in seconds from the start.
    pub deletions: Field<Option<Vec<DeletionLine>>, Vec<DeletionLine>>,
    /// Least number of Ready pods.
    pub min_ready: Field<Option<(i64, i64)>, i64>,
    /// Least number of available pods.
    pub min_available: Field<Option<(i64, i64)>, i64>,
    /// Greatest sum of the ReplicaSets' sizes at one time.
    pub max_spec_replicas_sum: Field<Option<i64>, i64>,
    /// Greatest number of pods that lasted for at least half a second.
    pub max_total_pods_sustained: Field<Option<i64>, i64>,
    /// When the status became complete for the last time, in seconds from the start.
    pub complete_at: Field<Option<(f64, f64)>, Option<f64>>,
    /// How the rollout ended.
    pub outcome: Field<String, String>,
    /// Status and reason of the Progressing condition, without repetitions.
    pub progressing: Field<Vec<Condition>, Vec<Condition>>,
    /// The Deployment's revision at the end.
    pub revision: Field<Option<String>, Option<String>>,
    /// When the simulated rollout last exceeded its progress deadline, in seconds from the start, and why.
    pub stalled: Option<(f64, String)>,
    /// Names of the pod templates that the Deployment had, in order of time.
    pub versions: Vec<String>,
    /// How the other Deployments ended; empty where there is one.
    pub others: Vec<OtherAnswer>,
    /// When the recording ended, in seconds from the start.
    pub ended_at: f64,
    /// It begins with what was running.
    pub was_running: bool,
    /// How many of the recorded times are unknown, and are taken from the version's other pods.
    pub unknown_times: usize,
    /// Where pods went whose node is recorded.
    pub placement: Placement,
    /// When fewest pods were available, and who was down then.
    pub low_point: Option<LowPoint>,
    /// Where the first replay differs and another one, with other milliseconds, may match: how many did.
    pub replays: Option<Replays>,
}

/// Where pods went whose node is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Placement {
    /// Pods that the simulated scheduler gave a node, and whose node is recorded.
    pub recorded: usize,
    /// Those whose node was taken as recorded, because the scheduler's rules gave it the same score as the one that they would have taken.
    pub given: usize,
    /// Those that went to another node than is recorded.
    pub other: usize,
}

/// Replays that differ in nothing but the milliseconds of each request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replays {
    /// How many there were.
    pub of: usize,
    /// How many of them matched.
    pub matched: usize,
    /// In what the first one differs.
    pub first_difference: String,
}

/// How another Deployment than the first ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OtherAnswer {
    /// Its name.
    pub name: String,
    /// How its rollout ended.
    pub outcome: String,
    /// When its status became complete for the last time, in seconds from the start.
    pub complete_at: Option<f64>,
}

impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(what) = &self.unsupported {
            let mut answer = serializer.serialize_struct("Answer", 2)?;
            answer.serialize_field("name", &self.name)?;
            answer.serialize_field("unsupported", what)?;
            return answer.end();
        }
        let mut answer = serializer.serialize_struct("Answer", 19)?;
        answer.serialize_field("name", &self.name)?;
        answer.serialize_field("matched", &self.matched)?;
        answer.serialize_field("first_difference", &self.first_difference)?;
        match &self.moves {
            None => answer.serialize_field("scaling", &self.scaling)?,
            Some(moves) => answer.serialize_field("moves", moves)?,
        }
        answer.serialize_field("min_ready", &self.min_ready)?;
        answer.serialize_field("min_available", &self.min_available)?;
        if self.moves.is_none() {
            answer.serialize_field("max_spec_replicas_sum", &self.max_spec_replicas_sum)?;
        }
        answer.serialize_field("max_total_pods_sustained", &self.max_total_pods_sustained)?;
        answer.serialize_field("complete_at", &self.complete_at)?;
        answer.serialize_field("outcome", &self.outcome)?;
        if self.moves.is_none() {
            answer.serialize_field("progressing", &self.progressing)?;
            answer.serialize_field("revision", &self.revision)?;
        }
        answer.serialize_field("deletions", &self.deletions)?;
        answer.serialize_field("stalled", &self.stalled)?;
        if self.unknown_times > 0 {
            answer.serialize_field("unknown_times", &self.unknown_times)?;
        }
        if !self.others.is_empty() {
            answer.serialize_field("others", &self.others)?;
        }
        if let Some(low) = &self.low_point {
            answer.serialize_field("low_point", low)?;
        }
        if self.placement.recorded > 0 {
            answer.serialize_field("placement", &self.placement)?;
        }
        if let Some(replays) = &self.replays {
            answer.serialize_field("replays", replays)?;
        }
        answer.end()
    }
}

impl Answer {
    /// The answer for a recording that asks for something that is not modelled.
    #[must_use]
    pub fn unsupported(name: &str, what: &str) -> Self {
        Self { name: name.to_owned(), unsupported: Some(what.to_owned()), ..Self::default() }
    }
}

/// Numbers of recordings by result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Recordings that matched.
    pub matched: usize,
    /// Recordings that did not match.
    pub differed: usize,
    /// Recordings that ask for something that is not modelled.
    pub unsupported: usize,
    /// Recordings that have nothing to compare.
    pub only_simulated: usize,
}

impl Summary {
    /// Adds an answer to the counts.
    pub fn add(&mut self, answer: &Answer) {
        match (&answer.unsupported, answer.matched) {
            (Some(_), _) => self.unsupported += 1,
            (None, Some(true)) => self.matched += 1,
            (None, Some(false)) => self.differed += 1,
            (None, None) => self.only_simulated += 1,
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} matched, {} differed, {} unsupported", self.matched, self.differed, self.unsupported)?;
        match self.only_simulated {
            0 => Ok(()),
            count => write!(f, ", {count} without expect"),
        }
    }
}
