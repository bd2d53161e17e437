//! What becomes of an answer where an assumption is another one.

use crate::analysis::Assumption;

/// One assumption, and the nearest level at which the recommended number at a time does not fit any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The assumption: how many times as long something takes.
    pub assumption: Assumption,
    /// The nearest level that was tried at which the recommended number is not shown to fit; the farthest one that was tried where
    /// it always is.
    pub times: f64,
    /// Whether it turns the answer.
    pub turns: bool,
    /// How many at a time are shown to fit at that level; `None`: not even one, or the answer does not turn.
    pub then: Option<usize>,
    /// Simulated releases at each level.
    pub releases: u64,
}
