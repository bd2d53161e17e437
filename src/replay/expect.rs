//! The behaviour of the real control plane that a recording states, for comparison.

use serde::{Deserialize, Deserializer};

use super::stop::{FieldError, LONGEST};
use crate::input::unknown_word;

/// The behaviour of the real control plane, as far as it is known: properties that are left out are not compared.
/// Instants are in seconds from the start.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Expect {
    /// Changes of `spec.replicas`: instant, template, size before, size after.
    pub scaling: Option<Vec<(f64, String, i32, i32)>>,
    /// Pods of a StatefulSet or a DaemonSet that were created or deleted: instant, `create` or `delete`, ordinal or node, template.
    pub moves: Option<Vec<(f64, String, u32, String)>>,
    /// By how many seconds instants may differ.
    #[serde(default = "one_second")]
    pub instants_within_s: f64,
    /// Least and greatest of the recorded runs' minima of Ready pods.
    pub min_ready: Option<(i64, i64)>,
    /// Least and greatest of the recorded runs' minima of available pods.
    pub min_available: Option<(i64, i64)>,
    /// Greatest sum of the ReplicaSets' sizes at one time.
    pub max_spec_replicas_sum: Option<i64>,
    /// Greatest number of pods that lasted for at least half a second.
    pub max_total_pods_sustained: Option<i64>,
    /// When the status became complete for the last time, in the earliest and the latest run; the inner `None`: never.
    #[serde(default, deserialize_with = "known")]
    pub complete_at: Option<Option<(f64, f64)>>,
    /// `complete`, `progress-deadline-exceeded`, `incomplete` or `rejected`.
    pub outcome: Option<String>,
    /// Instant, status and reason of the Progressing condition.
    pub progressing: Option<Vec<(f64, String, String)>>,
    /// The Deployment's revision at the end; the inner `None`: it had none.
    #[serde(default, deserialize_with = "known")]
    pub revision: Option<Option<String>>,
    /// Deletion timestamps: instant and pod. `None`: not recorded.
    pub deletions: Option<Vec<(f64, String)>>,
    /// On which node each pod was bound, and when. It is not compared: it decides among nodes that the scheduler finds equal.
    pub placement: Option<Vec<Placed>>,
    /// What was seen of nodes, in order of time. It is not compared: it tells when a silent node was found.
    pub nodes: Option<Vec<NodeSeen>>,
    /// Pods without an owner, in the order of `extra.fillers`. It is not compared: it tells where they stood.
    pub fillers: Option<Vec<FillerSeen>>,
}

/// A pod without an owner.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct FillerSeen {
    /// Its node.
    pub node: Option<u32>,
}

/// A pod, when it was bound, and to which node.
pub type Placed = (String, Option<f64>, Option<u32>);

/// What was seen of a node.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct NodeSeen {
    /// When, in seconds from the start.
    pub t: f64,
    /// Which node.
    pub node: u32,
    /// Its Ready condition: `True`, `False` or `Unknown`.
    pub ready: String,
    /// Its taints, as `KEY:EFFECT`.
    #[serde(default)]
    pub taints: Vec<String>,
}

impl Expect {
    /// Whether it states nothing that can be compared.
    pub(super) fn is_empty(&self) -> bool {
        let known = [
            self.scaling.is_some(),
            self.min_ready.is_some(),
            self.min_available.is_some(),
            self.max_spec_replicas_sum.is_some(),
            self.max_total_pods_sustained.is_some(),
            self.complete_at.is_some(),
            self.outcome.is_some(),
            self.progressing.is_some(),
            self.revision.is_some(),
            self.deletions.is_some(),
            self.moves.is_some(),
        ];
        !known.contains(&true)
    }
}

fn one_second() -> f64 {
    1.0
}

/// A field that is present, though it may be `null`.
fn known<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl Expect {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        const OUTCOMES: [&str; 4] = ["complete", "progress-deadline-exceeded", "incomplete", "rejected"];
        if !(0.0..=LONGEST).contains(&self.instants_within_s) {
            let reason = format!("{} is no tolerance: write seconds from 0 on", self.instants_within_s);
            return Err(FieldError::new("expect.instants_within_s", reason));
        }
        match self.outcome.as_deref().filter(|outcome| !OUTCOMES.contains(outcome)) {
            Some(outcome) => Err(FieldError::new("expect.outcome", unknown_word("outcome", outcome, &OUTCOMES))),
            None => Ok(()),
        }
    }
}
