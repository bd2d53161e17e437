//! The statistics of a scenario whose records are too many to be kept: they are gone through twice, in order, and what has to be
//! sorted is sorted on disk. Every number is the one that [`Statistics::of`] gives for the same records.

mod column;

mod times;

use std::io;
use std::sync::Arc;

use self::column::{Column, ordered, value};
use self::times::{Found, Times};
use super::no_node::{NoNode, NoNodeCounts};
use super::scope::Scope;
use super::statistics::{
    Ends, Statistics, StatisticsLine, duration_lines, moment_lines, rates, restricted, watched, watched_lines,
};
use crate::diagnosis::{Choosing, Chosen};
use crate::metrics::{About, Befallen, Columns, Kind, Metric, Outcome, Record, RolloutRate, metric, metrics};
use crate::stats::{Confidence, Estimate, Scratch, Tally};
use crate::time::SimDuration;

/// Records that are gone through for the first time.
#[derive(Debug)]
pub struct Unkept {
    scope: Scope,
    n: u64,
    columns: Vec<(&'static Metric, Column)>,
    restricted: Column,
    ends: Times,
    /// Of the metric of an event that may come after the end.
    watched: Times,
    /// Whether every record has requests.
    traffic: bool,
    counts: Vec<(RolloutRate, u64)>,
    befallen: Befallen,
    choosing: Choosing,
    no_node: NoNodeCounts,
}

/// Records that are gone through again.
#[derive(Debug)]
pub struct Again {
    first: Unkept,
    ends: Found,
    watched: Found,
    next: u32,
    typical: Option<u32>,
    /// How many records as long as the median come before it.
    before_typical: u64,
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
    pub fn new(scope: Scope, scratch: &Arc<Scratch>, bytes: u64) -> Self {
        let columns: Vec<&Metric> = metrics(Columns { traffic: true, ..scope.columns }).collect();
        let tallies = columns.len() as u64 + 9;
        let room = usize::try_from(bytes / (tallies * Tally::BYTES as u64)).unwrap_or(usize::MAX);
        Self {
            n: 0,
            columns: columns.into_iter().map(|metric| (metric, Column::new(scratch, room))).collect(),
            restricted: Column::new(scratch, room),
            ends: Times::new(scratch, room, |nanos| SimDuration::from_nanos(nanos).as_secs_f64()),
            watched: Times::new(scratch, room, value),
            traffic: true,
            counts: RolloutRate::counted().map(|rate| (rate, 0)).collect(),
            befallen: Befallen::default(),
            choosing: Choosing::default(),
            no_node: NoNodeCounts::default(),
            scope,
        }
    }

    /// Takes the next records, in order of replication.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    pub fn take(&mut self, records: &[Record]) -> io::Result<()> {
        for record in records {
            self.take_one(record)?;
        }
        Ok(())
    }

    fn take_one(&mut self, record: &Record) -> io::Result<()> {
        self.n += 1;
        for (metric, column) in &mut self.columns {
            if let Some(value) = (metric.get)(record) {
                column.take(value)?;
            }
            if metric.kind == Kind::Watched {
                let one = watched(metric, record);
                self.watched.take(one.cause.unwrap_or(Outcome::Unfinished), ordered(one.time))?;
            }
        }
        self.restricted.take(restricted(record, self.scope.horizon))?;
        self.ends.take(record.outcome, record.duration.as_nanos())?;
        self.traffic &= record.requests.is_some();
        self.counts.iter_mut().filter(|(rate, _)| rate.counts(record)).for_each(|(_, count)| *count += 1);
        self.befallen.add(record);
        self.choosing.take(record);
        self.no_node.add(record);
        Ok(())
    }

    /// All records have come; they come once more, in the same order, to what this gives.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub fn close(mut self) -> io::Result<Again> {
        for (_, column) in &mut self.columns {
            column.close()?;
        }
        self.restricted.close()?;
        let ends = self.ends.close(Confidence::USUAL)?;
        let watched = self.watched.close(Confidence::USUAL)?;
        let middle = (self.count(RolloutRate::Ended(Outcome::Completed)).wrapping_sub(1) / 2).wrapping_add(1);
        let before_typical = ends.median.map_or(0, |median| middle - 1 - median.less);
        Ok(Again { first: self, ends, watched, next: 0, typical: None, before_typical })
    }

    fn count(&self, rate: RolloutRate) -> u64 {
        self.counts.iter().find(|(known, _)| *known == rate).map_or(0, |(_, count)| *count)
    }
}

impl Again {
    /// Takes the next records once more.
    pub fn take(&mut self, records: &[Record]) {
        for record in records {
            for (metric, column) in &mut self.first.columns {
                if let Some(value) = (metric.get)(record) {
                    column.again(value);
                }
            }
            self.first.restricted.again(restricted(record, self.first.scope.horizon));
            self.look_for_typical(record);
            self.next += 1;
        }
    }

    /// The median is the middle one of those that completed, in order of duration and then of number.
    fn look_for_typical(&mut self, record: &Record) {
        let median = self.ends.median.map(|median| median.number);
        let is_as_long = record.outcome == Outcome::Completed && Some(record.duration.as_nanos()) == median;
        if self.typical.is_some() || !is_as_long {
            return;
        }
        if self.before_typical == 0 {
            self.typical = Some(self.next);
        } else {
            self.before_typical -= 1;
        }
    }

    /// What the records gave; `resources` names what refusals only number.
    #[must_use]
    pub fn finish(self, resources: &[String]) -> Gathered {
        let (statistics, chosen) = (self.statistics(), self.first.choosing.chosen(self.typical));
        Gathered { statistics, chosen, no_node: self.first.no_node.most_frequent(resources) }
    }

    fn statistics(&self) -> Statistics {
        let first = &self.first;
        let seen = first.scope.seen_of(&first.befallen, Confidence::USUAL);
        let incidence = |outcome| {
            let place = Outcome::ALL.iter().position(|known| *known == outcome);
            let found = place.and_then(|place| *self.ends.incidences.get(place)?);
            found.unwrap_or(Estimate::unknown(0))
        };
        let mut lines = rates(first.n, &first.scope, |rate| first.count(rate), incidence);
        for (metric, column) in &first.columns {
            match metric.kind {
                _ if metric.about == About::Traffic && !first.traffic => {}
                Kind::Duration => {
                    let known = seen.of(&metric::DURATION);
                    let restricted = first.restricted.moments();
                    let restricted =
                        restricted.map_or(Estimate::unknown(0), |moments| moments.mean_at(&known, seen.confidence));
                    let completed = first.count(RolloutRate::Ended(Outcome::Completed));
                    let measured = if completed == first.n { column.measured() } else { Default::default() };
                    let ends = Ends { n: first.n, completed, measured, restricted };
                    lines.extend(duration_lines(metric, &ends, by_place(&self.ends), &first.scope, &seen));
                }
                Kind::Watched => {
                    let measured = if first.watched.all_have_it() { column.measured() } else { Default::default() };
                    lines.extend(watched_lines(metric, &measured, first.n, by_place(&self.watched), &seen));
                }
                Kind::Value | Kind::Conditional => lines.extend(values(metric, column, &seen)),
            }
        }
        Statistics { n: first.n, lines, completion: self.ends.points.clone() }
    }
}

/// The quantiles as they are asked for.
fn by_place(found: &Found) -> impl Fn(f64) -> Estimate {
    move |q| {
        let place = super::statistics::duration_quantiles().position(|(_, known)| known == q);
        place.and_then(|place| found.quantiles.get(place).copied()).unwrap_or(Estimate::unknown(0))
    }
}

fn values(metric: &'static Metric, column: &Column, seen: &super::scope::Seen<'_>) -> Vec<StatisticsLine> {
    let mut lines = moment_lines(metric, &column.measured(), column.n(), seen);
    lines.extend(column.quantiles(metric));
    lines
}
