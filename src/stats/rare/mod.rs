//! The probability of a rare event from samples that were drawn so that it is not rare (importance sampling).
//!
//! The samples come from a defensive mixture (Hesterberg, Technometrics 37 (1995), 185-194): a share of them is drawn as the
//! world is, the others from components that make the event frequent. A sample weighs what its probability in the world is of
//! that in the mixture, which is never more than one by the plain share.

mod weight;

mod adaptation;
mod found;
mod stages;

pub use adaptation::Adaptation;
pub use found::Rare;
pub use stages::{Stages, of_runs};
pub use weight::weight;

use super::estimate::{Confidence, Estimate};
use crate::distribution::gamma;

/// Shapes beyond which the gamma distribution is normal to all digits that matter here.
const LARGE: f64 = 9e4;

/// Samples with their weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Weighted {
    /// Samples.
    n: u64,
    /// Those with the event.
    hits: u64,
    /// Those with the event that the mixture makes no more probable than they are.
    ordinary: u64,
    sum: f64,
    squares: f64,
    largest: f64,
}

impl Weighted {
    /// Adds a sample without the event.
    pub fn miss(&mut self) {
        self.n += 1;
    }

    /// Adds a sample with the event.
    pub fn hit(&mut self, weight: f64) {
        self.n += 1;
        self.hits += 1;
        self.ordinary += u64::from(weight >= 1.0);
        self.sum += weight;
        self.squares += weight * weight;
        self.largest = self.largest.max(weight);
    }

    /// The mean of the squares of what samples count, 0 without the event: with so much more than its square vary the weights.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        self.squares / self.n.max(1) as f64
    }

    /// The mean of what samples count.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sum / self.n.max(1) as f64
    }

    /// What the samples say, of which a share of `plain` was drawn as the world is.
    #[must_use]
    pub fn rare(&self, plain: f64, confidence: Confidence) -> Rare {
        let Self { n, hits, ordinary, .. } = *self;
        let samples = n.max(1) as f64;
        let most = 1.0 / plain / samples;
        // The probability that so many have none of what befalls one of `most` weight, as in `proportion(0, n)`.
        let none = -libm::log(2.0 * confidence.tail()) * most;
        let unseen = (ordinary == 0).then_some(none.min(1.0));
        let value = self.mean();
        if hits == 0 || n == 0 {
            let known = Estimate { value: Some(0.0), low: Some(0.0), high: Some(none), n, carriers: Some(0) };
            let probability = if n == 0 { Estimate::unknown(0) } else { known.within(0.0, 1.0) };
            return Rare { probability, hits, effective: 0.0, relative_error: None, plain: None, unseen };
        }
        let variance = self.variance();
        let (low, high) = limits(value, variance, self.largest / samples, confidence);
        let estimate = Estimate { value: Some(value), low: Some(low), high: Some(high), n, carriers: Some(hits) };
        let relative = libm::sqrt(variance) / value;
        let share = value.clamp(f64::MIN_POSITIVE, 1.0);
        Rare {
            probability: Estimate { value: Some(share), ..estimate.within(0.0, 1.0) },
            hits,
            effective: self.sum * self.sum / self.squares,
            relative_error: Some(relative),
            plain: Some((1.0 - share) / (share * relative * relative)),
            unseen,
        }
    }

    /// The variance of the mean. Hits of one weight alone do not show it: they vary at least as their number does.
    fn variance(&self) -> f64 {
        let samples = self.n as f64;
        let spread = (self.squares - self.sum * self.mean()) / (samples - 1.0).max(1.0) / samples;
        if spread > 1e-9 * self.squares / samples / samples { spread } else { self.squares / samples / samples }
    }
}

/// Limits of a sum of weighted counts whose variance is estimated, where one more hit would have added `largest`: gamma
/// distributions that have the sum's mean and variance, with that hit for the upper limit (Fay and Feuer, Statistics in Medicine
/// 16 (1997), 791-801). For equal weights they are the exact limits of a Poisson mean.
fn limits(value: f64, variance: f64, largest: f64, confidence: Confidence) -> (f64, f64) {
    let quantile = |mean: f64, variance: f64, u: f64| {
        let shape = mean * mean / variance;
        if shape > LARGE {
            let error = libm::sqrt(variance) * confidence.normal_limit();
            return if u < 0.5 { mean - error } else { mean + error };
        }
        if shape < *gamma::SHAPES.start() { 0.0 } else { variance / mean * gamma::quantile(shape, u) }
    };
    let low = quantile(value, variance, confidence.tail());
    let high = quantile(value + largest, variance + largest * largest, 1.0 - confidence.tail());
    (low, high)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn of(n: u64, weights: &[f64]) -> Weighted {
        let mut weighted = Weighted::default();
        weights.iter().for_each(|weight| weighted.hit(*weight));
        (weights.len() as u64..n).for_each(|_| weighted.miss());
        weighted
    }

    #[test]
    fn weights_are_bounded_by_the_plain_share() {
        assert!((weight(&[0.9], &[0.0]) - 10.0).abs() < 1e-12);
        assert!((weight(&[0.5, 0.4], &[2.0, 10.0]) - 1.0 / 5.1).abs() < 1e-12);
        assert_eq!(weight(&[], &[]), 1.0);
    }

    /// Hits of weight 1 are counts: their limits are Garwood's for a Poisson mean where they are few of many.
    #[test]
    fn equal_weights_have_the_limits_of_counts() {
        for (hits, low, high) in [(1_usize, 0.025_318, 5.571_6), (5, 1.623_5, 11.668), (50, 37.11, 65.92)] {
            let n = 1_000_000_u64;
            let rare = of(n, &vec![1.0; hits]).rare(1.0, Confidence::USUAL);
            let scaled = |limit: Option<f64>| limit.unwrap_or_default() * n as f64;
            assert!((scaled(rare.probability.low) / low - 1.0).abs() < 2e-3, "{rare:?}");
            assert!((scaled(rare.probability.high) / high - 1.0).abs() < 2e-3, "{rare:?}");
            assert!((rare.effective - hits as f64).abs() < 1e-9);
            assert!((rare.plain.unwrap_or_default() / n as f64 - 1.0).abs() < 1e-3, "{rare:?}");
        }
    }

    #[test]
    fn no_hit_is_no_certainty() {
        let rare = of(10_000, &[]).rare(0.1, Confidence::USUAL);
        // Three in a thousand: a thousand samples were drawn as the world is.
        let high = rare.probability.high.unwrap_or_default();
        assert!((high - 0.002_996).abs() < 1e-6 && rare.relative_error.is_none(), "{rare:?}");
        assert_eq!((rare.probability.value, rare.unseen), (Some(0.0), Some(high)));
        assert_eq!(of(0, &[]).rare(0.1, Confidence::USUAL).probability, Estimate::unknown(0));
        assert_eq!(of(100, &[]).rare(0.01, Confidence::USUAL).probability.high, Some(1.0));
    }

    #[test]
    fn what_the_mixture_does_not_favour_is_told_until_it_is_seen() {
        let favoured = of(1000, &[1e-4; 300]).rare(0.1, Confidence::USUAL);
        assert!((favoured.unseen.unwrap_or_default() - 0.029_957).abs() < 1e-5, "{favoured:?}");
        let both = of(1000, &[&[1e-4; 300][..], &[10.0]].concat()).rare(0.1, Confidence::USUAL);
        assert_eq!(both.unseen, None);
        assert!(both.probability.high > Some(0.03), "{both:?}");
    }

    #[test]
    fn hits_alone_have_a_spread() {
        let rare = of(50, &[0.02; 50]).rare(0.1, Confidence::USUAL);
        assert!(rare.probability.low < Some(0.02) && rare.probability.high > Some(0.02), "{rare:?}");
    }

    /// Limits from hits of two weights, the heavier ones few, hold as often as they say, or nearly.
    #[test]
    fn limits_of_unequal_weights_hold() {
        const SAMPLES: usize = 2000;
        // Of each sample: nothing, a light hit, or a heavy one.
        let (light, heavy) = ((0.05, 0.01), (0.004, 0.2));
        let truth = light.0 * light.1 + heavy.0 * heavy.1;
        let mut missed = [0; 2];
        for seed in 0..1000 {
            let mut weighted = Weighted::default();
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..SAMPLES {
                match (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 {
                    u if u < light.0 => weighted.hit(light.1),
                    u if u < light.0 + heavy.0 => weighted.hit(heavy.1),
                    _ => weighted.miss(),
                }
            }
            let Estimate { low, high, .. } = weighted.rare(0.1, Confidence::USUAL).probability;
            missed[0] += u32::from(low > Some(truth));
            missed[1] += u32::from(high < Some(truth));
        }
        assert!(missed[0] < 40 && missed[1] < 40, "{missed:?}");
    }
}
