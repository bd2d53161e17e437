//! The statistics of the cluster of a world whose records are too many to be kept.

use std::io;
use std::sync::Arc;

use super::super::cluster::{
    CLUSTER_QUANTILES, ClusterLine, ClusterResult, StallCounts, Summarised, share_line, summary_lines, time_or_never,
};
use super::asked::Asked;
use super::column::Column;
use crate::metrics::{
    CLUSTER_METRICS, CLUSTER_RATES, ClusterBands, ClusterRecord, ClusterSeries, Statistic, other_series,
};
use crate::scenario::World;
use crate::stats::{Confidence, Estimate, GroupedMean, Moments, Scratch, SharePasses, Tally};

/// Records of a cluster that are gone through, in order of replication, as often as [`Self::end`] asks for it.
#[derive(Debug)]
pub struct UnkeptCluster {
    n: u64,
    group: Option<usize>,
    first_pass: bool,
    /// How many releases have each rate, and where there are groups, the rate in them.
    rates: Vec<(u64, Option<SharePasses>)>,
    metrics: Vec<Column>,
    others: Vec<(ClusterSeries, Column)>,
    stalls: StallCounts,
}

impl UnkeptCluster {
    /// None yet, of `world`; `group`: sampled in groups of this size. About `bytes` of memory may be used; what does not fit goes to
    /// `scratch`.
    #[must_use]
    pub fn new(world: &World, group: Option<u32>, scratch: &Arc<Scratch>, bytes: u64) -> Self {
        let (asked, others) = (Asked::all(group), other_series(world));
        let tallies = (CLUSTER_METRICS.len() + others.len()).max(1) as u64;
        let room = usize::try_from(bytes / (tallies * Tally::BYTES as u64)).unwrap_or(usize::MAX);
        let quantiles: Vec<f64> = CLUSTER_QUANTILES.into_iter().filter_map(Statistic::quantile).collect();
        let column = || Column::new(scratch, room, &asked, &quantiles);
        Self {
            n: 0,
            group: asked.group,
            first_pass: true,
            rates: CLUSTER_RATES.iter().map(|_| (0, asked.group.map(SharePasses::new))).collect(),
            metrics: CLUSTER_METRICS.iter().map(|_| column()).collect(),
            others: others.into_iter().map(|series| (series, column())).collect(),
            stalls: StallCounts::default(),
        }
    }

    /// Takes the next records of a pass.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn take(&mut self, records: &[ClusterRecord]) -> io::Result<()> {
        for record in records {
            if self.first_pass {
                self.n += 1;
                self.stalls.add(record);
            }
            for (rate, (count, groups)) in CLUSTER_RATES.iter().zip(&mut self.rates) {
                let counts = (rate.counts)(record);
                *count += u64::from(self.first_pass && counts);
                groups.iter_mut().for_each(|groups| groups.take(counts));
            }
            for (metric, column) in CLUSTER_METRICS.iter().zip(&mut self.metrics) {
                column.take(time_or_never(metric, record))?;
            }
            for (place, (series, column)) in self.others.iter_mut().enumerate() {
                column.take(record.peaks().nth(place).map_or(0.0, |peak| peak as f64 / series.in_one))?;
            }
        }
        Ok(())
    }

    /// Ends a pass; gives whether all records have to come once more, in the same order.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn end(&mut self) -> io::Result<bool> {
        let mut more = false;
        self.first_pass = false;
        for (_, groups) in &mut self.rates {
            more |= groups.as_mut().is_some_and(SharePasses::end);
        }
        for column in self.metrics.iter_mut().chain(self.others.iter_mut().map(|(_, column)| column)) {
            more |= column.end()?;
        }
        Ok(more)
    }

    /// What the releases came to, after the last pass; `bands` are their curves.
    #[must_use]
    pub fn result(&self, world: &World, bands: Option<&ClusterBands>) -> ClusterResult {
        let shares = CLUSTER_RATES.iter().zip(&self.rates).map(|(rate, (count, groups))| {
            let limits = groups.as_ref().and_then(|groups| groups.limits(Confidence::USUAL));
            share_line(rate, *count, self.n, limits)
        });
        let mut lines: Vec<ClusterLine> = shares.collect();
        let of = |column| OfColumn { column, grouped: self.group.is_some() };
        for (metric, column) in CLUSTER_METRICS.iter().zip(&self.metrics) {
            lines.extend(summary_lines(&of(column), metric.unit, metric.name));
        }
        for (series, column) in &self.others {
            lines.extend(summary_lines(&of(column), series.unit, &series.column()));
        }
        ClusterResult::with(world, self.n, lines, bands, &self.stalls)
    }
}

/// A column as summaries ask for it.
struct OfColumn<'a> {
    column: &'a Column,
    grouped: bool,
}

impl Summarised for OfColumn<'_> {
    fn n(&self) -> u64 {
        self.column.n()
    }

    fn ends(&self) -> Option<(f64, f64)> {
        let measured = self.column.measured();
        measured.least.zip(measured.greatest)
    }

    fn moments(&self) -> Option<Moments> {
        self.column.moments()
    }

    fn quantile(&self, q: f64) -> Estimate {
        self.column.quantile(q, 0)
    }

    fn mean_in_groups(&self) -> Option<GroupedMean> {
        self.column.mean_in_groups(0).filter(|_| self.grouped)
    }

    fn quantile_in_groups(&self, q: f64) -> Option<(Option<f64>, Option<f64>)> {
        self.column.quantile_in_groups(q, 0)
    }
}
