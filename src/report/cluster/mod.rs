//! What the workloads of a world take of their cluster together: tables, the same read back, and what is said of it.

pub(super) mod json;
pub(super) mod read;
pub mod rows;
pub(super) mod tables;
pub(super) mod text;
pub(super) mod words;
