//! The likelihood of measured lengths under a distribution.
//!
//! For exact values the likelihood of most families depends on a few sums only, which are computed once, so that a search asks
//! for it many times without passing through the values again. A test compares it with the densities of `statrs`.

use super::measured::{Lengths, Seen};
use crate::distribution::Lifetime;

/// Beyond this many whole seconds, a second difference of nearly equal numbers would lose all its digits. The length is then
/// treated as lying within half a second of its value, which makes no difference at this size.
const LONG: f64 = 1e5;

/// Measured lengths, prepared so that the likelihood of many distributions is quick to compute.
pub(super) struct Likelihood<'a> {
    lengths: &'a Lengths,
    exact: Sums,
    /// Logarithms of exact values, and how often each was seen.
    logs: Vec<(f64, f64)>,
    /// Lengths that are not known exactly, and how often each was seen.
    coarse: Vec<(Seen, f64)>,
}

/// Sums over the exact values. Most families need nothing else.
#[derive(Default)]
struct Sums {
    n: f64,
    mean: f64,
    mean_log: f64,
    /// Sum of squared differences of the logarithms from their mean.
    squares_log: f64,
}

impl<'a> Likelihood<'a> {
    pub(super) fn new(lengths: &'a Lengths) -> Self {
        let (mut logs, mut coarse, mut n, mut total) = (Vec::new(), Vec::new(), 0.0, 0.0);
        for (seen, count) in lengths.rows() {
            let count = *count as f64;
            match seen {
                Seen::Exactly(value) => {
                    logs.push((libm::log(*value), count));
                    n += count;
                    total += value * count;
                }
                _ => coarse.push((*seen, count)),
            }
        }
        let mut exact = Sums::default();
        if n > 0.0 {
            let mean_log = logs.iter().map(|(log, count)| log * count).sum::<f64>() / n;
            let square = |(log, count): &(f64, f64)| (log - mean_log) * (log - mean_log) * count;
            exact = Sums { n, mean: total / n, mean_log, squares_log: logs.iter().map(square).sum() };
        }
        Self { lengths, exact, logs, coarse }
    }

    /// The logarithm of the likelihood; of exact values by their density.
    pub(super) fn of(&self, member: Lifetime) -> f64 {
        let coarse: f64 = self.coarse.iter().map(|(seen, count)| coarse(*seen, member) * count).sum();
        if self.exact.n > 0.0 { coarse + self.density(member) } else { coarse }
    }

    fn density(&self, member: Lifetime) -> f64 {
        let Sums { n, mean, mean_log, squares_log } = self.exact;
        match member {
            Lifetime::Exponential { mean: scale } => -n * (libm::log(scale) + mean / scale),
            Lifetime::LogNormal { mu, sigma } => {
                let off = mean_log - mu;
                let constant = mean_log + libm::log(sigma) + 0.5 * libm::log(std::f64::consts::TAU);
                -n * constant - (squares_log + n * off * off) / (2.0 * sigma * sigma)
            }
            Lifetime::Gamma { shape, scale } => {
                let log = libm::log(scale);
                n * ((shape - 1.0) * mean_log - mean / scale - shape * log - libm::lgamma(shape))
            }
            Lifetime::Weibull { shape, scale } => {
                let log_scale = libm::log(scale);
                let constant = libm::log(shape) - shape * log_scale + (shape - 1.0) * mean_log;
                let hazards = self.logs.iter().map(|(log, count)| count * libm::exp(shape * (log - log_scale)));
                n * constant - hazards.sum::<f64>()
            }
        }
    }

    /// Rough mean and standard deviation of the logarithm: the start of the search for the greatest likelihood.
    pub(super) fn guess(&self) -> (f64, f64) {
        let typical = |seen: Seen| match seen {
            Seen::Exactly(value) | Seen::Whole(value) => value,
            Seen::Between(low, f64::INFINITY) => low * 1.5,
            Seen::Between(low, high) => low + (high - low) / 2.0,
        };
        let rows = self.lengths.rows().iter().map(|(seen, count)| (typical(*seen), *count as f64));
        let positive: Vec<(f64, f64)> = rows.clone().filter(|(value, _)| *value > 0.0).collect();
        let least = positive.iter().map(|(value, _)| *value).fold(f64::INFINITY, f64::min);
        let floor = if least.is_finite() { least / 3.0 } else { 1.0 };
        let logs: Vec<(f64, f64)> = rows.map(|(value, count)| (libm::log(value.max(floor)), count)).collect();
        let total: f64 = logs.iter().map(|(_, count)| count).sum();
        let centre = logs.iter().map(|(log, count)| log * count).sum::<f64>() / total;
        let square = logs.iter().map(|(log, count)| (log - centre) * (log - centre) * count).sum::<f64>() / total;
        (centre, libm::sqrt(square).max(1e-3))
    }
}

/// The logarithm of the probability of what is not known exactly.
fn coarse(seen: Seen, member: Lifetime) -> f64 {
    match seen {
        Seen::Exactly(_) => 0.0,
        Seen::Whole(value) if value > LONG => member.ln_between(value - 0.5, value + 0.5),
        Seen::Whole(value) => member.ln_whole(value),
        Seen::Between(low, high) => member.ln_between(low, high),
    }
}
