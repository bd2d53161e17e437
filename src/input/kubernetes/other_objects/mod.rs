//! The objects of a manifest other than its Deployments: which of them are kept, and what an answer must say about them.

mod kept;
mod limits;
mod selectors;

mod report;

pub(crate) use kept::OtherObjects;
pub(crate) use report::Report;

#[cfg(test)]
mod tests;
