//! A study: an experiment that is divided into parts for many machines, as files on disk.
//!
//! The directory of a study holds `plan.json`, copies of the inputs, what an engine of jobs needs, and in `parts/` one file for each part
//! that is finished. Nothing there is locked: a part's name is known before its work, and its bytes follow from the plan, so that two
//! processes with the same part write the same file.

mod fault;
mod plan_file;

mod engine;

mod place;
mod standing;
mod store;

pub use engine::{Engine, ScriptFile, files};
pub use fault::StudyError;
pub use place::{PLAN, read, save, write};
pub use plan_file::{Foreseen, MOST_PARTS, Study};
pub use standing::{Proved, Standing, array, parts};
pub use store::Store;

#[cfg(test)]
mod tests;
