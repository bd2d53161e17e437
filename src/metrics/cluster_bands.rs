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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::time::SimTime;

    const START: SimTime = SimTime::from_secs(7);
    /// Widths of the bins of two series.
    const WIDTHS: [u64; 2] = [1, 10];

    fn none() -> ClusterBands {
        let series = WIDTHS.map(|width| Series { width, bins: Vec::new() });
        ClusterBands { step: FINEST, n: 0, used: 0, series: series.into() }
    }

    /// A curve of what holds until each of these instants, in milliseconds, and of what holds from the last of them on.
    fn curve(holds: &[(u64, [u64; 2])], last: [u64; 2]) -> Curve<Vec<u64>> {
        let mut curve = Curve::default();
        curve.reset(START);
        for (until, sample) in holds {
            curve.sample(START + SimDuration::from_millis(*until), &sample.to_vec());
        }
        curve.last = last.to_vec();
        curve
    }

    #[test]
    fn a_band_of_one_is_its_curve() {
        let mut bands = none();
        bands.add(&curve(&[(500, [3, 99]), (1000, [4, 100])], [7, 25_000]));
        let found: Vec<_> = bands.rows().into_iter().map(|row| (row.at, row.series)).collect();
        // Values beyond the last bin count as that one, and values within a bin as its least one.
        let expected = [[3, 90], [3, 90], [4, 100], [4, 100], [7, 20_480]];
        let expected = (0..).zip(expected).map(|(point, [a, b])| (FINEST.times(point), vec![[a; 6], [b; 6]]));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }

    #[test]
    fn without_a_replication_there_is_no_row() {
        assert!(none().rows().is_empty());
    }

    #[test]
    fn grouping_and_order_make_no_difference_and_bands_are_read_back() {
        let curves = [3000, 700_000, 40_000, 90_000].map(|length| curve(&[(length, [length / 1000, 5])], [1, 1]));
        let (mut whole, mut parts) = (none(), none());
        curves.iter().for_each(|curve| whole.add(curve));
        for curve in curves.iter().rev() {
            let mut part = none();
            part.add(curve);
            parts.merge(part);
        }
        assert_eq!(whole, parts);
        assert_eq!(whole.rows(), parts.rows());
        let text = serde_json::to_string(&whole).unwrap();
        assert_eq!(serde_json::from_str::<ClusterBands>(&text).unwrap().rows(), whole.rows());
        assert_ne!(whole, none());
        for wrong in
            [text.replace("\"widths\":[1,", "\"widths\":[0,"), text.replace("\"widths\":[1,10]", "\"widths\":[1]")]
        {
            assert_ne!(wrong, text);
            assert!(serde_json::from_str::<ClusterBands>(&wrong).is_err());
        }
        let mut bands = none();
        for (change, kept) in
            [((1, 2048, 128, 1), true), ((1, 2049, 0, 1), false), ((2, 0, 0, 1), false), ((0, 0, 129, 1), false)]
        {
            assert_eq!(bands.restore(change).is_some(), kept, "{change:?}");
        }
    }

    #[test]
    fn parts_are_put_together_in_order() {
        let part = |bands: Option<ClusterBands>| ClusterPart { records: vec![ClusterRecord::default()], bands };
        let mut one = none();
        one.add(&curve(&[(500, [1, 1])], [2, 2]));
        let mut whole = ClusterPart::default();
        for bands in [None, Some(one.clone()), None, Some(one.clone())] {
            whole.extend(part(bands));
        }
        one.merge(one.clone());
        assert_eq!((whole.records.len(), whole.bands), (4, Some(one)));
    }

    proptest! {
        /// Whatever the curves, the bands are those of their samples, counted one by one.
        #[test]
        fn bands_are_quantiles_of_samples(curves in vec(vec((1_u64..20_000, 0_u64..30), 1..30), 1..10)) {
            let mut bands = none();
            let mut all = Vec::new();
            for lengths in &curves {
                let ends = lengths.iter().scan(0_u64, |end, (length, value)| {
                    *end += length;
                    Some((*end, [*value, *value * 3]))
                });
                let holds: Vec<_> = ends.collect();
                bands.add(&curve(&holds, [9, 9]));
                all.push(holds);
            }
            for row in bands.rows() {
                for place in 0..2 {
                    let at = |holds: &Vec<(u64, [u64; 2])>| {
                        let held = holds.iter().find(|(until, _)| row.at < SimDuration::from_millis(*until));
                        held.map_or(9, |(_, sample)| sample[place]) / WIDTHS[place] * WIDTHS[place]
                    };
                    let mut held: Vec<u64> = all.iter().map(at).collect();
                    held.sort_unstable();
                    let rank = |level: f64| (level * held.len() as f64).ceil() as usize - 1;
                    prop_assert_eq!(row.series[place], QUANTILES.map(|level| held[rank(level)]));
                }
            }
            let longest = all.iter().map(|holds| holds[holds.len() - 1].0).max().unwrap_or(0);
            let points = SimDuration::from_millis(longest).as_nanos().div_ceil(bands.step.as_nanos()) as usize + 1;
            prop_assert_eq!(bands.rows().len(), points.min(POINTS));
        }
    }
}
