//! From a run's facts to one record of numbers, and from many runs' curves to bands.

mod bands;
mod bounds;
mod curve;
mod figure;
mod meter;
pub mod metric;
mod rate;
mod record;
mod rows;

#[cfg(test)]
pub(crate) mod tests;

pub use crate::sim::StallCause;
pub use bands::{Bands, BandsRow};
pub use bounds::Bounds;
pub use curve::Curve;
pub use figure::{Figure, Measure, Statistic};
pub use meter::Meter;
pub use metric::{About, Kind, METRICS, Metric, Unit, metrics};
pub use rate::RolloutRate;
pub use record::{Outcome, Record, Requests, stall_causes};

pub(crate) use rows::rows;
