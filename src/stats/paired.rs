//! Comparison of two systems that were given the same random numbers.

use serde::{Deserialize, Serialize};

use super::estimate::{Confidence, Estimate};
use super::known::Known;
use super::mean::{Moments, sum};
use super::quantile::OrderStatistic;

/// The difference of two systems, second less first, estimated from paired observations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// The estimates of the first and the second; `None` where the pairs cannot support them.
    pub values: Option<(f64, f64)>,
    /// The difference with its limits.
    pub difference: Estimate,
    /// Correlation of the two estimates, -1 to 1; `None` where either does not vary.
    pub correlation: Option<f64>,
    /// How many times the variance of the difference would be larger had the two been independent, which measures the
    /// benefit of common random numbers. `None` where it is undefined.
    pub variance_ratio: Option<f64>,
    /// The probability of a difference at least as far from 0 where the true difference is 0 (two-sided).
    pub p_value: Option<f64>,
}

impl Paired {
    /// A comparison without values: `n` pairs cannot support one.
    #[must_use]
    pub const fn unknown(n: u64) -> Self {
        Self { values: None, difference: Estimate::unknown(n), correlation: None, variance_ratio: None, p_value: None }
    }

    /// The difference of means of `(first, second)` pairs, with the limits of [`Moments::mean_at`]; `known` is what is
    /// known of the differences.
    #[must_use]
    pub fn of(pairs: &[(f64, f64)], known: &Known) -> Self {
        let moments = |value: fn(&(f64, f64)) -> f64| Moments::of(&pairs.iter().map(value).collect::<Vec<_>>());
        let Some(difference) = Moments::of(&differences(pairs)) else { return Self::unknown(0) };
        Self::of_moments([moments(|pair| pair.0), moments(|pair| pair.1)], &difference, || covariance(pairs), known)
    }

    /// The same from the moments of both and of their difference; `covariance` is asked for where both vary.
    #[must_use]
    pub fn of_moments(
        [first, second]: [Option<Moments>; 2],
        difference: &Moments,
        covariance: impl FnOnce() -> f64,
        known: &Known,
    ) -> Self {
        let value = |side: Option<Moments>| side.and_then(|moments| moments.mean().value);
        let variance = |side: Option<Moments>| side.and_then(|moments| moments.variance());
        let variances = variance(first).zip(variance(second)).zip(difference.variance());
        Self {
            values: value(first).zip(value(second)),
            difference: difference.mean_at(known, Confidence::USUAL),
            correlation: variances
                .and_then(|((a, b), _)| (a > 0.0 && b > 0.0).then(|| covariance() / libm::sqrt(a * b)))
                .map(|correlation| correlation.clamp(-1.0, 1.0)),
            variance_ratio: variances.and_then(|((a, b), paired)| (paired > 0.0).then(|| (a + b) / paired)),
            p_value: difference.p_value(known),
        }
    }

    /// The difference of the shares in which a property is true, from `(first, second)` pairs: score interval of T.
    /// Tango (Statistics in Medicine 17 (1998), 891-908), probability by McNemar's test with the mid-p of Fagerland,
    /// Lydersen and Laake (BMC Medical Research Methodology 13 (2013), 91). Both depend only on the pairs whose members
    /// differ.
    #[must_use]
    pub fn shares(pairs: &[(bool, bool)]) -> Self {
        Self::of_counts(&PairCounts::of(pairs))
    }

    /// The same from how often each of the two had the property.
    #[must_use]
    pub fn of_counts(counts: &PairCounts) -> Self {
        if counts.n == 0 {
            return Self::unknown(0);
        }
        let [n, both, first, second] = counts.as_numbers();
        let (p, q) = ((both + first) / n, (both + second) / n);
        let variance = |share: f64| share * (1.0 - share);
        let scale = libm::sqrt(variance(p) * variance(q)) * n * n;
        let cross = both * (n - both - first - second) - first * second;
        let paired = (first + second) / n - (q - p) * (q - p);
        Self {
            values: Some((p, q)),
            difference: difference_of_shares(first, second, n),
            correlation: (scale > 0.0).then(|| (cross / scale).clamp(-1.0, 1.0)),
            variance_ratio: (paired > 0.0).then(|| (variance(p) + variance(q)) / paired),
            p_value: Some(mcnemar(first as u64, second as u64)),
        }
    }

    /// The least number of pairs that [`Self::quantile`] needs: as many as the quantile of one system.
    #[must_use]
    pub fn fewest(q: f64) -> Option<u64> {
        OrderStatistic::fewest(q)
    }

    /// The difference of the quantiles `q` of `(first, second)` pairs; an event that never happened has an infinite
    /// time.
    ///
    /// Each quantile has the limits of its order statistics, which hold for every distribution. Those of the difference
    /// are recovered from them and from the correlation of the two estimates (G. Y. Zou, "Toward using confidence
    /// intervals to compare correlations", Psychological Methods 12 (2007), 399-413): the error variance of an estimate
    /// in the direction of a limit is the square of the distance to that limit. The correlation is that of the
    /// indicators of lying at or below the quantiles, which is the correlation of the estimates in the limit; one more
    /// pair of either kind that differs is counted than was seen, so that systems that seem to behave alike keep limits
    /// of some width. The result is unknown where an estimate or one of its limits is missing or infinite.
    #[must_use]
    pub fn quantile(pairs: &[(f64, f64)], q: f64) -> Self {
        let order = OrderStatistic::new(pairs.len(), q);
        let sides = [|pair: &(f64, f64)| pair.0, |pair: &(f64, f64)| pair.1];
        let sides = sides.map(|value| {
            let mut values: Vec<f64> = pairs.iter().map(value).collect();
            values.sort_unstable_by(f64::total_cmp);
            finite_quantile(&order.estimate(&values))
        });
        let [Some(first), Some(second)] = sides else { return Self::unknown(pairs.len() as u64) };
        let below: Vec<_> = pairs.iter().map(|pair| (pair.0 <= first.0, pair.1 <= second.0)).collect();
        Self::of_quantiles(q, [first, second], &PairCounts::of(&below))
    }

    /// The same from both quantiles with their limits, and how often each of the two was at or below its quantile.
    #[must_use]
    pub(super) fn of_quantiles(q: f64, sides: [FiniteQuantile; 2], below: &PairCounts) -> Self {
        let [(a, a_low, a_high), (b, b_low, b_high)] = sides;
        let n = below.n;
        let correlation = cautious_correlation(below);
        let distance =
            |one: f64, other: f64| libm::sqrt((one * one + other * other - 2.0 * correlation * one * other).max(0.0));
        let (down, up) = (distance(b - b_low, a_high - a), distance(b_high - b, a - a_low));
        let difference = b - a;
        Self {
            values: Some((a, b)),
            difference: Estimate {
                low: Some(difference - down),
                high: Some(difference + up),
                carriers: Some(OrderStatistic::beyond(n, q)),
                ..Estimate::point(difference, n)
            },
            correlation: Self::of_counts(below).correlation,
            variance_ratio: None,
            p_value: Some(p_value_of_limit(difference, if difference > 0.0 { down } else { up }, n)),
        }
    }
}

/// How often a property is true of both of a pair, of the first alone, and of the second alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PairCounts {
    n: u64,
    both: u64,
    first: u64,
    second: u64,
}

impl PairCounts {
    /// The counts of some pairs.
    #[must_use]
    pub fn of(pairs: &[(bool, bool)]) -> Self {
        let mut counts = Self::default();
        pairs.iter().for_each(|pair| counts.add(*pair));
        counts
    }

    /// Counts a pair.
    pub fn add(&mut self, pair: (bool, bool)) {
        self.n += 1;
        match pair {
            (true, true) => self.both += 1,
            (true, false) => self.first += 1,
            (false, true) => self.second += 1,
            (false, false) => {}
        }
    }

    /// All pairs, and those three.
    const fn as_numbers(&self) -> [f64; 4] {
        [self.n as f64, self.both as f64, self.first as f64, self.second as f64]
    }
}

/// A quantile with its limits, none of which is missing or infinite.
pub(super) type FiniteQuantile = (f64, f64, f64);

/// A quantile of one system with its limits; `None` where one of the three is missing or infinite.
pub(super) fn finite_quantile(estimate: &Estimate) -> Option<FiniteQuantile> {
    let found = (estimate.value?, estimate.low?, estimate.high?);
    found.2.is_finite().then_some(found)
}

/// The correlation of two properties, with one more pair of either kind that differs than there are.
fn cautious_correlation(counts: &PairCounts) -> f64 {
    let [n, both, first, second] = counts.as_numbers();
    let (n, first, second) = (n + 2.0, first + 1.0, second + 1.0);
    let (p, q) = ((both + first) / n, (both + second) / n);
    let scale = libm::sqrt(p * (1.0 - p) * q * (1.0 - q));
    if scale > 0.0 { ((both / n - p * q) / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

/// The probability of a difference at least as far from 0 where the true one is 0 and the estimate is normally
/// distributed, `to_limit` being the distance to the 95 % limit on the side of 0. Where that is 0 it is computed as if
/// only the signs of the `n` differences were known.
fn p_value_of_limit(difference: f64, to_limit: f64, n: u64) -> f64 {
    if difference == 0.0 {
        return 1.0;
    }
    if to_limit == 0.0 {
        return (2.0 * libm::exp2(-(n as f64))).min(1.0);
    }
    let z = difference.abs() / to_limit * Confidence::USUAL.normal_limit();
    libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// The differences, second less first. Where they vary by no more than rounding they all become the first one, so that
/// rounding errors are not treated as variance.
pub(super) fn differences(pairs: &[(f64, f64)]) -> Vec<f64> {
    let mut differences: Vec<f64> = pairs.iter().map(|(first, second)| second - first).collect();
    let size = pairs.iter().fold(0.0_f64, |most, (first, second)| most.max(first.abs()).max(second.abs()));
    if let Some(&first) = differences.first()
        && differences.iter().all(|one| is_rounding((one - first).abs(), size))
    {
        differences.fill(first);
    }
    differences
}

/// Whether differences that lie so far apart vary by no more than rounding, where the greatest of the numbers has that `size`.
pub(super) fn is_rounding(apart: f64, size: f64) -> bool {
    apart <= 8.0 * f64::EPSILON * size
}

fn covariance(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (first, second) = (sum(pairs.iter().map(|pair| pair.0)) / n, sum(pairs.iter().map(|pair| pair.1)) / n);
    sum(pairs.iter().map(|(a, b)| (a - first) * (b - second))) / (n - 1.0)
}

/// The difference of shares, second less first, where in `first` of `n` pairs only the first system has the property,
/// and in `second` only the second. Its limits are the differences at which the score statistic reaches the normal
/// limits.
pub(super) fn difference_of_shares(first: f64, second: f64, n: f64) -> Estimate {
    let z = Confidence::USUAL.normal_limit();
    let upper = |first: f64, second: f64| {
        let (mut low, mut high) = ((second - first) / n, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            if score(first, second, n, middle) > -z {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    };
    Estimate {
        low: Some(-upper(second, first)),
        high: Some(upper(first, second)),
        carriers: Some((first + second) as u64),
        ..Estimate::point((second - first) / n, n as u64)
    }
}

/// Tango's statistic for a true difference, with the most likely share of pairs that differ in the other direction
/// under it.
fn score(first: f64, second: f64, n: f64, difference: f64) -> f64 {
    let b = (2.0 * n + first - second) * difference - first - second;
    let c = -first * difference * (1.0 - difference);
    let other = (libm::sqrt((b * b - 8.0 * n * c).max(0.0)) - b) / (4.0 * n);
    let variance = n * (2.0 * other + difference * (1.0 - difference));
    // Where the variance is 0, only a sample with exactly this difference is possible.
    (second - first - n * difference) / libm::sqrt(variance.max(f64::MIN_POSITIVE))
}

/// Two-sided mid-p of McNemar's exact test, where `one` pairs differ in one direction and `other` in the other.
fn mcnemar(one: u64, other: u64) -> f64 {
    let (fewer, n) = (one.min(other), one + other);
    let log = |k: u64| {
        let (n, k) = (n as f64, k as f64);
        libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0) - n * std::f64::consts::LN_2
    };
    let at_fewer = libm::exp(log(fewer));
    // The terms are summed from the largest downwards, until the remainder is smaller than rounding errors.
    let (mut below, mut term, mut k) = (0.0, at_fewer, fewer);
    while k > 0 && term > below * 1e-18 {
        term *= k as f64 / (n - k + 1) as f64;
        below += term;
        k -= 1;
    }
    (2.0 * below + at_fewer).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: Option<f64>, wanted: f64, within: f64) {
        assert!((got.unwrap_or(f64::NAN) - wanted).abs() < within, "{got:?} for {wanted}");
    }

    #[test]
    fn rounding_is_no_variance() {
        // 0.1 + k less k differs from 0.1 in the last digit or two.
        let pairs: Vec<_> = (1..=1000).map(|k| f64::from(k) / 7.0).map(|k| (k, k + 0.1)).collect();
        let paired = Paired::of(&pairs, &Known::default());
        assert_eq!(paired.variance_ratio, None);
        assert_eq!(
            (paired.difference.low, paired.difference.high, paired.difference.carriers),
            (None, None, Some(1000))
        );
        assert!((paired.difference.value.unwrap_or_default() - 0.1).abs() < 1e-12);
        // A larger variation counts as variance.
        let pairs: Vec<_> = (1..=1000).map(|k| (f64::from(k), f64::from(k) + 0.1 + 1e-9 * f64::from(k % 2))).collect();
        assert!(Paired::of(&pairs, &Known::default()).variance_ratio.is_some());
    }

    #[test]
    fn students_sleep_data() {
        // Hours of additional sleep under two drugs, "The probable error of a mean", Biometrika 6 (1908). The variances
        // are the published ones; the limits were computed from Hall's formula by hand, with the 5 degrees
        // of freedom of so heavy a tail. Student's own limits, which
        // assume normal differences, are 0.70 and 2.46: one of the differences is 4.6 hours, the others at most 2.4.
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let pairs: Vec<_> = first.into_iter().zip(second).collect();
        let got = Paired::of(&pairs, &Known::default());
        near(got.difference.value, 1.58, 1e-12);
        near(got.difference.low, 0.8461297, 1e-6);
        near(got.difference.high, 5.6286482, 1e-6);
        near(got.variance_ratio, 7.209_556 / 1.512_889, 1e-5);
        near(got.correlation, 0.795_170, 1e-6);
        assert!(got.p_value < Some(0.003), "{got:?}");
    }

    #[test]
    fn degenerate_pairs() {
        assert_eq!(Paired::of(&[], &Known::default()), Paired::unknown(0));
        assert_eq!((Paired::shares(&[]), Paired::quantile(&[], 0.5)), (Paired::unknown(0), Paired::unknown(0)));
        let shifted = Paired::of(&[(1.0, 2.0), (5.0, 6.0)], &Known::default());
        assert_eq!((shifted.difference.value, shifted.variance_ratio), (Some(1.0), None));
        assert_eq!((shifted.correlation, shifted.p_value), (Some(1.0), Some(0.5)));
        let same = Paired::shares(&[(false, false); 1000]);
        assert_eq!((same.difference.value, same.p_value, same.variance_ratio), (Some(0.0), Some(1.0), None));
        assert!(same.difference.high < Some(0.005) && same.difference.high > Some(0.0029), "{same:?}");
    }

    fn table(both: usize, first: usize, second: usize, neither: usize) -> Vec<(bool, bool)> {
        let cells = [(both, (true, true)), (first, (true, false)), (second, (false, true)), (neither, (false, false))];
        cells.into_iter().flat_map(|(count, pair)| std::iter::repeat_n(pair, count)).collect()
    }

    #[test]
    fn paired_shares() {
        // Computed from Tango's definition, with the likelihood under a given difference maximised by search. The first
        // row is the table of Newcombe, Statistics in Medicine 17 (1998), 2635, where the limits are 0.0611 to 0.3447.
        for (cells, low, high) in [
            (table(36, 2, 12, 0), 0.061_112, 0.344_709),
            (table(53, 8, 16, 9), -0.019_659, 0.206_911),
            (table(1, 1, 7, 12), 0.026_003, 0.517_232),
            (table(0, 0, 3, 997), -0.000_838, 0.008_783),
            (table(0, 0, 0, 1000), -0.003_827, 0.003_827),
        ] {
            let (got, mirrored) = (Paired::shares(&cells), cells.iter().map(|(a, b)| (*b, *a)).collect::<Vec<_>>());
            near(got.difference.low, low, 1e-6);
            near(got.difference.high, high, 1e-6);
            near(Paired::shares(&mirrored).difference.low, -high, 1e-6);
        }
        near(Paired::shares(&table(53, 8, 16, 9)).difference.value, 0.093_023_256, 1e-9);
        // 8 and 16 of 24: P(B <= 7) = 0.031957, P(B = 8) = 0.043838.
        near(Paired::shares(&table(53, 8, 16, 9)).p_value, 2.0 * 0.031_957 + 0.043_838, 1e-5);
        // The correlation and the variance ratio are the same when the shares are treated as numbers.
        let numbers: Vec<_> =
            table(53, 8, 16, 9).into_iter().map(|(a, b)| (f64::from(u8::from(a)), f64::from(u8::from(b)))).collect();
        let (shares, means) = (Paired::shares(&table(53, 8, 16, 9)), Paired::of(&numbers, &Known::default()));
        near(shares.correlation, means.correlation.unwrap_or_default(), 1e-12);
        near(shares.variance_ratio, means.variance_ratio.unwrap_or_default(), 1e-12);
    }

    #[test]
    fn thousands_that_differ_are_no_chance() {
        assert!(Paired::shares(&table(0, 0, 5000, 5000)).p_value < Some(1e-300));
        near(Paired::shares(&table(0, 5000, 5000, 0)).p_value, 1.0, 1e-9);
    }

    #[test]
    fn quantiles_of_pairs() {
        let values: Vec<f64> = (0..1000_u32).map(|i| f64::from(i * 617 % 1000)).collect();
        let pairs: Vec<(f64, f64)> = values.iter().map(|x| (*x, x + 1.0)).collect();
        let got = Paired::quantile(&pairs, 0.5);
        let (low, high) = (got.difference.low.unwrap_or_default(), got.difference.high.unwrap_or_default());
        assert_eq!((got.difference.value, got.correlation), (Some(1.0), Some(1.0)));
        // The median's limits are 31 ranks away, and of a pair of either kind that differs, one was counted.
        assert!(low < 1.0 && low > -3.0 && (high - 2.0 + low).abs() < 0.5, "{low} {high}");
        assert!(got.p_value > Some(0.05));
        let far: Vec<_> = values.iter().map(|x| (*x, x + 10.0)).collect();
        assert!(Paired::quantile(&far, 0.5).p_value < Some(1e-6));
        // Where one system is fast as the other is slow, their errors add up.
        let apart: Vec<_> = values.iter().map(|x| (*x, 1000.0 - x)).collect();
        let got = Paired::quantile(&apart, 0.5).difference;
        assert!((got.high.unwrap_or_default() - 62.0).abs() < 4.0, "{got:?}");
    }

    #[test]
    fn quantiles_that_the_pairs_cannot_support() {
        let pairs: Vec<(f64, f64)> = (0..1000_u32).map(|i| f64::from(i * 617 % 1000)).map(|x| (x, x + 1.0)).collect();
        assert_eq!(Paired::quantile(&pairs[..71], 0.95), Paired::unknown(71));
        assert!(Paired::quantile(&pairs[..72], 0.95).difference.value.is_some());
        let censored: Vec<_> = pairs.iter().map(|(a, b)| (*a, if *a > 940.0 { f64::INFINITY } else { *b })).collect();
        assert_eq!(Paired::quantile(&censored, 0.95), Paired::unknown(1000));
        assert!(Paired::quantile(&censored, 0.5).difference.value.is_some());
    }

    #[test]
    fn systems_that_differ_in_few_pairs_keep_limits_of_some_width() {
        let known = Known::between(-3600.0, 3600.0);
        let same: Vec<_> = (1..=1000).map(|n| (f64::from(n), f64::from(n))).collect();
        let all = Paired::of(&same, &known);
        assert!((all.difference.high.unwrap_or_default() - 10.77).abs() < 0.01 && all.p_value == Some(1.0), "{all:?}");
        let mut one = same;
        one[17].1 += 300.0;
        let got = Paired::of(&one, &known);
        assert!(got.difference.high > Some(20.0) && got.difference.low < Some(0.0), "{got:?}");
        assert_eq!((got.p_value, got.difference.carriers), (Some(1.0), Some(1)));
    }
}
