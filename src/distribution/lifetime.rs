//! Families that are fitted to measured latencies: the likelihood of the measurements under a member. `libm` arithmetic
//! only.

use super::{Shape, gamma, normal};

/// A member of a family of lengths of time above 0, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lifetime {
    /// [`Shape::Exponential`]
    Exponential {
        /// Mean, in seconds.
        mean: f64,
    },
    /// [`Shape::LogNormal`]
    LogNormal {
        /// Mean of the logarithm of the seconds.
        mu: f64,
        /// Standard deviation of the logarithm of the seconds.
        sigma: f64,
    },
    /// [`Shape::Gamma`]
    Gamma {
        /// Shape, no unit.
        shape: f64,
        /// Scale, in seconds.
        scale: f64,
    },
    /// [`Shape::Weibull`]
    Weibull {
        /// Shape, no unit.
        shape: f64,
        /// Scale, in seconds.
        scale: f64,
    },
}

/// Where the share above a value is smaller than this, sums of shares below it have lost their digits.
const FAR: f64 = 1e-4;
/// The least probability that is used, so that no single value makes a likelihood infinite.
const LEAST: f64 = 1e-300;

impl Lifetime {
    /// The same as a shape to sample from.
    #[must_use]
    pub const fn shape(self) -> Shape {
        match self {
            Self::Exponential { mean } => Shape::Exponential { mean },
            Self::LogNormal { mu, sigma } => Shape::LogNormal { mu, sigma },
            Self::Gamma { shape, scale } => Shape::Gamma { shape, scale },
            Self::Weibull { shape, scale } => Shape::Weibull { shape, scale },
        }
    }

    /// The share of values at or below `x` seconds.
    #[must_use]
    pub fn cdf(self, x: f64) -> f64 {
        self.tails(x).0
    }

    /// The logarithm of the share of values between `low` and `high` seconds, which may be infinite.
    #[must_use]
    pub fn ln_between(self, low: f64, high: f64) -> f64 {
        let (first, second) = (self.tails(low), self.tails(high));
        let share = if first.0 < 0.5 { second.0 - first.0 } else { first.1 - second.1 };
        libm::log(share.max(LEAST))
    }

    /// The share of lengths of time whose two ends, each cut to the whole second, are `whole` seconds apart or less.
    /// The point within its second at which a length begins is uniform.
    #[must_use]
    pub fn whole_cdf(self, whole: f64) -> f64 {
        (self.mean_short(whole + 1.0).0 - self.mean_short(whole).0).clamp(0.0, 1.0)
    }

    /// The logarithm of the probability that the two ends of a length, each cut to the whole second, are `whole` seconds
    /// apart: the mean of `max(0, 1 - |T - whole|)`, which is a second difference of the mean of `max(0, x - T)` or
    /// `max(0, T - x)`.
    #[must_use]
    pub fn ln_whole(self, whole: f64) -> f64 {
        let [before, at, after] = [-1.0, 0.0, 1.0].map(|step| self.mean_short(whole + step));
        let share = if self.tails(whole - 1.0).1 < FAR {
            before.1 - 2.0 * at.1 + after.1
        } else {
            before.0 - 2.0 * at.0 + after.0
        };
        libm::log(share.max(LEAST))
    }

    /// The shares of values below and above `x`, each exact to the last digits.
    fn tails(self, x: f64) -> (f64, f64) {
        let both = |hazard: f64| (-libm::expm1(-hazard), libm::exp(-hazard));
        if x <= 0.0 {
            return (0.0, 1.0);
        }
        match self {
            Self::Exponential { mean } => both(x / mean),
            Self::LogNormal { mu, sigma } => {
                let z = (libm::log(x) - mu) / sigma;
                (normal::cdf(z), normal::cdf(-z))
            }
            Self::Gamma { shape, scale } => gamma::tails(shape, x / scale),
            Self::Weibull { shape, scale } => both(libm::pow(x / scale, shape)),
        }
    }

    /// The parts of the mean that values below and above `x` contribute.
    fn parts_of_mean(self, x: f64) -> (f64, f64) {
        let (mean, (below, above)) = match self {
            Self::Exponential { mean } => (mean, gamma::tails(2.0, x / mean)),
            Self::LogNormal { mu, sigma } => {
                let z = (libm::log(x) - mu) / sigma - sigma;
                (libm::exp(mu + sigma * sigma / 2.0), (normal::cdf(z), normal::cdf(-z)))
            }
            Self::Gamma { shape, scale } => (shape * scale, gamma::tails(shape + 1.0, x / scale)),
            Self::Weibull { shape, scale } => {
                let power = 1.0 + 1.0 / shape;
                (scale * libm::tgamma(power), gamma::tails(power, libm::pow(x / scale, shape)))
            }
        };
        (mean * below, mean * above)
    }

    /// The means of `max(0, x - T)` and `max(0, T - x)`, the second only in the far tail, where it is used.
    fn mean_short(self, x: f64) -> (f64, f64) {
        if x <= 0.0 {
            return (0.0, f64::NAN);
        }
        let ((below, above), (lower, upper)) = (self.tails(x), self.parts_of_mean(x));
        (x * below - lower, upper - x * above)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: [Lifetime; 7] = [
        Lifetime::Exponential { mean: 3.0 },
        Lifetime::LogNormal { mu: 0.7, sigma: 0.35 },
        Lifetime::LogNormal { mu: 2.0, sigma: 1.5 },
        Lifetime::Gamma { shape: 4.0, scale: 0.7 },
        Lifetime::Gamma { shape: 0.5, scale: 4.0 },
        Lifetime::Weibull { shape: 1.8, scale: 3.0 },
        Lifetime::Weibull { shape: 0.7, scale: 3.0 },
    ];

    #[test]
    fn shares_are_those_that_are_sampled() {
        for member in MEMBERS {
            let shape = member.shape();
            for x in [0.01, 0.5, 2.0, 7.5, 40.0] {
                assert!((member.cdf(x) - shape.cdf(x)).abs() < 1e-14, "{member:?} at {x}");
            }
            for (low, high) in [(0.0, 1.0), (1.0, 2.0), (3.0, f64::INFINITY)] {
                let share = shape.share(low, high);
                assert!((member.ln_between(low, high).exp() / share - 1.0).abs() < 1e-12, "{member:?} {low} {high}");
            }
        }
    }

    #[test]
    fn far_tails_keep_their_digits() {
        let member = Lifetime::Exponential { mean: 1.0 };
        assert!((member.ln_between(100.0, f64::INFINITY) + 100.0).abs() < 1e-12);
        assert!((member.ln_whole(60.0) - member.ln_whole(50.0) + 10.0).abs() < 1e-9);
    }

    /// The probability of lengths whose two ends are cut to whole seconds, by counting: 4,000 phases times the
    /// quantiles of 4,000 shares.
    #[test]
    fn whole_seconds_are_as_likely_as_they_are_often() {
        const STEPS: u32 = 4_000;
        for member in MEMBERS {
            let shape = member.shape();
            let mut seen = [0_u32; 12];
            for i in 0..STEPS {
                let length = shape.quantile((f64::from(i) + 0.5) / f64::from(STEPS));
                for phase in 0..100 {
                    let whole = ((f64::from(phase) + 0.5) / 100.0 + length).floor() as usize;
                    if let Some(count) = seen.get_mut(whole) {
                        *count += 1;
                    }
                }
            }
            let mut until = 0.0;
            for (whole, count) in seen.into_iter().enumerate() {
                let (share, whole) = (f64::from(count) / f64::from(STEPS * 100), whole as f64);
                until += share;
                assert!((member.ln_whole(whole).exp() - share).abs() < 1e-3, "{member:?} {whole}: {share}");
                assert!((member.whole_cdf(whole) - until).abs() < 2e-3, "{member:?} {whole}: {until}");
            }
        }
    }
}
