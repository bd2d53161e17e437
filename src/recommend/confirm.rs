//! What can be promised of the strategy that the rule of choice picked.
//!
//! The rule picks by estimates, so that what it found looks better than it is. Here the strategy is fixed, and further
//! replications show how it does: how much faster, at the p95 of the duration, another strategy that qualifies may be, and how
//! many pods stay available. Both are limits from order statistics, which hold for every distribution.
//!
//! Strategies that qualify cannot hide behind each other: that one of them is faster by more than the limit is excluded for
//! each at the full level, so it is excluded for the fastest (intersection-union test, Berger 1982). The level is divided by the
//! three limits that a claim needs, and by the number of looks at the growing sample.

use super::replicate::Replicator;
use crate::metrics::{Outcome, Record, Statistic};
use crate::scenario::Scenario;
use crate::stats::OrderStatistic;

/// The least sample that has limits at the levels of interest.
const FEWEST: usize = 256;

/// The limits that claims about one strategy and another need.
const LIMITS: f64 = 3.0;

/// What is asked.
pub(super) struct Claim<'a> {
    pub(super) run: &'a Replicator,
    /// The first replication that was not used yet.
    pub(super) start: u32,
    /// Replications of the first look, and the most.
    pub(super) first: u32,
    pub(super) ceiling: u32,
    /// A difference that does not matter, in seconds.
    pub(super) zone_s: f64,
    pub(super) alpha: f64,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shown {
    /// No other strategy is faster by more than this many seconds; `None`: nothing is shown.
    pub(super) slower_s: Option<f64>,
    /// Pods available at worst in 95 of 100 rollouts.
    pub(super) available: Option<f64>,
    pub(super) replications: u32,
}

/// A strategy with what its rollouts came to so far.
struct Sample<'a> {
    scenario: &'a Scenario,
    /// Durations; infinite where a rollout did not complete.
    durations: Vec<f64>,
    available: Vec<f64>,
}

/// Follows `best` and its `rivals` until it is clear how much faster one of these may be.
pub(super) fn confirm(claim: &Claim<'_>, best: &Scenario, rivals: &[&Scenario]) -> Shown {
    let sizes = looks(claim.first as usize, claim.ceiling as usize);
    let tail = claim.alpha / LIMITS / sizes.len() as f64;
    let sample = |scenario| Sample { scenario, durations: Vec::new(), available: Vec::new() };
    let mut chosen = sample(best);
    let mut others: Vec<Sample<'_>> = rivals.iter().map(|rival| sample(rival)).collect();
    let mut shown = Shown { slower_s: None, available: None, replications: 0 };
    for size in sizes {
        claim.extend(&mut chosen, &mut others, size);
        let duration = limits(&chosen.durations, Statistic::P95, tail);
        shown.replications = size as u32;
        shown.available = limits(&chosen.available, Statistic::P05, tail).low;
        let Some(most) = duration.high.filter(|most| most.is_finite()) else { break };
        let of_others: Vec<Limits> =
            others.iter().map(|other| limits(&other.durations, Statistic::P95, tail)).collect();
        // What is shown to be no faster stays out of the race.
        let slower = |other: &Limits| most - other.low.unwrap_or(0.0);
        let fastest = of_others.iter().max_by(|a, b| slower(a).total_cmp(&slower(b))).copied();
        let mut place = of_others.iter().map(slower);
        others.retain(|_| place.next().is_none_or(|slower| slower > 0.0));
        let at_most = fastest.map_or(0.0, |fastest| slower(&fastest).max(0.0));
        shown.slower_s = Some(at_most);
        let estimated = fastest.map_or(0.0, |fastest| duration.value - fastest.value);
        if at_most <= claim.zone_s || at_most - estimated <= claim.zone_s / 2.0 {
            break;
        }
    }
    shown
}

/// Sizes of the sample at each look.
fn looks(first: usize, ceiling: usize) -> Vec<usize> {
    let mut sizes = vec![first.max(FEWEST).min(ceiling)];
    while let Some(next) = sizes.last().map(|last| last * 2).filter(|next| *next <= ceiling) {
        sizes.push(next);
    }
    sizes
}

impl Claim<'_> {
    fn extend<'a>(&self, chosen: &mut Sample<'a>, others: &mut [Sample<'a>], size: usize) {
        let mut all: Vec<&mut Sample<'a>> = std::iter::once(chosen).chain(others).collect();
        let done = all.first().map_or(0, |sample| sample.durations.len());
        let range = self.start + done as u32..self.start + size as u32;
        let scenarios: Vec<&Scenario> = all.iter().map(|sample| sample.scenario).collect();
        let found = self.run.each(&scenarios, range, |_, records| {
            let durations: Vec<f64> = records.iter().map(duration).collect();
            let available: Vec<f64> = records.iter().map(|record| f64::from(record.min_available)).collect();
            (durations, available)
        });
        for (sample, (durations, available)) in all.iter_mut().zip(found) {
            sample.durations.extend(durations);
            sample.available.extend(available);
        }
    }
}

fn duration(record: &Record) -> f64 {
    if record.outcome == Outcome::Completed { record.duration.as_secs_f64() } else { f64::INFINITY }
}

/// A quantile with limits, each wrong with the probability asked for at most.
#[derive(Clone, Copy)]
struct Limits {
    value: f64,
    low: Option<f64>,
    high: Option<f64>,
}

fn limits(values: &[f64], statistic: Statistic, tail: f64) -> Limits {
    let q = statistic.quantile().unwrap_or(0.5);
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let estimate = OrderStatistic::with_tail(sorted.len(), q, tail).estimate(&sorted);
    Limits { value: estimate.value.unwrap_or(f64::INFINITY), low: estimate.low, high: estimate.high }
}
