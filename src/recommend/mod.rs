//! The best strategy that meets the objectives.
//!
//! Three stages, each on replications of its own, all under common random numbers. `objectives` finds the strategies
//! that meet every objective. `choose` picks the best of them: by [`crate::analysis::pick`], the rule of choice, of which
//! `confirm` then says what can be promised; or, for a sum that is to be least, by [`crate::stats::Selection`]. Then it compares
//! the best with the strategy that runs now, on replications that neither stage used, because those that led to the choice
//! would make it look better.
//!
//! Where there are more than 200 strategies, `search` finds those that are worth these stages.
//!
//! What may go wrong with a recommendation, `1 - confidence`, is shared equally by the first two stages. Because every
//! stage is run on fresh replications, what one has found is fixed for the next, and the errors add up.

mod answer;
mod candidates;
mod choose;
mod confirm;
mod criterion;
mod drawn;
mod objectives;
mod reach;
mod replicate;
mod search;
mod sets;

use crate::analysis::headlines::{DIP_POD_SECONDS, DURATION_P95, SURGE};
use crate::analysis::pick::{Contender, Pick, pick, zone_s};
use crate::analysis::{Scope, Statistics};
use crate::metrics::Bounds;
use crate::plan::{Decision, Objective, room};
use crate::scenario::Scenario;
use crate::stats::Moments;
use crate::time::SimDuration;

use choose::Stage;
use drawn::Chosen;

pub use answer::{Bound, Choice, DrawnChoice, Evidence, Recommendation, Search, Strategy, TIME_TO_COMPLETE};
pub use candidates::Origin;
pub use criterion::{Criterion, Weight};
pub use objectives::{Assessment, Standing};

#[doc(hidden)]
pub use answer::Question;
#[doc(hidden)]
pub use objectives::fewest;
#[doc(hidden)]
pub use replicate::Replicator;

/// How many strategies are simulated for a case at most.
#[doc(hidden)]
#[must_use]
pub fn most_strategies(decision: &Decision) -> usize {
    candidates::most(decision)
}

/// Whether the answer for a case comes from a search, and not from all its strategies.
#[doc(hidden)]
#[must_use]
pub fn is_searched(decision: &Decision, question: &Question) -> bool {
    search::is_large(decision.case.alternatives.len(), question)
}

/// The strategies that are simulated to the end, and the search that found them where there are too many for all.
fn candidates(
    decision: &Decision,
    objectives: &[Objective],
    question: &Question,
    run: &Replicator,
) -> (candidates::Set, Option<Search>) {
    let set = candidates::of(decision);
    if !search::is_large(set.eligible, question) {
        return (set, None);
    }
    let (set, search) = search::narrow(set, objectives, question, run);
    (set, Some(search))
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
    let (set, search) = candidates(decision, objectives, question, run);
    let scenarios: Vec<&Scenario> = set.scenarios.iter().collect();
    let horizon = scenarios.iter().map(|scenario| scenario.horizon).min().unwrap_or(SimDuration::ZERO);
    let scopes: Vec<Scope> = scenarios.iter().map(|scenario| Scope::of(scenario).up_to(horizon)).collect();
    let risk = 1.0 - question.confidence;
    let tail = if objectives.is_empty() { 0.0 } else { risk / 2.0 / set.eligible.max(1) as f64 };
    let found = run.each(&scenarios, 0..question.replications, |index, records| {
        let values: Vec<f64> = records.iter().map(|record| question.criterion.of(record, horizon)).collect();
        let strategy = Strategy {
            parameters: set.scenarios[index].parameters.clone(),
            spec: set.scenarios[index].deployment,
            set: set.scenarios[index].set(),
            bounds: Bounds::of(scenarios[index]),
            no_room: room(scenarios[index]),
            eligible: index < set.eligible,
            statistics: Statistics::of(&records, &scopes[index]),
            assessments: objectives
                .iter()
                .map(|objective| objectives::assess(objective, &records, &scopes[index], tail))
                .collect(),
            criterion: Moments::of(&values).and_then(|moments| moments.mean().value).unwrap_or(0.0),
            on_front: false,
        };
        (strategy, reach::unbounded(&question.criterion, scenarios[index], &records, horizon))
    });
    let (mut strategies, seen): (Vec<Strategy>, Vec<f64>) = found.into_iter().unzip();
    mark_front(&mut strategies);
    let unbounded = seen.into_iter().fold(0.0, f64::max);
    let pick = picked(&strategies, objectives, question, set.own);
    let stage =
        Stage { scenarios: &scenarios, strategies: &strategies, pick: &pick, horizon, question, run, unbounded };
    let choice = stage.choose(set.own, if objectives.is_empty() { risk } else { risk / 2.0 });
    let chosen = choice.as_ref().map(|choice| Chosen {
        scenarios: &scenarios,
        scopes: &scopes,
        strategies: &strategies,
        objectives,
        question,
        horizon,
        zone_s: pick.zone_s,
        own: set.own,
        best: choice.best,
    });
    let drawn = chosen.and_then(|chosen| chosen.drawn(run));
    Recommendation {
        case: decision.case.parameters.clone(),
        kind: decision.kind,
        deployment: decision.deployment.clone(),
        namespace: decision.namespace.clone(),
        requests: decision.requests,
        origin: set.origin,
        search,
        strategies,
        own: set.own,
        pick,
        choice,
        tail,
        drawn,
    }
}

/// What the rule of choice picks.
fn picked(strategies: &[Strategy], objectives: &[Objective], question: &Question, own: Option<usize>) -> Pick {
    let contenders: Vec<Contender<'_>> = strategies
        .iter()
        .map(|one| Contender {
            statistics: &one.statistics,
            bounds: one.bounds,
            qualifies: one.qualifies(),
            needs_new_object: own.is_some_and(|own| one.needs_new_object(&strategies[own])),
        })
        .collect();
    let written = question.indifference.filter(|_| question.criterion == Criterion::Duration);
    pick(&contenders, own, zone_s(objectives, &contenders, written))
}

/// The trade-off between p95 duration, missing pods and extra pods, among those that qualify if any does.
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
