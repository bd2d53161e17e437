//! Surfaces drawn from what is known: each is one that may be the true one, and they differ where little is known.

use super::fit::{Surface, correlation};
use crate::distribution::normal;
use crate::stats::sequence::Sequence;

/// Waves that a surface drawn beforehand is made of. Each surface has waves of its own, so that however few they are, values vary
/// together over the surfaces exactly as the process says.
const WAVES: usize = 24;

/// Degrees of freedom of the frequencies of Matérn's correlation with 5/2: twice that.
const DEGREES: usize = 5;

/// Keeps these numbers apart from those of other designs with the same seed.
const PURPOSE: u64 = 31;

/// Several surfaces, each drawn from the Gaussian process given what was simulated.
///
/// A surface without knowledge is a sum of waves with random frequencies (Rahimi and Recht, NIPS 20 (2007), 1177-1184); what it has at
/// the simulated points too much or too little is put right by kriging (Wilson and others, "Efficiently sampling functions from
/// Gaussian process posteriors", ICML 37 (2020), 10292-10302). So a value costs no more than an estimate does, at any number of points.
#[derive(Clone, Debug)]
pub struct Drawn<'a> {
    surface: &'a Surface,
    of_each: Vec<One>,
}

/// One surface.
#[derive(Clone, Debug)]
struct One {
    waves: Vec<Wave>,
    /// What every simulated point adds.
    added: Vec<f64>,
}

#[derive(Clone, Debug)]
struct Wave {
    /// By coordinate.
    frequencies: Vec<f64>,
    phase: f64,
    height: f64,
}

impl<'a> Drawn<'a> {
    /// Draws `count` surfaces with the numbers of `seed`.
    #[must_use]
    pub fn new(surface: &'a Surface, count: usize, seed: u64) -> Self {
        let mut numbers = Sequence::new(seed, PURPOSE);
        Self { surface, of_each: (0..count).map(|_| One::new(surface, &mut numbers)).collect() }
    }

    /// The value of each surface at a point.
    #[must_use]
    pub fn at(&self, point: &[f64]) -> Vec<f64> {
        let Surface { lengths, variance, mean, .. } = self.surface;
        let with: Vec<f64> =
            self.surface.observed().iter().map(|one| variance * correlation(&one.at, point, lengths)).collect();
        self.of_each.iter().map(|one| mean + one.before(point) + dot(&one.added, &with)).collect()
    }
}

impl One {
    fn new(surface: &Surface, numbers: &mut Sequence) -> Self {
        let waves = (0..WAVES).map(|_| Wave::new(surface, numbers)).collect();
        let mut one = Self { waves, added: Vec::new() };
        let missing: Vec<f64> = surface
            .observed()
            .iter()
            .map(|known| {
                let error = known.variance.sqrt() * normal::quantile(numbers.uniform());
                known.value - surface.mean - one.before(&known.at) - error
            })
            .collect();
        one.added = surface.factor.solve(&missing);
        one
    }

    /// Its value at a point, of which nothing is known yet.
    fn before(&self, point: &[f64]) -> f64 {
        self.waves.iter().map(|wave| wave.height * libm::cos(dot(&wave.frequencies, point) + wave.phase)).sum()
    }
}

impl Wave {
    fn new(surface: &Surface, numbers: &mut Sequence) -> Self {
        let phase = std::f64::consts::TAU * numbers.uniform();
        let mut normal = || normal::quantile(numbers.uniform());
        let squares: f64 = (0..DEGREES).map(|_| normal()).map(|one| one * one).sum();
        let stretch = (DEGREES as f64 / squares).sqrt();
        let frequencies = surface.lengths.iter().map(|length| normal() * stretch / length).collect();
        let height = (2.0 * surface.variance / WAVES as f64).sqrt() * normal();
        Self { frequencies, phase, height }
    }
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
