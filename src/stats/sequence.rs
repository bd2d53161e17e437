//! Uniform numbers one after the other, for designs of experiments: points of a design are no entities that could have an
//! address.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Keeps its numbers apart from those of every simulation with the same seed.
const TAG: [u8; 8] = *b"sequence";

/// Uniform numbers in their order.
#[derive(Debug)]
pub(super) struct Sequence(ChaCha8Rng);

impl Sequence {
    /// The numbers of `seed` for the purpose of this number.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&purpose.to_le_bytes());
        bytes[16..24].copy_from_slice(&TAG);
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// The next number, uniform on the open interval (0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;
        ((self.0.next_u64() >> 11) as f64 + 0.5) * UNIT
    }

    /// A whole number below `count`, each as likely as the others; 0 where there is none.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.uniform() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// The numbers below `count` in an order of which each is as likely as the others (Fisher and Yates).
    pub(super) fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for place in (1..count).rev() {
            let other = self.below(place + 1);
            order.swap(place, other);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_their_seed_and_purpose() {
        let first = |seed, purpose| Sequence::new(seed, purpose).uniform();
        assert_eq!(first(1, 0).to_bits(), first(1, 0).to_bits());
        assert_ne!(first(1, 0).to_bits(), first(2, 0).to_bits());
        assert_ne!(first(1, 0).to_bits(), first(1, 1).to_bits());
    }

    #[test]
    fn orders_have_every_number_once() {
        let mut sequence = Sequence::new(7, 0);
        for count in [0, 1, 2, 10] {
            let mut order = sequence.order(count);
            order.sort_unstable();
            assert_eq!(order, (0..count).collect::<Vec<_>>());
        }
        let firsts: Vec<usize> = (0..3000).map(|_| sequence.order(3)[0]).collect();
        for number in 0..3 {
            let share = firsts.iter().filter(|first| **first == number).count();
            assert!((900..1100).contains(&share), "{number}: {share}");
        }
    }
}
