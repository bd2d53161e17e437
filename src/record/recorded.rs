//! A recording, and what it rests on.

use serde_json::Value;

use super::account::{FileRead, Part};

/// A recording, and what it rests on.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The recording, in the format of `rollcast replay`.
    pub recording: Value,
    /// What was read.
    pub files: Vec<FileRead>,
    /// What each part rests on.
    pub parts: Vec<Part>,
    /// What was seen to happen, in sentences.
    pub happened: Vec<String>,
    /// What is not known, or is written in other words than it was.
    pub remarks: Vec<String>,
}
