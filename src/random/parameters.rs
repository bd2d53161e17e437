//! Uniform numbers that parameters are drawn from: which of the distributions that measurements leave open a rollout has.
//!
//! They are addressed by (seed, draw, measurements, position), as those of a replication are by theirs, and are independent of them.

use rand::Rng;

use super::streams::{as_uniform, go_to, keyed};

/// What sets their generators apart from those of replications, whose seeds have nothing there.
const OF_PARAMETERS: u64 = 1;

/// The number at `position` of draw `draw` for the measurements of `key`, uniform on the open interval (0, 1).
#[must_use]
pub fn parameter(seed: u64, draw: u32, key: u64, position: u64) -> f64 {
    let mut generator = keyed([seed, key, OF_PARAMETERS]);
    go_to(&mut generator, u64::from(draw), position);
    as_uniform(generator.next_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_address_matters_and_nothing_else() {
        let mut numbers = vec![parameter(7, 1, 9, 0), parameter(8, 1, 9, 0), parameter(7, 2, 9, 0)];
        numbers.extend([parameter(7, 1, 10, 0), parameter(7, 1, 9, 1)]);
        numbers.sort_unstable_by(f64::total_cmp);
        numbers.dedup();
        assert_eq!(numbers.len(), 5);
        assert_eq!(parameter(7, 1, 9, 3).to_bits(), parameter(7, 1, 9, 3).to_bits());
        let mean = (0..4000).map(|draw| parameter(1, draw, 2, 0)).sum::<f64>() / 4000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }
}
