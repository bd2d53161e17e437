//! Whether a choice stands with latencies that their measurements allow as well.

use super::answer::{DrawnChoice, Question, Strategy};
use super::criterion::Criterion;
use super::replicate::Replicator;
use crate::analysis::pick::{Contender, pick};
use crate::analysis::{DRAWS, REPLICATIONS_OF_A_DRAW, Scope, Statistics, estimated_to_meet};
use crate::metrics::Record;
use crate::plan::Objective;
use crate::scenario::{Scenario, drawn};
use crate::stats::Moments;
use crate::time::SimDuration;

/// What a choice among strategies was made from.
pub(super) struct Chosen<'a> {
    pub(super) scenarios: &'a [&'a Scenario],
    pub(super) scopes: &'a [Scope],
    pub(super) strategies: &'a [Strategy],
    pub(super) objectives: &'a [Objective],
    pub(super) question: &'a Question,
    pub(super) horizon: SimDuration,
    pub(super) zone_s: f64,
    pub(super) own: Option<usize>,
    pub(super) best: usize,
}

/// What a strategy came to in a draw.
struct Outcome {
    statistics: Statistics,
    criterion: f64,
    qualifies: bool,
}

impl Chosen<'_> {
    /// The choice made again in each draw of the latencies, always by the estimates of the same replications; `None` where the
    /// latencies are taken to be known.
    pub(super) fn drawn(&self, run: &Replicator) -> Option<DrawnChoice> {
        let measurements = self.scenarios.first()?.measurements();
        if measurements.is_empty() {
            return None;
        }
        let replications = self.question.replications.min(REPLICATIONS_OF_A_DRAW);
        let mut found = DrawnChoice { measurements, draws: DRAWS, replications, meets: 0, picked: Vec::new() };
        for draw in 1..=DRAWS {
            let scenarios: Vec<Scenario> = self
                .scenarios
                .iter()
                .flat_map(|scenario| drawn(std::slice::from_ref(scenario), run.seed(), draw))
                .collect();
            let places: Vec<&Scenario> = scenarios.iter().collect();
            let outcomes = run.each(&places, 0..replications, |place, records| self.outcome(place, &records));
            found.meets += u32::from(outcomes[self.best].qualifies);
            let picked = self.picked(&outcomes);
            match found.picked.iter_mut().find(|(place, _)| *place == picked) {
                Some((_, count)) => *count += 1,
                None => found.picked.push((picked, 1)),
            }
        }
        found.picked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Some(found)
    }

    fn outcome(&self, place: usize, records: &[Record]) -> Outcome {
        let statistics = Statistics::of(records, &self.scopes[place]);
        let values: Vec<f64> = records.iter().map(|record| self.question.criterion.of(record, self.horizon)).collect();
        Outcome {
            criterion: Moments::of(&values).and_then(|moments| moments.mean().value).unwrap_or(0.0),
            qualifies: self.strategies[place].eligible
                && self.objectives.iter().all(|objective| estimated_to_meet(objective, &statistics)),
            statistics,
        }
    }

    /// What would be chosen by the estimates; `None`: nothing qualifies.
    fn picked(&self, outcomes: &[Outcome]) -> Option<usize> {
        if self.question.criterion != Criterion::Duration {
            let qualified = (0..outcomes.len()).filter(|&place| outcomes[place].qualifies);
            return qualified.min_by(|&a, &b| outcomes[a].criterion.total_cmp(&outcomes[b].criterion));
        }
        let contenders: Vec<Contender<'_>> = outcomes
            .iter()
            .zip(self.strategies)
            .map(|(outcome, strategy)| Contender {
                statistics: &outcome.statistics,
                bounds: strategy.bounds,
                qualifies: outcome.qualifies,
                needs_new_object: self.own.is_some_and(|own| strategy.needs_new_object(&self.strategies[own])),
            })
            .collect();
        pick(&contenders, self.own, self.zone_s).recommended
    }
}
