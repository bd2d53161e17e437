//! Mean and standard deviation.

use super::estimate::{Confidence, Estimate};
use super::known::{Known, share_of_few, share_of_none};
use super::student;

/// A sum of numbers in the order in which they are added, with compensation for the rounding error of every addition (Neumaier,
/// Zeitschrift für angewandte Mathematik und Mechanik 54 (1974), 39-51).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds a number.
    pub fn add(&mut self, value: f64) {
        let next = self.total + value;
        self.lost +=
            if self.total.abs() >= value.abs() { (self.total - next) + value } else { (value - next) + self.total };
        self.total = next;
    }

    /// The sum of what was added.
    #[must_use]
    pub const fn value(&self) -> f64 {
        self.total + self.lost
    }
}

/// The [`Sum`] of `values` in the order given.
#[must_use]
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = Sum::default();
    values.into_iter().for_each(|value| sum.add(value));
    sum.value()
}

/// What is known of a sample after it was gone through once, in order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Once {
    n: u64,
    first: f64,
    differ: bool,
    total: Sum,
    sizes: Sum,
    squares: Sum,
}

impl Once {
    /// Takes the next value.
    pub fn add(&mut self, value: f64) {
        if self.n == 0 {
            self.first = value;
        }
        self.n += 1;
        self.differ |= value != self.first;
        self.total.add(value);
        self.sizes.add(value.abs());
        self.squares.add(value * value);
    }

    /// What is known after `n` values that are all `value`, as far as [`Moments::of_passes`] asks for it.
    pub(super) fn of_equal(value: f64, n: u64) -> Self {
        Self { n, first: value, ..Self::default() }
    }

    /// The sum of all values over their number.
    pub(super) fn mean(&self) -> f64 {
        self.total.value() / self.n as f64
    }

    /// How many values there were.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// What has to be gone through for a second time; `None` where the values do not differ and once is enough.
    #[must_use]
    pub fn again(&self) -> Option<Twice> {
        self.differ.then(|| Twice { mean: self.mean(), powers: [Sum::default(); 3] })
    }
}

/// What is known of a sample after it was gone through for the second time, when its mean is known.
#[derive(Clone, Copy, Debug)]
pub struct Twice {
    mean: f64,
    /// Sums of the second, third and fourth power of the differences from the mean.
    powers: [Sum; 3],
}

impl Twice {
    /// Takes the next value, in the order of the first time.
    pub fn add(&mut self, value: f64) {
        let apart = value - self.mean;
        let mut power = apart;
        for sum in &mut self.powers {
            power *= apart;
            sum.add(power);
        }
    }
}

/// Mean, standard deviation, skewness, kurtosis and carriers of a complete sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    variance: Option<f64>,
    skewness: f64,
    carriers: f64,
    /// How many of the values carry the variance: their number divided by their kurtosis.
    spread_over: f64,
    /// How many of the values differ from the median.
    apart: u64,
}

/// Where no more values than this differ from the others, they say next to nothing of how large such values can be.
const TOO_FEW: u64 = 2;
/// Where fewer values than this carry the variance, one stands out alone.
const ALONE: f64 = 1.5;
/// The share of the values up to which they are few among many.
const FEW_OF_MANY: f64 = 0.125;

impl Moments {
    /// Moments of `values`; `None` when there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut once = Once::default();
        values.iter().for_each(|value| once.add(*value));
        let mut twice = once.again();
        let apart = twice.map_or(0, |_| apart(values));
        if let Some(twice) = &mut twice {
            values.iter().for_each(|value| twice.add(*value));
        }
        Self::of_passes(&once, twice.as_ref(), apart)
    }

    /// Moments of values that were gone through `once` and, where they differ, `twice`; `apart` of them differ from the median.
    /// `None` when there are none.
    #[must_use]
    pub fn of_passes(once: &Once, twice: Option<&Twice>, apart: u64) -> Option<Self> {
        let n = once.n;
        let Some(twice) = twice else {
            let mean = once.first;
            let carriers = if mean == 0.0 { 0.0 } else { n as f64 };
            let variance = (n > 1).then_some(0.0);
            let equal = Self { n, mean, variance, skewness: 0.0, carriers, spread_over: 0.0, apart: 0 };
            return (n > 0).then_some(equal);
        };
        let [squares, cubes, fourths] = twice.powers.map(|sum| sum.value());
        Some(Self {
            n,
            mean: twice.mean,
            variance: Some(squares / (n - 1) as f64),
            skewness: skewness(n as f64, squares, cubes),
            apart,
            carriers: carriers(once),
            // Powers of differences that are no more than rounding can vanish.
            spread_over: if fourths > 0.0 { (squares / fourths * squares).min(n as f64) } else { n as f64 },
        })
    }

    /// How many of the values carry the mean: the square of their sum, without signs, over the sum of their squares. It
    /// is k where k of the values are equal and the others 0, all where all are equal, and 0 where all are 0. One value
    /// that is much larger than the sum of the others makes it little more than 1.
    #[must_use]
    pub const fn carriers(&self) -> f64 {
        self.carriers
    }

    /// The mean with its 95 % limits where nothing is known but the sample; see [`Self::mean_at`].
    #[must_use]
    pub fn mean(&self) -> Estimate {
        self.mean_at(&Known::default(), Confidence::USUAL)
    }

    /// The mean of a quantity of which `known` is known, with limits at the level `confidence`.
    ///
    /// The limits are Student's t interval with the skewness of the sample removed by the monotone cubic transformation
    /// of P. Hall ("On the removal of skewness by transformation", Journal of the Royal Statistical Society B 54
    /// (1992), 221-228). Its degrees of freedom are those of the variance of a sample with this kurtosis (Satterthwaite,
    /// Biometrics Bulletin 2 (1946), 110-114), n - 1 where the values are normally distributed: where few values carry
    /// the variance, it is known as badly as if only they had been sampled.
    ///
    /// No sample tells what it has not seen. Where all values are equal, a share of about 3 / n may still be anything
    /// that `known` allows; where one or two values stand out from many, the same is true of the exact limit of a share
    /// of which so many of n were seen; and `known` can name a share of its own. The greatest of these shares, times the
    /// distance to the bound, is added. Where nothing bounds the quantity on a side, that limit is missing. A single value has
    /// no limits.
    #[must_use]
    pub fn mean_at(&self, known: &Known, confidence: Confidence) -> Estimate {
        let (low, high) = match self.variance {
            Some(variance) => self.limits(variance, known, confidence),
            None => (None, None),
        };
        Estimate { low, high, carriers: Some(self.carriers.round() as u64), ..Estimate::point(self.mean, self.n) }
    }

    fn limits(&self, variance: f64, known: &Known, confidence: Confidence) -> (Option<f64>, Option<f64>) {
        let (fall, rise) = self.unseen(known, confidence);
        let (below, above) = if variance == 0.0 { (0.0, 0.0) } else { self.errors(variance, confidence) };
        let limit = |from: f64, by: Option<f64>| by.map(|by| (from + by).clamp(known.low, known.high));
        (limit(self.mean - below, fall.map(|fall| -fall)), limit(self.mean - above, rise))
    }

    /// How far the limits that the spread of the sample gives lie below the mean, the lower one first.
    fn errors(&self, variance: f64, confidence: Confidence) -> (f64, f64) {
        let (t, error) = (student::limit(self.degrees(), confidence), libm::sqrt(variance / self.n as f64));
        (error * self.untransformed(t), error * self.untransformed(-t))
    }

    /// The limits that the spread of the sample alone gives, and the probability of such a mean where the true one is 0:
    /// for values of which each stands for many. `None` where they do not vary.
    pub(super) fn of_spread(&self, confidence: Confidence) -> Option<(f64, f64, f64)> {
        let variance = self.variance.filter(|variance| *variance > 0.0)?;
        let (below, above) = self.errors(variance, confidence);
        let t = self.mean / libm::sqrt(variance / self.n as f64);
        Some((self.mean - below, self.mean - above, student::beyond(self.transformed(t), self.degrees())))
    }

    /// By how much what the sample has not shown can lower and raise the mean; `None` where nothing bounds it.
    fn unseen(&self, known: &Known, confidence: Confidence) -> (Option<f64>, Option<f64>) {
        let (mut below, mut above) = (known.unseen, known.unseen);
        if self.variance == Some(0.0) {
            let share = share_of_none(self.n, confidence);
            (below, above) = (below.max(share), above.max(share));
        } else if let Some(few) = self.standing_out() {
            let share = share_of_few(few, self.n, confidence);
            (below, above) = (below.max(share), above.max(share));
        } else {
            // What is known to be rare changes too little of an unbounded quantity to say nothing of it.
            let bounded = |bound: f64, share| if bound.is_finite() { share } else { 0.0 };
            (below, above) = (bounded(known.low, below), bounded(known.high, above));
        }
        (known.fall(self.mean, below), known.rise(self.mean, above))
    }

    /// How many values stand out from the others, where these are one or two among many.
    fn standing_out(&self) -> Option<u64> {
        let few = if self.apart <= TOO_FEW { self.apart } else { 1 };
        let stand_out = self.apart <= TOO_FEW || self.spread_over < ALONE;
        (stand_out && (few as f64) < FEW_OF_MANY * self.n as f64).then_some(few)
    }

    /// The degrees of freedom of the sample's variance.
    fn degrees(&self) -> u64 {
        let all = self.n - 1;
        let share = self.spread_over / self.n as f64;
        let degrees = 2.0 * self.spread_over / (1.0 - share).max(f64::MIN_POSITIVE);
        if degrees >= all as f64 { all } else { (degrees as u64).max(1) }
    }

    /// The probability of a mean at least as far from 0 where the true mean is 0, so that it is below 0.05 where the
    /// 95 % limits exclude 0. For equal values other than 0 it is that of having seen nothing else where the rest of
    /// the distribution lies at the bound beyond 0 and the mean is 0; where nothing bounds them it is computed as if
    /// only their signs were known.
    #[must_use]
    pub fn p_value(&self, known: &Known) -> Option<f64> {
        let variance = self.variance?;
        if self.mean == 0.0 {
            return Some(1.0);
        }
        let bound = if self.mean > 0.0 { self.mean - known.low } else { known.high - self.mean };
        if variance == 0.0 {
            let n = self.n as f64;
            let by_sign = || 2.0 * libm::exp2(-n);
            let rest = |bound: f64| libm::exp(n * libm::log1p(-(self.mean.abs() / bound).min(1.0)));
            return Some(if bound.is_finite() { rest(bound) } else { by_sign() }.min(1.0));
        }
        let (fall, rise) = self.unseen(known, Confidence::USUAL);
        let Some(unseen) = (if self.mean > 0.0 { fall } else { rise }) else { return Some(1.0) };
        let left = (self.mean.abs() - unseen).max(0.0).copysign(self.mean);
        let t = left / libm::sqrt(variance / self.n as f64);
        Some(if left == 0.0 { 1.0 } else { student::beyond(self.transformed(t), self.degrees()) })
    }

    /// Hall's g: the studentised mean, transformed to be as nearly normal as the sample's skewness allows.
    fn transformed(&self, t: f64) -> f64 {
        let (g, root) = (self.skewness, libm::sqrt(self.n as f64));
        let part = g / (3.0 * root);
        t + part * t * t + part * part * t * t * t / 3.0 + g / (6.0 * root)
    }

    /// The inverse of [`Self::transformed`].
    fn untransformed(&self, x: f64) -> f64 {
        let (g, root) = (self.skewness, libm::sqrt(self.n as f64));
        if g == 0.0 {
            return x;
        }
        let inside = g * (x / root - g / (6.0 * self.n as f64));
        // The cube root of 1 + inside, less 1, computed without cancellation where the skewness is small.
        let root_less_one =
            if inside > -0.5 { libm::expm1(libm::log1p(inside) / 3.0) } else { libm::cbrt(1.0 + inside) - 1.0 };
        3.0 * root / g * root_less_one
    }

    /// The sample standard deviation (divisor n - 1). It has no limits, because the usual ones hold for normal values
    /// only.
    #[must_use]
    pub fn sd(&self) -> Estimate {
        Estimate { value: self.variance.map(libm::sqrt), ..Estimate::unknown(self.n) }
    }

    /// The sample variance (divisor n - 1); a single value has none.
    #[must_use]
    pub const fn variance(&self) -> Option<f64> {
        self.variance
    }
}

/// How many of `values` differ from their median.
fn apart(values: &[f64]) -> u64 {
    let mut sorted = values.to_vec();
    let (_, median, _) = sorted.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
    let median = *median;
    values.iter().filter(|value| **value != median).count() as u64
}

/// See [`Moments::carriers`].
fn carriers(once: &Once) -> f64 {
    let (squares, whole) = (once.squares.value(), once.sizes.value());
    if squares > 0.0 { whole / squares * whole } else { 0.0 }
}

/// The sample skewness from the moments, without a correction for small samples.
fn skewness(n: f64, squares: f64, cubes: f64) -> f64 {
    let (variance, third) = (squares / n, cubes / n);
    let scale = variance * libm::sqrt(variance);
    if scale > 0.0 { third / scale } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skewness_moves_the_limits_and_the_transformation_undoes_itself() {
        let moments = Moments::of(&[1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 30.0]).expect("values");
        assert!((moments.skewness - 1.811_1).abs() < 1e-3, "{}", moments.skewness);
        let mean = moments.mean();
        let (low, high) = (mean.low.unwrap_or_default(), mean.high.unwrap_or_default());
        assert!(high - 50.0 / 7.0 > 2.0 * (50.0 / 7.0 - low), "{mean:?}");
        for t in [-4.0, -1.0, 0.0, 0.7, 3.0] {
            assert!((moments.untransformed(moments.transformed(t)) - t).abs() < 1e-9, "{t}");
        }
        let mirrored = Moments::of(&[-1.0, -1.0, -2.0, -3.0, -5.0, -8.0, -30.0]).expect("values").mean();
        assert!((mirrored.low.unwrap_or_default() + high).abs() < 1e-12, "{mirrored:?}");
    }

    #[test]
    fn p_values_agree_with_the_interval() {
        let p = |values: &[f64]| Moments::of(values).and_then(|moments| moments.p_value(&Known::default()));
        // The values give t = 3 / √(2.5 / 5) = 4.242641 with 4 degrees of freedom.
        assert!((p(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap_or_default() - 0.013_236).abs() < 1e-6);
        assert_eq!((p(&[2.0]), p(&[0.0; 3]), p(&[2.0; 5])), (None, Some(1.0), Some(0.0625)));
        let skewed = [1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 30.0];
        let low = Moments::of(&skewed).and_then(|moments| moments.mean().low).unwrap_or_default();
        // A mean that equals its own limit is just significant; shifting the values does not change their skewness.
        let p = p(&skewed.map(|value| value - low)).unwrap_or_default();
        assert!((p - 0.05).abs() < 1e-6, "{p}");
    }

    #[test]
    fn t_interval_of_a_small_sample() {
        // Mean 3, standard deviation √2.5, t(4) = 2.776445.
        let moments = Moments::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("values");
        let mean = moments.mean();
        assert_eq!((mean.value, mean.n), (Some(3.0), 5));
        assert!((mean.low.unwrap_or_default() - 1.036_757).abs() < 1e-6, "{mean:?}");
        assert!((mean.high.unwrap_or_default() - 4.963_243).abs() < 1e-6, "{mean:?}");
        assert_eq!(moments.sd().value, Some(2.5_f64.sqrt()));
        assert_eq!(mean.carriers, Some(4), "15² / 55");
    }

    #[test]
    fn sums_lose_nothing_to_large_neighbours() {
        assert_eq!(sum([1.0, 1e100, 1.0, -1e100]), 2.0);
        let moments = Moments::of(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).expect("values");
        assert_eq!((moments.mean().value, moments.variance()), (Some(1e9 + 10.0), Some(30.0)));
    }

    #[test]
    fn degenerate_samples() {
        assert_eq!(Moments::of(&[]), None);
        let one = Moments::of(&[4.0]).expect("a value");
        assert_eq!((one.mean().low, one.mean().high, one.sd()), (None, None, Estimate::unknown(1)));
        let same = Moments::of(&[0.1; 10]).expect("values").mean();
        assert_eq!((same.low, same.value, same.high), (None, Some(0.1), None), "nothing bounds what was not seen");
    }

    #[test]
    fn equal_values_leave_room_for_what_was_not_seen() {
        let known = Known::between(0.0, 100.0);
        let limits = |moments: &Moments, known: &Known| {
            let mean = moments.mean_at(known, Confidence::USUAL);
            (mean.low.unwrap_or(f64::NAN), mean.high.unwrap_or(f64::NAN), mean.carriers)
        };
        let zeros = Moments::of(&[0.0; 1000]).expect("values");
        // Of a share of 0.299 % none is seen in 1,000 with a probability of 5 %.
        let (low, high, carriers) = limits(&zeros, &known);
        assert!(low == 0.0 && (high - 0.299_1).abs() < 1e-4 && carriers == Some(0), "{low} {high}");
        let tens = Moments::of(&[10.0; 1000]).expect("values");
        let (low, high, _) = limits(&tens, &known);
        assert!((low - 9.970_1).abs() < 1e-4 && (high - 10.269_2).abs() < 1e-4, "{low} {high}");
        // A quantity that cannot be anything else is known exactly.
        assert_eq!(limits(&zeros, &Known::between(0.0, 0.0)), (0.0, 0.0, Some(0)));
        let above = zeros.mean_at(&Known::between(0.0, f64::INFINITY), Confidence::USUAL);
        assert_eq!((above.low, above.high), (Some(0.0), None));
    }

    #[test]
    fn one_value_that_stands_out_counts_as_little() {
        let mut values = vec![0.0; 999];
        values.push(5.0);
        let one = Moments::of(&values).expect("values");
        assert_eq!(one.mean().carriers, Some(1));
        assert_eq!((one.mean().low, one.mean().high), (None, None), "nothing bounds it");
        let mean = one.mean_at(&Known::between(0.0, 100.0), Confidence::USUAL);
        // The exact upper limit of one in 1,000 is 0.556 %.
        assert!(mean.high > Some(0.556) && mean.high < Some(0.7), "{mean:?}");
        assert_eq!(one.p_value(&Known::between(-100.0, 100.0)), Some(1.0));
        values.extend([5.0; 9]);
        let ten = Moments::of(&values).expect("values").mean();
        assert!(ten.carriers == Some(10) && ten.high < Some(0.13), "{ten:?}");
    }

    #[test]
    fn what_is_known_to_be_rare_widens_bounded_quantities_only() {
        let values: Vec<f64> = (0..100).map(|n| f64::from(n % 10)).collect();
        let moments = Moments::of(&values).expect("values");
        let high = |known| moments.mean_at(&known, Confidence::USUAL).high.unwrap_or(f64::NAN);
        let plain = high(Known::between(0.0, 104.5));
        assert!((high(Known { unseen: 0.01, ..Known::between(0.0, 104.5) }) - plain - 1.0).abs() < 1e-12);
        assert_eq!(high(Known { unseen: 0.01, ..Known::between(0.0, f64::INFINITY) }), plain);
    }

    /// Equal differences of 1: as probable as that none of the pairs shows what would make their mean 0.
    #[test]
    fn p_values_of_equal_values() {
        let moments = Moments::of(&[1.0; 1000]).expect("values");
        let p = moments.p_value(&Known::between(-399.0, 400.0)).unwrap_or_default();
        assert!((p - 0.9975_f64.powi(1000)).abs() < 1e-9, "{p}");
        let low = moments.mean_at(&Known::between(-399.0, 400.0), Confidence::USUAL).low;
        assert!(low < Some(0.0) && p > 0.05, "{low:?}");
    }
}
