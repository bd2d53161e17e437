//! The objects of a manifest other than its Deployments: which of them are kept, and what an answer must say about them.

mod kept;
mod probes;
mod selectors;

mod report;

pub(crate) use kept::{OtherObjects, belongs_to_a_workload};
pub(crate) use report::Report;

#[cfg(test)]
mod tests;
