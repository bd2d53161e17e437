//! From the records of scenarios to statistics, differences, verdicts and choices.

mod choice;
mod difference;
mod enough;
pub mod headlines;
mod precision;
mod result;
mod statistics;
mod verdict;

#[cfg(test)]
mod tests;

pub use choice::{TradeOff, cases, fastest_that_meets, front, least, most, spread};
pub use difference::{Difference, differences};
pub use enough::fewest;
pub use headlines::Headline;
pub use precision::{Achieved, achieved, precise};
pub use result::{ScenarioResult, TimelineRow};
pub use statistics::{Statistics, StatisticsLine};
pub use verdict::{Tally, Verdict, all_met, meets, tally, verdicts};
