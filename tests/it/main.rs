//! Every integration test, in one binary.

mod closed_forms;
mod determinism;
mod golden;
mod shape;
mod small_worlds;
mod world;
