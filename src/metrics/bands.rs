//! Pods over time in many replications of a scenario: quantile bands, and shares of rollouts by level of availability.
//!
//! Bands are counts on the grid of the [`Curve`]s, so that replications can be added in any order and in any grouping with the
//! same result, in memory that does not grow.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::curve::{COUNTS, Curve, FINEST, POINTS, Sample};
use super::grid::{Changes, halve, quantile};
use super::levels::{LevelStep, levels, steps};
use crate::scenario::Scenario;
use crate::time::SimDuration;

/// Bins of a count; up to 128 desired pods every count has its own.
const BINS: usize = 512;
/// The quantiles of a band.
const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Place of the available pods in a sample.
const AVAILABLE: usize = 0;

/// The curves of many replications of one scenario.
#[derive(Clone, Debug)]
pub struct Bands {
    bin_width: u32,
    /// Wanted pods, which the levels of availability are of.
    wanted: u32,
    /// Where the levels begin, in descending order.
    levels: Vec<u32>,
    step: SimDuration,
    /// By count of a sample, then by bin as far as any was needed. After the counts come the levels, whose bins are their
    /// places from below.
    changes: [Vec<Changes>; COUNTS + 1],
    /// Replications.
    n: u32,
    /// Grid points of the longest.
    used: usize,
}

/// Quantiles at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct BandsRow {
    /// Since the rollout's start.
    pub at: SimDuration,
    /// p05, p25, p50, p75, p95 of available pods.
    pub available: [f64; 5],
    /// The same of Ready pods, Terminating ones not included.
    pub ready: [f64; 5],
    /// The same of pods on nodes, Terminating ones included.
    pub footprint: [f64; 5],
}

impl Bands {
    /// No replication yet, of a scenario with this many desired pods throughout. Counts above four times as many are one.
    #[must_use]
    pub fn new(desired: u32) -> Self {
        Self::up_to(desired, desired)
    }

    /// No replication yet of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        Self::up_to(scenario.most_desired(), scenario.target().desired)
    }

    fn up_to(most: u32, wanted: u32) -> Self {
        let bin_width = (4 * most).div_ceil(BINS as u32).max(1);
        let changes = [const { Vec::new() }; COUNTS + 1];
        Self { bin_width, wanted, levels: levels(wanted), step: FINEST, changes, n: 0, used: 0 }
    }

    /// Adds a replication.
    pub fn add(&mut self, curve: &Curve) {
        while self.step < curve.step {
            self.double();
        }
        let stride = (self.step.as_nanos() / curve.step.as_nanos()) as usize;
        let mut before = None;
        for (point, sample) in curve.changes.iter().copied().chain([(curve.sampled, curve.last)]) {
            self.change(point.div_ceil(stride), before, sample);
            before = Some(sample);
        }
        self.n += 1;
        self.used = self.used.max(curve.sampled.div_ceil(stride));
    }

    fn change(&mut self, point: usize, before: Option<Sample>, now: Sample) {
        for (count, bins) in self.changes.iter_mut().enumerate() {
            let bin = |sample: Sample| match sample.get(count) {
                Some(pods) => ((pods / self.bin_width) as usize).min(BINS - 1),
                None => self.levels.iter().filter(|level| sample[AVAILABLE] >= **level).count(),
            };
            if before.is_some_and(|before| bin(before) == bin(now)) {
                continue;
            }
            if let Some(before) = before {
                bins[bin(before)][point] -= 1;
            }
            reach(bins, bin(now))[point] += 1;
        }
    }

    /// Adds the replications of another part of the same scenario.
    pub fn merge(&mut self, mut other: Self) {
        while self.step < other.step {
            self.double();
        }
        while other.step < self.step {
            other.double();
        }
        for (mine, theirs) in self.changes.iter_mut().zip(&other.changes) {
            mine.resize(mine.len().max(theirs.len()), [0; POINTS + 1]);
            for (mine, theirs) in mine.iter_mut().flatten().zip(theirs.iter().flatten()) {
                *mine += theirs;
            }
        }
        self.n += other.n;
        self.used = self.used.max(other.used);
    }

    /// The bands until the last replication has ended.
    #[must_use]
    pub fn rows(&self) -> Vec<BandsRow> {
        let mut histograms = self.changes.each_ref().map(|bins| vec![0; bins.len()]);
        let row = |point: usize| {
            for (histogram, bins) in histograms.iter_mut().zip(&self.changes) {
                for (held, changes) in histogram.iter_mut().zip(bins) {
                    *held += changes[point];
                }
            }
            let [available, ready, footprint, _] = histograms.each_ref().map(|histogram| self.quantiles(histogram));
            BandsRow { at: self.step.times(point as u64), available, ready, footprint }
        };
        (0..self.points()).map(row).collect()
    }

    /// The share of rollouts at each level of availability until the last replication has ended: the steps of the highest
    /// level first. A share is given to six decimals.
    #[must_use]
    pub fn levels(&self) -> Vec<LevelStep> {
        let places = (0..self.levels.len()).rev().map(|place| place + 1);
        let of_level = |(level, place): (&u32, usize)| {
            let mut held = 0;
            let shares = (0..self.points()).map(|point| {
                held += self.changes[COUNTS].iter().skip(place).map(|changes| changes[point]).sum::<i32>();
                let share = f64::from(held) / f64::from(self.n);
                (self.step.times(point as u64), (share * 1e6).round() / 1e6)
            });
            steps(*level, shares)
        };
        self.levels.iter().zip(places).flat_map(of_level).collect()
    }

    /// Grid points that have rows.
    fn points(&self) -> usize {
        if self.n == 0 { 0 } else { (self.used + 1).min(POINTS) }
    }

    fn quantiles(&self, histogram: &[i32]) -> [f64; 5] {
        let bin = |level| quantile(histogram.iter().copied(), level, self.n).unwrap_or(BINS - 1);
        QUANTILES.map(|level| f64::from(bin(level) as u32 * self.bin_width))
    }

    /// Leaves every other point out: what changes at one of those changes at the next.
    fn double(&mut self) {
        self.changes.iter_mut().flatten().for_each(halve);
        self.step = self.step.times(2);
        self.used = self.used.div_ceil(2);
    }

    fn stored(&self) -> Stored {
        let mut changes = Vec::new();
        for (count, bins) in (0..).zip(&self.changes) {
            for (bin, row) in (0..).zip(bins) {
                let changed = (0..).zip(row).filter(|(_, change)| **change != 0);
                changes.extend(changed.map(|(point, change)| (count, bin, point, *change)));
            }
        }
        let Self { bin_width, wanted, step, n, used, .. } = *self;
        Stored { bin_width, wanted, step, n, used, changes }
    }

    /// `None`: no such count, bin or point.
    fn restore(&mut self, (count, bin, point, change): StoredChange) -> Option<()> {
        let bins = self.changes.get_mut(usize::from(count))?;
        if usize::from(bin) >= if usize::from(count) < COUNTS { BINS } else { self.levels.len() + 1 } {
            return None;
        }
        *reach(bins, usize::from(bin)).get_mut(usize::from(point))? = change;
        Some(())
    }
}

/// Bins that no replication reached are missing at the end or are rows of zeros, which makes no difference.
impl PartialEq for Bands {
    fn eq(&self, other: &Self) -> bool {
        self.stored() == other.stored()
    }
}

/// The row of a bin, which there need not have been.
fn reach(bins: &mut Vec<Changes>, bin: usize) -> &mut Changes {
    if bin >= bins.len() {
        bins.resize(bin + 1, [0; POINTS + 1]);
    }
    &mut bins[bin]
}

/// Bands as they are stored: of the changes those that there are.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stored {
    bin_width: u32,
    wanted: u32,
    step: SimDuration,
    n: u32,
    used: usize,
    changes: Vec<StoredChange>,
}

/// Which count of a sample, bin, grid point, and the change.
type StoredChange = (u8, u16, u8, i32);

impl Serialize for Bands {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { bin_width, wanted, step, n, used, changes } = Stored::deserialize(deserializer)?;
        let mut bands = Self { bin_width, step, n, used, ..Self::new(wanted) };
        let whole =
            bin_width > 0 && used <= POINTS && changes.into_iter().all(|change| bands.restore(change).is_some());
        if whole { Ok(bands) } else { Err(serde::de::Error::custom("no bands")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::time::SimTime;

    const START: SimTime = SimTime::from_secs(100);

    /// A curve that holds `available`, and one more Ready, until `length` seconds and ends at 10.
    fn curve(available: u32, length: u64) -> Curve {
        let mut curve = Curve::default();
        curve.reset(START);
        curve.hold(START + SimDuration::from_secs(length), available, available + 1, 12);
        curve.end(10, 10, 10);
        curve
    }

    /// A curve of what [`Curve::hold`] was given, sample by sample as the definition has it, and where it ends.
    fn by_definition(holds: &[(u64, Sample)], step: SimDuration) -> Vec<Sample> {
        let instants = (0..).map(|point| START + step.times(point));
        let end = START + SimDuration::from_millis(holds.last().map_or(0, |(until, _)| *until));
        let held = |at| holds.iter().find(|(until, _)| at < START + SimDuration::from_millis(*until));
        instants.take_while(|at| *at < end).map(|at| held(at).unwrap().1).collect()
    }

    /// The share that holds at an instant.
    fn share_at(bands: &Bands, level: u32, at: SimDuration) -> f64 {
        bands.levels().iter().rfind(|step| step.level == level && step.at <= at).unwrap().share
    }

    #[test]
    fn a_band_of_one_is_its_curve() {
        let mut bands = Bands::new(10);
        bands.add(&curve(7, 5));
        let rows = bands.rows();
        assert_eq!(rows.len(), 21);
        let held = |row: &BandsRow| [row.available, row.ready, row.footprint] == [[7.0; 5], [8.0; 5], [12.0; 5]];
        assert!(rows[..20].iter().all(held));
        assert_eq!([rows[20].available, rows[20].ready, rows[20].footprint], [[10.0; 5]; 3]);
        assert_eq!(rows[20].at, SimDuration::from_secs(5));
    }

    #[test]
    fn grouping_and_order_make_no_difference() {
        let lengths = [3, 700, 40, 5, 90, 2000];
        let mut whole = Bands::new(10);
        for (k, &length) in lengths.iter().enumerate() {
            whole.add(&curve(k as u32, length));
        }
        let mut parts = Bands::new(10);
        for (k, &length) in lengths.iter().enumerate().rev() {
            let mut part = Bands::new(10);
            part.add(&curve(k as u32, length));
            parts.merge(part);
        }
        assert_eq!(whole.rows(), parts.rows());
        assert_eq!(whole.levels(), parts.levels());
        assert_eq!(whole, parts);
    }

    #[test]
    fn bands_are_stored_and_read_back() {
        let mut bands = Bands::new(300);
        for (k, length) in [3, 700, 40].into_iter().enumerate() {
            bands.add(&curve(k as u32 * 90, length));
            let text = serde_json::to_string(&bands).unwrap();
            assert_eq!(serde_json::from_str::<Bands>(&text).unwrap(), bands);
        }
        let text = serde_json::to_string(&bands).unwrap();
        let wrong = text.replace("\"bin_width\":3", "\"bin_width\":0");
        assert_ne!(wrong, text);
        assert!(serde_json::from_str::<Bands>(&wrong).is_err());
        for (change, kept) in [
            ((2, 511, 128, 1), true),
            ((3, 7, 0, 1), true),
            ((3, 8, 0, 1), false),
            ((4, 0, 0, 1), false),
            ((0, 512, 0, 1), false),
            ((0, 0, 129, 1), false),
        ] {
            assert_eq!(bands.restore(change).is_some(), kept, "{change:?}");
        }
    }

    proptest! {
        /// Whatever the curves, the bands are those of their samples, counted one by one.
        #[test]
        fn bands_are_quantiles_of_samples(
            curves in vec(vec((1_u64..40_000, [0_u32..30, 0_u32..30, 0_u32..30]), 0..40), 1..12),
        ) {
            let mut bands = Bands::new(10);
            let mut all = Vec::new();
            for lengths in &curves {
                let mut curve = Curve::default();
                curve.reset(START);
                let mut holds = Vec::new();
                let mut until = 0;
                for (length, [available, ready, footprint]) in lengths {
                    until += length;
                    curve.hold(START + SimDuration::from_millis(until), *available, *ready, *footprint);
                    holds.push((until, [*available, *ready, *footprint]));
                }
                curve.end(10, 9, 8);
                bands.add(&curve);
                all.push(holds);
            }
            let samples: Vec<_> = all.iter().map(|holds| by_definition(holds, bands.step)).collect();
            let longest = samples.iter().map(Vec::len).max().unwrap_or(0);
            let rows = bands.rows();
            prop_assert_eq!(rows.len(), (longest + 1).min(POINTS));
            for (point, row) in rows.iter().enumerate() {
                for (count, levels) in [row.available, row.ready, row.footprint].into_iter().enumerate() {
                    let mut held: Vec<_> =
                        samples.iter().map(|s| s.get(point).copied().unwrap_or([10, 9, 8])[count]).collect();
                    held.sort_unstable();
                    let expected = QUANTILES.map(|level| f64::from(held[(level * held.len() as f64).ceil() as usize - 1]));
                    prop_assert_eq!(levels, expected, "count {} at point {}", count, point);
                    if count == AVAILABLE {
                        for level in super::levels(10) {
                            let share = held.iter().filter(|pods| **pods >= level).count() as f64 / held.len() as f64;
                            prop_assert_eq!(share_at(&bands, level, row.at), (share * 1e6).round() / 1e6);
                        }
                    }
                }
            }
        }
    }
}
