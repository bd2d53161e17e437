//! From the records of scenarios to statistics, differences, verdicts and choices.

mod choice;
mod difference;
mod enough;
mod groups;
#[doc(hidden)]
pub mod headlines;
mod no_node;
mod precision;
mod result;
mod scope;
mod statistics;
mod verdict;

#[cfg(test)]
mod tests;

pub use difference::Difference;
pub use no_node::NoNode;
pub use precision::Achieved;
pub use result::{ScenarioResult, TimelineRow};
pub use scope::Scope;
pub use statistics::{Statistics, StatisticsLine};

#[doc(hidden)]
pub use choice::{TradeOff, cases, fastest_that_meets, front, least, most, spread};
#[doc(hidden)]
pub use difference::{differences, differences_of};
#[doc(hidden)]
pub use enough::fewest;
#[doc(hidden)]
pub use groups::sampled_differences;
#[doc(hidden)]
pub use headlines::Headline;
#[doc(hidden)]
pub use precision::{achieved, precise};
#[doc(hidden)]
pub use statistics::restricted;
#[doc(hidden)]
pub use verdict::{Tally, Verdict, all_met, meets, tally, verdicts};
