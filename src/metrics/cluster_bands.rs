//! What many releases of a world ask for over time, as quantiles at the points of a grid.
//!
//! Bands are counts, so that replications can be added in any order and in any grouping with the same result, in memory that does
//! not grow.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cluster_record::ClusterRecord;
use super::cluster_series::most;
use super::curve::{Curve, FINEST, POINTS};
use super::grid::{Changes, halve, quantile};
use crate::scenario::World;
use crate::time::SimDuration;

/// Values of a series that are told apart.
const BINS: u64 = 2048;

/// The quantiles of a band.
const QUANTILES: [f64; 6] = [0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// What a number of replications of a world gave beside the records of its workloads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClusterPart {
    /// One record for each replication, in order.
    pub records: Vec<ClusterRecord>,
    /// The curves of the same replications; `None` where there is no replication of a world.
    pub bands: Option<ClusterBands>,
}

impl ClusterPart {
    /// Adds the replications that come next.
    pub fn extend(&mut self, next: Self) {
        self.records.extend(next.records);
        match (&mut self.bands, next.bands) {
            (Some(own), Some(next)) => own.merge(next),
            (own @ None, next) => *own = next,
            (Some(_), None) => {}
        }
    }
}

/// The curves of many releases of one world.
#[derive(Clone, Debug)]
pub struct ClusterBands {
    step: SimDuration,
    /// Replications.
    n: u32,
    /// Grid points of the longest.
    used: usize,
    series: Vec<Series>,
}

/// One series.
#[derive(Clone, Debug)]
struct Series {
    /// Values of one bin.
    width: u64,
    /// By bin; nothing where no replication was.
    bins: Vec<Option<Box<Changes>>>,
}

/// Quantiles at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterBandsRow {
    /// Since the start of the release.
    pub at: SimDuration,
    /// p05, p25, p50, p75, p95 and p99 of each series, as [`cluster_series`](super::cluster_series) has them.
    pub series: Vec<[u64; 6]>,
}

impl ClusterBands {
    /// No replication yet of `world`.
    #[must_use]
    pub fn of(world: &World) -> Self {
        let series = |most: u64| Series { width: most.div_ceil(BINS).max(1), bins: Vec::new() };
        Self { step: FINEST, n: 0, used: 0, series: most(world).into_iter().map(series).collect() }
    }

    /// Adds a replication.
    pub fn add(&mut self, curve: &Curve<Vec<u64>>) {
        while self.step < curve.step {
            self.double();
        }
        let stride = (self.step.as_nanos() / curve.step.as_nanos()) as usize;
        let mut before: Option<&[u64]> = None;
        for (point, sample) in
            curve.changes.iter().map(|(point, sample)| (*point, sample)).chain([(curve.sampled, &curve.last)])
        {
            for (place, series) in self.series.iter_mut().enumerate() {
                let at = |sample: &[u64]| sample.get(place).copied().unwrap_or(0);
                series.change(point.div_ceil(stride), before.map(at), at(sample));
            }
            before = Some(sample);
        }
        self.n += 1;
        self.used = self.used.max(curve.sampled.div_ceil(stride));
    }

    /// Adds the replications of another part of the same world.
    pub fn merge(&mut self, mut other: Self) {
        while self.step < other.step {
            self.double();
        }
        while other.step < self.step {
            other.double();
        }
        for (mine, theirs) in self.series.iter_mut().zip(other.series) {
            for (bin, theirs) in (0..).zip(theirs.bins) {
                let Some(theirs) = theirs else { continue };
                mine.reach(bin).iter_mut().zip(theirs.iter()).for_each(|(mine, theirs)| *mine += theirs);
            }
        }
        self.n += other.n;
        self.used = self.used.max(other.used);
    }

    /// The bands until the last release is over.
    #[must_use]
    pub fn rows(&self) -> Vec<ClusterBandsRow> {
        let points = if self.n == 0 { 0 } else { (self.used + 1).min(POINTS) };
        let mut held: Vec<Vec<i32>> = self.series.iter().map(|series| vec![0; series.bins.len()]).collect();
        let row = |point: usize| {
            let of = |(held, series): (&mut Vec<i32>, &Series)| {
                for (held, changes) in held.iter_mut().zip(&series.bins) {
                    *held += changes.as_ref().map_or(0, |changes| changes[point]);
                }
                let bin = |level| quantile(held.iter().copied(), level, self.n).unwrap_or_default();
                QUANTILES.map(|level| bin(level) as u64 * series.width)
            };
            let series = held.iter_mut().zip(&self.series).map(of).collect();
            ClusterBandsRow { at: self.step.times(point as u64), series }
        };
        (0..points).map(row).collect()
    }

    /// Leaves every other point out.
    fn double(&mut self) {
        self.series.iter_mut().flat_map(|series| series.bins.iter_mut().flatten()).for_each(|changes| halve(changes));
        self.step = self.step.times(2);
        self.used = self.used.div_ceil(2);
    }

    fn stored(&self) -> Stored {
        let mut changes = Vec::new();
        for (place, series) in (0..).zip(&self.series) {
            for (bin, row) in (0..).zip(&series.bins) {
                let row = row.iter().flat_map(|row| (0..).zip(row.iter()));
                changes.extend(
                    row.filter(|(_, change)| **change != 0).map(|(point, change)| (place, bin, point, *change)),
                );
            }
        }
        let widths = self.series.iter().map(|series| series.width).collect();
        Stored { step: self.step, n: self.n, used: self.used, widths, changes }
    }

    /// `None`: no such series, bin or point.
    fn restore(&mut self, (place, bin, point, change): StoredChange) -> Option<()> {
        let series = self.series.get_mut(usize::from(place)).filter(|_| u64::from(bin) <= BINS)?;
        *series.reach(usize::from(bin)).get_mut(usize::from(point))? = change;
        Some(())
    }
}

impl Series {
    fn change(&mut self, point: usize, before: Option<u64>, now: u64) {
        let bin = |value: u64| (value / self.width).min(BINS) as usize;
        let (before, now) = (before.map(bin), bin(now));
        if before == Some(now) {
            return;
        }
        if let Some(before) = before {
            self.reach(before)[point] -= 1;
        }
        self.reach(now)[point] += 1;
    }

    fn reach(&mut self, bin: usize) -> &mut Changes {
        if bin >= self.bins.len() {
            self.bins.resize(bin + 1, None);
        }
        self.bins[bin].get_or_insert_with(|| Box::new([0; POINTS + 1]))
    }
}

/// What no replication reached is missing or a row of zeros, which makes no difference.
impl PartialEq for ClusterBands {
    fn eq(&self, other: &Self) -> bool {
        self.stored() == other.stored()
    }
}

/// Bands as they are stored: of the changes those that there are.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stored {
    step: SimDuration,
    n: u32,
    used: usize,
    widths: Vec<u64>,
    changes: Vec<StoredChange>,
}

/// Which series, bin, grid point, and the change.
type StoredChange = (u16, u16, u8, i32);

impl Serialize for ClusterBands {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ClusterBands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { step, n, used, widths, changes } = Stored::deserialize(deserializer)?;
        let is_whole = used <= POINTS && widths.iter().all(|width| *width > 0);
        let series = widths.into_iter().map(|width| Series { width, bins: Vec::new() }).collect();
        let mut bands = Self { step, n, used, series };
        let whole = is_whole && changes.into_iter().all(|change| bands.restore(change).is_some());
        if whole { Ok(bands) } else { Err(serde::de::Error::custom("no bands")) }
    }
}
