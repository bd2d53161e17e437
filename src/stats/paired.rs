//! Comparison of two systems that were given the same random numbers.

use super::estimate::Estimate;
use super::mean::Moments;

/// The mean difference of paired observations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// Mean of second less first, with Student's t interval.
    pub difference: Estimate,
    /// How many times the variance of the difference would be larger had the two been independent: what common random
    /// numbers bought. `None` where either is undefined.
    pub variance_ratio: Option<f64>,
}

impl Paired {
    /// Of `(first, second)` pairs.
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        let moments = |value: fn(&(f64, f64)) -> f64| Moments::of(&pairs.iter().map(value).collect::<Vec<_>>());
        let difference = moments(|(first, second)| second - first);
        let variance = |moments: Option<Moments>| moments.and_then(|moments| moments.variance());
        let independent = variance(moments(|pair| pair.0)).zip(variance(moments(|pair| pair.1))).map(|(a, b)| a + b);
        Self {
            difference: difference.map_or(Estimate::unknown(0), |moments| moments.mean()),
            variance_ratio: independent
                .zip(variance(difference))
                .and_then(|(independent, paired)| (paired > 0.0).then(|| independent / paired)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn students_sleep_data() {
        // Hours of additional sleep under two drugs, "The probable error of a mean", Biometrika 6 (1908).
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let pairs: Vec<_> = first.into_iter().zip(second).collect();
        let got = Paired::of(&pairs);
        for (got, wanted) in [
            (got.difference.value, 1.58),
            (got.difference.low, 0.700_114_2),
            (got.difference.high, 2.459_885_8),
            (got.variance_ratio, 7.209_556 / 1.512_889),
        ] {
            assert!((got.unwrap_or(f64::NAN) - wanted).abs() < 1e-4, "{got:?} for {wanted}");
        }
    }

    #[test]
    fn degenerate_pairs() {
        assert_eq!(Paired::of(&[]), Paired { difference: Estimate::unknown(0), variance_ratio: None });
        let shifted = Paired::of(&[(1.0, 2.0), (5.0, 6.0)]);
        assert_eq!((shifted.difference.value, shifted.variance_ratio), (Some(1.0), None));
    }
}
