//! Limits that are looked at again and again while a sample grows.

use super::estimate::Confidence;

/// Points at which a density is known, an odd number.
const POINTS: usize = 41;
/// Looks whose estimates are correlated more closely count as if they were not: the sum over points would not see the
/// difference.
const CLOSEST: f64 = 0.985;

/// The level that the limits of each look need so that the limits of all looks together hold with the confidence
/// `overall`. `looks` are the sizes of the growing sample, ascending.
///
/// The estimates of successive looks are those of a random walk, because each sample contains the one before: two looks
/// at n and m observations have the correlation √(n / m). The level is that of a constant boundary which the
/// standardised walk crosses at any look with the error probability of `overall` (Pocock, Biometrika 64 (1977), 191-199;
/// repeated confidence intervals: Jennison and Turnbull, Journal of the Royal Statistical Society B 51 (1989), 305-361),
/// computed look by look (Armitage, McPherson and Rowe, Journal of the Royal Statistical Society A 132 (1969), 235-244).
/// It is below what Bonferroni's inequality asks for, which ignores that looks at a growing sample agree.
#[must_use]
pub fn confidence_of_each(looks: &[u32], overall: Confidence) -> Confidence {
    let correlations: Vec<f64> =
        looks.windows(2).map(|pair| libm::sqrt(f64::from(pair[0]) / f64::from(pair[1])).min(CLOSEST)).collect();
    if correlations.is_empty() {
        return overall;
    }
    let (mut least, mut most) = (overall.normal_limit(), overall.shared_by(looks.len()).normal_limit());
    for _ in 0..25 {
        let middle = f64::midpoint(least, most);
        if 1.0 - within(middle, &correlations) > 2.0 * overall.tail() {
            least = middle;
        } else {
            most = middle;
        }
    }
    Confidence::with_tail(libm::erfc(most * std::f64::consts::FRAC_1_SQRT_2) / 2.0).unwrap_or(overall)
}

/// The probability that a standardised walk stays within ± `boundary` at every look.
fn within(boundary: f64, correlations: &[f64]) -> f64 {
    let step = boundary / (POINTS - 1) as f64;
    let place = |point: usize| point as f64 * step;
    // Simpson's rule on the half from 0 to the boundary; the density is even.
    let weight = |point: usize| match point {
        0 => 1.0,
        last if last == POINTS - 1 => 1.0,
        odd if odd % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let mut density: Vec<f64> = (0..POINTS).map(|point| normal(place(point))).collect();
    for &correlation in correlations {
        let spread = libm::sqrt(1.0 - correlation * correlation);
        let at = |y: f64| {
            let part = |x: f64| normal((y - correlation * x) / spread) + normal((y + correlation * x) / spread);
            let sum: f64 = density.iter().enumerate().map(|(n, f)| weight(n) * f * part(place(n))).sum();
            sum * step / 3.0 / spread
        };
        density = (0..POINTS).map(|point| at(place(point))).collect();
    }
    2.0 * step / 3.0 * density.iter().enumerate().map(|(n, f)| weight(n) * f).sum::<f64>()
}

/// The standard normal density.
fn normal(x: f64) -> f64 {
    const SCALE: f64 = 0.398_942_280_401_432_7;
    SCALE * libm::exp(-x * x / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boundary(looks: &[u32]) -> f64 {
        confidence_of_each(looks, Confidence::USUAL).normal_limit()
    }

    /// Pocock's constants for equally spaced looks (Jennison and Turnbull, Group Sequential Methods (2000), table 2.1).
    #[test]
    fn pococks_constants() {
        for (k, wanted) in [(1, 1.960), (2, 2.178), (3, 2.289), (5, 2.413), (10, 2.555)] {
            let looks: Vec<u32> = (1..=k).map(|look| 1000 * look).collect();
            assert!((boundary(&looks) - wanted).abs() < 1e-3, "{k}: {}", boundary(&looks));
        }
    }

    #[test]
    fn it_lies_between_one_look_and_as_many_independent_ones() {
        let looks = [256, 512, 1024, 2048, 4096, 8192, 16_384, 20_000];
        let one = boundary(&looks);
        let apart = Confidence::USUAL.shared_by(8).normal_limit();
        assert!(one > 2.5 && one < 2.7 && one < apart, "{one} {apart}");
        // A look that repeats another adds little.
        assert!(boundary(&[256, 512, 513]) - boundary(&[256, 512]) < 0.15);
    }
}
