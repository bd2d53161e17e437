//! Mean and standard deviation.

use super::estimate::{Confidence, Estimate};
use super::known::{Known, share_of_few, share_of_none};
use super::proportion::at_most;
use super::spread::Spread;

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
        self.differ.then(|| Twice { mean: self.mean(), powers: [Sum::default(); 3], farthest: 0.0 })
    }
}

/// What is known of a sample after it was gone through for the second time, when its mean is known.
#[derive(Clone, Copy, Debug)]
pub struct Twice {
    mean: f64,
    /// Sums of the second, third and fourth power of the differences from the mean.
    powers: [Sum; 3],
    /// The greatest of these differences, with its sign; of equally great ones the first.
    farthest: f64,
}

impl Twice {
    /// Takes the next value, in the order of the first time.
    pub fn add(&mut self, value: f64) {
        let apart = value - self.mean;
        if apart.abs() > self.farthest.abs() {
            self.farthest = apart;
        }
        let mut power = apart;
        for sum in &mut self.powers {
            power *= apart;
            sum.add(power);
        }
    }
}

/// The median of a sample, of an even number the greater of the two in the middle, and how many of the values differ from it.
#[derive(Clone, Copy, Debug)]
pub struct Middle {
    /// The median.
    pub median: f64,
    /// The number of values that are not equal to it.
    pub apart: u64,
}

impl Middle {
    /// That of `values`, of which there is at least one.
    fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        let (_, median, _) = sorted.select_nth_unstable_by(values.len() / 2, f64::total_cmp);
        let median = *median;
        Self { median, apart: values.iter().filter(|value| **value != median).count() as u64 }
    }
}

/// Mean, standard deviation, skewness, kurtosis and carriers of a complete sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    carriers: f64,
    all: Spread,
    few: Option<Few>,
}

/// One or two values that stand out from many.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Few {
    times: u64,
    others: Spread,
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
        if let Some(twice) = &mut twice {
            values.iter().for_each(|value| twice.add(*value));
        }
        Self::of_passes(&once, twice.as_ref(), twice.map(|_| Middle::of(values)))
    }

    /// Moments of values that were gone through `once` and, where they differ, `twice`. `None` when there are none. Without their `middle`,
    /// a few values do not count as standing out because all others are equal.
    #[must_use]
    pub fn of_passes(once: &Once, twice: Option<&Twice>, middle: Option<Middle>) -> Option<Self> {
        let n = once.n;
        let Some(twice) = twice else {
            let carriers = if once.first == 0.0 { 0.0 } else { n as f64 };
            return (n > 0).then_some(Self { carriers, all: Spread::of_equal(n, once.first), few: None });
        };
        let all = Spread::of_powers(n, twice.mean, twice.powers.map(|sum| sum.value()));
        Some(Self { carriers: carriers(once), all, few: few(&all, twice, middle) })
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
    /// that `known` allows, which is added. Where one or two values stand out from many, the limits are those of the
    /// others, and the exact limit of a share of which so many of n were seen may be anything that `known` allows. `known`
    /// can name a share of its own; the greatest counts. Where nothing bounds the quantity on a side, that limit is missing.
    /// A single value has no limits.
    #[must_use]
    pub fn mean_at(&self, known: &Known, confidence: Confidence) -> Estimate {
        let (low, high) = if self.n() > 1 { self.limits(known, confidence) } else { (None, None) };
        Estimate {
            low,
            high,
            carriers: Some(self.carriers.round() as u64),
            ..Estimate::point(self.all.mean(), self.n())
        }
    }

    const fn n(&self) -> u64 {
        self.all.n()
    }

    /// The values of which the spread counts: without those that stand out.
    fn usual(&self) -> &Spread {
        self.few.as_ref().map_or(&self.all, |few| &few.others)
    }

    fn limits(&self, known: &Known, confidence: Confidence) -> (Option<f64>, Option<f64>) {
        let usual = self.usual();
        let (fall, rise) = self.unseen(known, confidence);
        let (below, above) = usual.errors(confidence);
        let limit = |from: f64, by: Option<f64>| by.map(|by| (from + by).clamp(known.low, known.high));
        (limit(usual.mean() - below, fall.map(|fall| -fall)), limit(usual.mean() - above, rise))
    }

    /// The limits that the spread of the sample alone gives, and the probability of such a mean where the true one is 0:
    /// for values of which each stands for many. `None` where they do not vary.
    pub(super) fn of_spread(&self, confidence: Confidence) -> Option<(f64, f64, f64)> {
        self.variance().filter(|variance| *variance > 0.0)?;
        let ((below, above), mean) = (self.all.errors(confidence), self.all.mean());
        Some((mean - below, mean - above, self.all.p_value(mean)))
    }

    /// By how much what the sample has not shown can lower and raise the mean; `None` where nothing bounds it.
    fn unseen(&self, known: &Known, confidence: Confidence) -> (Option<f64>, Option<f64>) {
        let (mut below, mut above) = (known.unseen, known.unseen);
        if let Some(few) = self.few {
            let share = share_of_few(few.times, self.n(), confidence);
            (below, above) = (below.max(share), above.max(share));
        } else if self.all.is_none() {
            let share = share_of_none(self.n(), confidence);
            (below, above) = (below.max(share), above.max(share));
        } else {
            // What is known to be rare changes too little of an unbounded quantity to say nothing of it.
            let bounded = |bound: f64, share| if bound.is_finite() { share } else { 0.0 };
            (below, above) = (bounded(known.low, below), bounded(known.high, above));
        }
        let mean = self.usual().mean();
        (known.fall(mean, below), known.rise(mean, above))
    }

    /// The probability of a mean at least as far from 0 where the true mean is 0, so that it is below 0.05 where the
    /// 95 % limits exclude 0. For equal values other than 0 it is that of having seen nothing else, or only the few that
    /// stand out, where the rest of the distribution lies at the bound beyond 0 and the mean is 0; where nothing bounds
    /// equal values it is computed as if only their signs were known.
    #[must_use]
    pub fn p_value(&self, known: &Known) -> Option<f64> {
        self.variance()?;
        let usual = self.usual();
        let mean = usual.mean();
        if mean == 0.0 {
            return Some(1.0);
        }
        if usual.is_none() {
            let bound = if mean > 0.0 { mean - known.low } else { known.high - mean };
            return Some(self.p_of_equal((mean.abs() / bound).min(1.0)).min(1.0));
        }
        let (fall, rise) = self.unseen(known, Confidence::USUAL);
        let Some(unseen) = (if mean > 0.0 { fall } else { rise }) else { return Some(1.0) };
        let left = (mean.abs() - unseen).max(0.0).copysign(mean);
        Some(if left == 0.0 { 1.0 } else { usual.p_value(left) })
    }

    /// The probability of having seen no more than what stands out of a `share` of all systems, 0 where nothing bounds them.
    fn p_of_equal(&self, share: f64) -> f64 {
        let n = self.n();
        match self.few {
            // The limits leave out as much on either side.
            Some(few) if share > few.times as f64 / n as f64 => 2.0 * at_most(few.times, n, share),
            Some(_) => 1.0,
            None if share > 0.0 => libm::exp(n as f64 * libm::log1p(-share)),
            None => 2.0 * libm::exp2(-(n as f64)),
        }
    }

    /// The sample standard deviation (divisor n - 1). It has no limits, because the usual ones hold for normal values
    /// only.
    #[must_use]
    pub fn sd(&self) -> Estimate {
        Estimate { value: self.variance().map(libm::sqrt), ..Estimate::unknown(self.n()) }
    }

    /// The sample variance (divisor n - 1); a single value has none.
    #[must_use]
    pub fn variance(&self) -> Option<f64> {
        (self.n() > 1).then(|| self.all.variance())
    }
}

/// The values that stand out from the others, where these are one or two among many.
fn few(all: &Spread, twice: &Twice, middle: Option<Middle>) -> Option<Few> {
    let n = all.n();
    let equal = |middle: Middle| Few { times: middle.apart, others: Spread::of_equal(n - middle.apart, middle.median) };
    let alone = || (all.spread_over() < ALONE).then(|| Few { times: 1, others: all.without(twice.farthest) });
    let few = middle.filter(|middle| middle.apart <= TOO_FEW).map(equal).or_else(alone);
    few.filter(|few| (few.times as f64) < FEW_OF_MANY * n as f64)
}

/// See [`Moments::carriers`].
fn carriers(once: &Once) -> f64 {
    let (squares, whole) = (once.squares.value(), once.sizes.value());
    if squares > 0.0 { whole / squares * whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skewness_moves_the_limits() {
        let mean = Moments::of(&[1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 30.0]).expect("values").mean();
        let (low, high) = (mean.low.unwrap_or_default(), mean.high.unwrap_or_default());
        assert!(high - 50.0 / 7.0 > 2.0 * (50.0 / 7.0 - low), "{mean:?}");
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
        assert!((mean.high.unwrap_or_default() - 0.555_9).abs() < 1e-4, "{mean:?}");
        assert_eq!(one.p_value(&Known::between(-100.0, 100.0)), Some(1.0));
        values.extend([5.0; 9]);
        let ten = Moments::of(&values).expect("values").mean();
        assert!(ten.carriers == Some(10) && ten.high < Some(0.13), "{ten:?}");
    }

    /// The others vary by themselves: their limits are Student's, and what stands out may be a larger share.
    #[test]
    fn one_value_stands_out_from_others_that_vary() {
        let others: Vec<f64> = (0..99).map(|n| 60.0 + f64::from(n % 10)).collect();
        let values: Vec<f64> = others.iter().copied().chain([600.0]).collect();
        let known = Known::between(0.0, 600.0);
        let mean = |values: &[f64]| Moments::of(values).expect("values").mean_at(&known, Confidence::USUAL);
        let (all, others) = (mean(&values), mean(&others));
        // The exact upper limit of one in 100 is 5.446 %.
        let usual = others.value.unwrap_or_default();
        let wanted = others.high.unwrap_or_default() + 0.054_46 * (600.0 - usual);
        assert!((all.high.unwrap_or_default() - wanted).abs() < 0.01, "{all:?} {wanted}");
        let wanted = others.low.unwrap_or_default() - 0.054_46 * usual;
        assert!((all.low.unwrap_or_default() - wanted).abs() < 0.01, "{all:?} {wanted}");
    }

    /// Limits of differences that a few pairs carry exclude 0 where the probability is below 0.05, and only there.
    #[test]
    fn p_values_of_few_that_stand_out_agree_with_the_limits() {
        for few in 1..=2 {
            let values: Vec<f64> = (0..100).map(|n| if n < few { 7.0 } else { 1.0 }).collect();
            let moments = Moments::of(&values).expect("values");
            for bound in [-40.0, -20.0, -17.0, -13.0, -12.0, -1.0, 0.0] {
                let known = Known::between(bound, 40.0);
                let low = moments.mean_at(&known, Confidence::USUAL).low.unwrap_or_default();
                let p = moments.p_value(&known).unwrap_or_default();
                assert_eq!(low > 0.0, p < 0.05, "{few} {bound}: {low} {p}");
            }
        }
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
