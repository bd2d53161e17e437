//! Short looks at strategies, and what they show.

use std::collections::BTreeMap;

use super::super::answer::Question;
use super::super::criterion::Criterion;
use super::super::objectives;
use super::super::replicate::Replicator;
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95, SURGE};
use crate::analysis::{Scope, Statistics};
use crate::metrics::{Outcome, Record};
use crate::plan::Objective;
use crate::scenario::Scenario;
use crate::stats::Moments;
use crate::time::SimDuration;

/// The part of the replications that a look has, and the least.
const PART: u32 = 4;
const LEAST: u32 = 200;

/// The numbers of the replications of looks begin here, beyond those of any other stage.
const OF_LOOKS: u32 = 1 << 31;

/// A length of time that no limit bounds counts as so many horizons.
const ENDLESS: f64 = 1.5;

/// Standard errors between two 95 % limits.
const BETWEEN_LIMITS: f64 = 2.0 * 1.959_963_984_540_054;

/// A figure with the variance of its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) value: f64,
    pub(super) variance: f64,
}

/// Figures of a look, by their place: first these, then one for each objective.
pub(super) mod figure {
    /// The logarithm of the p95 of the duration.
    pub(in super::super) const DURATION: usize = 0;
    /// Pods available at worst.
    pub(in super::super) const AVAILABLE: usize = 1;
    /// Extra pods, over time.
    pub(in super::super) const SURGE: usize = 2;
    /// Pods at once.
    pub(in super::super) const PODS: usize = 3;
    /// The share of rollouts that stall or do not complete.
    pub(in super::super) const FAILED: usize = 4;
    /// The mean of the criterion.
    pub(in super::super) const CRITERION: usize = 5;
    /// The first objective.
    pub(in super::super) const OBJECTIVES: usize = 6;
}

/// The looks so far.
pub(super) struct Looks<'a> {
    scenarios: &'a [Scenario],
    objectives: &'a [Objective],
    criterion: &'a Criterion,
    horizon: SimDuration,
    pub(super) replications: u32,
    /// What was seen of a strategy, figure by figure.
    pub(super) known: BTreeMap<usize, Vec<Seen>>,
}

impl<'a> Looks<'a> {
    pub(super) fn new(scenarios: &'a [Scenario], objectives: &'a [Objective], question: &'a Question) -> Self {
        let horizon = scenarios.iter().map(|scenario| scenario.horizon).min().unwrap_or(SimDuration::ZERO);
        let replications = (question.replications / PART).max(LEAST).min(question.replications);
        let criterion = &question.criterion;
        Self { scenarios, objectives, criterion, horizon, replications, known: BTreeMap::new() }
    }

    /// How many figures a look has.
    pub(super) fn figures(&self) -> usize {
        figure::OBJECTIVES + self.objectives.len()
    }

    /// Looks at the strategies at `places`.
    pub(super) fn take(&mut self, places: &[usize], run: &Replicator) {
        let scenarios: Vec<&Scenario> = places.iter().map(|place| &self.scenarios[*place]).collect();
        let range = OF_LOOKS..OF_LOOKS + self.replications;
        let found = run.each(&scenarios, range, |index, records| self.look(scenarios[index], &records));
        self.known.extend(places.iter().copied().zip(found));
    }

    fn look(&self, scenario: &Scenario, records: &[Record]) -> Vec<Seen> {
        let statistics = Statistics::of(records, &Scope::of(scenario).up_to(self.horizon));
        let failed = |record: &&Record| record.stall.is_some() || record.outcome != Outcome::Completed;
        let values: Vec<f64> = records.iter().map(|record| self.criterion.of(record, self.horizon)).collect();
        let mut seen = vec![
            self.duration(&statistics),
            headline(&statistics, AVAILABLE_P05),
            headline(&statistics, SURGE),
            headline(&statistics, PODS_P95),
            share(records.iter().filter(failed).count(), records.len()),
            mean(&values),
        ];
        seen.extend(self.objectives.iter().map(|objective| match objectives::good_share(objective, records) {
            Some((good, all)) => share(good, all),
            None => objective_mean(objective, &statistics, self.horizon),
        }));
        seen
    }

    /// The logarithm of the p95.
    fn duration(&self, statistics: &Statistics) -> Seen {
        let seen = headline(statistics, DURATION_P95);
        let endless = Seen { value: ENDLESS * self.horizon.as_secs_f64(), variance: 0.0 };
        let seen = if statistics.value(DURATION_P95.figure).is_some() { seen } else { endless };
        let value = seen.value.max(f64::MIN_POSITIVE);
        Seen { value: libm::log(value), variance: seen.variance / value / value }
    }
}

fn headline(statistics: &Statistics, headline: Headline) -> Seen {
    let Some(estimate) = statistics.get(headline.figure) else { return Seen { value: 0.0, variance: 0.0 } };
    let width = estimate.low.zip(estimate.high).map_or(0.0, |(low, high)| (high - low).max(0.0));
    let error = width / BETWEEN_LIMITS;
    Seen { value: estimate.value.unwrap_or(0.0), variance: error * error }
}

/// An objective of a mean, by the mean itself. Where it has none, no limit is met.
fn objective_mean(objective: &Objective, statistics: &Statistics, horizon: SimDuration) -> Seen {
    let estimate = statistics.get(objective.figure).filter(|one| one.value.is_some_and(f64::is_finite));
    let missed = (ENDLESS * objective.limit.abs()).max(horizon.as_secs_f64());
    let Some(estimate) = estimate else {
        return Seen { value: if objective.at_most { missed } else { -missed }, variance: 0.0 };
    };
    let width = estimate.low.zip(estimate.high).map_or(0.0, |(low, high)| (high - low).max(0.0));
    let error = width / BETWEEN_LIMITS;
    Seen { value: estimate.value.unwrap_or(0.0), variance: error * error }
}

/// A share, whose variance is that of a share that is neither 0 nor 1.
fn share(good: usize, all: usize) -> Seen {
    let (good, all) = (good as f64, all.max(1) as f64);
    let share = (good + 0.5) / (all + 1.0);
    Seen { value: good / all, variance: share * (1.0 - share) / all }
}

fn mean(values: &[f64]) -> Seen {
    let estimate = Moments::of(values).map(|moments| moments.mean());
    let width = estimate.and_then(|one| one.low.zip(one.high)).map_or(0.0, |(low, high)| (high - low).max(0.0));
    let error = width / BETWEEN_LIMITS;
    Seen { value: estimate.and_then(|one| one.value).unwrap_or(0.0), variance: error * error }
}
