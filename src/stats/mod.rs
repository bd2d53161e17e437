//! Statistics of independent replications. This module does not depend on Kubernetes.
//!
//! Every estimate has limits, at the level [`CONFIDENCE`] where the caller asks for no other, and the number of
//! observations that it is computed from. All arithmetic is IEEE 754 basic operations and `libm` in a fixed order, so
//! that results have the same bits everywhere.

mod competing;
mod controlled;
mod estimate;
pub mod fit;
mod group_passes;
mod groups;
mod inputs;
mod known;
pub mod kriging;
mod mean;
mod multiple;
mod pair_passes;
mod paired;
mod proportion;
mod quantile;
pub mod rare;
mod repeated;
mod scratch;
mod selection;
pub mod sensitivity;
mod sequence;
mod simplex;
mod spread;
mod student;
mod survival;
mod tally;
#[cfg(test)]
mod tests;
pub mod uniform;

pub use estimate::{CONFIDENCE, Confidence, Estimate, FEW};
pub use inputs::{InputSpread, WidthParts};
pub use known::Known;
pub use paired::Paired;

#[doc(hidden)]
pub use competing::{AalenJohansen, aalen_johansen};
#[doc(hidden)]
pub use controlled::{ControlSamples, ControlledPasses};
#[doc(hidden)]
pub use estimate::fewest;
#[doc(hidden)]
pub use group_passes::{GroupedMean, MeanPasses, SharePairPasses, SharePasses};
#[doc(hidden)]
pub use groups::{mean_in_groups, quantile_in_groups, ranks_in_groups, share_in_groups};
#[doc(hidden)]
pub use known::shortfall;
#[doc(hidden)]
pub use mean::{Middle, Moments, Once, Sum, Twice, sum};
#[doc(hidden)]
pub use multiple::holm;
#[doc(hidden)]
pub use pair_passes::{MeanPairs, QuantilePairs};
#[doc(hidden)]
pub use paired::PairCounts;
#[doc(hidden)]
pub use proportion::{exact_limits, proportion, proportion_at_least};
#[doc(hidden)]
pub use quantile::OrderStatistic;
#[doc(hidden)]
pub use repeated::confidence_of_each;
#[doc(hidden)]
pub use scratch::{SCRATCH, Scratch};
#[doc(hidden)]
pub use selection::{Reach, Selection};
#[doc(hidden)]
pub use survival::{Curve, KaplanMeier, Observation, QuantileSearch, Sample, Step, kaplan_meier, of_times};
#[doc(hidden)]
pub use tally::{Ascending, Ranked, Tally, ordered, value_of};
