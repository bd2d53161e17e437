//! What moves a forecast, in words, tables and pictures.

mod json;
mod markdown;
mod page;
mod pictures;
mod sentences;
mod table;
mod tables;
mod text;
mod words;
mod write;

use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::sensitivity::Sensitivity;

pub use json::json;
pub use markdown::markdown;
pub use sentences::title;
pub use text::text;
pub use write::write;

/// The answer with what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The plan that the scenario is of.
    pub plan: &'a Plan,
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The answer.
    pub found: &'a Sensitivity,
}
