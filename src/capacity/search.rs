//! Searches the largest number at a time that fits.

use super::driver::{Driver, Failure, Run};
use crate::analysis::capacity::{Fit, Resource, Trial};
use crate::scenario::{Order, World};

/// The runs of one world, by order, each made once.
pub(super) struct Search<'s, 'd> {
    pub(super) driver: &'s Driver<'d>,
    pub(super) world: &'s World,
    pub(super) resources: &'s [Resource],
    pub(super) runs: Vec<Run>,
    /// The world is the one that is asked about, and none with something changed.
    pub(super) is_asked: bool,
}

impl Search<'_, '_> {
    /// How many workloads move.
    fn moving(&self) -> u32 {
        self.world.workloads.iter().filter(|workload| workload.moves()).count() as u32
    }

    /// Whether an order fits.
    pub(super) fn fit(&mut self, order: &Order) -> Result<Fit, Failure> {
        let place = match self.runs.iter().position(|run| run.order == *order) {
            Some(place) => place,
            None => {
                self.runs.push(self.driver.run(self.world, order)?);
                if self.is_asked {
                    self.driver.finished(order);
                }
                self.runs.len() - 1
            }
        };
        Ok(Trial::of(self.world, self.resources, &self.runs[place].releases()).fit)
    }

    fn of_number(&mut self, number: u32) -> Result<Fit, Failure> {
        let moving = self.moving();
        self.fit(&if number >= moving { Order::Together } else { Order::AtOnce(number) })
    }

    /// The largest number at a time up to `most` that `fits`, by halving; `None`: not even one at a time does. That takes for granted
    /// that fewer at a time need no more room.
    pub(super) fn largest(&mut self, most: u32, fits: impl Fn(&Fit) -> bool) -> Result<Option<u32>, Failure> {
        if most == 0 || fits(&self.of_number(most)?) {
            return Ok((most > 0).then_some(most));
        }
        if most == 1 || !fits(&self.of_number(1)?) {
            return Ok(None);
        }
        let (mut good, mut bad) = (1, most);
        while bad - good > 1 {
            let middle = u32::midpoint(good, bad);
            if fits(&self.of_number(middle)?) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Ok(Some(good))
    }

    /// Tries what a reader wants to see: all at once, one at a time, the largest number that fits, and the largest with which no pod
    /// waits for a node.
    pub(super) fn all(&mut self) -> Result<(), Failure> {
        let moving = self.moving();
        self.of_number(moving)?;
        self.of_number(1)?;
        let guessed = self.world.room.guessed;
        let best = match guessed && self.world.quotas.is_empty() {
            true => None,
            false => self.largest(moving, |fit| fit.holds() || *fit == Fit::Unknown)?,
        };
        if let Some(best) = best.filter(|_| !guessed) {
            self.largest(best, |fit| *fit == Fit::Fits)?;
        } else if best.is_none() && moving > 3 {
            // Nothing is known of what fits: a number between shows what a choice there costs.
            self.of_number(moving / 2)?;
        }
        Ok(())
    }
}
