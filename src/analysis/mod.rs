//! From the records of scenarios to statistics, differences, verdicts and choices.

#[doc(hidden)]
pub mod before_after;
#[doc(hidden)]
pub mod capacity;
mod choice;
mod cluster;
mod cluster_verdict;
mod controlled;
mod difference;
mod enough;
mod groups;
#[doc(hidden)]
pub mod headlines;
mod inputs;
mod no_node;
#[doc(hidden)]
pub mod pick;
mod precision;
mod predicted;
mod result;
mod scope;
mod statistics;
#[doc(hidden)]
pub mod unkept;
mod verdict;
mod what_if;

#[cfg(test)]
mod tests;

pub use cluster::{ClusterInstant, ClusterLine, ClusterResult, ClusterRoom, ClusterStall};
pub use cluster_verdict::{ClusterVerdict, cluster_held, cluster_verdicts};
pub use difference::Difference;
pub use inputs::{InputLine, InputUncertainty};
pub use no_node::NoNode;
pub use pick::Pick;
pub use precision::Achieved;
pub use result::{LevelRow, ScenarioResult, TimelineRow};
pub use scope::Scope;
pub use statistics::{Statistics, StatisticsLine};
pub use what_if::{Assumption, Change, WhatIfRow};

#[doc(hidden)]
pub use choice::{TradeOff, cases, fastest_that_meets, front, least, most, spread};
#[doc(hidden)]
pub use controlled::Controlled;
#[doc(hidden)]
pub use difference::{differences, differences_of};
#[doc(hidden)]
pub use enough::fewest;
#[doc(hidden)]
pub use groups::sampled_differences;
#[doc(hidden)]
pub use headlines::Headline;
#[doc(hidden)]
pub use inputs::{DRAWS, DrawnFigures, REPLICATIONS_OF_A_DRAW, widen_differences};
#[doc(hidden)]
pub use pick::{Contender, pick_of};
#[doc(hidden)]
pub use precision::{achieved, precise};
#[doc(hidden)]
pub use predicted::{HeldOut, Prediction, predictions};
#[doc(hidden)]
pub use result::is_release;
#[doc(hidden)]
pub use statistics::restricted;
#[doc(hidden)]
pub use verdict::{Tally, Verdict, all_met, estimated_to_meet, meets, tally, verdicts};
