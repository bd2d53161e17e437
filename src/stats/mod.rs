//! Statistics of independent replications. Knows no Kubernetes.
//!
//! Every estimate comes with its limits, at the level [`CONFIDENCE`] where no other is asked for, and the number of
//! observations it rests on. All arithmetic is IEEE 754 basic operations and `libm` in a fixed order, so that results
//! have the same bits everywhere.

mod competing;
mod estimate;
pub mod fit;
mod kim_nelson;
mod mean;
mod multiple;
mod paired;
mod proportion;
mod quantile;
mod simplex;
mod student;
mod survival;
#[cfg(test)]
mod tests;

pub use competing::aalen_johansen;
pub use estimate::{CONFIDENCE, Confidence, Estimate, fewest};
pub use kim_nelson::KimNelson;
pub use mean::{Moments, sum};
pub use multiple::holm;
pub use paired::Paired;
pub use proportion::{exact_limits, proportion, proportion_at_least};
pub use quantile::OrderStatistic;
pub use survival::{Curve, Observation, Sample, Step, kaplan_meier};
