//! Statistics of independent replications. Knows no Kubernetes.
//!
//! Every estimate comes with its limits at the level [`CONFIDENCE`] and the number of observations it rests on. All
//! arithmetic is IEEE 754 basic operations and `libm` in a fixed order, so that results have the same bits everywhere.

mod competing;
mod estimate;
mod mean;
mod paired;
mod proportion;
mod quantile;
mod student;
mod survival;

pub use competing::aalen_johansen;
pub use estimate::{CONFIDENCE, Estimate};
pub use mean::{Moments, sum};
pub use paired::Paired;
pub use proportion::proportion;
pub use quantile::OrderStatistic;
pub use survival::{Curve, Observation, Sample, Step, kaplan_meier};
