//! Availability and footprint over time: one curve for a replication, quantile bands for a scenario.
//!
//! Curves are sampled on a grid whose step doubles when they outgrow it. Bands are counts on that grid, so that
//! replications can be added in any order and in any grouping with the same result, in memory that does not grow.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::{SimDuration, SimTime};

/// Grid points of a curve.
const POINTS: usize = 128;
/// Step of a grid that has not been doubled.
const FINEST: SimDuration = SimDuration::from_millis(250);
/// Bins of a count; up to 128 desired pods every count has its own.
const BINS: usize = 512;
/// The quantiles of a band.
const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Available pods and footprint at one instant.
type Sample = (u32, u32);

/// One replication's curve.
#[derive(Debug)]
pub struct Curve {
    start: SimTime,
    step: SimDuration,
    samples: Vec<Sample>,
    next: SimTime,
    last: Sample,
}

impl Default for Curve {
    fn default() -> Self {
        Self {
            start: SimTime::ZERO,
            step: FINEST,
            samples: Vec::with_capacity(POINTS),
            next: SimTime::ZERO,
            last: (0, 0),
        }
    }
}

impl Curve {
    /// Starts over.
    pub fn reset(&mut self, start: SimTime) {
        self.start = start;
        self.step = FINEST;
        self.samples.clear();
        self.next = start;
    }

    /// The counts held until `until`, not included.
    pub fn hold(&mut self, until: SimTime, available: u32, footprint: u32) {
        self.last = (available, footprint);
        while self.next < until {
            if self.samples.len() == POINTS {
                self.double();
                continue;
            }
            self.samples.push(self.last);
            self.next += self.step;
        }
    }

    /// The counts from the run's end on.
    pub fn end(&mut self, available: u32, footprint: u32) {
        self.last = (available, footprint);
    }

    fn double(&mut self) {
        keep_even(&mut self.samples);
        self.step = self.step.times(2);
        self.next = self.start + self.step.times(self.samples.len() as u64);
    }
}

fn keep_even<T>(items: &mut Vec<T>) {
    let mut even = false;
    items.retain(|_| {
        even = !even;
        even
    });
}

/// How many replications had a count in each bin, at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Histogram(Vec<u32>);

impl Histogram {
    fn empty() -> Self {
        Self(vec![0; BINS])
    }

    fn add(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine += theirs;
        }
    }

    fn filled(&self) -> Vec<(u16, u32)> {
        (0..).zip(&self.0).filter(|(_, count)| **count > 0).map(|(bin, count)| (bin, *count)).collect()
    }

    fn of(filled: &[(u16, u32)]) -> Option<Self> {
        let mut histogram = Self::empty();
        for (bin, count) in filled {
            *histogram.0.get_mut(usize::from(*bin))? = *count;
        }
        Some(histogram)
    }

    /// The bin that holds the `level` quantile of `n` counts.
    fn quantile(&self, level: f64, n: u32) -> usize {
        let rank = (level * f64::from(n)).ceil().max(1.0) as u32;
        let mut below = 0;
        self.0
            .iter()
            .position(|&count| {
                below += count;
                below >= rank
            })
            .unwrap_or(BINS - 1)
    }
}

/// The curves of many replications of one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bands {
    bin_width: u32,
    step: SimDuration,
    /// Available and footprint by grid point, and after the end of each replication.
    points: Vec<[Histogram; 2]>,
    ends: [Histogram; 2],
    n: u32,
    used: usize,
}

/// Quantiles at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct BandsRow {
    /// Since the rollout's start.
    pub at: SimDuration,
    /// p05, p25, p50, p75, p95 of available pods.
    pub available: [f64; 5],
    /// The same of all pods, Terminating ones included.
    pub footprint: [f64; 5],
}

impl Bands {
    /// No replication yet, of a scenario with at most so many desired pods. More than four times as many are not told apart.
    #[must_use]
    pub fn new(desired: u32) -> Self {
        let empty = [Histogram::empty(), Histogram::empty()];
        let bin_width = (4 * desired).div_ceil(BINS as u32).max(1);
        Self { bin_width, step: FINEST, points: vec![empty.clone(); POINTS], ends: empty, n: 0, used: 0 }
    }

    /// Adds a replication.
    pub fn add(&mut self, curve: &Curve) {
        while self.step < curve.step {
            self.double();
        }
        let stride = (self.step.as_nanos() / curve.step.as_nanos()) as usize;
        let end = self.bins(curve.last);
        let mut sampled = 0;
        for (point, &sample) in curve.samples.iter().step_by(stride).enumerate() {
            let bins = self.bins(sample);
            Self::count(&mut self.points[point], bins);
            sampled = point + 1;
        }
        for point in &mut self.points[sampled..] {
            Self::count(point, end);
        }
        Self::count(&mut self.ends, end);
        self.n += 1;
        self.used = self.used.max(sampled);
    }

    /// Adds the replications of another part of the same scenario.
    pub fn merge(&mut self, mut other: Self) {
        while self.step < other.step {
            self.double();
        }
        while other.step < self.step {
            other.double();
        }
        for (mine, theirs) in self.points.iter_mut().zip(&other.points) {
            mine[0].add(&theirs[0]);
            mine[1].add(&theirs[1]);
        }
        self.ends[0].add(&other.ends[0]);
        self.ends[1].add(&other.ends[1]);
        self.n += other.n;
        self.used = self.used.max(other.used);
    }

    /// The bands until the last replication has ended.
    #[must_use]
    pub fn rows(&self) -> Vec<BandsRow> {
        let last = (self.used + 1).min(POINTS);
        let row = |point: usize| BandsRow {
            at: self.step.times(point as u64),
            available: self.levels(&self.points[point][0]),
            footprint: self.levels(&self.points[point][1]),
        };
        if self.n == 0 { Vec::new() } else { (0..last).map(row).collect() }
    }

    fn levels(&self, histogram: &Histogram) -> [f64; 5] {
        LEVELS.map(|level| f64::from(histogram.quantile(level, self.n) as u32 * self.bin_width))
    }

    fn bins(&self, (available, footprint): Sample) -> [usize; 2] {
        [available, footprint].map(|count| ((count / self.bin_width) as usize).min(BINS - 1))
    }

    fn count(point: &mut [Histogram; 2], bins: [usize; 2]) {
        point[0].0[bins[0]] += 1;
        point[1].0[bins[1]] += 1;
    }

    fn double(&mut self) {
        keep_even(&mut self.points);
        self.points.resize(POINTS, self.ends.clone());
        self.step = self.step.times(2);
        self.used = self.used.div_ceil(2);
    }
}

/// Bands as they are stored: of every histogram the bins that are not empty, and only the points that are not like the ends.
#[derive(Serialize, Deserialize)]
struct Stored {
    bin_width: u32,
    step: SimDuration,
    n: u32,
    points: Vec<[Vec<(u16, u32)>; 2]>,
    ends: [Vec<(u16, u32)>; 2],
}

impl Serialize for Bands {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let filled = |pair: &[Histogram; 2]| [pair[0].filled(), pair[1].filled()];
        let stored = Stored {
            bin_width: self.bin_width,
            step: self.step,
            n: self.n,
            points: self.points[..self.used].iter().map(filled).collect(),
            ends: filled(&self.ends),
        };
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Bands {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Stored::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("no bands");
        let pair = |[a, b]: &[Vec<(u16, u32)>; 2]| Some([Histogram::of(a)?, Histogram::of(b)?]);
        let ends = pair(&stored.ends).ok_or_else(wrong)?;
        let points: Option<Vec<_>> = stored.points.iter().map(pair).collect();
        let mut points = points.filter(|points| points.len() <= POINTS && stored.bin_width > 0).ok_or_else(wrong)?;
        let used = points.len();
        points.resize(POINTS, ends.clone());
        Ok(Self { bin_width: stored.bin_width, step: stored.step, points, ends, n: stored.n, used })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A curve that holds `available` until `length` seconds and ends at 10.
    fn curve(available: u32, length: u64) -> Curve {
        let mut curve = Curve::default();
        let start = SimTime::from_secs(100);
        curve.reset(start);
        curve.hold(start + SimDuration::from_secs(length), available, 12);
        curve.end(10, 10);
        curve
    }

    #[test]
    fn a_band_of_one_is_its_curve() {
        let mut bands = Bands::new(10);
        bands.add(&curve(7, 5));
        let rows = bands.rows();
        assert_eq!(rows.len(), 21);
        assert!(rows[..20].iter().all(|row| row.available == [7.0; 5] && row.footprint == [12.0; 5]));
        assert_eq!(rows[20].available, [10.0; 5]);
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
        assert_eq!(whole.points, parts.points);
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
        assert!(Histogram::of(&[(512, 1)]).is_none());
    }

    #[test]
    fn long_curves_double_the_step_and_stay_on_the_grid() {
        let long = curve(3, 3600);
        assert_eq!(long.step, SimDuration::from_secs(32));
        assert_eq!(long.samples.len(), 113);
    }
}
