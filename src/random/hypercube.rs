//! Points that cover the unit interval evenly in every coordinate, for what is computed of many rollouts at once and is no replication.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::streams::{as_uniform, go_to, keyed};

/// What sets their generators apart from those of replications, whose seeds have nothing there.
const OF_HYPERCUBES: u64 = 2;

/// A Latin hypercube sample (Stein, Technometrics 29 (1987), 143-151): of each coordinate every point has another one of as many equal
/// strata as there are points, in an order of its own (Fisher and Yates). Its numbers depend on the seed, on the number of the sample and on
/// the order in which they are asked for.
#[derive(Debug)]
pub struct Hypercube {
    generator: ChaCha8Rng,
    points: u16,
}

impl Hypercube {
    /// Sample number `sample` of a seed, with so many points.
    #[must_use]
    pub fn new(seed: u64, sample: u32, points: u16) -> Self {
        let mut generator = keyed([seed, u64::from(sample), OF_HYPERCUBES]);
        go_to(&mut generator, 0, 0);
        Self { generator, points }
    }

    /// Puts the strata of the points in the next coordinate into `strata`, one for each point.
    pub fn coordinate(&mut self, strata: &mut Vec<u16>) {
        strata.clear();
        strata.extend(0..self.points);
        for last in (1..strata.len()).rev() {
            // A product's high half is uniform but for 2^-32 of itself times the number of points.
            let place = (u64::from(self.generator.next_u32()) * (last as u64 + 1)) >> 32;
            strata.swap(last, place as usize);
        }
    }

    /// A number in a stratum, uniform on its part of the open interval (0, 1).
    pub fn within(&mut self, stratum: u16) -> f64 {
        const UNIT: f64 = 1.0 / (1_u64 << 32) as f64;
        (f64::from(stratum) + (f64::from(self.generator.next_u32()) + 0.5) * UNIT) / f64::from(self.points)
    }

    /// A number uniform on the open interval (0, 1), independent of all others.
    pub fn uniform(&mut self) -> f64 {
        as_uniform(self.generator.next_u64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coordinate_has_every_stratum_once_in_an_order_of_its_own() {
        let mut sample = Hypercube::new(3, 1, 50);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        sample.coordinate(&mut first);
        sample.coordinate(&mut second);
        assert_ne!(first, second);
        for strata in [&first, &second] {
            let mut sorted = strata.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..50));
        }
        assert!(first.iter().all(|stratum| {
            let number = sample.within(*stratum) * 50.0;
            number > f64::from(*stratum) && number < f64::from(*stratum) + 1.0
        }));
        let again = |seed, number| {
            let mut strata = Vec::new();
            Hypercube::new(seed, number, 50).coordinate(&mut strata);
            strata
        };
        assert_eq!(again(3, 1), first);
        assert!(again(4, 1) != first && again(3, 2) != first);
    }

    /// All orders of three points are equally frequent.
    #[test]
    fn no_order_is_preferred() {
        let mut counts = std::collections::BTreeMap::new();
        for number in 0..6000 {
            let mut strata = Vec::new();
            Hypercube::new(1, number, 3).coordinate(&mut strata);
            *counts.entry(strata).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| count.abs_diff(1000) < 120), "{counts:?}");
    }
}
