//! The differences of two scenarios whose records are too many to be kept.

use std::io;
use std::sync::Arc;

use super::super::difference::{COMPARED, Compared, Difference, Value};
use super::super::groups::in_groups;
use super::super::scope::Scope;
use crate::metrics::{Befallen, Figure, Metric, Record, RolloutRate};
use crate::stats::{Confidence, Known, MeanPairs, PairCounts, Paired, QuantilePairs, Scratch, SharePairPasses, Tally};
use crate::time::SimDuration;

/// Records of two scenarios that are gone through side by side, in order of replication, as often as [`Self::end`] asks for it. What
/// one has more than the other is left out of the differences.
#[derive(Debug)]
pub struct UnkeptPairs {
    horizon: SimDuration,
    /// As they are, and up to the earlier horizon of the two.
    scopes: [Scope; 2],
    compared: [Scope; 2],
    /// What befell all rollouts, and those that are compared.
    befallen: [Befallen; 2],
    befallen_compared: [Befallen; 2],
    first_pass: bool,
    shares: Vec<(RolloutRate, PairCounts, Option<SharePairPasses>)>,
    means: Vec<(Value, MeanPairs)>,
    quantiles: Vec<(Value, QuantilePairs)>,
}

impl UnkeptPairs {
    /// None yet, of scenarios of these scopes; `group`: sampled in groups of this size. About `bytes` of memory may be used; what does
    /// not fit goes to `scratch`.
    #[must_use]
    pub fn new(scopes: [Scope; 2], group: Option<u32>, scratch: &Arc<Scratch>, bytes: u64) -> Self {
        let size = group.map(|group| group as usize);
        let room = bytes / (2 * COMPARED.len() as u64 * Tally::BYTES as u64);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let horizon = scopes[0].horizon.min(scopes[1].horizon);
        let (mut shares, mut means, mut quantiles): (Vec<_>, Vec<_>, Vec<(Value, Vec<f64>)>) = Default::default();
        for figure in COMPARED {
            match (Compared::of(figure), figure.statistic.quantile()) {
                (Compared::Share(rate), _) => {
                    shares.push((rate, PairCounts::default(), size.map(SharePairPasses::new)));
                }
                (Compared::Of(value), Some(q)) => match quantiles.iter_mut().find(|(known, _)| *known == value) {
                    Some((_, of)) => of.push(q),
                    None => quantiles.push((value, vec![q])),
                },
                (Compared::Of(value), None) => means.push((value, MeanPairs::new(scratch, room, size))),
            }
        }
        let quantiles = quantiles.into_iter().map(|(value, of)| (value, QuantilePairs::new(scratch, room, &of)));
        Self {
            horizon,
            compared: [scopes[0].clone().up_to(horizon), scopes[1].clone().up_to(horizon)],
            scopes,
            befallen: Default::default(),
            befallen_compared: Default::default(),
            first_pass: true,
            shares,
            means,
            quantiles: quantiles.collect(),
        }
    }

    /// Takes the next records of both; none of one that has no more.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn take(&mut self, first: &[Record], second: &[Record]) -> io::Result<()> {
        if self.first_pass {
            for (befallen, records) in self.befallen.iter_mut().zip([first, second]) {
                records.iter().for_each(|record| befallen.add(record));
            }
        }
        for (one, other) in first.iter().zip(second) {
            self.take_pair(one, other)?;
        }
        Ok(())
    }

    fn take_pair(&mut self, first: &Record, second: &Record) -> io::Result<()> {
        if self.first_pass {
            self.befallen_compared[0].add(first);
            self.befallen_compared[1].add(second);
        }
        for (rate, counts, groups) in &mut self.shares {
            let pair = (rate.counts(first), rate.counts(second));
            if self.first_pass {
                counts.add(pair);
            }
            groups.iter_mut().for_each(|groups| groups.take(pair));
        }
        let horizon = self.horizon;
        for (value, mean) in &mut self.means {
            mean.take(value.of(first, horizon), value.of(second, horizon))?;
        }
        for (value, quantiles) in &mut self.quantiles {
            quantiles.take(value.of(first, horizon), value.of(second, horizon))?;
        }
        Ok(())
    }

    /// Ends a pass; gives whether all records have to come once more, in the same order.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn end(&mut self) -> io::Result<bool> {
        let mut more = false;
        self.first_pass = false;
        for (.., groups) in &mut self.shares {
            more |= groups.as_mut().is_some_and(SharePairPasses::end);
        }
        for (_, mean) in &mut self.means {
            more |= mean.end()?;
        }
        for (_, quantiles) in &mut self.quantiles {
            more |= quantiles.end()?;
        }
        Ok(more)
    }

    /// The differences, after the last pass.
    #[must_use]
    pub fn differences(&self) -> Vec<Difference> {
        COMPARED.iter().map(|figure| Difference { figure: *figure, paired: self.of_groups(*figure) }).collect()
    }

    /// With limits of the groups, where there are groups and they give any.
    fn of_groups(&self, figure: Figure) -> Paired {
        let plain = self.plain(figure);
        let missed = self
            .scopes
            .iter()
            .zip(&self.befallen)
            .any(|(scope, befallen)| scope.seen_of(befallen, Confidence::USUAL).may_have_missed_something());
        match in_groups(figure, &plain, missed) {
            None => plain,
            Some(Compared::Share(rate)) => {
                let groups =
                    self.shares.iter().find(|(known, ..)| *known == rate).and_then(|(.., groups)| groups.as_ref());
                groups.map_or(plain, |groups| plain.with_groups_of_shares(groups))
            }
            Some(Compared::Of(value)) => {
                let groups = self.mean(value).and_then(MeanPairs::groups);
                plain.with_groups(groups.and_then(|groups| groups.limits(Confidence::USUAL)))
            }
        }
    }

    fn mean(&self, value: Value) -> Option<&MeanPairs> {
        self.means.iter().find(|(known, _)| *known == value).map(|(_, mean)| mean)
    }

    fn plain(&self, figure: Figure) -> Paired {
        let can_stall = self.compared.iter().all(|scope| scope.can_stall);
        let found = match (Compared::of(figure), figure.statistic.quantile()) {
            (Compared::Share(rate), _) if rate.is_of_stalls() && !can_stall => None,
            (Compared::Share(rate), _) => {
                let counts = self.shares.iter().find(|(known, ..)| *known == rate);
                counts.map(|(_, counts, _)| Paired::of_counts(counts))
            }
            (Compared::Of(value), Some(q)) => {
                let of = self.quantiles.iter().find(|(known, _)| *known == value);
                of.map(|(_, quantiles)| quantiles.found(q))
            }
            (Compared::Of(value), None) => self.mean(value).map(|mean| mean.found(&self.known(value.metric()))),
        };
        found.unwrap_or(Paired::unknown(0))
    }

    /// What is known of the differences of a metric.
    fn known(&self, metric: &'static Metric) -> Known {
        let [first, second] =
            [0, 1].map(|side| self.compared[side].seen_of(&self.befallen_compared[side], Confidence::USUAL).of(metric));
        Known::difference(first, second)
    }
}
