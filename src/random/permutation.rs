//! A permutation that a key chooses, of which one value at a time is computed.
//!
//! The idea is that of A. Kensler ("Correlated multi-jittered sampling", Pixar Technical Memo 13-01, 2013): a bijection on a
//! power of two, made of steps that each can be undone, is applied again while its value lies outside of the range (cycle
//! walking), and the result is turned by an amount from the key. The bijection here is a Feistel network, whose halves are added
//! to one another by multiplication with round keys.

/// The least power of two that is permuted, as a number of bits. Networks of fewer bits know too few permutations.
const FEWEST_BITS: u32 = 6;

/// Rounds of the network. With fewer, pairs of values are not equally frequent (the tests count them).
const ROUNDS: u64 = 6;

/// Permutations of the numbers below a size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Permutations {
    size: u64,
    low_bits: u32,
    high_bits: u32,
}

impl Permutations {
    /// Of the numbers below `size`, which is at least 1.
    pub(super) fn new(size: u32) -> Self {
        let bits = (u32::BITS - size.saturating_sub(1).leading_zeros()).max(FEWEST_BITS);
        Self { size: u64::from(size.max(1)), low_bits: bits / 2, high_bits: bits - bits / 2 }
    }

    /// The value of the permutation that `key` chooses at `index`, which is below the size.
    pub(super) fn at(&self, key: u64, index: u64) -> u64 {
        let mut value = self.network(key, index);
        while value >= self.size {
            value = self.network(key, value);
        }
        // Whatever the network does, this makes every value equally probable at every index.
        let turned = value + (((mixed(key) >> 32) * self.size) >> 32);
        if turned < self.size { turned } else { turned - self.size }
    }

    fn network(&self, key: u64, value: u64) -> u64 {
        let (mut high, mut low) = (value >> self.low_bits, value & ((1 << self.low_bits) - 1));
        for round in 1..=ROUNDS {
            let round_key = mixed(key.wrapping_add(round.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
            if round % 2 == 1 {
                low ^= hashed(high, round_key, self.low_bits);
            } else {
                high ^= hashed(low, round_key, self.high_bits);
            }
        }
        (high << self.low_bits) | low
    }
}

/// The highest `bits` bits of a linear function of `half`: any two halves give independent values (Dietzfelbinger, STACS
/// 1996).
fn hashed(half: u64, key: u64, bits: u32) -> u64 {
    let product = half.wrapping_mul(key | 1).wrapping_add(key.wrapping_mul(0xD134_2543_DE82_EF95));
    product >> (u64::BITS - bits)
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
fn mixed(key: u64) -> u64 {
    let key = (key ^ (key >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    key ^ (key >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(size: u32, key: u64) -> Vec<u64> {
        let permutations = Permutations::new(size);
        (0..u64::from(size)).map(|index| permutations.at(key, index)).collect()
    }

    /// Keys as the generator of the draws gives them: without order.
    fn keys(count: u64) -> impl Iterator<Item = u64> {
        (0..count).map(|k| mixed(k.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(77)))
    }

    #[test]
    fn every_key_gives_a_permutation_of_every_size() {
        for size in (1..=300).chain([1000, 1023, 1024]) {
            for key in keys(20).chain([0, 1, u64::MAX]) {
                let mut values = all(size, key);
                values.sort_unstable();
                assert!(values.iter().copied().eq(0..u64::from(size)), "size {size}, key {key}");
            }
        }
    }

    /// Chi-square over its degrees of freedom stays near 1 where all outcomes are equally probable.
    fn excess(counts: &[u64], expected: f64) -> f64 {
        let squares: f64 = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
        let degrees = counts.len() as f64 - 1.0;
        (squares - degrees) / (2.0 * degrees).sqrt()
    }

    #[test]
    fn every_value_is_equally_frequent_at_every_index() {
        const KEYS: u64 = 20_000;
        for size in [2, 3, 5, 16, 20, 50, 64, 100] {
            let mut counts = vec![0; (size * size) as usize];
            for key in keys(KEYS) {
                for (index, value) in all(size, key).into_iter().enumerate() {
                    counts[index * size as usize + value as usize] += 1;
                }
            }
            for at_index in counts.chunks(size as usize) {
                let excess = excess(at_index, KEYS as f64 / f64::from(size));
                assert!(excess < 5.0, "size {size}: {excess}");
            }
        }
    }

    #[test]
    fn pairs_of_values_are_equally_frequent() {
        const KEYS: u64 = 60_000;
        for size in [16, 20, 32, 50, 64] {
            for (first, second) in [(0, 1), (0, size - 1), (1, 2), (size / 2, size / 2 - 1)] {
                let permutations = Permutations::new(size as u32);
                let mut counts = vec![0; (size * size) as usize];
                for key in keys(KEYS) {
                    counts[(permutations.at(key, first) * size + permutations.at(key, second)) as usize] += 1;
                }
                let different: Vec<u64> =
                    (0..size * size).filter(|k| k / size != k % size).map(|k| counts[k as usize]).collect();
                let equal: u64 = (0..size).map(|k| counts[(k * (size + 1)) as usize]).sum();
                let excess = excess(&different, KEYS as f64 / (size * (size - 1)) as f64);
                assert!(equal == 0 && excess < 8.0, "size {size}, {first} and {second}: {excess}");
            }
        }
    }
}
