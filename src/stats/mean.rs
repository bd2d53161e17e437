//! Mean and standard deviation.

use super::estimate::Estimate;
use super::student;

/// Sum in the order given, with the rounding errors of every addition carried along (Neumaier, Zeitschrift für
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

/// Mean and standard deviation of a complete sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    n: u64,
    mean: f64,
    variance: Option<f64>,
}

impl Moments {
    /// Of `values`; `None` when there are none.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let (first, n) = (*values.first()?, values.len() as u64);
        if values.iter().all(|value| *value == first) {
            return Some(Self { n, mean: first, variance: (n > 1).then_some(0.0) });
        }
        let mean = sum(values.iter().copied()) / n as f64;
        let squares = sum(values.iter().map(|value| (value - mean) * (value - mean)));
        Some(Self { n, mean, variance: Some(squares / (n - 1) as f64) })
    }

    /// The mean with Student's t interval, valid where the mean is nearly normal: for values of any distribution with a
    /// finite variance once there are enough of them. One value alone has no interval; equal ones have one of width 0.
    #[must_use]
    pub fn mean(&self) -> Estimate {
        let Some(variance) = self.variance else { return Estimate::point(self.mean, self.n) };
        let half = student::limit(self.n - 1) * libm::sqrt(variance / self.n as f64);
        Estimate { value: Some(self.mean), low: Some(self.mean - half), high: Some(self.mean + half), n: self.n }
    }

    /// The sample standard deviation (divisor n - 1), without limits: those in use hold for normal values only.
    #[must_use]
    pub fn sd(&self) -> Estimate {
        Estimate { value: self.variance.map(libm::sqrt), low: None, high: None, n: self.n }
    }

    /// The sample variance (divisor n - 1); one value alone has none.
    #[must_use]
    pub const fn variance(&self) -> Option<f64> {
        self.variance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_interval_of_a_small_sample() {
        // Mean 3, standard deviation √2.5, t(4) = 2.776445.
        let moments = Moments::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("values");
        let mean = moments.mean();
        assert_eq!((mean.value, mean.n), (Some(3.0), 5));
        assert!((mean.low.unwrap_or_default() - 1.036_757).abs() < 1e-6, "{mean:?}");
        assert!((mean.high.unwrap_or_default() - 4.963_243).abs() < 1e-6, "{mean:?}");
        assert_eq!(moments.sd().value, Some(2.5_f64.sqrt()));
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
