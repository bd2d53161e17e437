//! What a recording says about its beginning: what ran already, and when it was on the clock.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::stop::FieldError;
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
    /// Pods of other templates that were there too.
    #[serde(default)]
    pub(super) others: BTreeMap<String, u32>,
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
