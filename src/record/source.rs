//! Where a piece of knowledge comes from, and when something happened.

use std::fmt;

use serde_json::Value;

use crate::input::nanos_of;

/// What a file of a cluster is, the most trusted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Lines of the API server's audit log.
    Audit,
    /// What `kubectl get --watch` printed.
    Watch,
    /// Events of the cluster.
    Events,
    /// Objects as `kubectl get` prints them once.
    Objects,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audit => "audit log",
            Self::Watch => "watch",
            Self::Events => "events",
            Self::Objects => "objects",
        })
    }
}

/// Nanoseconds of a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// An instant as a source tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Nanoseconds since 1970.
    pub(super) nanos: i64,
    /// Orders what lies in the same second: the resource version, else 0.
    pub(super) order: u64,
    /// Whether it is more precise than a whole second.
    pub(super) exact: bool,
    pub(super) source: Source,
}

impl At {
    /// Seconds since `zero`, to the millisecond.
    pub(super) fn since(self, zero: i64) -> f64 {
        seconds(self.nanos - zero)
    }
}

/// Nanoseconds as seconds, to the millisecond.
pub(super) fn seconds(nanos: i64) -> f64 {
    (nanos as f64 / 1e6).round() / 1e3
}

/// Nanoseconds since 1970 of an instant as the API writes it.
pub(super) fn nanos(text: &str) -> Option<i64> {
    i64::try_from(nanos_of(text)?).ok()
}

/// The instant at a path of an object.
pub(super) fn nanos_at(object: &Value, pointer: &str) -> Option<i64> {
    nanos(object.pointer(pointer)?.as_str()?)
}

/// The text at a path of an object.
pub(super) fn text_at<'a>(object: &'a Value, pointer: &str) -> Option<&'a str> {
    object.pointer(pointer)?.as_str()
}
