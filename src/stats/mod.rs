//! Statistics of independent replications. This module does not depend on Kubernetes.
//!
//! Every estimate has limits, at the level [`CONFIDENCE`] where the caller asks for no other, and the number of
//! observations that it is computed from. All arithmetic is IEEE 754 basic operations and `libm` in a fixed order, so
//! that results have the same bits everywhere.

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
