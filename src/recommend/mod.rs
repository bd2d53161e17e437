//! The best strategy that meets the objectives.
//!
//! Three stages, each on replications of its own, all under common random numbers. `objectives` finds the strategies
//! that meet every objective; `choice` picks the best of them by procedure KN; `evidence` then compares it with the
//! strategy that runs now, on replications that neither stage used, because those that led to the choice would make it
//! look better.
//!
//! What may go wrong with a recommendation, `1 - confidence`, is shared equally by the first two stages. Because every
//! stage is run on fresh replications, what one has found is fixed for the next, and the errors add up.

mod candidates;
mod criterion;
mod objectives;
mod replicate;

use std::ops::Range;

use crate::analysis::headlines::{COMPLETED, DIP_POD_SECONDS, DURATION_P95, SURGE};
use crate::analysis::{Scope, Statistics};
use crate::k8s::objects::DeploymentSpec;
use crate::metrics::{Figure, Metric, Record, Statistic, metric};
use crate::plan::{Decision, Objective};
use crate::scenario::Scenario;
use crate::stats::{Confidence, KimNelson, Known, Moments, Paired};
use crate::time::SimDuration;

pub use candidates::Origin;
pub use criterion::{Criterion, Weight};
pub use objectives::{Assessment, Standing};

#[doc(hidden)]
pub use objectives::fewest;
#[doc(hidden)]
pub use replicate::Replicator;

/// Observations of KN's first stage; each is the mean of a batch of replications, which is nearer to normal than one.
const FIRST_STAGE: usize = 50;
/// Mean time to completion, where rollouts that do not complete count with the horizon.
pub const TIME_TO_COMPLETE: Figure = Figure::of(&metric::DURATION, Statistic::RestrictedMean);

/// Observations simulated at a time after it.
const STEP: usize = 10;

/// What is asked.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// What the best strategy has the least of.
    pub criterion: Criterion,
    /// Probability that all that is claimed holds.
    pub confidence: f64,
    /// A difference of the criterion that is too small to matter; `None`: one twentieth of the least, at least 1.
    pub indifference: Option<f64>,
    /// Replications of each strategy for the objectives, for the first stage of the choice, and for the evidence.
    pub replications: u32,
    /// Replications of a strategy at which the choice is given up.
    pub ceiling: u32,
}

/// The answer for one case.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recommendation {
    /// The swept parameters that are no strategy.
    pub case: Vec<(String, String)>,
    /// Name of the Deployment.
    pub deployment: String,
    /// Where the strategies come from.
    pub origin: Origin,
    /// Every strategy that was simulated.
    pub strategies: Vec<Strategy>,
    /// Which of them the manifest has; it may be none of those to choose from.
    pub own: Option<usize>,
    /// The choice; `None` where no strategy qualifies.
    pub choice: Option<Choice>,
    /// Probability with which any one objective of one strategy is taken for met though it is not.
    pub tail: f64,
}

/// A strategy and what was found of it in the first stage.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Strategy {
    /// What sets it apart: path and value.
    pub parameters: Vec<(String, String)>,
    /// Its spec.
    pub spec: DeploymentSpec,
    /// Whether it is one to choose from, or only compared with.
    pub eligible: bool,
    /// Its statistics.
    pub statistics: Statistics,
    /// Of the experiment's objectives, in their order.
    pub assessments: Vec<Assessment>,
    /// Mean of the criterion.
    pub criterion: f64,
    /// Whether no other strategy that is as good for the objectives beats it in duration, dip and surge at once.
    pub on_front: bool,
}

/// How the best was chosen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// Which strategy.
    pub best: usize,
    /// Strategies that qualified, the best included.
    pub qualified: usize,
    /// Other strategies that the procedure could not distinguish from the best: at the ceiling, or because they behave
    /// exactly alike.
    pub undecided: Vec<usize>,
    /// Whether the procedure ended before the ceiling; otherwise no probability is guaranteed.
    pub decided: bool,
    /// The indifference zone.
    pub indifference: f64,
    /// Probability that the best was selected, if it is better by the indifference zone than every other that
    /// qualified.
    pub probability: f64,
    /// Replications in one observation.
    pub batch: u32,
    /// Replications of the strategy simulated longest; 0 where only one qualified.
    pub replications: u32,
    /// The comparison with the manifest's own strategy.
    pub evidence: Evidence,
}

/// What the chosen strategy gains and gives up.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Evidence {
    /// Replications it rests on.
    pub replications: Range<u32>,
    /// Of the chosen strategy.
    pub best: Statistics,
    /// Of the manifest's own, where that is another.
    pub own: Option<Statistics>,
    /// Chosen less own, pair by pair: [`TIME_TO_COMPLETE`], and the means of surge, missing pods over time and deepest
    /// dip. Empty where the two are one.
    pub differences: Vec<(Figure, Paired)>,
    /// The time to which durations are restricted, in seconds.
    pub horizon_s: f64,
}

impl Strategy {
    /// Whether any of its rollouts completed.
    #[must_use]
    pub fn completes(&self) -> bool {
        self.statistics.value(COMPLETED.figure) > Some(0.0)
    }

    /// Whether it may be chosen.
    #[must_use]
    pub fn qualifies(&self) -> bool {
        self.eligible && self.completes() && self.assessments.iter().all(|one| one.standing == Standing::Met)
    }
}

/// How many strategies are simulated for a case at most.
#[doc(hidden)]
#[must_use]
pub fn most_strategies(decision: &Decision) -> usize {
    candidates::most(decision)
}

/// Answers `question` for a case to decide.
#[doc(hidden)]
#[must_use]
pub fn recommend(
    decision: &Decision,
    objectives: &[Objective],
    question: &Question,
    run: &Replicator,
) -> Recommendation {
    let set = candidates::of(decision);
    let scenarios: Vec<&Scenario> = set.scenarios.iter().collect();
    let horizon = scenarios.iter().map(|scenario| scenario.horizon).min().unwrap_or(SimDuration::ZERO);
    let scopes: Vec<Scope> = scenarios.iter().map(|scenario| Scope::of(scenario).up_to(horizon)).collect();
    let risk = 1.0 - question.confidence;
    let tail = if objectives.is_empty() { 0.0 } else { risk / 2.0 / set.eligible.max(1) as f64 };
    let mut strategies = run.each(&scenarios, 0..question.replications, |index, records| {
        let values: Vec<f64> = records.iter().map(|record| question.criterion.of(record, horizon)).collect();
        Strategy {
            parameters: set.scenarios[index].parameters.clone(),
            spec: set.scenarios[index].deployment,
            eligible: index < set.eligible,
            statistics: Statistics::of(&records, &scopes[index]),
            assessments: objectives
                .iter()
                .map(|objective| objectives::assess(objective, &records, &scopes[index], tail))
                .collect(),
            criterion: Moments::of(&values).and_then(|moments| moments.mean().value).unwrap_or(0.0),
            on_front: false,
        }
    });
    mark_front(&mut strategies);
    let stage = Stage { scenarios: &scenarios, strategies: &strategies, horizon, question, run };
    let choice = stage.choose(set.own, if objectives.is_empty() { risk } else { risk / 2.0 });
    let (case, deployment) = (decision.case.parameters.clone(), decision.deployment.clone());
    Recommendation { case, deployment, origin: set.origin, strategies, own: set.own, choice, tail }
}

/// What the later stages start from.
struct Stage<'a> {
    scenarios: &'a [&'a Scenario],
    strategies: &'a [Strategy],
    horizon: SimDuration,
    question: &'a Question,
    run: &'a Replicator,
}

impl Stage<'_> {
    fn choose(&self, own: Option<usize>, alpha: f64) -> Option<Choice> {
        let qualified: Vec<usize> = (0..self.strategies.len()).filter(|&n| self.strategies[n].qualifies()).collect();
        let first = *qualified.first()?;
        let start = self.question.replications;
        let indifference = self.indifference(&qualified);
        let batch = (self.question.replications / FIRST_STAGE as u32).max(1);
        let mut choice = Choice {
            best: first,
            qualified: qualified.len(),
            undecided: Vec::new(),
            decided: true,
            indifference,
            probability: 1.0,
            batch,
            replications: 0,
            evidence: Evidence {
                replications: start..start,
                best: self.strategies[first].statistics.clone(),
                own: None,
                differences: Vec::new(),
                horizon_s: self.horizon.as_secs_f64(),
            },
        };
        if qualified.len() > 1 {
            let mut selection = KimNelson::new(qualified.len(), indifference, alpha, FIRST_STAGE);
            choice.decided = self.select(&mut selection, &qualified, batch);
            choice.best = qualified[selection.best()];
            let others = selection.remaining().iter().map(|&n| qualified[n]).filter(|&n| n != choice.best);
            choice.undecided = others.collect();
            choice.probability = 1.0 - alpha;
            choice.replications = selection.observed() as u32 * batch;
        }
        choice.evidence = self.evidence(choice.best, own, start + choice.replications);
        Some(choice)
    }

    fn indifference(&self, qualified: &[usize]) -> f64 {
        let means = qualified.iter().map(|&n| self.strategies[n].criterion);
        let least = means.min_by(f64::total_cmp).unwrap_or(0.0);
        self.question.indifference.unwrap_or_else(|| (least.abs() / 20.0).max(1.0))
    }

    /// Runs the procedure to its end; false where the ceiling came first.
    fn select(&self, selection: &mut KimNelson, qualified: &[usize], batch: u32) -> bool {
        while !selection.is_over() {
            let done = selection.observed();
            let most = ((self.question.ceiling / batch) as usize).max(FIRST_STAGE);
            let step = (if done == 0 { FIRST_STAGE } else { STEP }).min(most - done);
            if step == 0 {
                return false;
            }
            let start = self.question.replications + done as u32 * batch;
            let systems = selection.remaining().to_vec();
            let scenarios: Vec<&Scenario> = systems.iter().map(|&n| self.scenarios[qualified[n]]).collect();
            let observations = self.run.each(&scenarios, start..start + step as u32 * batch, |_, records| {
                records.chunks(batch as usize).map(|batch| self.mean(batch)).collect::<Vec<f64>>()
            });
            let place = |system| systems.iter().position(|known| *known == system).unwrap_or(0);
            let mut observation = 0;
            while observation < step && !selection.is_over() {
                selection.observe(|system| observations[place(system)][observation]);
                observation += 1;
            }
        }
        true
    }

    fn mean(&self, records: &[Record]) -> f64 {
        let sum: f64 = records.iter().map(|record| self.question.criterion.of(record, self.horizon)).sum();
        sum / records.len() as f64
    }

    fn evidence(&self, best: usize, own: Option<usize>, start: u32) -> Evidence {
        let replications = start..start + self.question.replications;
        let other = own.filter(|own| *own != best);
        let scenarios: Vec<&Scenario> = [best].into_iter().chain(other).map(|n| self.scenarios[n]).collect();
        let mut records = self.run.each(&scenarios, replications.clone(), |_, records| records).into_iter();
        let chosen = records.next().unwrap_or_default();
        let present = records.next();
        let scope = |n: usize| Scope::of(self.scenarios[n]).up_to(self.horizon);
        let differences = present.as_ref().zip(other).map_or_else(Vec::new, |(present, other)| {
            differences((present, &scope(other)), (&chosen, &scope(best)), self.horizon)
        });
        Evidence {
            replications,
            best: Statistics::of(&chosen, &scope(best)),
            own: present.zip(other).map(|(records, other)| Statistics::of(&records, &scope(other))),
            differences,
            horizon_s: self.horizon.as_secs_f64(),
        }
    }
}

fn differences(own: (&[Record], &Scope), best: (&[Record], &Scope), horizon: SimDuration) -> Vec<(Figure, Paired)> {
    let seen = [own, best].map(|(records, scope)| scope.seen(records, Confidence::USUAL));
    let paired = |metric: &'static Metric, value: &dyn Fn(&Record) -> f64| {
        let known = Known::difference(seen[0].of(metric), seen[1].of(metric));
        Paired::of(&own.0.iter().zip(best.0).map(|(own, best)| (value(own), value(best))).collect::<Vec<_>>(), &known)
    };
    let mean = |metric: &'static Metric| {
        (Figure::of(metric, Statistic::Mean), paired(metric, &|record| (metric.get)(record).unwrap_or(0.0)))
    };
    vec![
        (TIME_TO_COMPLETE, paired(&metric::DURATION, &|record| criterion::time_to_complete(record, horizon))),
        mean(&metric::SURGE_POD_SECONDS),
        mean(&metric::DIP_POD_SECONDS),
        mean(&metric::DIP_DEPTH),
    ]
}

/// The trade-off between p95 duration, mean dip and mean surge, among those that qualify if any does.
fn mark_front(strategies: &mut [Strategy]) {
    let any = strategies.iter().any(Strategy::qualifies);
    let point = |strategy: &Strategy| {
        [DURATION_P95, DIP_POD_SECONDS, SURGE]
            .map(|headline| strategy.statistics.value(headline.figure).unwrap_or(f64::INFINITY))
    };
    let candidate = |strategy: &Strategy| strategy.eligible && (strategy.qualifies() || !any);
    let points: Vec<Option<[f64; 3]>> = strategies.iter().map(|one| candidate(one).then(|| point(one))).collect();
    for (n, strategy) in strategies.iter_mut().enumerate() {
        let Some(own) = points[n] else { continue };
        let beaten = |other: &[f64; 3]| other.iter().zip(own).all(|(a, b)| *a <= b) && *other != own;
        strategy.on_front = !points.iter().flatten().any(beaten);
    }
}

#[cfg(test)]
mod tests;
