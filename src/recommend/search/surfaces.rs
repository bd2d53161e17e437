//! What looks at some strategies say of all.

use super::super::replicate::Replicator;
use super::looks::Looks;
use crate::stats::kriging::{Drawn, Observed, Surface};

/// Lengths and variances are found anew when the looks have become so many times as many.
const AGAIN: f64 = 1.5;

/// A figure of all strategies.
#[derive(Clone, Debug)]
enum Known {
    /// All looks show this.
    Same(f64),
    Surface(Surface),
}

/// A surface for each figure.
#[derive(Default)]
pub(super) struct Surfaces {
    known: Vec<Known>,
    /// The number of looks when lengths and variances were found.
    found_with: usize,
}

/// Values of figures by drawn surfaces.
pub(super) struct Values {
    /// By figure: one value for all, or those of a strategy in every draw.
    of: Vec<Result<f64, Vec<Vec<f64>>>>,
}

impl Values {
    pub(super) fn at(&self, figure: usize, place: usize, draw: usize) -> f64 {
        match &self.of[figure] {
            Ok(same) => *same,
            Err(drawn) => drawn[place][draw],
        }
    }
}

impl Surfaces {
    /// Puts the surfaces through all looks.
    pub(super) fn fit(&mut self, looks: &Looks<'_>, points: &[Vec<f64>], run: &Replicator) {
        let count = looks.known.len();
        let anew = count as f64 >= AGAIN * self.found_with as f64;
        let before = std::mem::take(&mut self.known);
        let one = |figure: usize| {
            let observed: Vec<Observed> = looks
                .known
                .iter()
                .map(|(place, seen)| Observed {
                    at: points[*place].clone(),
                    value: seen[figure].value,
                    variance: seen[figure].variance,
                })
                .collect();
            let same = observed.first().map_or(0.0, |one| one.value);
            let surface = match before.get(figure) {
                Some(Known::Surface(before)) if !anew => before.through(&observed),
                _ => Surface::of(observed),
            };
            surface.map_or(Known::Same(same), Known::Surface)
        };
        self.known = run.map(looks.figures(), one);
        self.found_with = if anew { count } else { self.found_with };
    }

    /// The values of `count` drawn surfaces at all points.
    pub(super) fn drawn(&self, points: &[Vec<f64>], (count, seed): (usize, u64), run: &Replicator) -> Values {
        let one = |figure: usize| match &self.known[figure] {
            Known::Same(value) => Ok(*value),
            Known::Surface(surface) => {
                let drawn = Drawn::new(surface, count, seed ^ ((figure as u64) << 48));
                Err(run.map(points.len(), |place| drawn.at(&points[place])))
            }
        };
        Values { of: (0..self.known.len()).map(one).collect() }
    }
}
