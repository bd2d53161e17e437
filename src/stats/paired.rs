//! Comparison of two systems that were given the same random numbers.

use super::estimate::{Confidence, Estimate};
use super::mean::{Moments, sum};
use super::quantile::OrderStatistic;
use super::student;

/// Number of sections in [`Paired::quantile`].
const SECTIONS: usize = 10;

/// The difference of two systems, second less first, estimated from paired observations.
#[derive(Clone, Copy, Debug, PartialEq)]
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

    /// The difference of means of `(first, second)` pairs, with the interval of [`Moments::mean`].
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        let moments = |value: fn(&(f64, f64)) -> f64| Moments::of(&pairs.iter().map(value).collect::<Vec<_>>());
        let Some(difference) = Moments::of(&differences(pairs)) else { return Self::unknown(0) };
        let (first, second) = (moments(|pair| pair.0), moments(|pair| pair.1));
        let value = |side: Option<Moments>| side.and_then(|moments| moments.mean().value);
        let variance = |side: Option<Moments>| side.and_then(|moments| moments.variance());
        let variances = variance(first).zip(variance(second)).zip(difference.variance());
        Self {
            values: value(first).zip(value(second)),
            difference: difference.mean(),
            correlation: variances
                .and_then(|((a, b), _)| (a > 0.0 && b > 0.0).then(|| covariance(pairs) / libm::sqrt(a * b)))
                .map(|correlation| correlation.clamp(-1.0, 1.0)),
            variance_ratio: variances.and_then(|((a, b), paired)| (paired > 0.0).then(|| (a + b) / paired)),
            p_value: difference.p_value(),
        }
    }

    /// The difference of the shares in which a property is true, from `(first, second)` pairs: score interval of T.
    /// Tango (Statistics in Medicine 17 (1998), 891-908), probability by McNemar's test with the mid-p of Fagerland,
    /// Lydersen and Laake (BMC Medical Research Methodology 13 (2013), 91). Both depend only on the pairs whose members
    /// differ.
    #[must_use]
    pub fn shares(pairs: &[(bool, bool)]) -> Self {
        let count = |which| pairs.iter().filter(|pair| **pair == which).count() as f64;
        let (both, first, second) = (count((true, true)), count((true, false)), count((false, true)));
        let n = pairs.len() as f64;
        if pairs.is_empty() {
            return Self::unknown(0);
        }
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

    /// The least number of pairs that [`Self::quantile`] needs.
    #[must_use]
    pub fn fewest(q: f64) -> Option<u64> {
        Some(SECTIONS as u64 * OrderStatistic::fewest(q)?)
    }

    /// The difference of the quantiles `q` of `(first, second)` pairs; an event that never happened has an infinite
    /// time.
    ///
    /// Sectioning (Asmussen and Glynn, Stochastic Simulation (2007), section III.5; under common random numbers
    /// Nakayama, ACM Transactions on Modeling and Computer Simulation 24 (2014), 19): the pairs are cut into ten
    /// sections in their order, and the spread of the sections' differences about that of the whole sample gives a t
    /// interval with nine degrees of freedom. The result is unknown where a section is too small to support the
    /// quantile, or where the section's quantile is infinite. The correlation is that of the indicators of lying below
    /// the quantiles, which is the correlation of the estimates themselves in the limit.
    #[must_use]
    pub fn quantile(pairs: &[(f64, f64)], q: f64) -> Self {
        let n = pairs.len() as u64;
        let size = pairs.len() / SECTIONS;
        if !OrderStatistic::new(size, q).supported() {
            return Self::unknown(n);
        }
        let sections = pairs.chunks_exact(size).take(SECTIONS).map(|section| quantiles(section, q));
        let Some((whole, sections)) = quantiles(pairs, q).zip(sections.collect::<Option<Vec<_>>>()) else {
            return Self::unknown(n);
        };
        let difference = whole.1 - whole.0;
        let squares = sum(sections.iter().map(|(a, b)| (b - a - difference) * (b - a - difference)));
        let error = libm::sqrt(squares / (SECTIONS * (SECTIONS - 1)) as f64);
        let degrees = SECTIONS as u64 - 1;
        let half = student::limit(degrees, Confidence::USUAL) * error;
        let below: Vec<_> = pairs.iter().map(|(a, b)| (*a <= whole.0, *b <= whole.1)).collect();
        let p_value = match (difference, error) {
            (0.0, _) => 1.0,
            // The sections agree to the last digit: the probability is computed as if only their signs were known.
            (_, 0.0) => 2.0 * libm::exp2(-(SECTIONS as f64)),
            _ => student::beyond(difference / error, degrees),
        };
        Self {
            values: Some(whole),
            difference: Estimate {
                value: Some(difference),
                low: Some(difference - half),
                high: Some(difference + half),
                n,
            },
            correlation: Self::shares(&below).correlation,
            variance_ratio: None,
            p_value: Some(p_value),
        }
    }
}

/// The differences, second less first. Where they vary by no more than rounding they all become the first one, so that
/// rounding errors are not treated as variance.
pub(super) fn differences(pairs: &[(f64, f64)]) -> Vec<f64> {
    let mut differences: Vec<f64> = pairs.iter().map(|(first, second)| second - first).collect();
    let size = pairs.iter().fold(0.0_f64, |most, (first, second)| most.max(first.abs()).max(second.abs()));
    if let Some(&first) = differences.first()
        && differences.iter().all(|one| (one - first).abs() <= 8.0 * f64::EPSILON * size)
    {
        differences.fill(first);
    }
    differences
}

fn covariance(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (first, second) = (sum(pairs.iter().map(|pair| pair.0)) / n, sum(pairs.iter().map(|pair| pair.1)) / n);
    sum(pairs.iter().map(|(a, b)| (a - first) * (b - second))) / (n - 1.0)
}

/// The quantiles of both systems; `None` where one is infinite.
fn quantiles(pairs: &[(f64, f64)], q: f64) -> Option<(f64, f64)> {
    let order = OrderStatistic::new(pairs.len(), q);
    let side = |value: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = pairs.iter().map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        order.estimate(&values).value.filter(|value| value.is_finite())
    };
    side(|pair| pair.0).zip(side(|pair| pair.1))
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
        value: Some((second - first) / n),
        low: Some(-upper(second, first)),
        high: Some(upper(first, second)),
        n: n as u64,
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
        let paired = Paired::of(&pairs);
        assert_eq!(paired.variance_ratio, None);
        assert_eq!((paired.difference.low, paired.difference.high), (paired.difference.value, paired.difference.value));
        assert!((paired.difference.value.unwrap_or_default() - 0.1).abs() < 1e-12);
        // A larger variation counts as variance.
        let pairs: Vec<_> = (1..=1000).map(|k| (f64::from(k), f64::from(k) + 0.1 + 1e-9 * f64::from(k % 2))).collect();
        assert!(Paired::of(&pairs).variance_ratio.is_some());
    }

    #[test]
    fn students_sleep_data() {
        // Hours of additional sleep under two drugs, "The probable error of a mean", Biometrika 6 (1908). The variances
        // are the published ones; the limits were computed from Hall's formula by hand. Student's own limits, which
        // assume normal differences, are 0.70 and 2.46: one of the differences is 4.6 hours, the others at most 2.4.
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let pairs: Vec<_> = first.into_iter().zip(second).collect();
        let got = Paired::of(&pairs);
        near(got.difference.value, 1.58, 1e-12);
        near(got.difference.low, 0.9195646, 1e-6);
        near(got.difference.high, 5.2064786, 1e-6);
        near(got.variance_ratio, 7.209_556 / 1.512_889, 1e-5);
        near(got.correlation, 0.795_170, 1e-6);
        assert!(got.p_value < Some(0.003), "{got:?}");
    }

    #[test]
    fn degenerate_pairs() {
        assert_eq!(Paired::of(&[]), Paired::unknown(0));
        assert_eq!((Paired::shares(&[]), Paired::quantile(&[], 0.5)), (Paired::unknown(0), Paired::unknown(0)));
        let shifted = Paired::of(&[(1.0, 2.0), (5.0, 6.0)]);
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
        let (shares, means) = (Paired::shares(&table(53, 8, 16, 9)), Paired::of(&numbers));
        near(shares.correlation, means.correlation.unwrap_or_default(), 1e-12);
        near(shares.variance_ratio, means.variance_ratio.unwrap_or_default(), 1e-12);
    }

    #[test]
    fn thousands_that_differ_are_no_chance() {
        assert!(Paired::shares(&table(0, 0, 5000, 5000)).p_value < Some(1e-300));
        near(Paired::shares(&table(0, 5000, 5000, 0)).p_value, 1.0, 1e-9);
    }

    #[test]
    fn quantiles_by_sections() {
        // Each second value is the first plus one, in every section.
        let pairs: Vec<(f64, f64)> = (0..1000_u32).map(|i| f64::from(i * 617 % 1000)).map(|x| (x, x + 1.0)).collect();
        let got = Paired::quantile(&pairs, 0.5);
        assert_eq!((got.difference.value, got.difference.low, got.difference.high), (Some(1.0), Some(1.0), Some(1.0)));
        assert_eq!(got.correlation, Some(1.0));
        assert!(got.p_value < Some(0.002));
        // A section must be large enough to support the quantile, and its quantile must be finite.
        assert_eq!(Paired::quantile(&pairs[..719], 0.95), Paired::unknown(719));
        assert!(Paired::quantile(&pairs[..720], 0.95).difference.value.is_some());
        let censored: Vec<_> = pairs.iter().map(|(a, b)| (*a, if *a > 930.0 { f64::INFINITY } else { *b })).collect();
        assert_eq!(Paired::quantile(&censored, 0.95), Paired::unknown(1000));
        assert!(Paired::quantile(&censored, 0.5).difference.value.is_some());
    }
}
