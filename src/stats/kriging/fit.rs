//! The surface, and what it says of points.

use super::cholesky::Cholesky;
use super::design::spread_out;
use crate::distribution::normal;
use crate::stats::estimate::TAIL;
use crate::stats::sum;

/// Least and greatest length of a coordinate whose values are from 0 to 1.
const LENGTHS: (f64, f64) = (0.05, 20.0);

/// Where the search for lengths begins.
const BEGINNINGS: [f64; 2] = [0.5, 2.0];

/// The first and the last step of the search, in logarithms.
const STEPS: (f64, f64) = (1.0, 0.05);

/// Lengths and variance are those of so many points at most, spread out: the work of one look at them grows with the third power of
/// the number of points, and more than these say little more about four or five numbers.
const MOST_FITTED: usize = 200;

/// A share of the surface's variance that is added everywhere, so that points that almost coincide do no harm.
const NUGGET: f64 = 1e-8;

/// What is known of a simulated point.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Its coordinates, from 0 to 1.
    pub at: Vec<f64>,
    /// What was simulated.
    pub value: f64,
    /// Variance of the error of that.
    pub variance: f64,
}

/// An estimate with 95 % limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predicted {
    /// The estimate.
    pub value: f64,
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
}

/// A fitted surface.
#[derive(Clone, Debug)]
pub struct Surface {
    observed: Vec<Observed>,
    pub(super) lengths: Vec<f64>,
    /// Variance of the surface, and its mean.
    pub(super) variance: f64,
    pub(super) mean: f64,
    pub(super) factor: Cholesky,
    /// The inverse of the covariance matrix times the deviations from the mean, and times ones.
    weights: Vec<f64>,
    ones: Vec<f64>,
}

impl Surface {
    /// The surface through `observed`; `None` where there are fewer than five of them, or where they all have one value.
    #[must_use]
    pub fn of(observed: Vec<Observed>) -> Option<Self> {
        let first = observed.first()?;
        let coordinates = first.at.len();
        if observed.len() < 5 || observed.iter().all(|one| one.value == first.value) {
            return None;
        }
        let mean = sum(observed.iter().map(|one| one.value)) / observed.len() as f64;
        let spread = sum(observed.iter().map(|one| (one.value - mean) * (one.value - mean))) / observed.len() as f64;
        let fitted = spread_out_of(&observed);
        let misfit = |parameters: &[f64]| {
            let (lengths, variance) = read(parameters, spread);
            let Some(one) = Self::with(&fitted, &lengths, variance) else { return f64::INFINITY };
            one.misfit() + penalty(parameters)
        };
        let mut best: Option<(f64, Vec<f64>)> = None;
        for beginning in BEGINNINGS {
            let mut start = vec![libm::log(beginning); coordinates];
            start.push(0.0);
            let (value, found) = least(start, misfit);
            if value.is_finite() && best.as_ref().is_none_or(|(least, _)| value < *least) {
                best = Some((value, found));
            }
        }
        let (lengths, variance) = read(&best?.1, spread);
        Self::with(&observed, &lengths, variance)
    }

    /// The surface through other points, with the lengths and the variance of this one; `None` where there is none.
    #[must_use]
    pub fn through(&self, observed: &[Observed]) -> Option<Self> {
        Self::with(observed, &self.lengths, self.variance)
    }

    pub(super) fn with(observed: &[Observed], lengths: &[f64], variance: f64) -> Option<Self> {
        let factor = Cholesky::of(observed.len(), |i, j| {
            let own = if i == j { observed[i].variance + NUGGET * variance } else { 0.0 };
            variance * correlation(&observed[i].at, &observed[j].at, lengths) + own
        })?;
        let ones = factor.solve(&vec![1.0; observed.len()]);
        let mean = sum(ones.iter().zip(observed).map(|(weight, one)| weight * one.value)) / sum(ones.iter().copied());
        let deviations: Vec<f64> = observed.iter().map(|one| one.value - mean).collect();
        let weights = factor.solve(&deviations);
        Some(Self { observed: observed.to_vec(), lengths: lengths.to_vec(), variance, mean, factor, weights, ones })
    }

    /// Twice the negative logarithm of the likelihood, but for a constant.
    fn misfit(&self) -> f64 {
        let fit = sum(self.weights.iter().zip(&self.observed).map(|(weight, one)| weight * (one.value - self.mean)));
        self.factor.log_determinant() + fit
    }

    /// The estimate at a point, with limits of the surface there.
    #[must_use]
    pub fn at(&self, point: &[f64]) -> Predicted {
        let with: Vec<f64> =
            self.observed.iter().map(|one| self.variance * correlation(&one.at, point, &self.lengths)).collect();
        let value = self.mean + sum(with.iter().zip(&self.weights).map(|(a, b)| a * b));
        let solved = self.factor.forward(&with);
        let known = sum(solved.iter().map(|value| value * value));
        // What is not known of the mean counts too.
        let rest = 1.0 - sum(with.iter().zip(&self.ones).map(|(a, b)| a * b));
        let of_mean = rest * rest / sum(self.ones.iter().copied());
        let variance = (self.variance - known + of_mean).max(0.0);
        limits(value, variance)
    }

    /// What each simulated point is by all the others, with limits for what was simulated there.
    #[must_use]
    pub fn left_out(&self) -> Vec<Predicted> {
        let diagonal = self.factor.inverse_diagonal();
        let total = sum(self.ones.iter().copied());
        let of = |(place, one): (usize, &Observed)| {
            // The mean is estimated from the others too (Dubrule, Mathematical Geology 15 (1983), 687-699).
            let own = diagonal[place] - self.ones[place] * self.ones[place] / total;
            limits(one.value - self.weights[place] / own, 1.0 / own)
        };
        self.observed.iter().enumerate().map(of).collect()
    }

    /// What was simulated.
    #[must_use]
    pub fn observed(&self) -> &[Observed] {
        &self.observed
    }
}

/// Those whose likelihood is looked at.
fn spread_out_of(observed: &[Observed]) -> Vec<Observed> {
    if observed.len() <= MOST_FITTED {
        return observed.to_vec();
    }
    let points: Vec<Vec<f64>> = observed.iter().map(|one| one.at.clone()).collect();
    spread_out(&points, &[], MOST_FITTED).into_iter().map(|place| observed[place].clone()).collect()
}

fn limits(value: f64, variance: f64) -> Predicted {
    let half = normal::quantile(1.0 - TAIL) * variance.sqrt();
    Predicted { value, low: value - half, high: value + half }
}

/// Lengths and variance of what the search looks at.
fn read(parameters: &[f64], spread: f64) -> (Vec<f64>, f64) {
    let (of_variance, of_lengths) = parameters.split_last().unwrap_or((&0.0, &[]));
    let length = |log: &f64| libm::exp(log.clamp(libm::log(LENGTHS.0), libm::log(LENGTHS.1)));
    (of_lengths.iter().map(length).collect(), spread * libm::exp(of_variance.clamp(-10.0, 10.0)))
}

/// The least value of `misfit` that is found from `start`: steps along one parameter after the other, which become shorter where none
/// leads down (Hooke and Jeeves, Journal of the ACM 8 (1961), 212-229, without their pattern moves).
fn least(start: Vec<f64>, misfit: impl Fn(&[f64]) -> f64) -> (f64, Vec<f64>) {
    let (mut at, mut step) = (start, STEPS.0);
    let mut value = misfit(&at);
    while step >= STEPS.1 {
        let before = value;
        for place in 0..at.len() {
            for by in [step, -step] {
                let mut tried = at.clone();
                tried[place] += by;
                let there = misfit(&tried);
                if there < value {
                    (value, at) = (there, tried);
                    break;
                }
            }
        }
        if value >= before {
            step /= 2.0;
        }
    }
    (value, at)
}

/// Keeps the search within what it may look at.
fn penalty(parameters: &[f64]) -> f64 {
    let (of_variance, of_lengths) = parameters.split_last().unwrap_or((&0.0, &[]));
    let beyond = |value: f64, low: f64, high: f64| (low - value).max(value - high).max(0.0);
    let of = |log: &f64| beyond(*log, libm::log(LENGTHS.0), libm::log(LENGTHS.1));
    of_lengths.iter().map(of).sum::<f64>() + beyond(*of_variance, -10.0, 10.0)
}

/// The correlation of the surface at two points: Matérn's with 5/2.
pub(super) fn correlation(one: &[f64], other: &[f64], lengths: &[f64]) -> f64 {
    let squares = one.iter().zip(other).zip(lengths).map(|((a, b), length)| (a - b) * (a - b) / (length * length));
    let scaled = (5.0 * squares.sum::<f64>()).sqrt();
    (1.0 + scaled + scaled * scaled / 3.0) * libm::exp(-scaled)
}
