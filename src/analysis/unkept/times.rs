//! Times to an event that some replications did not reach, of which only what curves and quantiles need is kept.

use std::io;
use std::sync::Arc;

use super::super::statistics::{Points, duration_quantiles, of_curve};
use crate::metrics::Outcome;
use crate::stats::{
    AalenJohansen, Ascending, Confidence, Curve, Estimate, KaplanMeier, OrderStatistic, QuantileSearch, Ranked,
    Scratch, Step, Tally, of_times, proportion,
};

/// The event that quantiles are of.
const WANTED: usize = 0;
/// Those without any event.
const CENSORED: usize = 3;

/// Times by how they ended: the places of [`Outcome::ALL`], of which the last is no event.
#[derive(Debug)]
pub(super) struct Times {
    ends: [Tally; 4],
    /// The time that a number stands for [s].
    seconds: fn(u64) -> f64,
}

/// What the times give.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// The quantiles of the wanted event, in the order of [`duration_quantiles`], at each confidence that is asked for.
    pub(super) quantiles: Vec<Vec<Estimate>>,
    /// The share with each end by the last time.
    pub(super) incidences: [Option<Estimate>; 3],
    /// Points of the curve of the wanted event.
    pub(super) points: Vec<(f64, f64)>,
    /// The median of the times of those with the wanted event.
    pub(super) median: Option<Ranked>,
}

/// Those that ended at one time.
struct Group {
    time: f64,
    at_risk: f64,
    ends: [u64; 4],
}

/// The curve of one end among others.
enum Rising {
    Alone(KaplanMeier),
    Among(AalenJohansen),
}

impl Rising {
    fn pass(&mut self, group: &Group, end: usize) -> Option<Step> {
        let all: u64 = group.ends[..CENSORED].iter().sum();
        match self {
            Self::Alone(curve) => curve.pass(group.time, group.at_risk, all as f64),
            Self::Among(curve) => curve.pass(group.time, group.at_risk, all as f64, group.ends[end] as f64),
        }
    }
}

impl Times {
    pub(super) fn new(scratch: &Arc<Scratch>, room: usize, seconds: fn(u64) -> f64) -> Self {
        Self { ends: std::array::from_fn(|_| Tally::new(Arc::clone(scratch), room)), seconds }
    }

    /// Takes a time that ended so; without an event as [`Outcome::Unfinished`].
    pub(super) fn take(&mut self, end: Outcome, number: u64) -> io::Result<()> {
        let place = Outcome::ALL.iter().position(|outcome| *outcome == end).unwrap_or(CENSORED);
        self.ends[place].push(number)
    }

    pub(super) fn n(&self) -> u64 {
        self.ends.iter().map(Tally::n).sum()
    }

    /// Whether all had the wanted event.
    pub(super) fn all_have_it(&self) -> bool {
        self.ends[WANTED].n() == self.n()
    }

    /// All times have come.
    pub(super) fn close(&mut self, confidences: &[Confidence]) -> io::Result<Found> {
        self.ends.iter_mut().for_each(Tally::close);
        let (n, complete) = (self.n(), self.ends[CENSORED].n() == 0);
        let at = |level: &Confidence| duration_quantiles().map(|(_, q)| QuantileSearch::new(q, *level)).collect();
        let mut searches: Vec<Vec<QuantileSearch>> = confidences.iter().map(at).collect();
        let mut rising: [Rising; 3] = std::array::from_fn(|end| self.rising(end));
        let (mut last, mut rises): ([Option<Step>; 3], u64) = ([None; 3], 0);
        let exact = self.is_known();
        self.each(|group| {
            for (end, (rising, last)) in rising.iter_mut().zip(&mut last).enumerate() {
                let Some(step) = rising.pass(group, end) else { continue };
                *last = Some(step);
                if end == WANTED {
                    rises += 1;
                    if !exact {
                        searches.iter_mut().flatten().for_each(|search| search.pass(&step));
                    }
                }
            }
        })?;
        let mut quantiles = Vec::new();
        for (level, searches) in confidences.iter().zip(searches) {
            let of = |(search, (_, q)): (QuantileSearch, _)| of_curve(search.end(n, complete), q, *level);
            quantiles.push(match exact {
                true => self.exact_quantiles(*level)?,
                false => searches.into_iter().zip(duration_quantiles()).map(of).collect(),
            });
        }
        let incidences = std::array::from_fn(|end| Some(self.incidence(end, last[end].as_ref())));
        let median = (self.ends[WANTED].n().wrapping_sub(1) / 2).wrapping_add(1);
        let median = self.ends[WANTED].at(&[median])?.into_values().next();
        Ok(Found { quantiles, incidences, points: self.points(rises, last[WANTED].as_ref())?, median })
    }

    /// The points of the curve that are kept, for which the times are gone through again.
    fn points(&self, rises: u64, last: Option<&Step>) -> io::Result<Vec<(f64, f64)>> {
        let (mut points, mut rising) = (Points::new(rises, last), self.rising(WANTED));
        self.each(|group| {
            if let Some(step) = rising.pass(group, WANTED) {
                points.pass(&step);
            }
        })?;
        Ok(points.kept)
    }

    /// Without other events that of Kaplan and Meier, in which every event counts.
    fn rising(&self, end: usize) -> Rising {
        let others = (0..CENSORED).any(|other| other != end && self.ends[other].n() > 0);
        if others { Rising::Among(AalenJohansen::default()) } else { Rising::Alone(KaplanMeier::default()) }
    }

    fn time(&self, number: u64) -> f64 {
        (self.seconds)(number)
    }

    /// Whether no time was cut off before the last wanted event.
    fn is_known(&self) -> bool {
        let last = self.ends[WANTED].ends().map_or(f64::NEG_INFINITY, |(_, last)| self.time(last));
        self.ends[CENSORED].ends().is_none_or(|(first, _)| self.time(first) >= last)
    }

    /// Quantiles where every time is known, or known to be later than all others.
    fn exact_quantiles(&self, confidence: Confidence) -> io::Result<Vec<Estimate>> {
        let orders: Vec<OrderStatistic> =
            duration_quantiles().map(|(_, q)| OrderStatistic::at(self.n() as usize, q, confidence)).collect();
        let ranks: Vec<u64> = orders.iter().flat_map(OrderStatistic::ranks).collect();
        let found = self.ends[WANTED].at(&ranks)?;
        let at = |rank: usize| {
            let found = found.get(&(rank as u64)).map(|found| self.time(found.number));
            Some(found.unwrap_or(f64::INFINITY))
        };
        Ok(orders.iter().map(|order| of_times(order.estimate_from(at))).collect())
    }

    /// The share with that end by the last time. Where none was cut off before it is a binomial share, and the Wilson interval is
    /// better than that of the curve.
    fn incidence(&self, end: usize, last: Option<&Step>) -> Estimate {
        let ends = self.ends.iter().filter_map(Tally::ends);
        let latest = ends.map(|(_, latest)| self.time(latest)).fold(f64::NEG_INFINITY, f64::max);
        match self.ends[CENSORED].ends() {
            Some((first, _)) if self.time(first) < latest => Curve::share_at(last, self.n()),
            _ => proportion(self.ends[end].n(), self.n()),
        }
    }

    /// Goes through the times in order.
    fn each(&self, mut visit: impl FnMut(&Group)) -> io::Result<()> {
        let mut ascending: Vec<Ascending<'_>> = self.ends.iter().map(Tally::ascending).collect::<Result<_, _>>()?;
        let mut heads: Vec<Option<(u64, u64)>> = Vec::new();
        for one in &mut ascending {
            heads.push(one.next_number()?);
        }
        let mut at_risk = self.n();
        loop {
            let times = heads.iter().flatten().map(|(number, _)| self.time(*number));
            let Some(time) = times.reduce(f64::min) else { return Ok(()) };
            let mut ends = [0; 4];
            for ((ended, head), numbers) in ends.iter_mut().zip(&mut heads).zip(&mut ascending) {
                // Different numbers can be the same time.
                while let Some((number, times)) = *head
                    && self.time(number) == time
                {
                    *ended += times;
                    *head = numbers.next_number()?;
                }
            }
            visit(&Group { time, at_risk: at_risk as f64, ends });
            at_risk -= ends.iter().sum::<u64>();
        }
    }
}
