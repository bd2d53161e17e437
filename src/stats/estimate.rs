//! A number and how sure it is.

use crate::distribution::normal;

/// The level of every interval: the share of experiments whose interval holds the true value.
pub const CONFIDENCE: f64 = 0.95;

/// What may lie beyond each limit of a two-sided interval.
pub(super) const TAIL: f64 = (1.0 - CONFIDENCE) / 2.0;

/// A number with its uncertainty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate; `None` where the data cannot support one.
    pub value: Option<f64>,
    /// Lower 95 % limit, where there is one.
    pub low: Option<f64>,
    /// Upper 95 % limit, where there is one.
    pub high: Option<f64>,
    /// Observations it rests on.
    pub n: u64,
}

impl Estimate {
    /// A value of which no limits are known.
    #[must_use]
    pub const fn point(value: f64, n: u64) -> Self {
        Self { value: Some(value), low: None, high: None, n }
    }

    /// Nothing: `n` observations cannot support a value.
    #[must_use]
    pub const fn unknown(n: u64) -> Self {
        Self { value: None, low: None, high: None, n }
    }
}

/// Standard errors from an estimate to its limits where it is normally distributed.
pub(super) fn normal_limit() -> f64 {
    normal::quantile(1.0 - TAIL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_limit_belongs_to_the_level() {
        assert!((normal_limit() - 1.959_963_984_540_054).abs() < 1e-14);
    }
}
