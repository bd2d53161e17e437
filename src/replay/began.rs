//! What a recording says about its beginning: what ran already, and when it was on the clock.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::stop::{FieldError, LONGEST};
use crate::input::nanos_of;

/// What ran when the recording begins.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    /// The template of its pods.
    #[serde(default = "first")]
    pub(super) template: String,
    /// How many there were; without it as many as are wanted.
    #[serde(default)]
    pub(super) replicas: Option<u32>,
    /// The sizes of the ReplicaSets of other templates; of a StatefulSet or a DaemonSet how many pods of them there were.
    #[serde(default)]
    pub(super) others: BTreeMap<String, u32>,
    /// The pods that there were; without it as many as these say, Ready for long.
    #[serde(default)]
    pub(super) pods: Vec<StartPod>,
    /// By template of a ReplicaSet, since when its pods have been refused [s].
    #[serde(default)]
    pub(super) refused: BTreeMap<String, Before>,
    /// The condition Progressing: when it was last updated [s], its status and its reason.
    #[serde(default)]
    pub(super) progressing: Option<(Before, String, String)>,
    /// Other Deployments that there were, by name, each with what is said of it.
    #[serde(default)]
    pub(super) deployments: BTreeMap<String, Start>,
}

/// A pod that was there when the recording begins. Whether it was Ready follows from the tables of the recording.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StartPod {
    /// Its template and its place, as `v1-0`.
    pub(super) pod: String,
    /// When it was created; `None`: long before.
    #[serde(default)]
    pub(super) created: Option<Before>,
    /// When it was bound to its node; `None`: when it was created.
    #[serde(default)]
    pub(super) bound: Option<Was>,
    /// Its node.
    #[serde(default)]
    pub(super) node: Option<u32>,
    /// When its deletion was asked for.
    #[serde(default)]
    pub(super) deleted: Option<Before>,
}

/// An instant at which the recording begins, or before [s].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Before(pub(super) f64);

impl<'de> Deserialize<'de> for Before {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = f64::deserialize(deserializer)?;
        if (-LONGEST..=0.0).contains(&at) {
            Ok(Self(at))
        } else {
            Err(D::Error::custom(format!("{at} is not before the beginning: write seconds from {} to 0", -LONGEST)))
        }
    }
}

/// An instant before the beginning, or `"never"`: it had not happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Was {
    At(f64),
    Never,
}

impl<'de> Deserialize<'de> for Was {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "never" => Ok(Self::Never),
            value @ Value::Number(_) => {
                Before::deserialize(value).map(|before| Self::At(before.0)).map_err(D::Error::custom)
            }
            other => Err(D::Error::custom(format!("{other} is neither seconds before the beginning nor \"never\""))),
        }
    }
}

impl Start {
    /// Whether it says more than which template was complete: as in the middle of a rollout, or beside other Deployments that were there.
    pub(super) fn is_detailed(&self) -> bool {
        let more = [!self.others.is_empty(), !self.pods.is_empty(), !self.deployments.is_empty()];
        more.contains(&true) || self.progressing.is_some()
    }
}

fn first() -> String {
    "v1".into()
}

/// How far the second had gone in which a recording began [s].
pub(super) fn within_second(began: Option<&str>) -> Result<f64, FieldError> {
    const SECOND: i128 = 1_000_000_000;
    let Some(text) = began else { return Ok(0.0) };
    match nanos_of(text) {
        Some(nanos) => Ok(nanos.rem_euclid(SECOND) as f64 / SECOND as f64),
        None => Err(FieldError::new("began", format!("{text:?} is no instant such as 2026-01-31T09:30:00.062Z"))),
    }
}
