//! The gamma distribution with scale 1: its shares and, by inverting them, its quantiles. `libm` arithmetic only.

use super::normal;

/// Shapes for which quantiles can be computed fast and to full accuracy.
pub(crate) const SHAPES: std::ops::RangeInclusive<f64> = 1e-3..=1e5;

const TERMS: u32 = 20_000;

/// `x^a e^-x / Γ(a + 1)`. For large `a` the terms of the plain formula cancel; Loader's form ("Fast and accurate
/// computation of binomial probabilities", 2000) takes the difference first.
fn front(a: f64, x: f64) -> f64 {
    if a < 10.0 {
        return libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0));
    }
    let square = 1.0 / (a * a);
    let stirling =
        (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0)))) / a;
    let relative = (x - a) / a;
    let deviance = a * (relative - libm::log1p(relative));
    libm::exp(-deviance - stirling) / libm::sqrt(std::f64::consts::TAU * a)
}

/// Σ x^n / ((a+1)…(a+n)), which times `front` is the lower share.
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for n in 1..TERMS {
        term *= x / (a + f64::from(n));
        sum += term;
        if term < sum * f64::EPSILON * 0.25 {
            break;
        }
    }
    sum
}

/// Legendre's continued fraction by Lentz's method, which times `a front` is the upper share.
fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = f64::MAX;
    let mut d = 1.0 / b;
    let mut value = d;
    for i in 1..TERMS {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        let factor = c * d;
        value *= factor;
        if (factor - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

/// The shares of values below and above `x`, and `x` times the density there.
fn shares(a: f64, x: f64) -> (f64, f64, f64) {
    let front = front(a, x);
    if x < a + 1.0 {
        let lower = (front * series(a, x)).min(1.0);
        (lower, 1.0 - lower, a * front)
    } else {
        let upper = (a * front * fraction(a, x)).min(1.0);
        (1.0 - upper, upper, a * front)
    }
}

/// The shares of values below and above `x` for shape `a`.
pub(super) fn tails(a: f64, x: f64) -> (f64, f64) {
    match x {
        x if x <= 0.0 => (0.0, 1.0),
        f64::INFINITY => (1.0, 0.0),
        x => {
            let (lower, upper, _) = shares(a, x);
            (lower, upper)
        }
    }
}

/// The share of values at or below `x` for shape `a`.
pub(super) fn cdf(a: f64, x: f64) -> f64 {
    tails(a, x).0
}

/// Wilson and Hilferty's approximation, or the first term of the series where that is more accurate.
fn start(a: f64, u: f64) -> f64 {
    let cube_root = 1.0 - 1.0 / (9.0 * a) + normal::quantile(u) / (3.0 * libm::sqrt(a));
    if cube_root > 0.4 {
        return a * cube_root * cube_root * cube_root;
    }
    let first = libm::exp((libm::log(u) + libm::lgamma(a + 1.0)) / a);
    first * libm::exp((first / (a + 1.0)).min(1.0))
}

/// The value below which a share `u` in (0, 1) lies for shape `a`.
///
/// Halley's method for the logarithm of the smaller tail as a function of ln x, kept within a bracket. It converges
/// cubically, so after a small step the result is exact to a few units in the last place.
pub(crate) fn quantile(a: f64, u: f64) -> f64 {
    let mut x = start(a, u);
    if x <= 0.0 {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for _ in 0..200 {
        let (lower, upper, slope) = shares(a, x);
        let (tail, target, sign) = if u <= 0.5 { (lower, u, 1.0) } else { (upper, 1.0 - u, -1.0) };
        if (tail > target) == (sign > 0.0) {
            high = x;
        } else {
            low = x;
        }
        let hazard = sign * slope / tail;
        let newton = libm::log(tail / target) / hazard;
        let curvature = 1.0 - 0.5 * newton * (a - x - hazard);
        let step = if curvature > 0.5 { newton / curvature } else { newton };
        let next = x * libm::exp(-step);
        if step.abs() * libm::sqrt(a.max(1.0)) < 1e-6 {
            return next;
        }
        x = if next > low && next < high { next } else { between(low, high) };
    }
    x
}

/// The second derivative of the logarithm of the gamma function at `x` above 0 (Abramowitz and Stegun 6.4.6 and 6.4.12).
pub(super) fn trigamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < 12.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let tail =
        1.0 / 6.0 - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square * (1.0 / 30.0 - square * (5.0 / 66.0))));
    sum + 1.0 / x + square / 2.0 + square / x * tail
}

fn between(low: f64, high: f64) -> f64 {
    match (low > 0.0, high.is_finite()) {
        (true, true) => libm::sqrt(low) * libm::sqrt(high),
        (true, false) => low * 2.0,
        _ => high * 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, Gamma};

    #[test]
    fn trigamma_at_known_places() {
        let square = std::f64::consts::PI * std::f64::consts::PI;
        for (x, wanted) in
            [(0.5, square / 2.0), (1.0, square / 6.0), (2.0, square / 6.0 - 1.0), (1e5, 1.000_005_000_016_666_7e-5)]
        {
            assert!((trigamma(x) / wanted - 1.0).abs() < 1e-13, "{x}: {}", trigamma(x));
        }
    }

    const SHARES: [f64; 13] =
        [1e-12, 1e-6, 0.001, 0.01, 0.1, 0.25, 0.5, 0.501, 0.9, 0.99, 0.999, 1.0 - 1e-6, 1.0 - 1e-12];

    #[test]
    fn cdf_agrees_with_statrs() {
        for a in [0.01, 0.3, 1.0, 2.5, 9.99, 10.0, 47.0, 300.0] {
            let reference = Gamma::new(a, 1.0).expect("valid");
            for i in 1..60 {
                let x = a * f64::from(i) / 20.0;
                let (ours, theirs) = (cdf(a, x), reference.cdf(x));
                assert!((ours - theirs).abs() < 1e-12, "{a} {x}: {ours} and {theirs}");
            }
        }
    }

    #[test]
    fn quantile_undoes_cdf_in_both_tails() {
        for a in [0.001, 0.01, 0.1, 0.5, 1.0, 1.5, 4.0, 9.99, 10.0, 100.0, 5_000.0, 1e5] {
            for u in SHARES {
                let x = quantile(a, u);
                if x < 1e-290 {
                    continue;
                }
                let (lower, upper, _) = shares(a, x);
                let (got, wanted) = if u <= 0.5 { (lower, u) } else { (upper, 1.0 - u) };
                assert!((got / wanted - 1.0).abs() < 3e-12, "{a} {u}: {x} gives {got} for {wanted}");
            }
        }
    }

    #[test]
    fn shape_one_is_exponential() {
        for u in SHARES {
            let exact = -libm::log1p(-u);
            assert!((quantile(1.0, u) / exact - 1.0).abs() < 1e-14, "{u}");
        }
    }

    #[test]
    fn chi_square_table() {
        // 2 × gamma(k/2) is chi-square with k degrees of freedom.
        for (degrees, u, value) in [(1.0, 0.95, 3.841_458_820_694_124), (10.0, 0.05, 3.940_299_136_119_06)] {
            assert!((2.0 * quantile(degrees / 2.0, u) / value - 1.0).abs() < 1e-13, "{degrees}");
        }
    }
}
