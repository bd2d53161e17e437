//! Shares of a binomial sample.

use super::estimate::{Estimate, normal_limit};

/// The share of `successes` among `n` trials, with the score interval of E. B. Wilson ("Probable inference", Journal of
/// the American Statistical Association 22 (1927), 209-212). It is sound for shares near 0 too: after no success in
/// `n` trials its upper limit is about `3.84 / n`.
#[must_use]
pub fn proportion(successes: u64, n: u64) -> Estimate {
    if n == 0 {
        return Estimate::unknown(0);
    }
    let (trials, z) = (n as f64, normal_limit());
    let share = successes as f64 / trials;
    let shrink = 1.0 + z * z / trials;
    let centre = (share + z * z / (2.0 * trials)) / shrink;
    let half = z * libm::sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)) / shrink;
    // At the ends the limit is exact, but not its arithmetic.
    let low = if successes == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if successes >= n { 1.0 } else { (centre + half).min(1.0) };
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
            (0, 20, 0.0, 0.161_1),
            (1, 29, 0.006_1, 0.171_8),
            (3, 1000, 0.001_02, 0.008_78),
            (20, 20, 0.838_9, 1.0),
        ] {
            let got = proportion(successes, n);
            assert!((got.low.unwrap_or(-1.0) - low).abs() < 6e-5, "{got:?}");
            assert!((got.high.unwrap_or(-1.0) - high).abs() < 6e-5, "{got:?}");
            assert_eq!(got.value, Some(successes as f64 / n as f64));
        }
    }

    #[test]
    fn nothing_comes_of_no_trials() {
        assert_eq!(proportion(0, 0), Estimate::unknown(0));
    }
}
