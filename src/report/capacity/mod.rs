//! How many rollouts may run at once, in words.

mod json;
mod markdown;
mod page;
mod phrases;
mod pictures;
mod sentences;
mod supply;
mod table;
mod tables;
mod text;
mod workloads;
mod write;

use crate::analysis::capacity::Capacity;
use crate::plan::Plan;
use crate::scenario::World;

pub use json::json;
pub use markdown::markdown;
pub use phrases::name_of;
pub use sentences::title;
pub use text::text;
pub use write::write;

/// The answer with what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The world.
    pub world: &'a World,
    /// The answer.
    pub capacity: &'a Capacity,
}
