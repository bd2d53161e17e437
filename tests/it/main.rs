//! Every integration test, in one binary.

mod closed_forms;
mod golden;
mod shape;
mod small_worlds;
mod world;
