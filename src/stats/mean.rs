//! Mean and standard deviation.

use super::estimate::{Confidence, Estimate};
use super::student;

/// Sum in the order given, with compensation for the rounding error of every addition (Neumaier, Zeitschrift für
/// angewandte Mathematik und Mechanik 54 (1974), 39-51).
#[must_use]
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

/// Mean, standard deviation and skewness of a complete sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    variance: Option<f64>,
    skewness: f64,
}

impl Moments {
    /// Moments of `values`; `None` when there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let (first, n) = (*values.first()?, values.len() as u64);
        if values.iter().all(|value| *value == first) {
            return Some(Self { n, mean: first, variance: (n > 1).then_some(0.0), skewness: 0.0 });
        }
        let mean = sum(values.iter().copied()) / n as f64;
        let power = |k: i32| sum(values.iter().map(|value| (1..k).fold(value - mean, |x, _| x * (value - mean))));
        let (squares, cubes) = (power(2), power(3));
        Some(Self { n, mean, variance: Some(squares / (n - 1) as f64), skewness: skewness(n as f64, squares, cubes) })
    }

    /// The mean with its 95 % limits: Student's t interval with the skewness of the sample removed by the monotone
    /// cubic transformation of P. Hall ("On the removal of skewness by transformation", Journal of the Royal
    /// Statistical Society B 54 (1992), 221-228). For a symmetric sample that is the t interval itself; for a skewed
    /// one the limits are not symmetric, and reach their nominal coverage with far fewer values (measured in
    /// `coverage`). A single value has no interval; equal values have one of width 0.
    #[must_use]
    pub fn mean(&self) -> Estimate {
        self.mean_at(Confidence::USUAL)
    }

    /// [`Self::mean`] at another level.
    #[must_use]
    pub fn mean_at(&self, confidence: Confidence) -> Estimate {
        let Some(variance) = self.variance else { return Estimate::point(self.mean, self.n) };
        let (t, error) = (student::limit(self.n - 1, confidence), libm::sqrt(variance / self.n as f64));
        let limit = |t: f64| Some(self.mean - error * self.untransformed(t));
        Estimate { value: Some(self.mean), low: limit(t), high: limit(-t), n: self.n }
    }

    /// The probability of a mean at least as far from 0 where the true mean is 0, by the same transformation, so that
    /// it is below 0.05 where the 95 % interval excludes 0. For equal values other than 0 it is computed as if only
    /// their signs were known.
    #[must_use]
    pub fn p_value(&self) -> Option<f64> {
        match self.variance? {
            _ if self.mean == 0.0 => Some(1.0),
            0.0 => Some((2.0 * libm::exp2(-(self.n as f64))).min(1.0)),
            variance => {
                let t = self.mean / libm::sqrt(variance / self.n as f64);
                Some(student::beyond(self.transformed(t), self.n - 1))
            }
        }
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

    /// Lower and upper limit of the mean, each missed with probability `tail`; a single value has none.
    #[must_use]
    pub fn limits(&self, tail: f64) -> Option<(f64, f64)> {
        let half = student::limit_with_tail(self.n - 1, tail) * libm::sqrt(self.variance? / self.n as f64);
        Some((self.mean - half, self.mean + half))
    }

    /// The sample standard deviation (divisor n - 1). It has no limits, because the usual ones hold for normal values
    /// only.
    #[must_use]
    pub fn sd(&self) -> Estimate {
        Estimate { value: self.variance.map(libm::sqrt), low: None, high: None, n: self.n }
    }

    /// The sample variance (divisor n - 1); a single value has none.
    #[must_use]
    pub const fn variance(&self) -> Option<f64> {
        self.variance
    }
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
        let p = |values: &[f64]| Moments::of(values).and_then(|moments| moments.p_value());
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
        assert_eq!(moments.limits(0.025), mean.low.zip(mean.high));
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
        assert_eq!((one.mean(), one.sd()), (Estimate::point(4.0, 1), Estimate::unknown(1)));
        let same = Moments::of(&[0.1; 10]).expect("values").mean();
        assert_eq!((same.low, same.value, same.high), (Some(0.1), Some(0.1), Some(0.1)));
    }
}
