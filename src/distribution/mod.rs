//! Latency distributions, sampled by inversion: one uniform number gives one value, so that scenarios which use the
//! same uniform numbers get correlated values.
//!
//! All arithmetic is IEEE 754 basic operations and `libm`, so that a value has the same bits on every platform.

pub(crate) mod gamma;
mod lifetime;
mod measured;
mod moments;
pub(crate) mod normal;
mod percentiles;
mod residual;
mod scaled;
mod shape;
mod source;

pub use lifetime::Lifetime;
pub use residual::LEAST_LEFT;
pub use source::{FEWEST_VALUES, MOST_MEASURED, Measured, ParameterErrors};

use crate::time::SimDuration;

/// A distribution of lengths of time, checked and ready to sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution {
    shape: Shape,
    shift: f64,
    /// Least and greatest value in seconds, after the shift.
    low: f64,
    high: f64,
    /// Shares of the shape's values below `low` and from there to `high`.
    below: f64,
    within: f64,
    /// The value, where the distribution has only one.
    constant: Option<SimDuration>,
    /// The measurements that it was fitted to; `None`: it is taken to be known.
    source: Option<Box<source::Source>>,
}

/// A family of distributions with its parameters, in seconds where they are times.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// Always this value, in seconds.
    Constant(f64),
    /// Exponential.
    Exponential {
        /// Mean, in seconds.
        mean: f64,
    },
    /// Uniform on an interval.
    Uniform {
        /// Lower end, in seconds.
        low: f64,
        /// Upper end, in seconds.
        high: f64,
    },
    /// Triangular.
    Triangular {
        /// Lower end, in seconds.
        low: f64,
        /// Most likely value, in seconds.
        mode: f64,
        /// Upper end, in seconds.
        high: f64,
    },
    /// Normal, truncated at 0.
    Normal {
        /// Mean before truncation, in seconds.
        mean: f64,
        /// Standard deviation before truncation, in seconds.
        sd: f64,
    },
    /// Log-normal: the logarithm of the seconds is normal.
    LogNormal {
        /// Mean of the logarithm of the seconds.
        mu: f64,
        /// Standard deviation of the logarithm of the seconds.
        sigma: f64,
    },
    /// Gamma.
    Gamma {
        /// Shape, no unit.
        shape: f64,
        /// Scale, in seconds.
        scale: f64,
    },
    /// Weibull.
    Weibull {
        /// Shape, no unit.
        shape: f64,
        /// Scale, in seconds.
        scale: f64,
    },
    /// Pareto (type I).
    Pareto {
        /// Least value, in seconds.
        minimum: f64,
        /// Tail index, no unit.
        shape: f64,
    },
    /// Equally likely values in seconds, in any order.
    Empirical(Vec<f64>),
    /// Weighted components; the sum of the weights need not be 1. One uniform number chooses the component, and its
    /// position within the component's share gives the value, so the quantiles of a mixture do not rise with the
    /// uniform number.
    Mixture(Vec<(f64, Distribution)>),
}

/// A two-parameter family that two percentiles determine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// [`Shape::Uniform`]
    Uniform,
    /// [`Shape::Normal`]
    Normal,
    /// [`Shape::LogNormal`]
    LogNormal,
    /// [`Shape::Gamma`]
    Gamma,
    /// [`Shape::Weibull`]
    Weibull,
    /// [`Shape::Pareto`]
    Pareto,
}

/// Why parameters do not describe a distribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DistributionError(pub String);

/// Truncation must leave at least this share of the values: below it a double has too few digits left to distinguish
/// the values.
const LEAST_SHARE: f64 = 1e-9;

/// The uniform numbers nearest to 0 and 1.
const OPEN_UNIT: (f64, f64) = (f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0);

impl Distribution {
    /// A distribution of `shape`, with every value moved by `shift` seconds, then conditioned to lie in `truncate`
    /// (seconds; the upper end may be infinite).
    ///
    /// # Errors
    ///
    /// Where a parameter is not finite or outside its domain, where values could be negative, or where truncation
    /// leaves no values.
    pub fn new(shape: Shape, shift: f64, truncate: Option<(f64, f64)>) -> Result<Self, DistributionError> {
        shape.validate()?;
        if !shift.is_finite() {
            return Err(DistributionError(format!("the shift must be a finite number, not {shift}")));
        }
        let (from, to) = truncate.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        if from.is_nan() || to.is_nan() || from > to {
            return Err(DistributionError(format!("cannot truncate to {from}..{to}: the lower end must come first")));
        }
        let nothing = || DistributionError(format!("truncation to {from}..{to} s leaves none of the values"));
        let (shape, shift) = shape.moved(shift);
        let shape = shape.kept(from, to)?;
        let (least, greatest) = shape.support().ok_or_else(nothing)?;
        let (low, high) = (from.max(least + shift), to.min(greatest + shift));
        let (below, within) = if shape.has_atoms() {
            (0.0, 1.0)
        } else {
            (shape.cdf(low - shift), shape.share(low - shift, high - shift))
        };
        if low > high || within.is_nan() || within < LEAST_SHARE {
            return Err(nothing());
        }
        if low < 0.0 {
            return Err(DistributionError(format!("values down to {low} s are possible; truncate at 0 or shift less")));
        }
        Ok(Self { shape, shift, low, high, below, within, constant: constant(low, high), source: None })
    }

    /// Always `length`.
    #[must_use]
    pub fn constant(length: SimDuration) -> Self {
        let seconds = length.as_secs_f64();
        Self {
            shape: Shape::Constant(seconds),
            shift: 0.0,
            low: seconds,
            high: seconds,
            below: 0.0,
            within: 1.0,
            constant: constant(seconds, seconds),
            source: None,
        }
    }

    /// The value where it is always the same, so that the caller need not draw a number.
    #[must_use]
    #[inline]
    pub fn as_constant(&self) -> Option<SimDuration> {
        self.constant
    }

    /// The value that a share `u` of all values lies at or below, rounded to the nanosecond. `u` is in (0, 1); numbers
    /// outside count as the nearest number inside. For a [mixture](Shape::Mixture) the values are not in the order of
    /// `u`, but each is as likely as it should be.
    #[must_use]
    pub fn quantile(&self, u: f64) -> SimDuration {
        SimDuration::from_secs_f64(self.seconds(u))
    }

    /// Whether [`Self::quantile`] of `u` is certainly more than `seconds`, where a comparison can tell: a quantile may cost a
    /// logarithm. False where it is not known.
    #[must_use]
    pub fn surely_beyond(&self, u: f64, seconds: f64) -> bool {
        // 1 - exp(-x) is at most x. The margin is far above what rounding does to either side.
        match self.shape {
            Shape::Exponential { mean } if self.shift == 0.0 && (self.below, self.within) == (0.0, 1.0) => {
                u > seconds / mean * (1.0 + 1e-9) + 1e-12
            }
            _ => false,
        }
    }

    /// The share of values of at most `seconds`.
    #[must_use]
    pub fn cdf(&self, seconds: f64) -> f64 {
        self.share(f64::NEG_INFINITY, seconds)
    }

    /// The mean in seconds; `None` where it is infinite, or where the distribution is truncated and its mean has no
    /// closed form.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let whole = self.shape.support().map(|(low, high)| (low + self.shift, high + self.shift));
        if whole != Some((self.low, self.high)) {
            return None;
        }
        self.shape.mean().map(|mean| mean + self.shift)
    }

    /// The mean in seconds, or an approximation where there is no closed form: the mean of a thousand equally likely
    /// values.
    #[must_use]
    pub fn usual(&self) -> f64 {
        const PARTS: u32 = 1000;
        let about = || {
            let values = (0..PARTS).map(|part| self.seconds((f64::from(part) + 0.5) / f64::from(PARTS)));
            values.sum::<f64>() / f64::from(PARTS)
        };
        self.mean().unwrap_or_else(about)
    }

    fn seconds(&self, u: f64) -> f64 {
        let u = (self.below + u * self.within).clamp(OPEN_UNIT.0, OPEN_UNIT.1);
        (self.shape.quantile(u) + self.shift).clamp(self.low, self.high)
    }

    /// The share of values within `[low, high]`, in seconds.
    fn share(&self, low: f64, high: f64) -> f64 {
        if low > self.high || high < self.low {
            0.0
        } else if self.shape.has_atoms() {
            self.shape.share(low, high)
        } else {
            // The whole interval is treated as a case of its own, because a shift rounds the limits away from where
            // they were computed.
            let above = |x: f64| ((self.shape.cdf(x - self.shift) - self.below) / self.within).clamp(0.0, 1.0);
            let until = if high >= self.high { 1.0 } else { above(high) };
            let before = if low <= self.low { 0.0 } else { above(low) };
            (until - before).max(0.0)
        }
    }

    /// This distribution with every value moved by `shift` seconds.
    fn moved(self, shift: f64) -> Self {
        let (shape, rest) = self.shape.moved(self.shift + shift);
        let (low, high) = (self.low + shift, self.high + shift);
        Self { shape, shift: rest, low, high, constant: constant(low, high), ..self }
    }

    /// This distribution conditioned to lie in `[low, high]`.
    fn truncated(self, low: f64, high: f64) -> Result<Self, DistributionError> {
        if low <= self.low && self.high <= high {
            return Ok(self);
        }
        let (low, high) = (low.max(self.low), high.min(self.high));
        let source = self.source;
        Ok(Self { source, ..Self::new(self.shape, self.shift, Some((low, high)))? })
    }
}

fn constant(low: f64, high: f64) -> Option<SimDuration> {
    (low == high).then(|| SimDuration::from_secs_f64(low))
}

#[cfg(test)]
mod tests;
