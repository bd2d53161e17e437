//! When a rollout completes, in words and for programs.

mod causes;
mod json;
mod markdown;
mod page;
mod sentences;
mod table;
mod text;

pub use json::json;
pub use markdown::markdown;
pub use page::page;
pub use text::{line, text};

use crate::eta::Eta;
use crate::plan::{Caveats, Seen};

/// The answer with what the input left open.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The answer.
    pub eta: &'a Eta,
    /// What is not modelled or assumed; `None`: nothing was simulated.
    pub caveats: Option<&'a Caveats>,
}

impl<'a> Answered<'a> {
    /// The answer about what was seen.
    #[must_use]
    pub fn of(eta: &'a Eta, seen: &'a Seen) -> Self {
        let plan = seen.plan.as_ref().ok().filter(|_| eta.forecast.is_some());
        Self { eta, caveats: plan.map(|plan| &plan.caveats) }
    }
}
