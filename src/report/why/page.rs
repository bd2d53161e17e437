//! How an answer is written, and what its parts have in common.

use super::glyphs::Bars;
use crate::report::format;
use crate::why::Condition;

/// How an answer is written.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Columns.
    pub width: usize,
    /// What bars are made of.
    pub bars: Bars,
    /// The input, as the user named it, for the command that shows the whole log.
    pub input: &'a str,
    /// What chose the replication, where a condition did.
    pub condition: Option<&'a Condition>,
}

/// A paragraph.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    text.split('\n').flat_map(|line| format::wrap(line, width)).map(|line| line + "\n").collect()
}

/// Names in a list: `a, b and c`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
