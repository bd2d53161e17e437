//! What is left of a length of time of which a part has passed: the distribution, conditioned on more than that part.
//!
//! Conditioning keeps the uniform number: a pod that has taken long so far has, with the same number, the value at the same share of
//! what is still possible.

use super::{Distribution, Shape};
use crate::time::SimDuration;

/// Where less than this share of all values is left, a double has too few digits to tell them apart, and the distribution says that
/// nothing takes so long.
pub const LEAST_LEFT: f64 = 1e-9;

impl Distribution {
    /// The share of values above `seconds`.
    #[must_use]
    pub fn beyond(&self, seconds: f64) -> f64 {
        self.left(seconds, f64::INFINITY)
    }

    /// The value above `elapsed` seconds that a share `u` of all values above it lies at or below: the whole length, not what is
    /// left of it. `None` where hardly any value is above.
    #[must_use]
    pub fn residual(&self, u: f64, elapsed: f64) -> Option<SimDuration> {
        self.between(u, elapsed, f64::INFINITY)
    }

    /// The same of values above `low` and at most `high` seconds.
    #[must_use]
    pub fn between(&self, u: f64, low: f64, high: f64) -> Option<SimDuration> {
        (self.left(low, high) >= LEAST_LEFT).then(|| SimDuration::from_secs_f64(self.seconds_between(u, low, high)))
    }

    /// The share of values above `low` and at most `high` seconds.
    #[must_use]
    pub fn left(&self, low: f64, high: f64) -> f64 {
        match &self.shape {
            Shape::Constant(seconds) => f64::from(u8::from(low < *seconds && *seconds <= high)),
            Shape::Empirical(values) => {
                let (first, end) = places(values, low, high);
                (end - first) as f64 / values.len().max(1) as f64
            }
            Shape::Mixture(parts) => parts.iter().map(|(weight, part)| weight * part.left(low, high)).sum(),
            _ if low < self.low && self.high <= high => 1.0,
            _ => (self.cdf(high) - self.cdf(low)).max(0.0),
        }
    }

    /// As [`Self::between`], in seconds; some values must be there.
    fn seconds_between(&self, u: f64, low: f64, high: f64) -> f64 {
        match &self.shape {
            Shape::Constant(seconds) => *seconds,
            Shape::Empirical(values) => {
                let (first, end) = places(values, low, high);
                let place = first + (u * (end - first) as f64) as usize;
                values.get(place.min(end.saturating_sub(1))).copied().unwrap_or(low)
            }
            Shape::Mixture(parts) => mixture_between(parts, u, low, high),
            _ => {
                let (before, until) = (self.cdf(low), self.cdf(high));
                let value = self.seconds(before + u * (until - before));
                value.clamp(low.max(self.low), high.min(self.high).max(low))
            }
        }
    }
}

/// Where the values above `low` and at most `high` begin and end among sorted ones.
fn places(values: &[f64], low: f64, high: f64) -> (usize, usize) {
    let first = values.partition_point(|value| *value <= low);
    (first, values.partition_point(|value| *value <= high).max(first))
}

/// The components are weighed by what is left of each; then the chosen one is asked, with `u`'s place in its share.
fn mixture_between(parts: &[(f64, Distribution)], u: f64, low: f64, high: f64) -> f64 {
    let weighed = |(weight, part): &(f64, Distribution)| weight * part.left(low, high);
    let total: f64 = parts.iter().map(weighed).sum();
    let mut rest = u * total;
    let mut last = None;
    for one in parts {
        let weight = weighed(one);
        if weight <= 0.0 {
            continue;
        }
        if rest < weight {
            return one.1.seconds_between(rest / weight, low, high);
        }
        rest -= weight;
        last = Some(&one.1);
    }
    last.map_or(low, |part| part.seconds_between(1.0, low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Draws, Purpose};

    fn of(shape: Shape) -> Distribution {
        Distribution::new(shape, 0.0, None).expect("valid")
    }

    fn all() -> Vec<Distribution> {
        let lognormal = of(Shape::LogNormal { mu: 2.0, sigma: 0.5 });
        let pair = vec![(0.8, lognormal.clone()), (0.2, of(Shape::Uniform { low: 20.0, high: 60.0 }))];
        let shifted = Distribution::new(Shape::Exponential { mean: 5.0 }, 3.0, Some((0.0, 30.0))).expect("valid");
        vec![
            of(Shape::Exponential { mean: 8.0 }),
            of(Shape::Uniform { low: 2.0, high: 20.0 }),
            of(Shape::Triangular { low: 1.0, mode: 4.0, high: 20.0 }),
            Distribution::new(Shape::Normal { mean: 8.0, sd: 4.0 }, 0.0, Some((0.0, f64::INFINITY))).expect("valid"),
            lognormal,
            of(Shape::Gamma { shape: 3.0, scale: 3.0 }),
            of(Shape::Weibull { shape: 1.5, scale: 9.0 }),
            of(Shape::Pareto { minimum: 3.0, shape: 1.4 }),
            of(Shape::Empirical(vec![12.0, 4.0, 9.0, 9.0, 30.0])),
            of(Shape::Mixture(pair)),
            shifted,
        ]
    }

    /// The residual of every family against values of the whole distribution, of which those that are too short are thrown away.
    #[test]
    fn what_is_left_is_what_rejection_leaves() {
        const DRAWN: u64 = 40_000;
        let mut draws = Draws::new(5);
        for distribution in all() {
            for elapsed in [0.5, 6.0, 11.0] {
                let whole = (0..DRAWN).map(|k| distribution.seconds(draws.uniform(0, Purpose::Start, k)));
                let mut kept: Vec<f64> = whole.filter(|value| *value > elapsed).collect();
                kept.sort_unstable_by(f64::total_cmp);
                let share = kept.len() as f64 / DRAWN as f64;
                assert!((distribution.beyond(elapsed) - share).abs() < 0.01, "{distribution:?} {elapsed}: {share}");
                let drawn = (0..DRAWN).map(|k| distribution.residual(draws.uniform(1, Purpose::Start, k), elapsed));
                let mut left: Vec<f64> = drawn.map(|value| value.expect("some is left").as_secs_f64()).collect();
                left.sort_unstable_by(f64::total_cmp);
                assert!(left[0] >= elapsed);
                let distance = kolmogorov(&kept, &left);
                assert!(distance < 0.025, "{distribution:?} beyond {elapsed} s: {distance}");
            }
        }
    }

    /// The greatest difference of the shares of two sorted samples.
    fn kolmogorov(first: &[f64], second: &[f64]) -> f64 {
        let share =
            |sample: &[f64], x: f64| sample.partition_point(|value| *value <= x + 1e-9) as f64 / sample.len() as f64;
        first.iter().chain(second).map(|&x| (share(first, x) - share(second, x)).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn values_stay_between_their_limits_and_in_order() {
        for distribution in all() {
            let values = [0.01, 0.4, 0.9].map(|u| distribution.between(u, 5.0, 10.0));
            if let [Some(first), Some(second), Some(third)] = values {
                assert!(first.as_secs_f64() >= 5.0 && third.as_secs_f64() <= 10.0, "{distribution:?}");
                let mixed = matches!(distribution.shape, Shape::Mixture(_));
                assert!(mixed || (first <= second && second <= third), "{distribution:?}");
            }
        }
    }

    #[test]
    fn nothing_is_left_beyond_the_reach() {
        let constant = Distribution::constant(SimDuration::from_secs(5));
        assert_eq!(constant.residual(0.5, 4.9), Some(SimDuration::from_secs(5)));
        assert_eq!(constant.residual(0.5, 5.0), None);
        assert_eq!(of(Shape::Uniform { low: 2.0, high: 20.0 }).residual(0.5, 20.0), None);
        assert_eq!(of(Shape::Empirical(vec![4.0, 9.0])).residual(0.1, 9.0), None);
        assert_eq!(of(Shape::Exponential { mean: 1.0 }).residual(0.5, 60.0), None);
    }

    #[test]
    fn nothing_has_passed_and_nothing_changes() {
        for distribution in all() {
            for u in [0.1, 0.5, 0.93] {
                assert_eq!(distribution.residual(u, 0.0), Some(distribution.quantile(u)), "{distribution:?}");
            }
        }
    }
}
