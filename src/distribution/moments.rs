//! From a mean and a standard deviation to the parameters of a family.

use super::{DistributionError, Family, Shape, gamma};

impl Shape {
    /// The member of `family` with that mean and standard deviation, both in seconds and before any shift or truncation.
    ///
    /// # Errors
    ///
    /// Where no member has them.
    pub fn from_mean_and_sd(family: Family, mean: f64, sd: f64) -> Result<Self, DistributionError> {
        if !(mean.is_finite() && mean > 0.0 && sd.is_finite() && sd > 0.0) {
            return Err(DistributionError(format!(
                "mean ({mean} s) and sd ({sd} s) must be finite and greater than 0"
            )));
        }
        let squared = (sd / mean) * (sd / mean);
        let shape = match family {
            Family::Normal => Some(Self::Normal { mean, sd }),
            Family::LogNormal => {
                let variance = libm::log1p(squared);
                Some(Self::LogNormal { mu: libm::log(mean) - variance / 2.0, sigma: libm::sqrt(variance) })
            }
            Family::Gamma => Some(Self::Gamma { shape: 1.0 / squared, scale: mean * squared }),
            Family::Weibull => weibull(mean, squared),
            Family::Uniform => {
                let half = libm::sqrt(3.0) * sd;
                Some(Self::Uniform { low: mean - half, high: mean + half })
            }
            Family::Pareto => {
                let shape = 1.0 + libm::sqrt(1.0 + 1.0 / squared);
                Some(Self::Pareto { minimum: mean * (shape - 1.0) / shape, shape })
            }
        };
        let problem = || {
            DistributionError(format!(
                "no member of this family has mean {mean} s and sd {sd} s: they are too far apart or too close; a lognormal one fits"
            ))
        };
        shape.filter(|shape| shape.validate().is_ok()).ok_or_else(problem)
    }
}

/// The square of sd / mean of a Weibull distribution falls with its shape, so that halving the range finds it.
fn weibull(mean: f64, squared: f64) -> Option<Shape> {
    let ratio = |shape: f64| libm::expm1(libm::lgamma(1.0 + 2.0 / shape) - 2.0 * libm::lgamma(1.0 + 1.0 / shape));
    let (mut low, mut high) = (libm::log(*gamma::SHAPES.start()), libm::log(*gamma::SHAPES.end()));
    if !(ratio(libm::exp(high))..=ratio(libm::exp(low))).contains(&squared) {
        return None;
    }
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if ratio(libm::exp(middle)) > squared { low = middle } else { high = middle }
    }
    let shape = libm::exp((low + high) / 2.0);
    Some(Shape::Weibull { shape, scale: mean / libm::tgamma(1.0 + 1.0 / shape) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Distribution;

    /// Mean and standard deviation of a distribution by summing its quantiles.
    fn moments(shape: Shape) -> (f64, f64) {
        const STEPS: u32 = 200_000;
        let made = Distribution::new(shape, 0.0, None).expect("a distribution");
        let values: Vec<f64> =
            (0..STEPS).map(|step| made.quantile((f64::from(step) + 0.5) / f64::from(STEPS)).as_secs_f64()).collect();
        let mean = values.iter().sum::<f64>() / f64::from(STEPS);
        (mean, (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / f64::from(STEPS)).sqrt())
    }

    #[test]
    fn every_family_has_the_mean_and_sd_that_were_asked_for() {
        for (family, mean, sd) in [
            (Family::LogNormal, 2.0, 1.0),
            (Family::LogNormal, 30.0, 6.0),
            (Family::Gamma, 2.0, 1.0),
            (Family::Gamma, 5.0, 5.0),
            (Family::Weibull, 2.0, 1.0),
            (Family::Weibull, 10.0, 12.0),
            (Family::Uniform, 4.0, 2.0),
            (Family::Normal, 20.0, 2.0),
            (Family::Pareto, 3.0, 0.6),
        ] {
            let (found_mean, found_sd) = moments(Shape::from_mean_and_sd(family, mean, sd).expect("a member"));
            assert!((found_mean / mean - 1.0).abs() < 2e-3, "{family:?}: mean {found_mean}, not {mean}");
            assert!((found_sd / sd - 1.0).abs() < 2e-2, "{family:?}: sd {found_sd}, not {sd}");
        }
    }

    /// Computed by hand: a log-normal distribution with mean 2 and sd 1 has sigma² = ln 1.25, a gamma distribution has
    /// shape 4 and scale 0.5; a Weibull distribution whose sd equals its mean is exponential.
    #[test]
    fn closed_forms() {
        let Ok(Shape::LogNormal { mu, sigma }) = Shape::from_mean_and_sd(Family::LogNormal, 2.0, 1.0) else { panic!() };
        assert!(
            (sigma * sigma - 1.25_f64.ln()).abs() < 1e-12 && (mu - (2.0_f64.ln() - 1.25_f64.ln() / 2.0)).abs() < 1e-12
        );
        assert_eq!(Shape::from_mean_and_sd(Family::Gamma, 2.0, 1.0), Ok(Shape::Gamma { shape: 4.0, scale: 0.5 }));
        let Ok(Shape::Weibull { shape, scale }) = Shape::from_mean_and_sd(Family::Weibull, 5.0, 5.0) else { panic!() };
        assert!((shape - 1.0).abs() < 1e-9 && (scale - 5.0).abs() < 1e-8, "{shape} {scale}");
    }

    #[test]
    fn what_no_member_has_is_refused() {
        for (family, mean, sd) in [
            (Family::Uniform, 1.0, 1.0),
            (Family::LogNormal, 0.0, 1.0),
            (Family::Gamma, 2.0, 0.0),
            (Family::Weibull, 1.0, 1e-9),
        ] {
            assert!(Shape::from_mean_and_sd(family, mean, sd).is_err(), "{family:?} {mean} {sd}");
        }
    }
}
