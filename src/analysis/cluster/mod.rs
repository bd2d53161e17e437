//! What is known of a cluster that the workloads of a world share.

mod room;
mod stalls;
mod statistics;

use serde::{Deserialize, Serialize};

use crate::metrics::{ClusterBands, ClusterPart, ClusterSeries, Statistic, cluster_series};
use crate::scenario::World;
use crate::stats::Estimate;

pub use room::ClusterRoom;
pub use stalls::ClusterStall;
pub(super) use stalls::StallCounts;
pub use statistics::ClusterLine;
pub(super) use statistics::{QUANTILES as CLUSTER_QUANTILES, Summarised, share_line, summary_lines, time_or_never};

/// What many releases of a world came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClusterResult {
    /// Releases.
    pub n: u64,
    /// What the cluster has, and what the pods ask for that a release finds.
    pub room: Vec<ClusterRoom>,
    /// All statistics: shares of releases, then metric by metric.
    pub lines: Vec<ClusterLine>,
    /// What [`Self::timeline`] follows.
    pub series: Vec<ClusterSeries>,
    /// What is asked for over time.
    pub timeline: Vec<ClusterInstant>,
    /// Rollouts that stalled for want of room, and who took some at that instant.
    pub stalls: Vec<ClusterStall>,
}

/// Quantiles over all releases at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterInstant {
    /// Seconds since the start of the release.
    pub at_s: f64,
    /// p05, p25, p50, p75, p95 and p99 of each series of [`ClusterResult::series`], in its unit.
    pub series: Vec<[f64; 6]>,
}

impl ClusterResult {
    /// What the replications of `world` in `part` came to; `group`: they were sampled in groups of this size.
    #[must_use]
    pub fn of(world: &World, part: &ClusterPart, group: Option<u32>) -> Self {
        let lines = statistics::lines(world, &part.records, group);
        let stalls = StallCounts::of(&part.records);
        Self::with(world, part.records.len() as u64, lines, part.bands.as_ref(), &stalls)
    }

    /// What `n` replications of `world` came to, with the statistics, curves and stalls that they gave.
    pub(super) fn with(
        world: &World,
        n: u64,
        lines: Vec<ClusterLine>,
        bands: Option<&ClusterBands>,
        stalls: &StallCounts,
    ) -> Self {
        let series = cluster_series(world);
        let rows = bands.map(|bands| bands.rows()).unwrap_or_default();
        let instant = |row: crate::metrics::ClusterBandsRow| {
            let scaled =
                row.series.iter().zip(&series).map(|(levels, one)| levels.map(|level| level as f64 / one.in_one));
            ClusterInstant { at_s: row.at.as_secs_f64(), series: scaled.collect() }
        };
        let timeline = rows.into_iter().map(instant).collect();
        Self { n, room: room::room(world), lines, timeline, series, stalls: stalls.rows(world) }
    }

    /// A result of nothing, to be filled with what was read from files.
    #[must_use]
    pub fn empty(n: u64) -> Self {
        let (room, lines, series) = (Vec::new(), Vec::new(), Vec::new());
        Self { n, room, lines, series, timeline: Vec::new(), stalls: Vec::new() }
    }

    /// The estimate of a statistic of the metric, rate or peak that files call `name`.
    #[must_use]
    pub fn get(&self, name: &str, statistic: Statistic) -> Option<&Estimate> {
        let is = |line: &&ClusterLine| line.name == name && line.statistic == statistic;
        self.lines.iter().find(is).map(|line| &line.estimate)
    }

    /// Its point estimate; `None` where there is none.
    #[must_use]
    pub fn value(&self, name: &str, statistic: Statistic) -> Option<f64> {
        self.get(name, statistic)?.value
    }

    /// What the cluster has of the series that files call `name`.
    #[must_use]
    pub fn room_of(&self, name: &str) -> Option<&ClusterRoom> {
        self.room.iter().find(|room| room.name == name)
    }
}
