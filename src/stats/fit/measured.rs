//! Lengths of time as they were measured: exactly, to the second, within bounds, or only from below.

use crate::stats::survival::{Curve, Observation, Sample, kaplan_meier};

/// What is known about one length of time, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// Its exact value.
    Exactly(f64),
    /// The difference of two instants, each cut to the whole second.
    Whole(f64),
    /// It is more than the first value and at most the second. Where the second is infinite, this is a lower bound.
    Between(f64, f64),
}

impl Seen {
    /// A lower bound: the length was not over at the last observation.
    #[must_use]
    pub const fn at_least(low: f64) -> Self {
        Self::Between(low, f64::INFINITY)
    }

    /// Whether this is a lower bound.
    #[must_use]
    pub fn is_censored(self) -> bool {
        matches!(self, Self::Between(_, f64::INFINITY))
    }

    fn bounds(self) -> (f64, f64) {
        match self {
            Self::Exactly(value) | Self::Whole(value) => (value, value),
            Self::Between(low, high) => (low, high),
        }
    }
}

/// How finely lengths were measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Exact values.
    Exact,
    /// Differences of instants in whole seconds.
    WholeSeconds,
    /// Counts between bounds.
    Buckets,
}

/// A quantile of what was measured, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measured {
    /// It is this value.
    At(f64),
    /// It lies between these values.
    Between(f64, f64),
    /// It lies above this value; the data do not say how far.
    Above(f64),
}

/// Measured lengths; equal ones stand once with their number.
#[derive(Clone, Debug, PartialEq)]
pub struct Lengths {
    rows: Vec<(Seen, u64)>,
    resolution: Resolution,
    curve: Curve,
}

impl Lengths {
    /// Sorts and counts what was `seen`. All lengths have the same `resolution`, apart from lower bounds.
    #[must_use]
    pub fn new(resolution: Resolution, mut seen: Vec<(Seen, u64)>) -> Self {
        let order = |seen: &Seen| {
            let (low, high) = seen.bounds();
            (low, high, seen.is_censored())
        };
        seen.retain(|(_, count)| *count > 0);
        seen.sort_by(|(a, _), (b, _)| {
            let (a, b) = (order(a), order(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        });
        let mut rows: Vec<(Seen, u64)> = Vec::new();
        for (one, count) in seen {
            match rows.last_mut() {
                Some((last, total)) if *last == one => *total += count,
                _ => rows.push((one, count)),
            }
        }
        let curve = curve(if resolution == Resolution::Buckets { &[] } else { &rows });
        Self { rows, resolution, curve }
    }

    /// What was seen, ascending, and how often.
    #[must_use]
    pub fn rows(&self) -> &[(Seen, u64)] {
        &self.rows
    }

    /// How finely it was measured.
    #[must_use]
    pub const fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// How many were measured.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.rows.iter().map(|(_, count)| count).sum()
    }

    /// How many of them are lower bounds.
    #[must_use]
    pub fn censored(&self) -> u64 {
        self.rows.iter().filter(|(seen, _)| seen.is_censored()).map(|(_, count)| count).sum()
    }

    /// The greatest lower bound; 0 where there is none.
    #[must_use]
    pub fn last_censored(&self) -> f64 {
        self.rows.iter().filter(|(seen, _)| seen.is_censored()).map(|(seen, _)| seen.bounds().0).fold(0.0, f64::max)
    }

    /// The greatest value, lower bounds left out; 0 where there is none.
    #[must_use]
    pub fn largest(&self) -> f64 {
        self.values().map(|(value, _)| value).fold(0.0, f64::max)
    }

    /// The different values, ascending, lower bounds left out.
    pub(super) fn values(&self) -> impl Iterator<Item = (f64, u64)> {
        self.rows.iter().filter(|(seen, _)| !seen.is_censored()).map(|(seen, count)| (seen.bounds().1, *count))
    }

    /// The Kaplan-Meier estimate of the distribution; it has no steps where the lengths are in buckets.
    #[must_use]
    pub const fn curve(&self) -> &Curve {
        &self.curve
    }

    /// The bounds of the buckets, and the share of lengths at or below each. The share does not change over an empty bucket.
    #[must_use]
    pub fn bounds(&self) -> Vec<(f64, f64)> {
        let total = self.count() as f64;
        let (mut bounds, mut below) = (Vec::new(), 0);
        for (seen, count) in &self.rows {
            let (low, high) = seen.bounds();
            if bounds.last().is_none_or(|(bound, _)| *bound < low) {
                bounds.push((low, below as f64 / total));
            }
            below += count;
            bounds.push((high, below as f64 / total));
        }
        bounds.retain(|(bound, _)| bound.is_finite());
        bounds
    }

    /// The value that a share `q` lies at or below.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Measured {
        if self.resolution != Resolution::Buckets {
            let largest = self.rows.iter().map(|(seen, _)| seen.bounds().0).fold(0.0, f64::max);
            return self.curve().quantile(q).value.map_or(Measured::Above(largest), Measured::At);
        }
        let mut low = 0.0;
        for (bound, share) in self.bounds() {
            if share >= q {
                return Measured::Between(low, bound);
            }
            low = bound;
        }
        Measured::Above(low)
    }
}

fn curve(rows: &[(Seen, u64)]) -> Curve {
    let one = |seen: Seen| Observation { time: seen.bounds().0, cause: (!seen.is_censored()).then_some(()) };
    let all = rows.iter().flat_map(|(seen, count)| (0..*count).map(move |_| one(*seen)));
    kaplan_meier(&Sample::new(all.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_lengths_are_counted() {
        let seen = [3.0, 1.0, 3.0].map(|value| (Seen::Exactly(value), 1));
        let lengths = Lengths::new(Resolution::Exact, [&seen[..], &[(Seen::at_least(3.0), 2)]].concat());
        assert_eq!(lengths.rows(), [(Seen::Exactly(1.0), 1), (Seen::Exactly(3.0), 2), (Seen::at_least(3.0), 2)]);
        assert_eq!((lengths.count(), lengths.censored(), lengths.last_censored()), (5, 2, 3.0));
    }

    #[test]
    fn quantiles_by_what_is_known() {
        let exact = Lengths::new(Resolution::Exact, [1.0, 2.0, 3.0, 4.0].map(|x| (Seen::Exactly(x), 1)).to_vec());
        assert_eq!(exact.quantile(0.5), Measured::At(2.0));
        let censored = Lengths::new(Resolution::Exact, vec![(Seen::Exactly(1.0), 1), (Seen::at_least(2.0), 3)]);
        assert_eq!(censored.quantile(0.5), Measured::Above(2.0));
        let buckets = vec![(Seen::Between(0.0, 1.0), 10), (Seen::Between(1.0, 5.0), 80), (Seen::at_least(5.0), 10)];
        let buckets = Lengths::new(Resolution::Buckets, buckets);
        assert_eq!(buckets.quantile(0.5), Measured::Between(1.0, 5.0));
        assert_eq!(buckets.quantile(0.95), Measured::Above(5.0));
        assert_eq!(buckets.bounds(), [(0.0, 0.0), (1.0, 0.1), (5.0, 0.9)]);
    }
}
