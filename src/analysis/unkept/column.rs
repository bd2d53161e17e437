//! The values of one metric, of which only what statistics need is kept.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use super::super::statistics::Measured;
use super::asked::Asked;
use crate::stats::{
    Estimate, GroupedMean, MeanPasses, Middle, Moments, Once, OrderStatistic, Scratch, SharePasses, Tally, Twice,
    ordered, ranks_in_groups, value_of,
};

/// Values that come in order of replication, and then again and again as long as [`Self::end`] asks for it.
#[derive(Debug)]
pub(super) struct Column {
    asked: Asked,
    once: Once,
    least: Option<f64>,
    greatest: Option<f64>,
    tally: Tally,
    twice: Option<Twice>,
    middle: Option<Middle>,
    pass: u32,
    /// Values at the ranks that quantiles need.
    ranked: BTreeMap<u64, f64>,
    quantiles: Vec<Quantile>,
    mean: Option<MeanPasses>,
}

/// A quantile that is asked for.
#[derive(Debug)]
struct Quantile {
    q: f64,
    /// The estimate, and what groups say of the share that is not greater.
    groups: Option<(f64, SharePasses)>,
    /// The limits by the groups, one for each confidence that is asked for.
    limits: Vec<Option<(Option<f64>, Option<f64>)>>,
}

impl Column {
    /// No value yet; `quantiles` are asked for, and what [`Asked`] says.
    pub(super) fn new(scratch: &Arc<Scratch>, room: usize, asked: &Asked, quantiles: &[f64]) -> Self {
        let quantile = |q: &f64| Quantile { q: *q, groups: None, limits: Vec::new() };
        Self {
            asked: asked.clone(),
            once: Once::default(),
            least: None,
            greatest: None,
            tally: Tally::new(Arc::clone(scratch), room),
            twice: None,
            middle: None,
            pass: 0,
            ranked: BTreeMap::new(),
            quantiles: quantiles.iter().map(quantile).collect(),
            mean: asked.group.map(MeanPasses::new),
        }
    }

    /// Takes the next value of a pass.
    pub(super) fn take(&mut self, value: f64) -> io::Result<()> {
        if let Some(mean) = &mut self.mean {
            mean.take(value);
        }
        match self.pass {
            0 => {
                self.once.add(value);
                self.least = Some(self.least.map_or(value, |least| least.min(value)));
                self.greatest = Some(self.greatest.map_or(value, |greatest| greatest.max(value)));
                return self.tally.push(ordered(value));
            }
            1 => self.twice.iter_mut().for_each(|twice| twice.add(value)),
            _ => {}
        }
        for (at, share) in self.quantiles.iter_mut().filter_map(|quantile| quantile.groups.as_mut()) {
            share.take(value <= *at);
        }
        Ok(())
    }

    /// Ends a pass; gives whether all values have to come once more.
    pub(super) fn end(&mut self) -> io::Result<bool> {
        self.pass += 1;
        if self.pass == 1 {
            return self.end_first();
        }
        let mut more = self.mean.as_mut().is_some_and(|mean| mean.end(None));
        for (_, share) in self.quantiles.iter_mut().filter_map(|quantile| quantile.groups.as_mut()) {
            more |= share.end();
        }
        // Twice is enough for the shares; the mean may ask for more.
        if self.pass == 3 {
            self.limit_quantiles()?;
            self.quantiles.iter_mut().for_each(|quantile| quantile.groups = None);
        }
        Ok(more)
    }

    fn end_first(&mut self) -> io::Result<bool> {
        self.tally.close();
        self.twice = self.once.again();
        let (n, median) = (self.once.n(), self.once.n() / 2 + 1);
        let levels = &self.asked.confidences;
        let orders = self.quantiles.iter().flat_map(|one| levels.iter().map(|level| (one.q, *level)));
        let ranks = orders.flat_map(|(q, level)| OrderStatistic::at(n as usize, q, level).ranks().collect::<Vec<_>>());
        let ranks: Vec<u64> = ranks.chain([median]).collect();
        let found = self.tally.at(&ranks)?;
        self.middle = found.get(&median).map(|found| found.middle(n));
        self.ranked = found.into_iter().map(|(rank, found)| (rank, value_of(found.number))).collect();
        let median = self.middle.map(|middle| middle.median);
        let more = self.mean.as_mut().is_some_and(|mean| mean.end(median));
        if let Some(size) = self.asked.group {
            for quantile in &mut self.quantiles {
                let rank = OrderStatistic::new(n as usize, quantile.q).rank() as u64;
                quantile.groups = self.ranked.get(&rank).map(|at| (*at, SharePasses::new(size)));
            }
        }
        Ok(more || self.twice.is_some() || self.quantiles.iter().any(|quantile| quantile.groups.is_some()))
    }

    /// Finds the limits of quantiles by groups.
    fn limit_quantiles(&mut self) -> io::Result<()> {
        let (n, levels) = (self.once.n(), &self.asked.confidences);
        for quantile in &mut self.quantiles {
            let Some((_, share)) = &quantile.groups else { continue };
            for level in levels {
                let ranks = share.effective(*level).and_then(|n_of| ranks_in_groups(n_of, n, quantile.q, *level));
                let limits = match ranks {
                    None => None,
                    Some((low, high)) => {
                        let found = self.tally.at(&[low, high])?;
                        let at = |rank| found.get(&rank).map(|found| value_of(found.number));
                        Some((at(low).filter(|at| at.is_finite()), at(high).filter(|at| at.is_finite())))
                    }
                };
                quantile.limits.push(limits);
            }
        }
        Ok(())
    }

    pub(super) fn n(&self) -> u64 {
        self.once.n()
    }

    pub(super) fn moments(&self) -> Option<Moments> {
        Moments::of_passes(&self.once, self.twice.as_ref(), self.middle)
    }

    pub(super) fn measured(&self) -> Measured {
        Measured { moments: self.moments(), least: self.least, greatest: self.greatest }
    }

    /// The quantile `q`, one of those that are asked for, with limits at the confidence at that place among those asked for.
    pub(super) fn quantile(&self, q: f64, level: usize) -> Estimate {
        let Some(confidence) = self.asked.confidences.get(level) else { return Estimate::unknown(self.n()) };
        let at = |rank: usize| self.ranked.get(&(rank as u64)).copied();
        OrderStatistic::at(self.n() as usize, q, *confidence).estimate_from(at)
    }

    /// The limits of that quantile by the groups, where these give any.
    pub(super) fn quantile_in_groups(&self, q: f64, level: usize) -> Option<(Option<f64>, Option<f64>)> {
        self.quantiles.iter().find(|quantile| quantile.q == q)?.limits.get(level).copied()?
    }

    /// The limits of the mean by the groups, where these give any.
    pub(super) fn mean_in_groups(&self, level: usize) -> Option<GroupedMean> {
        self.mean.as_ref()?.limits(*self.asked.confidences.get(level)?)
    }
}
