//! How probable a rare event is, in words and for programs.

mod causes;
mod json;
mod text;

pub use json::json;
pub use text::text;

use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::tail::{Event, Tail};

/// The answer with what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The answer.
    pub tail: &'a Tail,
    /// What was asked.
    pub event: &'a Event,
    /// Of which scenario.
    pub scenario: &'a Scenario,
    /// Of which plan that is one.
    pub plan: &'a Plan,
}
