//! From a run's facts to one record of numbers, and from many runs' curves to bands.

mod bands;
mod bounds;
mod curve;
mod meter;
mod record;

pub use crate::sim::StallCause;
pub use bands::{Bands, BandsRow};
pub use bounds::Bounds;
pub use curve::Curve;
pub use meter::Meter;
pub use record::{Kind, METRICS, Metric, Outcome, Record, Requests, metrics};
