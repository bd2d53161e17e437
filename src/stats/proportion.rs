//! Shares of a binomial sample.

use super::estimate::{Confidence, Estimate};

/// The share of `successes` among `n` trials, with the score interval of E. B. Wilson ("Probable inference", Journal of
/// the American Statistical Association 22 (1927), 209-212).
///
/// After no success in `n` trials the lower limit cannot err, so the upper one may take all that the level leaves: the
/// rule of three, about `3 / n` (Hanley and Lippman-Hand, Journal of the American Medical Association 249 (1983),
/// 1743-1745). The same holds for nothing but successes.
#[must_use]
pub fn proportion(successes: u64, n: u64) -> Estimate {
    proportion_at(successes, n, Confidence::USUAL)
}

/// [`proportion`] at another level.
#[must_use]
pub fn proportion_at(successes: u64, n: u64, confidence: Confidence) -> Estimate {
    if n == 0 {
        return Estimate::unknown(0);
    }
    let (trials, z) = (n as f64, confidence.normal_limit());
    let share = successes as f64 / trials;
    let shrink = 1.0 + z * z / trials;
    let centre = (share + z * z / (2.0 * trials)) / shrink;
    let half = z * libm::sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)) / shrink;
    let three = -libm::expm1(libm::log(2.0 * confidence.tail()) / trials);
    let (low, high) = match successes {
        0 => (0.0, three),
        all if all >= n => (1.0 - three, 1.0),
        _ => ((centre - half).max(0.0), (centre + half).min(1.0)),
    };
    Estimate { value: Some(share), low: Some(low), high: Some(high), n }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_limits() {
        // The first line is Newcombe's example, Statistics in Medicine 17 (1998), table I.
        for (successes, n, low, high) in [
            (81, 263, 0.255_3, 0.366_2),
            (15, 148, 0.062_4, 0.160_5),
            (1, 29, 0.006_1, 0.171_8),
            (3, 1000, 0.001_02, 0.008_78),
        ] {
            let got = proportion(successes, n);
            assert!((got.low.unwrap_or(-1.0) - low).abs() < 6e-5, "{got:?}");
            assert!((got.high.unwrap_or(-1.0) - high).abs() < 6e-5, "{got:?}");
            assert_eq!(got.value, Some(successes as f64 / n as f64));
        }
    }

    #[test]
    fn rule_of_three() {
        for n in [1, 20, 1000, 1_000_000] {
            let (none, all) = (proportion(0, n), proportion(n, n));
            // What happens to nobody among n with a probability of 5 %.
            let bound = none.high.unwrap_or_default();
            assert!(((1.0 - bound).powf(n as f64) - 0.05).abs() < 1e-9, "{none:?}");
            assert_eq!((none.low, all.low, all.high), (Some(0.0), Some(1.0 - bound), Some(1.0)));
        }
        assert!((proportion(0, 1000).high.unwrap_or_default() - 0.003).abs() < 1e-5);
    }

    #[test]
    fn nothing_comes_of_no_trials() {
        assert_eq!(proportion(0, 0), Estimate::unknown(0));
    }
}
