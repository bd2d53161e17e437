//! Uniform numbers that are stratified over a group of replications.

use rand_chacha::ChaCha8Rng;

use super::permutation::Permutations;
use super::purpose::Purpose;
use super::streams::{Streams, base};

/// Where the addresses of the streams of groups begin: no replication has a number as high.
const GROUPS: u64 = 1 << 63;

const _: () = assert!(base(u32::MAX as u64) < GROUPS / 2, "the streams of replications and groups are apart");

/// The greatest number below 1.
const GREATEST: f64 = 1.0 - f64::EPSILON / 2.0;

/// Gives each replication of a group a stratum at every address: the permutation that the key of the address chooses, at the
/// replication's place in the group. The keys are numbers of the group's own streams. They are kept as drawn numbers are, so
/// that consecutive replications of a group do not draw them again; nothing else is remembered.
#[derive(Debug)]
pub(super) struct Strata {
    size: u32,
    permutations: Permutations,
    /// The place of the replication in its group.
    index: u64,
    keys: Streams,
}

impl Strata {
    /// Of groups of `size` replications, standing at replication 0.
    pub(super) fn new(size: u32) -> Self {
        let mut keys = Streams::default();
        keys.start(GROUPS);
        Self { size, permutations: Permutations::new(size), index: 0, keys }
    }

    /// Changes to another replication.
    pub(super) fn start(&mut self, replication: u32) {
        self.index = u64::from(replication % self.size);
        let group = GROUPS | base(u64::from(replication / self.size));
        if group != self.keys.base {
            self.keys.start(group);
        }
    }

    /// Other streams are at the addresses from now on.
    pub(super) fn forget(&mut self) {
        self.keys.start(self.keys.base);
    }

    /// The number that a plain uniform `number` becomes at an address: as far in its stratum as it was in the whole interval.
    pub(super) fn within(
        &mut self,
        number: f64,
        place: (&mut ChaCha8Rng, u16),
        template: u16,
        purpose: Purpose,
        position: u64,
    ) -> f64 {
        let key = self.keys.bits(template, purpose, position, place);
        let stratum = self.permutations.at(key, self.index);
        // The sum may be rounded up to the number of strata.
        ((stratum as f64 + number) / f64::from(self.size)).min(GREATEST)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::super::streams::KEPT;
    use super::super::{Draws, Sampling};
    use super::*;

    fn stratified(seed: u64, group: u32) -> Draws {
        Draws::sampled(seed, Sampling::Stratified { group: NonZeroU32::new(group).expect("not 0") })
    }

    fn number(draws: &mut Draws, replication: u32, (template, purpose, position): (u16, Purpose, u64)) -> f64 {
        draws.start(replication);
        draws.uniform(template, purpose, position)
    }

    const PLACES: [(u16, Purpose, u64); 4] =
        [(0, Purpose::Start, 0), (0, Purpose::Start, 1), (1, Purpose::Start, 0), (1, Purpose::WarmUp, KEPT + 3)];

    #[test]
    fn a_group_covers_every_stratum_once_at_every_address() {
        for size in [1, 2, 7, 50, 64] {
            let mut draws = stratified(3, size);
            for group in [0, 1, 9] {
                for place in PLACES {
                    let numbers = (0..size).map(|k| number(&mut draws, group * size + k, place));
                    let mut strata: Vec<u32> = numbers.map(|one| (one * f64::from(size)) as u32).collect();
                    strata.sort_unstable();
                    assert!(strata.into_iter().eq(0..size), "size {size}, group {group}, {place:?}");
                }
            }
        }
    }

    #[test]
    fn numbers_depend_on_the_address_and_not_on_the_order_of_replications() {
        let (mut forwards, mut backwards) = (stratified(7, 50), stratified(7, 50));
        let all = |draws: &mut Draws, k| PLACES.map(|place| number(draws, k, place));
        let ahead: Vec<_> = (0..200).map(|k| all(&mut forwards, k)).collect();
        let mut back: Vec<_> = (0..200).rev().map(|k| all(&mut backwards, k)).collect();
        back.reverse();
        assert_eq!(ahead, back);
        assert_ne!(ahead, (0..200).map(|k| all(&mut stratified(8, 50), k)).collect::<Vec<_>>());
        assert_ne!(ahead, (0..200).map(|k| all(&mut stratified(7, 40), k)).collect::<Vec<_>>());
    }

    /// What stratified results are made of.
    #[test]
    fn values_are_stable() {
        let mut draws = stratified(1, 50);
        let numbers = [0, 1, 49, 50].map(|k| number(&mut draws, k, PLACES[2]));
        assert_eq!(numbers, VALUES);
    }

    const VALUES: [f64; 4] =
        [0.743_744_508_137_975_2, 0.094_968_726_426_003_3, 0.330_593_907_559_126_6, 0.808_544_573_704_244_6];

    #[test]
    fn bits_and_groups_of_one_are_those_of_plain_sampling() {
        let (mut plain, mut draws, mut alone) = (Draws::new(5), stratified(5, 50), stratified(5, 1));
        for replication in [0, 1, 77] {
            for place in PLACES {
                assert_eq!(number(&mut plain, replication, place), number(&mut alone, replication, place));
            }
            plain.start(replication);
            draws.start(replication);
            assert_eq!(plain.bits(1, Purpose::Uid, 4), draws.bits(1, Purpose::Uid, 4));
        }
    }

    #[test]
    fn numbers_are_uniform_and_inside_the_unit_interval() {
        const GROUPS: u32 = 4000;
        for size in [3, 50] {
            // One replication of each group: these are independent.
            let mut draws = stratified(11, size);
            let mut numbers: Vec<f64> =
                (0..GROUPS).map(|group| number(&mut draws, group * size + group % size, PLACES[1])).collect();
            numbers.sort_unstable_by(f64::total_cmp);
            let steps = (1..).map(|k| f64::from(k) / f64::from(GROUPS));
            let distance = numbers.iter().zip(steps).map(|(one, step)| (one - step).abs()).fold(0.0, f64::max);
            // Kolmogorov and Smirnov at 0.1 %.
            assert!(distance < 1.95 / f64::from(GROUPS).sqrt(), "size {size}: {distance}");
        }
        let mut strata = Strata::new(1024);
        strata.start(0);
        let mut origin = rand::SeedableRng::seed_from_u64(1);
        let greatest = (0..1024).map(|k| {
            strata.start(k);
            strata.within(GREATEST, (&mut origin, 0), 0, Purpose::Start, 0)
        });
        assert!(greatest.fold(0.0, f64::max) < 1.0);
    }

    /// Between two addresses there is no correlation, within a group and over groups.
    #[test]
    fn addresses_are_uncorrelated() {
        const SIZE: u32 = 20;
        const ALL: u32 = 1000 * SIZE;
        let mut draws = stratified(13, SIZE);
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            let products: f64 = (0..ALL)
                .map(|k| (number(&mut draws, k, PLACES[one]) - 0.5) * (number(&mut draws, k, PLACES[other]) - 0.5))
                .sum();
            let correlation = 12.0 * products / f64::from(ALL);
            assert!(correlation.abs() < 4.0 / f64::from(ALL).sqrt(), "{one} and {other}: {correlation}");
        }
    }
}
