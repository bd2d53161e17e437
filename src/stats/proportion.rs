//! Shares of a binomial sample.

use super::estimate::{Confidence, Estimate, FEW, TAIL};
use super::quantile::binomial;

/// The share of `successes` among `n` trials, with the score interval of E. B. Wilson ("Probable inference", Journal of
/// the American Statistical Association 22 (1927), 209-212), modified for small counts as Brown, Cai and DasGupta
/// recommend ("Interval estimation for a binomial proportion", Statistical Science 16 (2001), 101-133, section 4.1).
///
/// After no success in `n` trials the lower limit cannot be wrong, so the upper one may use the whole error probability
/// of the level: the rule of three, about `3 / n` (Hanley and Lippman-Hand, Journal of the American Medical Association
/// 249 (1983), 1743-1745). No upper limit is less than that, so lower limits below it may be wrong as often: after one
/// to eight successes the lower limit is the exact one-sided 95 % limit as long as it stays below the rule of three,
/// and the exact two-sided one beyond. Wilson's own lower limit would miss the true share there in up to 16 % of all
/// samples. The same holds for failures.
#[must_use]
pub fn proportion(successes: u64, n: u64) -> Estimate {
    if n == 0 {
        return Estimate::unknown(0);
    }
    let failures = n - successes;
    let (low, high) = wilson(successes, n);
    let low = few_limit(successes, n).unwrap_or(if failures == 0 { 1.0 - rule_of_three(n) } else { low });
    let high = match failures {
        _ if successes == 0 => rule_of_three(n),
        few => few_limit(few, n).map_or(high, |limit| 1.0 - limit),
    };
    share(successes, n, low, high)
}

/// The estimate of a share. The rarer of the two outcomes carries it.
fn share(successes: u64, n: u64, low: f64, high: f64) -> Estimate {
    let carriers = Some(successes.min(n - successes));
    Estimate { low: Some(low), high: Some(high), carriers, ..Estimate::point(successes as f64 / n as f64, n) }
}

/// The lower limit of the share of an event that happened `count` times, where Wilson's limit is not used.
fn few_limit(count: u64, n: u64) -> Option<f64> {
    match count {
        0 => Some(0.0),
        few if few < n && few <= FEW => {
            let [one_sided, two_sided] = [2.0 * TAIL, TAIL].map(|tail| exact_limits(few, n, tail).0);
            Some(two_sided.max(one_sided.min(rule_of_three(n))))
        }
        _ => None,
    }
}

/// The probability of an event that happens in none of `n` trials with a probability of 5 %.
fn rule_of_three(n: u64) -> f64 {
    -libm::expm1(libm::log(2.0 * TAIL) / n as f64)
}

fn wilson(successes: u64, n: u64) -> (f64, f64) {
    score_limits(successes as f64 / n as f64, n as f64, Confidence::USUAL.normal_limit())
}

/// Wilson's limits of a `share` of `trials`, at which the share differs from the true one by `z` of its standard errors.
pub(super) fn score_limits(share: f64, trials: f64, z: f64) -> (f64, f64) {
    let shrink = 1.0 + z * z / trials;
    let centre = (share + z * z / (2.0 * trials)) / shrink;
    let half = z * libm::sqrt(share * (1.0 - share) / trials + z * z / (4.0 * trials * trials)) / shrink;
    (centre - half, centre + half)
}

/// The share of `successes` among `n` trials with limits that hold with at least the probability `confidence`, whatever
/// the share is (Clopper and Pearson, Biometrika 26 (1934), 404-413).
#[must_use]
pub fn proportion_at_least(successes: u64, n: u64, confidence: Confidence) -> Estimate {
    if n == 0 {
        return Estimate::unknown(0);
    }
    let (low, high) = exact_limits(successes, n, confidence.tail());
    share(successes, n, low, high)
}

/// Lower and upper limit of the probability behind `successes` of `n` trials, each missed with probability `tail` at
/// most, whatever the probability is (Clopper and Pearson, Biometrika 26 (1934), 404-413). Use them for claims that
/// must hold; for display [`proportion`] is closer. Without trials they are 0 and 1.
#[must_use]
pub fn exact_limits(successes: u64, n: u64, tail: f64) -> (f64, f64) {
    (1.0 - exact_upper(n - successes, n, tail), exact_upper(successes, n, tail))
}

/// The probability of success at which at most `successes` successes have the probability `tail`.
fn exact_upper(successes: u64, n: u64, tail: f64) -> f64 {
    if successes >= n {
        return 1.0;
    }
    let (mut low, mut high) = (successes as f64 / n as f64, 1.0);
    for _ in 0..52 {
        let middle = (low + high) / 2.0;
        if at_most(successes, n, middle) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// P(B ≤ k) for a binomial B of `n` trials; for k below the mean, where the terms fall from k down.
pub(super) fn at_most(k: u64, n: u64, probability: f64) -> f64 {
    let (trials, odds) = (n as f64, (1.0 - probability) / probability);
    let mut term = binomial(trials, probability, k as f64);
    let mut sum = 0.0;
    for k in (0..=k).rev() {
        sum += term;
        if term < sum * 1e-17 {
            break;
        }
        term *= k as f64 / (trials - k as f64 + 1.0) * odds;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{Beta, Binomial, ContinuousCDF, Discrete};

    #[test]
    fn wilson_limits() {
        // The first row is Newcombe's example, Statistics in Medicine 17 (1998), table I.
        for (successes, n, low, high) in [(81, 263, 0.255_3, 0.366_2), (15, 148, 0.062_4, 0.160_5)] {
            let got = proportion(successes, n);
            assert!((got.low.unwrap_or(-1.0) - low).abs() < 6e-5, "{got:?}");
            assert!((got.high.unwrap_or(-1.0) - high).abs() < 6e-5, "{got:?}");
            assert_eq!(got.value, Some(successes as f64 / n as f64));
        }
    }

    /// In thousandths: the lower limits of the mean of a Poisson count are one-sided up to 6 (the first three as in
    /// Brown, Cai and DasGupta), 3 for 7, and two-sided for 8; then they are Wilson's.
    #[test]
    fn lower_limits_of_few() {
        let table = [51.3, 355.4, 817.7, 1366.3, 1970.1, 2613.0, 2995.7, 3453.8, 4735.0];
        for n in [1_000_000, 100_000_000] {
            for (successes, wanted) in (1..).zip(table) {
                let (few, most) = (proportion(successes, n), proportion(n - successes, n));
                let got = 1000.0 * n as f64 * few.low.unwrap_or_default();
                assert!((got - wanted).abs() < 0.06 + wanted * 2e-5, "{successes} of {n}: {got}");
                let mirrored = most.high.zip(few.low).map_or(1.0, |(high, low)| 1.0 - high - low);
                assert!(mirrored.abs() < 1e-15, "{successes} of {n}: {most:?}");
            }
        }
        // Upper limits are Wilson's: 1 + z²/2 + z √(1 + z²/4).
        let one = proportion(1, 1_000_000).high.unwrap_or_default();
        assert!((one * 1e6 - 5.664_9).abs() < 1e-3, "{one}");
    }

    #[test]
    fn rule_of_three() {
        for n in [1, 20, 1000, 1_000_000] {
            let (none, all) = (proportion(0, n), proportion(n, n));
            // The probability of an event that happens in none of n trials with a probability of 5 %.
            let bound = none.high.unwrap_or_default();
            assert!(((1.0 - bound).powf(n as f64) - 0.05).abs() < 1e-9, "{none:?}");
            assert_eq!((none.low, all.low, all.high), (Some(0.0), Some(1.0 - bound), Some(1.0)));
        }
        assert!((proportion(0, 1000).high.unwrap_or_default() - 0.003).abs() < 1e-5);
    }

    #[test]
    fn exact_limits_are_quantiles_of_the_beta_distribution() {
        for (k, n, tail) in [(0, 20, 0.05), (3, 1000, 0.025), (81, 263, 0.025), (500, 1000, 1e-5), (20, 20, 0.01)] {
            let (low, high) = exact_limits(k, n, tail);
            let beta = |a: u64, b: u64, p: f64| Beta::new(a as f64, b as f64).expect("valid").inverse_cdf(p);
            let expected_low = if k == 0 { 0.0 } else { beta(k, n - k + 1, tail) };
            let expected_high = if k == n { 1.0 } else { beta(k + 1, n - k, 1.0 - tail) };
            assert!((low - expected_low).abs() < 1e-8, "{k} of {n}: {low} for {expected_low}");
            assert!((high - expected_high).abs() < 1e-8, "{k} of {n}: {high} for {expected_high}");
        }
        assert_eq!(exact_limits(0, 0, 0.05), (0.0, 1.0));
    }

    /// Whether a share that equals its limit is accepted as less too often: summed over all outcomes, not simulated.
    #[test]
    fn a_claim_from_the_exact_limit_errs_no_more_often_than_stated() {
        for (n, truth, tail) in [(100, 0.05, 0.05), (1000, 0.05, 0.005), (1000, 0.01, 0.025), (59, 0.05, 0.05)] {
            let binomial = Binomial::new(truth, n).expect("valid");
            let wrong: f64 = (0..=n).filter(|k| exact_limits(*k, n, tail).1 < truth).map(|k| binomial.pmf(k)).sum();
            assert!(wrong <= tail, "n {n}, truth {truth}: {wrong} > {tail}");
        }
    }

    #[test]
    fn nothing_comes_of_no_trials() {
        assert_eq!(proportion(0, 0), Estimate::unknown(0));
    }
}
