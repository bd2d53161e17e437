//! Comparison of two systems that were given the same random numbers.

use super::estimate::{Confidence, Estimate};
use super::mean::{Moments, sum};
use super::proportion::proportion;
use super::quantile::OrderStatistic;
use super::student;

/// Sections of [`Paired::quantile`].
const SECTIONS: usize = 10;

/// What paired observations tell of the difference of two systems, second less first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paired {
    /// The estimates of the first and the second; `None` where the pairs cannot support them.
    pub values: Option<(f64, f64)>,
    /// The difference with its limits.
    pub difference: Estimate,
    /// Of the two estimates, -1 to 1; `None` where either does not vary.
    pub correlation: Option<f64>,
    /// How many times the variance of the difference would be larger had the two been independent: what common random
    /// numbers bought. `None` where it is undefined.
    pub variance_ratio: Option<f64>,
    /// The probability of a difference at least as far from 0 if there is none (two-sided).
    pub p_value: Option<f64>,
}

impl Paired {
    /// Nothing: `n` pairs cannot support a comparison.
    #[must_use]
    pub const fn unknown(n: u64) -> Self {
        Self { values: None, difference: Estimate::unknown(n), correlation: None, variance_ratio: None, p_value: None }
    }

    /// The difference of means of `(first, second)` pairs, with the interval of [`Moments::mean`].
    #[must_use]
    pub fn of(pairs: &[(f64, f64)]) -> Self {
        let moments = |value: fn(&(f64, f64)) -> f64| Moments::of(&pairs.iter().map(value).collect::<Vec<_>>());
        let Some(difference) = moments(|(first, second)| second - first) else { return Self::unknown(0) };
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

    /// The difference of the shares of which something is true, of `(first, second)` pairs: interval of R. G. Newcombe
    /// (Statistics in Medicine 17 (1998), 2635-2650, method 10), probability by McNemar's test with the mid-p of
    /// Fagerland, Lydersen and Laake (BMC Medical Research Methodology 13 (2013), 91).
    #[must_use]
    pub fn shares(pairs: &[(bool, bool)]) -> Self {
        let count = |which| pairs.iter().filter(|pair| **pair == which).count() as u64;
        let n = pairs.len() as u64;
        if n == 0 {
            return Self::unknown(0);
        }
        let (both, first, second, neither) =
            (count((true, true)), count((true, false)), count((false, true)), count((false, false)));
        let (a, b) = (proportion(both + first, n), proportion(both + second, n));
        let [p, q] = [a, b].map(|one| one.value.unwrap_or_default());
        let cross = both as f64 * neither as f64 - first as f64 * second as f64;
        let scale = libm::sqrt(p * (1.0 - p) * q * (1.0 - q)) * n as f64 * n as f64;
        // The paper's correction for continuity, which keeps the interval from being too narrow in small samples.
        let corrected = if cross > 0.0 { (cross - n as f64 / 2.0).max(0.0) } else { cross };
        let towards =
            |correlation: f64, x: f64, y: f64| libm::sqrt((x * x - 2.0 * correlation * x * y + y * y).max(0.0));
        let [fewest, most] = [[a.low, b.low], [a.high, b.high]].map(|pair| pair.map(Option::unwrap_or_default));
        let phi = if scale > 0.0 { corrected / scale } else { 0.0 };
        let variance = |share: f64| share * (1.0 - share);
        let paired = (first + second) as f64 / n as f64 - (q - p) * (q - p);
        Self {
            values: Some((p, q)),
            difference: Estimate {
                value: Some(q - p),
                low: Some(q - p - towards(phi, q - fewest[1], most[0] - p)),
                high: Some(q - p + towards(phi, most[1] - q, p - fewest[0])),
                n,
            },
            correlation: (scale > 0.0).then(|| (cross / scale).clamp(-1.0, 1.0)),
            variance_ratio: (paired > 0.0).then(|| (variance(p) + variance(q)) / paired),
            p_value: Some(mcnemar(first, second)),
        }
    }

    /// The difference of the quantiles `q` of `(first, second)` pairs; an observation that was never made is infinite.
    ///
    /// Sectioning (Asmussen and Glynn, Stochastic Simulation (2007), section III.5; under common random numbers
    /// Nakayama, ACM Transactions on Modeling and Computer Simulation 24 (2014), 19): the pairs are cut into ten
    /// sections in their order, and the spread of the sections' differences about that of the whole gives a t interval
    /// with nine degrees of freedom. Unknown where a section is too small to support the quantile or does not come to
    /// it. The correlation is that of lying below the quantiles, which is the estimates' own in the limit.
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
            // Sections that agree to the last digit: as if only their signs were known.
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

fn covariance(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let (first, second) = (sum(pairs.iter().map(|pair| pair.0)) / n, sum(pairs.iter().map(|pair| pair.1)) / n);
    sum(pairs.iter().map(|(a, b)| (a - first) * (b - second))) / (n - 1.0)
}

/// The quantile of either side; `None` where one is infinite.
fn quantiles(pairs: &[(f64, f64)], q: f64) -> Option<(f64, f64)> {
    let order = OrderStatistic::new(pairs.len(), q);
    let side = |value: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = pairs.iter().map(value).collect();
        values.sort_unstable_by(f64::total_cmp);
        order.estimate(&values).value.filter(|value| value.is_finite())
    };
    side(|pair| pair.0).zip(side(|pair| pair.1))
}

/// Two-sided mid-p of McNemar's exact test for so many pairs that differ one way and the other.
fn mcnemar(one: u64, other: u64) -> f64 {
    let (fewer, n) = (one.min(other), one + other);
    let log = |k: u64| {
        let (n, k) = (n as f64, k as f64);
        libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0) - n * std::f64::consts::LN_2
    };
    let at_fewer = libm::exp(log(fewer));
    // Summed from the largest term down, until what is left is less than rounding.
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
    fn students_sleep_data() {
        // Hours of additional sleep under two drugs, "The probable error of a mean", Biometrika 6 (1908). The variances
        // are the published ones; the limits were worked out from Hall's formula by hand. Student's own, which take the
        // differences for normal, are 0.70 and 2.46: one of them is 4.6 hours, the others at most 2.4.
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
        // Newcombe's method 10 by its formulas; the second has a correlation that the correction for continuity lowers.
        for (cells, value, low, high) in [
            (table(36, 2, 12, 0), 0.2, 0.056_929_584, 0.340_427_603),
            (table(53, 8, 16, 9), 0.093_023_256, -0.020_104_077, 0.203_915_835),
        ] {
            let got = Paired::shares(&cells);
            near(got.difference.value, value, 1e-9);
            near(got.difference.low, low, 1e-8);
            near(got.difference.high, high, 1e-8);
        }
        // 8 and 16 of 24: P(B <= 7) = 0.031957, P(B = 8) = 0.043838.
        near(Paired::shares(&table(53, 8, 16, 9)).p_value, 2.0 * 0.031_957 + 0.043_838, 1e-5);
        // As numbers they have the same correlation and ratio.
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
        // Second is first and one more: every section says so.
        let pairs: Vec<(f64, f64)> = (0..1000_u32).map(|i| f64::from(i * 617 % 1000)).map(|x| (x, x + 1.0)).collect();
        let got = Paired::quantile(&pairs, 0.5);
        assert_eq!((got.difference.value, got.difference.low, got.difference.high), (Some(1.0), Some(1.0), Some(1.0)));
        assert_eq!(got.correlation, Some(1.0));
        assert!(got.p_value < Some(0.002));
        // A section must support the quantile, and come to it.
        assert_eq!(Paired::quantile(&pairs[..719], 0.95), Paired::unknown(719));
        assert!(Paired::quantile(&pairs[..720], 0.95).difference.value.is_some());
        let censored: Vec<_> = pairs.iter().map(|(a, b)| (*a, if *a > 930.0 { f64::INFINITY } else { *b })).collect();
        assert_eq!(Paired::quantile(&censored, 0.95), Paired::unknown(1000));
        assert!(Paired::quantile(&censored, 0.5).difference.value.is_some());
    }
}
