//! From a run's facts to one record of numbers, and from many runs' curves to bands.

mod bands;
mod bounds;
mod cluster_bands;
mod cluster_meter;
pub mod cluster_metric;
mod cluster_record;
mod cluster_series;
mod curve;
mod extremes;
mod figure;
mod grid;
mod levels;
mod listener;
mod meter;
pub mod metric;
mod quota_use;
mod rate;
mod record;
mod risks;
mod rows;
mod since;
mod world_meter;

#[cfg(test)]
pub(crate) mod tests;

pub use crate::sim::{Placed, StallCause};
pub use bounds::Bounds;
pub use cluster_metric::{CLUSTER_METRICS, CLUSTER_RATES, ClusterMetric, ClusterRate, ClusterUnit};
pub use cluster_record::{ClusterRecord, ReleaseOutcome, StallForRoom};
pub use cluster_series::{ClusterSeries, cluster_series, other_series, quota_name, unit_of};
pub use extremes::Extremes;
pub use figure::{Figure, Measure, Statistic};
pub use listener::{Saying, Sayings};
pub use metric::{About, Columns, Kind, METRICS, Metric, Unit, metrics};
pub use rate::RolloutRate;
pub use record::{After, Outcome, Record, Requests, stall_causes};
pub use risks::{Befallen, Risks};

#[doc(hidden)]
pub use bands::{Bands, BandsRow};
#[doc(hidden)]
pub use cluster_bands::{ClusterBands, ClusterBandsRow, ClusterPart};
#[doc(hidden)]
pub use cluster_meter::ClusterMeter;
#[doc(hidden)]
pub use curve::Curve;
#[doc(hidden)]
pub use levels::{LevelStep, levels};
#[doc(hidden)]
pub use meter::Meter;
#[doc(hidden)]
pub use world_meter::WorldMeter;

pub(crate) use rows::rows;
