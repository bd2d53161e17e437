//! Which of several uncertain inputs move an output: screening by elementary effects, and the share of the output's variance
//! that each of them explains.
//!
//! An input is a number from 0 to 1: its place in its range. What it means there is the caller's. Both methods first give
//! points, at all of which the caller computes the output, and then take the outputs in the order of the points.

mod indices;
mod screening;
#[cfg(test)]
mod tests;

pub use indices::{Index, Rows, indices};
pub use screening::{Effect, LEVELS, Trajectory, effects, trajectories};
