//! What pairs of observations say of a difference, from pairs that are gone through several times, in order of replication, so that
//! none has to be kept. Every number is the one that [`Paired`] gives for the same pairs.

use std::io;
use std::sync::Arc;

use super::group_passes::MeanPasses;
use super::known::Known;
use super::mean::{Middle, Moments, Once, Sum, Twice};
use super::paired::{FiniteQuantile, PairCounts, Paired, finite_quantile, is_rounding};
use super::quantile::OrderStatistic;
use super::scratch::Scratch;
use super::tally::{Tally, ordered, value_of};

/// A difference of means: [`Paired::of`], and with groups [`Paired::in_groups`].
#[derive(Debug)]
pub struct MeanPairs {
    sides: [Once; 2],
    difference: Once,
    /// The first difference, how far others are from it, and the greatest number of all.
    start: f64,
    farthest: f64,
    size: f64,
    tally: Tally,
    groups: Option<MeanPasses>,
    second: Option<SecondPass>,
}

/// What is found in the second pass.
#[derive(Clone, Copy, Debug)]
struct SecondPass {
    over: bool,
    sides: [Option<Twice>; 2],
    means: [f64; 2],
    products: Sum,
    difference: Option<Twice>,
    middle: Option<Middle>,
}

impl MeanPairs {
    /// No pair yet, in groups of that size where there are groups. About `room` differences stay in memory.
    #[must_use]
    pub fn new(scratch: &Arc<Scratch>, room: usize, group: Option<usize>) -> Self {
        Self {
            sides: [Once::default(); 2],
            difference: Once::default(),
            start: 0.0,
            farthest: 0.0,
            size: 0.0,
            tally: Tally::new(Arc::clone(scratch), room),
            groups: group.map(MeanPasses::new),
            second: None,
        }
    }

    /// Takes the next pair of a pass.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn take(&mut self, first: f64, second: f64) -> io::Result<()> {
        let difference = second - first;
        if let Some(groups) = &mut self.groups {
            groups.take(difference);
        }
        match &mut self.second {
            None => {
                if self.difference.n() == 0 {
                    self.start = difference;
                }
                self.size = self.size.max(first.abs()).max(second.abs());
                self.farthest = self.farthest.max((difference - self.start).abs());
                self.sides[0].add(first);
                self.sides[1].add(second);
                self.difference.add(difference);
                // What is added makes both zeros one number.
                self.tally.push(ordered(difference + 0.0))?;
            }
            Some(pass) if !pass.over => {
                for (side, value) in pass.sides.iter_mut().zip([first, second]) {
                    side.iter_mut().for_each(|side| side.add(value));
                }
                pass.products.add((first - pass.means[0]) * (second - pass.means[1]));
                pass.difference.iter_mut().for_each(|twice| twice.add(difference));
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Ends a pass; gives whether all pairs have to come once more.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn end(&mut self) -> io::Result<bool> {
        if let Some(pass) = &mut self.second {
            pass.over = true;
            return Ok(self.groups.as_mut().is_some_and(|groups| groups.end(None)));
        }
        let n = self.difference.n();
        self.tally.close();
        let rank = n / 2 + 1;
        let middle = self.tally.at(&[rank])?.get(&rank).map(|found| found.middle(n));
        if n > 0 && is_rounding(self.farthest, self.size) {
            self.difference = Once::of_equal(self.start, n);
            // Groups of equal numbers say nothing.
            self.groups = None;
        }
        self.second = Some(SecondPass {
            over: false,
            sides: [self.sides[0].again(), self.sides[1].again()],
            means: [self.sides[0].mean(), self.sides[1].mean()],
            products: Sum::default(),
            difference: self.difference.again(),
            middle,
        });
        if let Some(groups) = &mut self.groups {
            groups.end(middle.map(|middle| middle.median));
        }
        Ok(n > 0)
    }

    /// The difference, after the last pass.
    #[must_use]
    pub fn found(&self, known: &Known) -> Paired {
        let Some(pass) = &self.second else { return Paired::unknown(0) };
        let difference = Moments::of_passes(&self.difference, pass.difference.as_ref(), pass.middle);
        let Some(difference) = difference else { return Paired::unknown(0) };
        let side = |place: usize| Moments::of_passes(&self.sides[place], pass.sides[place].as_ref(), None);
        let covariance = || pass.products.value() / (self.difference.n() as f64 - 1.0);
        Paired::of_moments([side(0), side(1)], &difference, covariance, known)
    }

    /// What the groups say of it, after the last pass.
    #[must_use]
    pub const fn groups(&self) -> Option<&MeanPasses> {
        self.groups.as_ref()
    }
}

/// Differences of quantiles, each [`Paired::quantile`], of pairs that come twice.
#[derive(Debug)]
pub struct QuantilePairs {
    sides: [Tally; 2],
    of: Vec<OneQuantile>,
    /// How many passes have ended.
    passes: u32,
}

#[derive(Clone, Copy, Debug)]
struct OneQuantile {
    q: f64,
    sides: [Option<FiniteQuantile>; 2],
    below: PairCounts,
}

impl QuantilePairs {
    /// No pair yet, for these quantiles. About `room` numbers of each side stay in memory.
    #[must_use]
    pub fn new(scratch: &Arc<Scratch>, room: usize, quantiles: &[f64]) -> Self {
        let one = |q: &f64| OneQuantile { q: *q, sides: [None; 2], below: PairCounts::default() };
        let sides = std::array::from_fn(|_| Tally::new(Arc::clone(scratch), room));
        Self { sides, of: quantiles.iter().map(one).collect(), passes: 0 }
    }

    /// Takes the next pair of a pass.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn take(&mut self, first: f64, second: f64) -> io::Result<()> {
        match self.passes {
            0 => {
                self.sides[0].push(ordered(first))?;
                return self.sides[1].push(ordered(second));
            }
            1 => {}
            _ => return Ok(()),
        }
        for one in &mut self.of {
            if let [Some(a), Some(b)] = one.sides {
                one.below.add((first <= a.0, second <= b.0));
            }
        }
        Ok(())
    }

    /// Ends a pass; after the first one all pairs have to come once more.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn end(&mut self) -> io::Result<bool> {
        self.passes += 1;
        if self.passes > 1 {
            return Ok(false);
        }
        self.sides.iter_mut().for_each(Tally::close);
        for one in &mut self.of {
            let order = OrderStatistic::new(self.sides[0].n() as usize, one.q);
            let ranks: Vec<u64> = order.ranks().collect();
            for (side, found) in self.sides.iter().zip(&mut one.sides) {
                let values = side.at(&ranks)?;
                let at = |rank: usize| values.get(&(rank as u64)).map(|found| value_of(found.number));
                *found = finite_quantile(&order.estimate_from(at));
            }
        }
        Ok(true)
    }

    /// The difference of the quantile `q`, after the last pass.
    #[must_use]
    pub fn found(&self, q: f64) -> Paired {
        let unknown = Paired::unknown(self.sides[0].n());
        let Some(one) = self.of.iter().find(|one| one.q == q) else { return unknown };
        let [Some(first), Some(second)] = one.sides else { return unknown };
        Paired::of_quantiles(q, [first, second], &one.below)
    }
}
