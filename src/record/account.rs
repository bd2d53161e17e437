//! What each part of a recording rests on, and what no file told.

use std::collections::BTreeMap;

use serde::Serialize;

/// A part of a recording, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// What it is.
    pub part: String,
    /// Where it comes from; `None`: no file told it.
    pub source: Option<String>,
    /// How much there is, how exact it is, or what to fetch.
    pub remark: String,
}

/// What was read of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileRead {
    /// Its path.
    pub file: String,
    /// What it holds.
    pub holds: String,
    /// Lines or objects in it.
    pub entries: usize,
    /// How many of them are about the workload.
    pub used: usize,
}

/// What the policy of an audit log kept back, by resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Missing {
    bodies: BTreeMap<String, usize>,
    responses: BTreeMap<String, usize>,
}

impl Missing {
    /// A write of which only that it happened is logged.
    pub(super) fn without_body(&mut self, resource: &str, subresource: &str) {
        *self.bodies.entry(named(resource, subresource)).or_default() += 1;
    }

    /// A write whose answer is not logged.
    pub(super) fn without_response(&mut self, resource: &str, subresource: &str) {
        *self.responses.entry(named(resource, subresource)).or_default() += 1;
    }

    /// A sentence on each kind of object that is logged in part.
    pub(super) fn remarks(&self) -> Vec<String> {
        let bodies = self.bodies.iter().map(|(what, count)| {
            format!("{count} writes of {what} are logged without what was written (level Metadata): log them at RequestResponse")
        });
        let responses = self.responses.iter().map(|(what, count)| {
            format!("{count} writes of {what} are logged without the answer (level Request): names and results are taken from later lines where there are any")
        });
        bodies.chain(responses).collect()
    }
}

fn named(resource: &str, subresource: &str) -> String {
    if subresource.is_empty() { resource.to_owned() } else { format!("{resource}/{subresource}") }
}
