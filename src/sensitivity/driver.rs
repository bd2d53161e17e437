//! Simulates the points.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::apply::applied;
use super::asked::Asked;
use super::factor::Factor;
use super::range::Range;
use crate::analysis::{Headline, Scope, Statistics};
use crate::experiment::{Effort, RunError, records};
use crate::input::InputError;
use crate::metrics::{Measure, Record, metric};
use crate::plan::Plan;
use crate::scenario::Scenario;

/// Records that are held at a time.
const RECORDS: usize = 200_000;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The scenario is about one workload of several.
    #[error(
        "several workloads share the cluster, and what is varied in one of them would leave the others as they are: give one workload \
         alone, such as --deployment NAME"
    )]
    Neighbours,
    /// What is asked for is not possible.
    #[error("{0}")]
    Input(String),
    /// The rollouts were not run.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// What is asked, and how.
pub struct Question<'a> {
    /// What is varied; none: everything that can be.
    pub factors: &'a [Asked],
    /// Trajectories of the screening; 0: there is none, and no factor is left out of what comes then.
    pub trajectories: u32,
    /// Rows of the design for the indices; 0: there are none.
    pub rows: u32,
    /// Reads the input again with another number of replicas, and gives the same scenario of it.
    pub with_replicas: &'a dyn Fn(u32) -> Result<Scenario, InputError>,
    /// How it is run.
    pub effort: Effort<'a>,
    /// Is called with the number of rollouts that were simulated since the last call.
    pub progress: &'a dyn Fn(u64),
}

/// Simulates points with the same replications.
pub(super) struct Driver<'a> {
    plan: Plan,
    scenario: &'a Scenario,
    ranges: &'a [Range],
    question: &'a Question<'a>,
    /// The scenario by its number of replicas.
    bases: BTreeMap<i64, Arc<Scenario>>,
}

impl<'a> Driver<'a> {
    pub(super) fn new(
        plan: &Plan,
        scenario: &'a Scenario,
        ranges: &'a [Range],
        question: &'a Question<'a>,
    ) -> Result<Self, Failure> {
        let own = i64::from(scenario.deployment.replicas);
        let plan = Plan {
            scenarios: Vec::new(),
            inputs: Vec::new(),
            precision: None,
            baseline: None,
            cells: None,
            ..plan.clone()
        };
        let bases = BTreeMap::from([(own, Arc::new(scenario.clone()))]);
        let mut driver = Self { plan, scenario, ranges, question, bases };
        // What cannot be read with other replicas is known before anything is simulated.
        for range in ranges.iter().filter(|range| range.factor == Factor::Replicas) {
            driver.base(range.low)?;
            driver.base(range.high)?;
        }
        Ok(driver)
    }

    pub(super) const fn replications(&self) -> u32 {
        self.plan.replications
    }

    pub(super) const fn seed(&self) -> u64 {
        self.plan.seed
    }

    pub(super) const fn ranges(&self) -> &[Range] {
        self.ranges
    }

    /// The scenario with this number of replicas.
    fn base(&mut self, replicas: f64) -> Result<Arc<Scenario>, Failure> {
        let key = replicas as i64;
        if let Some(known) = self.bases.get(&key) {
            return Ok(Arc::clone(known));
        }
        let read = (self.question.with_replicas)(replicas as u32);
        let read = read.map_err(|error| Failure::Input(format!("replicas {key}: {error}")))?;
        let base = Arc::new(Scenario { id: self.scenario.id, ..read });
        self.bases.insert(key, Arc::clone(&base));
        Ok(base)
    }

    fn at(&mut self, levels: &[f64]) -> Result<Scenario, Failure> {
        let replicas = self.ranges.iter().zip(levels).find(|(range, _)| range.factor == Factor::Replicas);
        let own = f64::from(self.scenario.deployment.replicas);
        let base = self.base(replicas.map_or(own, |(_, level)| *level))?;
        applied(&base, self.ranges, levels).map_err(Failure::Input)
    }

    pub(super) fn scope(&mut self, levels: &[f64]) -> Result<Scope, Failure> {
        Ok(Scope::of(&self.at(levels)?))
    }

    pub(super) fn statistics(&self, records: &[Record], scope: &Scope) -> Statistics {
        Statistics::sampled(records, scope, self.plan.sampling.group())
    }

    pub(super) fn one(&mut self, levels: &[f64]) -> Result<Vec<Record>, Failure> {
        Ok(self.records(&[levels.to_vec()])?.pop().unwrap_or_default())
    }

    /// The records at each of these levels.
    pub(super) fn records(&mut self, points: &[Vec<f64>]) -> Result<Vec<Vec<Record>>, Failure> {
        let scenarios = points.iter().map(|levels| self.at(levels)).collect::<Result<Vec<_>, _>>()?;
        self.run(scenarios)
    }

    fn run(&mut self, scenarios: Vec<Scenario>) -> Result<Vec<Vec<Record>>, Failure> {
        self.plan.scenarios = scenarios;
        for (number, scenario) in (0..).zip(&mut self.plan.scenarios) {
            scenario.id = number;
        }
        let each = |block: &crate::sweep::Block| (self.question.progress)(block.records.len() as u64);
        Ok(records(&self.plan, self.question.effort, each).map_err(RunError::from)?)
    }

    /// The figures at points, each of which has the places of the factors `varied` in their ranges; all others are as written. For
    /// each figure its values in the order of the points.
    pub(super) fn outputs(
        &mut self,
        varied: &[usize],
        points: &[Vec<f64>],
        figures: &[Headline],
    ) -> Result<Vec<Vec<f64>>, Failure> {
        let mut outputs = vec![Vec::with_capacity(points.len()); figures.len()];
        let at_a_time = (RECORDS / self.replications().max(1) as usize).max(1);
        for chunk in points.chunks(at_a_time) {
            let scenarios =
                chunk.iter().map(|places| self.at(&self.levels(varied, places))).collect::<Result<Vec<_>, _>>()?;
            let scopes: Vec<Scope> = scenarios.iter().map(Scope::of).collect();
            for (records, scope) in self.run(scenarios)?.iter().zip(&scopes) {
                let statistics = self.statistics(records, scope);
                for (figure, own) in figures.iter().zip(&mut outputs) {
                    own.push(output(*figure, &statistics, scope));
                }
            }
        }
        Ok(outputs)
    }

    fn levels(&self, varied: &[usize], places: &[f64]) -> Vec<f64> {
        let mut levels: Vec<f64> = self.ranges.iter().map(|range| range.given).collect();
        for (factor, place) in varied.iter().zip(places) {
            levels[*factor] = self.ranges[*factor].level(*place);
        }
        levels
    }
}

/// A figure as a number that always exists: a length of time that too few rollouts reach is the horizon, and what has no value
/// besides is 0.
fn output(headline: Headline, statistics: &Statistics, scope: &Scope) -> f64 {
    let of_time = matches!(headline.figure.measure, Measure::Metric(one) if *one == metric::DURATION);
    let missing = if of_time { scope.horizon.as_secs_f64() } else { 0.0 };
    statistics.value(headline.figure).unwrap_or(missing)
}
