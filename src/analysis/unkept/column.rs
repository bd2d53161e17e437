//! The values of one metric, of which only what statistics need is kept.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::super::statistics::{Measured, StatisticsLine, order_statistics};
use crate::metrics::{Figure, Metric};
use crate::stats::{Moments, Once, Scratch, Tally, Twice};

/// Values that come in order of replication, and then once more.
#[derive(Debug)]
pub(super) struct Column {
    once: Once,
    least: Option<f64>,
    greatest: Option<f64>,
    tally: Tally,
    twice: Option<Twice>,
    apart: u64,
    /// Values at the ranks that quantiles need.
    ranked: BTreeMap<u64, f64>,
}

impl Column {
    pub(super) fn new(scratch: &Arc<Scratch>, room: usize) -> Self {
        Self {
            once: Once::default(),
            least: None,
            greatest: None,
            tally: Tally::new(Arc::clone(scratch), room),
            twice: None,
            apart: 0,
            ranked: BTreeMap::new(),
        }
    }

    /// Takes the next value.
    pub(super) fn take(&mut self, value: f64) -> io::Result<()> {
        self.once.add(value);
        self.least = Some(self.least.map_or(value, |least| least.min(value)));
        self.greatest = Some(self.greatest.map_or(value, |greatest| greatest.max(value)));
        self.tally.push(ordered(value))
    }

    /// All values have come; they come once more to [`Self::again`].
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.tally.close();
        self.twice = self.once.again();
        let median = self.once.n() / 2 + 1;
        let quantiles = order_statistics(self.once.n() as usize);
        let ranks: Vec<u64> = quantiles.iter().flat_map(|(_, order)| order.ranks()).chain([median]).collect();
        let found = self.tally.at(&ranks)?;
        self.apart = found.get(&median).map_or(0, |median| self.once.n() - median.times);
        self.ranked = found.into_iter().map(|(rank, found)| (rank, value(found.number))).collect();
        Ok(())
    }

    /// Takes the next value for the second time.
    pub(super) fn again(&mut self, value: f64) {
        if let Some(twice) = &mut self.twice {
            twice.add(value);
        }
    }

    pub(super) fn n(&self) -> u64 {
        self.once.n()
    }

    pub(super) fn moments(&self) -> Option<Moments> {
        Moments::of_passes(&self.once, self.twice.as_ref(), self.apart)
    }

    pub(super) fn measured(&self) -> Measured {
        Measured { moments: self.moments(), least: self.least, greatest: self.greatest }
    }

    /// The lines of the quantiles of `metric`, whose values these are.
    pub(super) fn quantiles(&self, metric: &'static Metric) -> impl Iterator<Item = StatisticsLine> {
        let at = |rank: usize| self.ranked.get(&(rank as u64)).copied();
        order_statistics(self.once.n() as usize).into_iter().map(move |(statistic, order)| StatisticsLine {
            figure: Figure::of(metric, statistic),
            estimate: order.estimate_from(at),
        })
    }
}

const SIGN: u64 = 1 << 63;

/// A number whose order among others is that of the value ([`f64::total_cmp`]).
pub(super) const fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The value of an [`ordered`] number.
pub(super) const fn value(ordered: u64) -> f64 {
    f64::from_bits(if ordered & SIGN == 0 { !ordered } else { ordered & !SIGN })
}
