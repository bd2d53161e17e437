//! Quantiles of a complete sample, computed from its order statistics.

use super::estimate::{Confidence, Estimate, fewest};

/// The members of a sorted sample of `n` that are the estimate of a quantile and its limits.
///
/// The estimate is the inverse of the empirical distribution function (type 1 of Hyndman and Fan, The American
/// Statistician 50 (1996), 361-365): the least value that a share `q` of the sample does not exceed, so it is always an
/// observed value, also among whole numbers. The limits are order statistics as well and hold for every distribution:
/// the number of values up to the true quantile is binomial (David and Nagaraja, Order Statistics, section 7.1). Each
/// limit is wrong with at most half of the error probability of the level. Where even the extreme value would be wrong
/// more often, that limit is missing and the sample is too small to support the quantile: a median needs 6 values, a
/// 95th percentile 72, a 99th percentile 368.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderStatistic {
    n: usize,
    rank: usize,
    low: Option<usize>,
    high: Option<usize>,
}

impl OrderStatistic {
    /// The ranks for the quantile `q` in (0, 1) of samples of `n`. Takes about `9 √n` steps.
    #[must_use]
    pub fn new(n: usize, q: f64) -> Self {
        Self::at(n, q, Confidence::USUAL)
    }

    /// [`Self::new`] at another level.
    #[must_use]
    pub fn at(n: usize, q: f64, confidence: Confidence) -> Self {
        Self::with_tail(n, q, confidence.tail())
    }

    /// Whether samples of `n` have both limits.
    #[must_use]
    pub const fn supported(&self) -> bool {
        self.low.is_some() && self.high.is_some()
    }

    /// Whether samples of `n` have the upper limit (true) or the lower one.
    #[must_use]
    pub const fn limits(&self, above: bool) -> bool {
        if above { self.high.is_some() } else { self.low.is_some() }
    }

    /// The rank of the estimate, from 1.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The ranks of the two limits as shares of the sample's size, where there are both.
    pub(super) fn shares(&self) -> Option<(f64, f64)> {
        let share = |rank: usize| rank as f64 / self.n as f64;
        self.low.map(share).zip(self.high.map(share))
    }

    /// The size of the smallest samples that have both limits of the quantile `q`.
    #[must_use]
    pub fn fewest(q: f64) -> Option<u64> {
        fewest(|n| Self::new(n as usize, q).supported())
    }

    /// The same with limits that are each wrong with probability `tail` at most.
    #[must_use]
    pub fn with_tail(n: usize, q: f64, tail: f64) -> Self {
        Self {
            n,
            rank: rank(n, q),
            low: lower_rank(n, q, tail),
            high: lower_rank(n, 1.0 - q, tail).map(|from_top| n + 1 - from_top),
        }
    }

    /// How many of `n` values lie at the quantile `q` or beyond it, on the side where fewer lie.
    pub(super) fn beyond(n: u64, q: f64) -> u64 {
        let rank = rank(n as usize, q) as u64;
        rank.min(n + 1 - rank)
    }

    /// The estimate from an ascending sample. It has no value where the sample is too small, and is unknown when the
    /// sample's length is not `n`.
    #[must_use]
    pub fn estimate(&self, sorted: &[f64]) -> Estimate {
        if sorted.len() != self.n {
            return Estimate::unknown(sorted.len() as u64);
        }
        self.estimate_from(|rank| sorted.get(rank - 1).copied())
    }

    /// The ranks that [`Self::estimate_from`] asks for.
    pub fn ranks(&self) -> impl Iterator<Item = u64> {
        [Some(self.rank), self.low, self.high].into_iter().flatten().map(|rank| rank as u64)
    }

    /// The estimate from a sample of `n`, of which `at` gives the member at a rank.
    #[must_use]
    pub fn estimate_from(&self, at: impl Fn(usize) -> Option<f64>) -> Estimate {
        let value = self.supported().then(|| at(self.rank)).flatten();
        let carriers = value.map(|_| self.rank.min(self.n + 1 - self.rank) as u64);
        Estimate { value, low: self.low.and_then(&at), high: self.high.and_then(&at), n: self.n as u64, carriers }
    }
}

/// The rank of the quantile `q` in a sample of `n`. Rounding of the two factors must not move their product beyond a
/// whole number.
fn rank(n: usize, q: f64) -> usize {
    (q * n as f64 - 1e-9).ceil().max(1.0) as usize
}

/// The greatest rank r ≥ 1 with P(B < r) ≤ `tail` for a binomial B of `n` trials with probability `q`.
fn lower_rank(n: usize, q: f64, tail: f64) -> Option<usize> {
    let trials = n as f64;
    let spread = libm::sqrt(trials * q * (1.0 - q));
    // The terms before this start are smaller than rounding errors.
    let start = (trials * q - 9.0 * spread - 12.0).max(0.0).floor();
    let mut probability = binomial(trials, q, start);
    let mut below = 0.0;
    let mut rank = start;
    while below + probability <= tail && rank < trials {
        below += probability;
        probability *= (trials - rank) / (rank + 1.0) * q / (1.0 - q);
        rank += 1.0;
    }
    (rank >= 1.0).then_some(rank as usize)
}

/// P(B = k) for a binomial B of `n` trials with probability `q` in (0, 1).
pub(super) fn binomial(n: f64, q: f64, k: f64) -> f64 {
    let ways = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    libm::exp(ways + k * libm::log(q) + (n - k) * libm::log1p(-q))
}

#[cfg(test)]
mod tests {
    use super::super::estimate::TAIL;
    use super::*;
    use statrs::distribution::{Binomial, DiscreteCDF};

    fn ranks(n: usize, q: f64, tail: f64) -> (usize, Option<usize>, Option<usize>) {
        let one = OrderStatistic::with_tail(n, q, tail);
        (one.rank, one.low, one.high)
    }

    #[test]
    fn known_ranks() {
        // Medians from the table of the sign test, for instance Conover's A3.
        assert_eq!(ranks(10, 0.5, 0.025), (5, Some(2), Some(9)));
        assert_eq!(ranks(15, 0.5, 0.025), (8, Some(4), Some(12)));
        assert_eq!(ranks(5, 0.5, 0.025), (3, None, None));
        // The least samples with an upper limit of a high quantile: log(tail) / log(q).
        assert_eq!((ranks(298, 0.99, 0.05).2, ranks(299, 0.99, 0.05).2), (None, Some(299)));
        assert_eq!((ranks(58, 0.95, 0.05).2, ranks(59, 0.95, 0.05).2), (None, Some(59)));
        assert_eq!((ranks(367, 0.99, TAIL).2, ranks(368, 0.99, TAIL).2), (None, Some(368)));
        assert_eq!((ranks(367, 0.01, TAIL).1, ranks(368, 0.01, TAIL).1), (None, Some(1)));
    }

    #[test]
    fn small_samples_are_refused() {
        for (q, least) in [(0.5, 6), (0.95, 72), (0.05, 72), (0.99, 368)] {
            assert_eq!(OrderStatistic::fewest(q), Some(least as u64));
            assert!(!OrderStatistic::new(least - 1, q).supported() && OrderStatistic::new(least, q).supported(), "{q}");
        }
    }

    #[test]
    fn ranks_are_the_tightest_that_the_binomial_allows() {
        for n in [1, 2, 7, 40, 1000, 20_011] {
            for q in [0.01, 0.05, 0.5, 0.9, 0.99] {
                let (rank, low, high) = ranks(n, q, TAIL);
                let binomial = Binomial::new(q, n as u64).expect("valid");
                let fewer = |r: usize| if r == 0 { 0.0 } else { binomial.cdf(r as u64 - 1) };
                let low = low.unwrap_or(0);
                assert!(fewer(low) <= TAIL && fewer(low + 1) > TAIL, "{n} {q} {low}");
                let high = high.unwrap_or(n + 1);
                assert!(high == n + 1 || 1.0 - fewer(high) <= TAIL, "{n} {q} {high}");
                assert!(1.0 - fewer(high - 1) > TAIL, "{n} {q} {high}");
                assert!(low <= rank && rank <= high);
            }
        }
    }

    #[test]
    fn estimates_are_values_that_were_observed() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        let of = |q| OrderStatistic::new(100, q).estimate(&sorted);
        let limits = |q| (of(q).value, of(q).low, of(q).high);
        assert_eq!(limits(0.5), (Some(50.0), Some(40.0), Some(61.0)));
        assert_eq!(of(0.07).value, Some(7.0));
        assert_eq!(of(0.95).value, Some(95.0));
        assert_eq!(limits(0.99), (None, Some(97.0), None));
        assert_eq!(OrderStatistic::new(0, 0.5).estimate(&[]), Estimate::unknown(0));
        assert_eq!(OrderStatistic::new(3, 0.5).estimate(&sorted), Estimate::unknown(100));
    }
}
