//! Numbers that are those of another replication, moved a little: steps of a walk through the numbers of replications.
//!
//! A step moves the normal score of every number that the other replication drew by z' = r z + √(1 - r²) x, where x is the score of the
//! number that the new replication has at this address (Papaioannou, Betz, Zwirglmaier and Straub, Probabilistic Engineering Mechanics
//! 41 (2015), 89-103). So numbers stay uniform and independent, a step leads there and back alike, and it is a function of two
//! replications and no more. A number that the other replication did not draw decided nothing there, and is drawn anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::purpose::Purpose;
use crate::distribution::normal;

/// The uniform numbers that a replication drew, by template, purpose and position.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers(BTreeMap<(u16, u8, u64), f64>);

/// Nearest to 0 and 1 that a number may lie.
const LEAST: f64 = 1.0 / (1_u64 << 54) as f64;

/// A replication that is a step away from another one.
#[derive(Debug, Default)]
pub(super) struct Walk {
    /// Where the step begins, and the correlation r; `None`: numbers are drawn as they are.
    from: Option<(Arc<Numbers>, f64)>,
    drawn: Numbers,
}

impl Walk {
    /// Begins the next replication at `from`.
    pub(super) fn follow(&mut self, from: Option<(Arc<Numbers>, f64)>) {
        self.from = from;
    }

    /// Changes to another replication.
    pub(super) fn start(&mut self) {
        self.drawn.0.clear();
    }

    /// What the replication has drawn.
    pub(super) fn take(&mut self) -> Numbers {
        std::mem::take(&mut self.drawn)
    }

    /// The number at an address, of which `number` is the plain one.
    pub(super) fn within(&mut self, number: f64, template: u16, purpose: Purpose, position: u64) -> f64 {
        let address = (template, purpose as u8, position);
        if let Some(known) = self.drawn.0.get(&address) {
            return *known;
        }
        let before = self.from.as_ref().and_then(|(numbers, r)| Some((*numbers.0.get(&address)?, *r)));
        let moved = before.map_or(number, |(before, r)| step(before, number, r));
        self.drawn.0.insert(address, moved);
        moved
    }
}

/// The number that comes of `before` and a plain `number`.
fn step(before: f64, number: f64, r: f64) -> f64 {
    let score = r * normal::quantile(before) + (1.0 - r * r).max(0.0).sqrt() * normal::quantile(number);
    normal::cdf(score).clamp(LEAST, 1.0 - LEAST)
}

#[cfg(test)]
mod tests {
    use super::super::Draws;
    use super::*;

    const N: u32 = 20_000;

    /// Moved numbers are uniform whatever they were moved from, and near it by as much as the correlation says.
    #[test]
    fn moved_numbers_are_uniform_and_near() {
        let mut draws = Draws::walking(3);
        let score = |u: f64| normal::quantile(u);
        let (mut below, mut product) = ([0; 4], 0.0);
        for replication in 0..N {
            draws.follow(None);
            draws.start(2 * replication);
            let before = draws.uniform(1, Purpose::Start, 5);
            let numbers = Arc::new(draws.walked());
            draws.follow(Some((numbers, 0.8)));
            draws.start(2 * replication + 1);
            let (moved, new) = (draws.uniform(1, Purpose::Start, 5), draws.uniform(1, Purpose::Start, 6));
            assert_eq!(moved.to_bits(), draws.uniform(1, Purpose::Start, 5).to_bits());
            below[((moved * 4.0) as usize).min(3)] += 1;
            product += score(before) * score(moved);
            let mut plain = Draws::new(3);
            plain.start(2 * replication + 1);
            assert_eq!(new.to_bits(), plain.uniform(1, Purpose::Start, 6).to_bits(), "what was not drawn is plain");
        }
        assert!(below.iter().all(|count| (4750..5250).contains(count)), "{below:?}");
        assert!((product / f64::from(N) - 0.8).abs() < 0.03, "{product}");
    }

    #[test]
    fn without_a_beginning_numbers_are_plain() {
        let (mut draws, mut plain) = (Draws::walking(9), Draws::new(9));
        draws.start(4);
        plain.start(4);
        assert_eq!(draws.uniform(1, Purpose::Pull, 0).to_bits(), plain.uniform(1, Purpose::Pull, 0).to_bits());
        assert_eq!(draws.walked().0.len(), 1);
    }
}
