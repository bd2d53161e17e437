//! Student's t distribution with a whole number of degrees of freedom.

use super::estimate::Confidence;
use crate::distribution::normal;

/// Up to this number of degrees of freedom the exact sum is used; beyond it the expansion is exact to 12 digits.
const EXACT: u64 = 200;

/// Standard errors from a mean to its limits, for a sample with `degrees` degrees of freedom (at least 1).
pub(super) fn limit(degrees: u64, confidence: Confidence) -> f64 {
    limit_with_tail(degrees, (1.0 - confidence.level()) / 2.0)
}

/// The value exceeded with probability `tail`, which is less than one half.
pub(super) fn limit_with_tail(degrees: u64, tail: f64) -> f64 {
    if degrees > EXACT { expansion(degrees as f64, tail) } else { exact(degrees, tail) }
}

/// P(|T| ≥ |t|). Where the exact sum is not used, Wallace's transformation (Annals of Mathematical Statistics 30
/// (1959), 1121-1130) gives four digits.
pub(super) fn beyond(t: f64, degrees: u64) -> f64 {
    let n = degrees as f64;
    if degrees <= EXACT {
        return (1.0 - between(libm::atan(t.abs() / libm::sqrt(n)), degrees)).max(0.0);
    }
    let z = libm::sqrt(n * libm::log1p(t * t / n)) * (8.0 * n + 1.0) / (8.0 * n + 3.0);
    libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// Solves for the angle whose tangent is t / √degrees.
fn exact(degrees: u64, tail: f64) -> f64 {
    let (mut low, mut high) = (0.0, std::f64::consts::FRAC_PI_2);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if between(middle, degrees) < 1.0 - 2.0 * tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    libm::sqrt(degrees as f64) * libm::tan(low)
}

/// P(|T| ≤ √degrees tan angle), Abramowitz and Stegun 26.7.3 and 26.7.4.
fn between(angle: f64, degrees: u64) -> f64 {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let odd = degrees % 2 == 1;
    let (mut term, first) = if odd { (cosine, 3) } else { (1.0, 2) };
    let mut sum = if degrees == 1 { 0.0 } else { term };
    for k in (first..degrees - 1).step_by(2) {
        term *= cosine * cosine * (k as f64 - 1.0) / k as f64;
        sum += term;
    }
    if odd { (angle + sine * sum) * std::f64::consts::FRAC_2_PI } else { sine * sum }
}

/// Abramowitz and Stegun 26.7.5.
fn expansion(degrees: f64, tail: f64) -> f64 {
    let z = normal::quantile(1.0 - tail);
    let s = z * z;
    let terms = [
        z,
        z * (s + 1.0) / 4.0,
        z * ((5.0 * s + 16.0) * s + 3.0) / 96.0,
        z * (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0,
        z * ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92_160.0,
    ];
    terms.iter().rev().fold(0.0, |sum, term| sum / degrees + term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn table_of_two_sided_five_percent_points() {
        for (degrees, t) in
            [(1, 12.706_205), (2, 4.302_653), (3, 3.182_446), (4, 2.776_445), (10, 2.228_139), (30, 2.042_272)]
        {
            let got = limit(degrees, Confidence::USUAL);
            assert!((got - t).abs() < 5e-7, "{degrees}: {got}");
        }
    }

    #[test]
    fn shares_agree_with_statrs() {
        for degrees in [1, 2, 3, 4, 5, 6, 17, 100, 199, 200, 201, 999, 100_000] {
            let reference = StudentsT::new(0.0, 1.0, degrees as f64).expect("valid");
            assert!((reference.cdf(limit(degrees, Confidence::USUAL)) - 0.975).abs() < 1e-10, "{degrees}");
            let strict = Confidence::new(0.9995).expect("a level");
            assert!((reference.cdf(limit(degrees, strict)) - 0.999_75).abs() < 1e-8, "{degrees}");
            for t in [0.0, 0.3, -2.0, 4.0] {
                let wanted = 2.0 * reference.cdf(-f64::abs(t));
                assert!((beyond(t, degrees) / wanted - 1.0).abs() < 1e-3, "{degrees} {t}: {}", beyond(t, degrees));
            }
            for tail in [0.05, 1e-3, 1e-5] {
                let beyond = reference.sf(limit_with_tail(degrees, tail));
                assert!((beyond / tail - 1.0).abs() < 1e-4, "{degrees} {tail}: {beyond}");
            }
        }
    }
}
