//! A number with its confidence interval.

use serde::{Deserialize, Serialize};

use crate::distribution::normal;

/// The level of every interval: the share of experiments whose interval holds the true value.
pub const CONFIDENCE: f64 = 0.95;

/// The probability that the true value lies beyond one limit of a two-sided interval.
pub(super) const TAIL: f64 = (1.0 - CONFIDENCE) / 2.0;

/// The level of an interval.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence {
    /// The probability that the true value lies beyond one limit.
    tail: f64,
}

impl Confidence {
    /// [`CONFIDENCE`].
    pub const USUAL: Self = Self { tail: TAIL };

    /// A `level` in (0, 1), such as 0.95.
    #[must_use]
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self { tail: (1.0 - level) / 2.0 })
    }

    /// The level that each of `intervals` needs so that together they hold with this level, however they depend on each
    /// other (Bonferroni's inequality).
    #[must_use]
    pub fn shared_by(self, intervals: usize) -> Self {
        Self { tail: self.tail / intervals.max(1) as f64 }
    }

    /// The share of experiments whose interval holds the true value.
    #[must_use]
    pub fn level(self) -> f64 {
        1.0 - 2.0 * self.tail
    }

    /// The level at which each limit is missed with the probability `tail`, in (0, 0.5).
    #[must_use]
    pub fn with_tail(tail: f64) -> Option<Self> {
        (tail > 0.0 && tail < 0.5).then_some(Self { tail })
    }

    pub(super) const fn tail(self) -> f64 {
        self.tail
    }

    /// Standard errors from an estimate to its limits where the estimate is normally distributed.
    pub(super) fn normal_limit(self) -> f64 {
        normal::quantile(1.0 - self.tail)
    }
}

/// A number with its uncertainty. Value and limits are in the figure's unit: seconds for a duration, a share from 0 to 1 for a
/// rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The point estimate, in the figure's unit; `None` where the data cannot support one.
    pub value: Option<f64>,
    /// Lower 95 % limit, where there is one, in the figure's unit.
    pub low: Option<f64>,
    /// Upper 95 % limit, where there is one, in the figure's unit.
    pub high: Option<f64>,
    /// Number of observations that it is computed from.
    pub n: u64,
    /// How many of the observations carry it: the rarer outcome of a rate, those that a mean is
    /// made of ([`Moments::carriers`](super::Moments::carriers)), those at or beyond a quantile. `None` where that
    /// has no meaning. An estimate that fewer than [`FEW`] carry deserves little trust, whatever its limits.
    pub carriers: Option<u64>,
}

/// Estimates that fewer observations carry deserve little trust.
pub const FEW: u64 = 8;

impl Estimate {
    /// A value whose limits are not known.
    #[must_use]
    pub const fn point(value: f64, n: u64) -> Self {
        Self { value: Some(value), low: None, high: None, n, carriers: None }
    }

    /// This estimate with its limits cut to [`low`, `high`], for a quantity that cannot lie outside: methods that hold
    /// for any number can give limits beyond, which contain no more information.
    #[must_use]
    pub fn within(self, low: f64, high: f64) -> Self {
        let inside = |limit: Option<f64>| limit.map(|limit| limit.clamp(low, high));
        Self { low: inside(self.low), high: inside(self.high), ..self }
    }

    /// Whether fewer than [`FEW`] observations carry it.
    #[must_use]
    pub fn is_carried_by_few(&self) -> bool {
        self.value.is_some() && self.carriers.is_some_and(|carriers| carriers < FEW)
    }

    /// An estimate without a value: `n` observations cannot support one.
    #[must_use]
    pub const fn unknown(n: u64) -> Self {
        Self { value: None, low: None, high: None, n, carriers: None }
    }
}

/// More observations than any experiment makes.
const MOST: u64 = 1 << 31;

/// The least number of observations for which `enough` is true, where every larger number is enough too; `None`: no
/// practicable number is enough.
#[must_use]
pub fn fewest(enough: impl Fn(u64) -> bool) -> Option<u64> {
    let high = std::iter::successors(Some(1), |n| Some(2 * n)).take_while(|n| *n <= MOST).find(|n| enough(*n))?;
    let (mut few, mut many) = (high / 2, high);
    while many - few > 1 {
        let middle = u64::midpoint(few, many);
        if enough(middle) {
            many = middle;
        } else {
            few = middle;
        }
    }
    Some(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_limit_belongs_to_the_level() {
        assert!((Confidence::USUAL.normal_limit() - 1.959_963_984_540_054).abs() < 1e-14);
        assert_eq!(Confidence::new(0.95), Some(Confidence::USUAL));
        assert_eq!((Confidence::new(0.0), Confidence::new(1.0), Confidence::new(f64::NAN)), (None, None, None));
    }

    #[test]
    fn limits_beyond_what_can_be_are_drawn_in() {
        let estimate = Estimate { value: Some(0.2), low: Some(-0.1), high: Some(1.5), ..Estimate::unknown(3) };
        assert_eq!(estimate.within(0.0, 1.0), Estimate { low: Some(0.0), high: Some(1.0), ..estimate });
        assert_eq!(estimate.within(f64::NEG_INFINITY, f64::INFINITY), estimate);
        assert_eq!(Estimate::point(0.2, 3).within(0.0, 1.0), Estimate::point(0.2, 3));
    }

    #[test]
    fn the_fewest_that_are_enough() {
        for wanted in [1, 2, 3, 72, 1000, MOST] {
            assert_eq!(fewest(|n| n >= wanted), Some(wanted));
        }
        assert_eq!(fewest(|_| false), None);
    }

    #[test]
    fn a_shared_level_leaves_each_less_to_err() {
        let shared = Confidence::USUAL.shared_by(5);
        assert!((shared.level() - 0.99).abs() < 1e-15 && (shared.normal_limit() - 2.575_829_303_548_9).abs() < 1e-12);
        assert_eq!(Confidence::USUAL.shared_by(1), Confidence::USUAL);
    }
}
