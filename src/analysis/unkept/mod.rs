//! The statistics of a scenario whose records are too many to be kept: they are gone through several times, in order, and what has to be
//! sorted is sorted on disk. Every number is the one that is made of the same records where they are kept.

mod asked;
mod cluster;
mod column;
mod pairs;
mod times;

use std::io;
use std::sync::Arc;

use self::column::Column;
use self::times::{Found, Times};
use super::groups::{OfGroups, limited};
use super::no_node::{NoNode, NoNodeCounts};
use super::precision::{Achieved, achieve};
use super::scope::{Scope, Seen};
use super::statistics::{
    Ends, Statistics, StatisticsLine, duration_lines, duration_quantiles, moment_lines, rates, restricted,
    value_quantiles, watched, watched_lines,
};
use crate::diagnosis::{Choosing, Chosen};
use crate::metrics::{
    About, Befallen, Columns, Figure, Kind, Measure, Metric, Outcome, Record, RolloutRate, Statistic, metric, metrics,
};
use crate::plan::Target;
use crate::stats::{Confidence, Estimate, Scratch, SharePasses, Tally, ordered, proportion_at_least, value_of};
use crate::time::SimDuration;

pub use asked::Asked;
pub use cluster::UnkeptCluster;
pub use pairs::UnkeptPairs;

/// Records that are gone through, in order of replication, as often as [`Self::end`] asks for it.
#[derive(Debug)]
pub struct Unkept {
    scope: Scope,
    asked: Asked,
    n: u64,
    columns: Vec<(&'static Metric, Column)>,
    restricted: Column,
    /// Times until rollouts were completed, infinite where they were not: what limits by groups are made of.
    completions: Option<Column>,
    ends: Times,
    /// Of the metric of an event that may come after the end, where the scenario has it.
    watched: Times,
    watched_metric: Option<&'static Metric>,
    /// What the times gave, from the end of the first pass on.
    found: Option<(Found, Found)>,
    /// Whether every record has requests.
    traffic: bool,
    counts: Vec<(RolloutRate, u64)>,
    /// Where there are groups, every rate in them.
    rates: Vec<(RolloutRate, SharePasses)>,
    befallen: Befallen,
    choosing: Choosing,
    no_node: NoNodeCounts,
    typical: Typical,
}

/// The search for the median of the rollouts that completed, in order of duration and then of number.
#[derive(Debug, Default)]
struct Typical {
    next: u32,
    found: Option<u32>,
    /// How many records as long as the median come before it.
    before: u64,
}

/// What the records gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Gathered {
    /// The statistics.
    pub statistics: Statistics,
    /// The replications that stand for the others.
    pub chosen: Chosen,
    /// Why no node took pods.
    pub no_node: Option<NoNode>,
}

impl Unkept {
    /// None yet, of the scenario of `scope`. About `bytes` of memory may be used; what does not fit goes to `scratch`.
    #[must_use]
    pub fn new(scope: Scope, asked: Asked, scratch: &Arc<Scratch>, bytes: u64) -> Self {
        let columns: Vec<&Metric> =
            metrics(Columns { traffic: true, ..scope.columns }).filter(|metric| asked.is_about(metric)).collect();
        let tallies = columns.len() as u64 + 10;
        let room = usize::try_from(bytes / (tallies * Tally::BYTES as u64)).unwrap_or(usize::MAX);
        let quantiles: Vec<f64> = value_quantiles().map(|(_, q)| q).collect();
        let of_times: Vec<f64> = duration_quantiles().map(|(_, q)| q).collect();
        let column = |quantiles: &[f64]| Column::new(scratch, room, &asked, quantiles);
        let all_rates = || RolloutRate::counted().chain(RolloutRate::incidences().map(|(rate, _)| rate));
        let in_groups = |size: usize| all_rates().map(move |rate| (rate, SharePasses::new(size)));
        Self {
            n: 0,
            columns: columns.into_iter().map(|metric| (metric, column(&quantiles))).collect(),
            restricted: column(&[]),
            completions: asked.group.map(|_| column(&of_times)),
            ends: Times::new(scratch, room, |nanos| SimDuration::from_nanos(nanos).as_secs_f64()),
            watched: Times::new(scratch, room, value_of),
            watched_metric: metrics(scope.columns).find(|metric| metric.kind == Kind::Watched),
            found: None,
            traffic: true,
            counts: RolloutRate::counted().map(|rate| (rate, 0)).collect(),
            rates: asked.group.into_iter().flat_map(in_groups).collect(),
            befallen: Befallen::default(),
            choosing: Choosing::default(),
            no_node: NoNodeCounts::default(),
            typical: Typical::default(),
            scope,
            asked,
        }
    }

    /// Takes the next records of a pass, in order of replication.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn take(&mut self, records: &[Record]) -> io::Result<()> {
        for record in records {
            for (metric, column) in &mut self.columns {
                if let Some(value) = (metric.get)(record) {
                    column.take(value)?;
                }
            }
            self.restricted.take(restricted(record, self.scope.horizon))?;
            if let Some(completions) = &mut self.completions {
                let completed = record.outcome == Outcome::Completed;
                completions.take(if completed { record.duration.as_secs_f64() } else { f64::INFINITY })?;
            }
            self.rates.iter_mut().for_each(|(rate, share)| share.take(rate.counts(record)));
            if let Some((ends, _)) = &self.found {
                self.typical.look_at(record, ends);
            } else {
                self.take_first(record)?;
            }
        }
        Ok(())
    }

    /// What is found in the first pass alone.
    fn take_first(&mut self, record: &Record) -> io::Result<()> {
        self.n += 1;
        if let Some(metric) = self.watched_metric {
            let one = watched(metric, record);
            self.watched.take(one.cause.unwrap_or(Outcome::Unfinished), ordered(one.time))?;
        }
        self.ends.take(record.outcome, record.duration.as_nanos())?;
        self.traffic &= record.requests.is_some();
        self.counts.iter_mut().filter(|(rate, _)| rate.counts(record)).for_each(|(_, count)| *count += 1);
        self.befallen.add(record);
        self.choosing.take(record);
        self.no_node.add(record);
        Ok(())
    }

    /// Ends a pass; gives whether all records have to come once more, in the same order.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn end(&mut self) -> io::Result<bool> {
        let mut more = false;
        for (_, column) in &mut self.columns {
            more |= column.end()?;
        }
        more |= self.restricted.end()?;
        if let Some(completions) = &mut self.completions {
            more |= completions.end()?;
        }
        for (_, share) in &mut self.rates {
            more |= share.end();
        }
        if self.found.is_some() {
            return Ok(more);
        }
        let ends = self.ends.close(&self.asked.confidences)?;
        let watched = self.watched.close(&self.asked.confidences)?;
        let middle = (self.completed().wrapping_sub(1) / 2).wrapping_add(1);
        self.typical.before = ends.median.map_or(0, |median| middle - 1 - median.less);
        let looks = ends.median.is_some() && self.asked.figures.is_none();
        self.found = Some((ends, watched));
        Ok(more || looks)
    }

    fn count(&self, rate: RolloutRate) -> u64 {
        self.counts.iter().find(|(known, _)| *known == rate).map_or(0, |(_, count)| *count)
    }

    fn completed(&self) -> u64 {
        self.count(RolloutRate::Ended(Outcome::Completed))
    }

    fn found(&self) -> (&Found, &Found) {
        static NOTHING: Found =
            Found { quantiles: Vec::new(), incidences: [None; 3], points: Vec::new(), median: None };
        self.found.as_ref().map_or((&NOTHING, &NOTHING), |(ends, watched)| (ends, watched))
    }

    /// What befell the rollouts.
    #[must_use]
    pub const fn befallen(&self) -> &Befallen {
        &self.befallen
    }

    /// What the records gave, after the last pass; `resources` names what refusals only number.
    #[must_use]
    pub fn gathered(&self, resources: &[String]) -> Gathered {
        Gathered {
            statistics: self.statistics(),
            chosen: self.choosing.clone().chosen(self.typical.found),
            no_node: self.no_node.clone().most_frequent(resources),
        }
    }

    /// What precision targets came to, after the last pass, with limits at the confidence at that place among those asked for.
    #[must_use]
    pub fn achieved(&self, targets: &[Target], level: usize) -> Vec<Achieved> {
        let Some(confidence) = self.asked.confidences.get(level) else { return Vec::new() };
        let seen = self.scope.seen_of(&self.befallen, *confidence);
        let estimate = |target: &Target| {
            let plain = self.plain(target.figure, level, &seen);
            self.in_groups(level, &seen, target.figure, plain)
        };
        targets.iter().map(|target| achieve(target, estimate(target))).collect()
    }

    /// The estimate of a figure that a target may be about, with limits of independent records.
    fn plain(&self, figure: Figure, level: usize, seen: &Seen<'_>) -> Estimate {
        let unknown = Estimate::unknown(self.n);
        let metric = match figure.measure {
            Measure::Rate(rate) => return proportion_at_least(self.count(rate), self.n, seen.confidence),
            Measure::Metric(metric) => metric,
        };
        let column = self.columns.iter().find(|(known, _)| *known == metric).map(|(_, column)| column);
        match (metric.kind, figure.statistic, figure.statistic.quantile()) {
            (Kind::Duration, Statistic::RestrictedMean, _) => self.restricted_mean(seen),
            (Kind::Duration, _, Some(q)) => by_place(self.found().0, level)(q),
            (Kind::Duration, ..) if self.completed() < self.n => unknown,
            (_, Statistic::Mean, _) => column
                .and_then(Column::moments)
                .map_or(unknown, |moments| moments.mean_at(&seen.of(metric), seen.confidence)),
            (_, _, Some(q)) => column.map_or(unknown, |column| column.quantile(q, level)),
            _ => unknown,
        }
    }

    fn restricted_mean(&self, seen: &Seen<'_>) -> Estimate {
        let moments = self.restricted.moments();
        moments.map_or(Estimate::unknown(0), |moments| moments.mean_at(&seen.of(&metric::DURATION), seen.confidence))
    }

    /// An estimate with limits by the groups, where there are groups.
    fn in_groups(&self, level: usize, seen: &Seen<'_>, figure: Figure, plain: Estimate) -> Estimate {
        if self.asked.group.is_none() {
            return plain;
        }
        limited(&AtLevel { of: self, level }, seen, figure, plain)
    }

    fn statistics(&self) -> Statistics {
        let (ends_found, watched_found) = self.found();
        let seen = self.scope.seen_of(&self.befallen, Confidence::USUAL);
        let incidence = |outcome| {
            let place = Outcome::ALL.iter().position(|known| *known == outcome);
            let found = place.and_then(|place| *ends_found.incidences.get(place)?);
            found.unwrap_or(Estimate::unknown(0))
        };
        let mut lines = rates(self.n, &self.scope, |rate| self.count(rate), incidence);
        for (metric, column) in &self.columns {
            match metric.kind {
                _ if metric.about == About::Traffic && !self.traffic => {}
                Kind::Duration => {
                    let completed = self.completed();
                    let measured = if completed == self.n { column.measured() } else { Default::default() };
                    let ends = Ends { n: self.n, completed, measured, restricted: self.restricted_mean(&seen) };
                    lines.extend(duration_lines(metric, &ends, by_place(ends_found, 0), &self.scope, &seen));
                }
                Kind::Watched => {
                    let measured = if self.watched.all_have_it() { column.measured() } else { Default::default() };
                    lines.extend(watched_lines(metric, &measured, self.n, by_place(watched_found, 0), &seen));
                }
                Kind::Value | Kind::Conditional => lines.extend(values(metric, column, &seen)),
            }
        }
        for line in &mut lines {
            line.estimate = self.in_groups(0, &seen, line.figure, line.estimate);
        }
        Statistics { n: self.n, lines, completion: ends_found.points.clone() }
    }
}

impl Typical {
    fn look_at(&mut self, record: &Record, ends: &Found) {
        let median = ends.median.map(|median| median.number);
        let is_as_long = record.outcome == Outcome::Completed && Some(record.duration.as_nanos()) == median;
        if self.found.is_none() && is_as_long {
            if self.before == 0 {
                self.found = Some(self.next);
            } else {
                self.before -= 1;
            }
        }
        self.next = self.next.saturating_add(1);
    }
}

/// What groups say, at one of the confidences that are asked for.
struct AtLevel<'a> {
    of: &'a Unkept,
    level: usize,
}

impl AtLevel<'_> {
    fn column(&self, metric: &Metric) -> Option<&Column> {
        if metric.kind == Kind::Duration {
            return self.of.completions.as_ref();
        }
        self.of.columns.iter().find(|(known, _)| *known == metric).map(|(_, column)| column)
    }
}

impl OfGroups for AtLevel<'_> {
    fn share(&self, rate: RolloutRate) -> Option<(f64, (f64, f64))> {
        let (_, passes) = self.of.rates.iter().find(|(known, _)| *known == rate)?;
        let confidence = self.of.asked.confidences.get(self.level)?;
        Some((passes.share(), passes.limits(*confidence)?))
    }

    fn restricted_mean(&self) -> Option<(f64, f64)> {
        self.of.restricted.mean_in_groups(self.level).map(|mean| (mean.low, mean.high))
    }

    fn mean(&self, metric: &Metric) -> Option<(f64, f64)> {
        self.column(metric)?.mean_in_groups(self.level).map(|mean| (mean.low, mean.high))
    }

    fn quantile(&self, metric: &Metric, q: f64) -> Option<(Option<f64>, Option<f64>)> {
        self.column(metric)?.quantile_in_groups(q, self.level)
    }
}

/// The quantiles as they are asked for.
fn by_place(found: &Found, level: usize) -> impl Fn(f64) -> Estimate {
    move |q| {
        let place = duration_quantiles().position(|(_, known)| known == q);
        let estimates = found.quantiles.get(level);
        place.and_then(|place| estimates?.get(place).copied()).unwrap_or(Estimate::unknown(0))
    }
}

fn values(metric: &'static Metric, column: &Column, seen: &Seen<'_>) -> Vec<StatisticsLine> {
    let mut lines = moment_lines(metric, &column.measured(), column.n(), seen);
    lines.extend(value_quantiles().map(|(statistic, q)| StatisticsLine {
        figure: Figure::of(metric, statistic),
        estimate: column.quantile(q, 0),
    }));
    lines
}
