//! The spread of a sample around its mean, and the limits that it gives.

use super::estimate::Confidence;
use super::student;

/// Number, mean, variance, skewness and kurtosis of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    n: u64,
    mean: f64,
    /// Sums of the second, third and fourth power of the differences from the mean.
    powers: [f64; 3],
}

/// Shares of the sum of squares, or of its square, below which what is left of a sum of powers after a value is taken out is
/// rounding: sums are exact to about 1e-15.
const ROUNDING: f64 = 1e-12;

impl Spread {
    /// `n` values that are all `value`.
    pub(super) const fn of_equal(n: u64, value: f64) -> Self {
        Self { n, mean: value, powers: [0.0; 3] }
    }

    /// `n` values around their `mean`, with the sums of the second, third and fourth power of their differences from it.
    pub(super) const fn of_powers(n: u64, mean: f64, powers: [f64; 3]) -> Self {
        Self { n, mean, powers }
    }

    /// The same values without one, which differs by `apart` from the mean of all.
    pub(super) fn without(&self, apart: f64) -> Self {
        let (n, others) = (self.n as f64, (self.n - 1) as f64);
        let [squares, cubes, fourths] = self.powers;
        let square = apart * apart;
        let left = [squares - square, cubes - square * apart, fourths - square * square];
        // The mean of the others, seen from that of all, around which their powers are taken now.
        let shift = -apart / others;
        let [second, third] = [shift * shift, shift * shift * shift];
        let around = [
            squares - square * n / others,
            left[1] - 3.0 * shift * left[0] + 2.0 * others * third,
            left[2] - 4.0 * shift * left[1] + 6.0 * second * left[0] - 3.0 * others * second * second,
        ];
        let powers = match around {
            [left, ..] if left <= ROUNDING * squares => [0.0; 3],
            // The third and fourth powers of the others are lost: they count as a normal distribution's.
            [left, _, fourths] if fourths <= ROUNDING * squares * squares => [left, 0.0, 3.0 * left * left / others],
            kept => kept,
        };
        Self { n: self.n - 1, mean: self.mean + shift, powers }
    }

    pub(super) const fn n(&self) -> u64 {
        self.n
    }

    pub(super) const fn mean(&self) -> f64 {
        self.mean
    }

    /// Whether the values do not differ.
    pub(super) fn is_none(&self) -> bool {
        self.powers[0] == 0.0
    }

    /// With the divisor n - 1, of two values at least.
    pub(super) fn variance(&self) -> f64 {
        self.powers[0] / (self.n - 1) as f64
    }

    /// How many of the values carry the variance: their number divided by their kurtosis.
    pub(super) fn spread_over(&self) -> f64 {
        let [squares, _, fourths] = self.powers;
        // Powers of differences that are no more than rounding can vanish.
        if fourths > 0.0 { (squares / fourths * squares).min(self.n as f64) } else { self.n as f64 }
    }

    /// How far the limits that the spread gives lie below the mean, the lower one first.
    pub(super) fn errors(&self, confidence: Confidence) -> (f64, f64) {
        if self.is_none() {
            return (0.0, 0.0);
        }
        let (t, error) = (student::limit(self.degrees(), confidence), self.error());
        (error * self.untransformed(t), error * self.untransformed(-t))
    }

    /// The probability of a mean as far from 0 as `mean` where the true one is 0.
    pub(super) fn p_value(&self, mean: f64) -> f64 {
        student::beyond(self.transformed(mean / self.error()), self.degrees())
    }

    fn error(&self) -> f64 {
        libm::sqrt(self.variance() / self.n as f64)
    }

    /// The degrees of freedom of the sample's variance.
    fn degrees(&self) -> u64 {
        let all = self.n - 1;
        let share = self.spread_over() / self.n as f64;
        let degrees = 2.0 * self.spread_over() / (1.0 - share).max(f64::MIN_POSITIVE);
        if degrees >= all as f64 { all } else { (degrees as u64).max(1) }
    }

    /// The sample skewness from the moments, without a correction for small samples.
    fn skewness(&self) -> f64 {
        let (variance, third) = (self.powers[0] / self.n as f64, self.powers[1] / self.n as f64);
        let scale = variance * libm::sqrt(variance);
        if scale > 0.0 { third / scale } else { 0.0 }
    }

    /// Hall's g: the studentised mean, transformed to be as nearly normal as the sample's skewness allows.
    fn transformed(&self, t: f64) -> f64 {
        let (g, root) = (self.skewness(), libm::sqrt(self.n as f64));
        let part = g / (3.0 * root);
        t + part * t * t + part * part * t * t * t / 3.0 + g / (6.0 * root)
    }

    /// The inverse of [`Self::transformed`].
    fn untransformed(&self, x: f64) -> f64 {
        let (g, root) = (self.skewness(), libm::sqrt(self.n as f64));
        if g == 0.0 {
            return x;
        }
        let inside = g * (x / root - g / (6.0 * self.n as f64));
        // The cube root of 1 + inside, less 1, computed without cancellation where the skewness is small.
        let root_less_one =
            if inside > -0.5 { libm::expm1(libm::log1p(inside) / 3.0) } else { libm::cbrt(1.0 + inside) - 1.0 };
        3.0 * root / g * root_less_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64]) -> Spread {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let power = |power| values.iter().map(|value| libm::pow(value - mean, power)).sum();
        Spread::of_powers(values.len() as u64, mean, [power(2.0), power(3.0), power(4.0)])
    }

    #[test]
    fn the_transformation_undoes_itself() {
        let spread = of(&[1.0, 1.0, 2.0, 3.0, 5.0, 8.0, 30.0]);
        assert!((spread.skewness() - 1.811_1).abs() < 1e-3, "{}", spread.skewness());
        for t in [-4.0, -1.0, 0.0, 0.7, 3.0] {
            assert!((spread.untransformed(spread.transformed(t)) - t).abs() < 1e-9, "{t}");
        }
    }

    #[test]
    fn without_one_value_the_others_are_left() {
        let others: Vec<f64> = (0..60).map(|n| f64::from(n * n % 17)).collect();
        for one in [40.0, -700.0, 1e4] {
            let all: Vec<f64> = others.iter().copied().chain([one]).collect();
            let all = of(&all);
            let (left, wanted) = (all.without(one - all.mean), of(&others));
            assert!((left.mean - wanted.mean).abs() < 1e-9, "{left:?}");
            for (left, wanted) in left.powers.into_iter().zip(wanted.powers) {
                assert!((left / wanted - 1.0).abs() < 1e-3, "{one}: {left} {wanted}");
            }
        }
    }

    #[test]
    fn what_is_lost_beside_a_value_that_is_much_farther() {
        let all = |others: f64| {
            let all: Vec<f64> = (0..60).map(|n| others * f64::from(n % 5)).chain([1e6]).collect();
            let all = of(&all);
            all.without(1e6 - all.mean)
        };
        assert!(all(1e-6).is_none(), "the others differ by less than rounding");
        let normal = all(1e2);
        assert_eq!((normal.skewness(), normal.spread_over().round()), (0.0, 20.0));
        assert!(
            (normal.variance() / of(&(0..60).map(|n| 1e2 * f64::from(n % 5)).collect::<Vec<_>>()).variance() - 1.0)
                .abs()
                < 1e-3
        );
    }
}
