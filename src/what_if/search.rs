//! Finds the level of an assumption at which an answer turns.

use super::assumption::{given, keys, levels, times};
use super::change::changed;
use crate::analysis::headlines::{COMPLETED, DURATION_P95, STALLED};
use crate::analysis::{Assumption, Change, Scope, Statistics, WhatIfRow, meets};
use crate::plan::{Objective, Premise};
use crate::recommend::Replicator;
use crate::scenario::Scenario;

/// What was found at one level.
pub(super) struct At {
    /// Of each objective what is shown: met, not met, or neither.
    pub(super) met: Vec<Option<bool>>,
    /// Whether any rollout completes.
    pub(super) completes: bool,
    statistics: Statistics,
}

impl At {
    /// Whether every objective is shown to be met.
    pub(super) fn holds(&self) -> bool {
        self.met.iter().all(|met| *met == Some(true))
    }

    fn all_met(&self) -> Option<bool> {
        if self.met.contains(&Some(false)) {
            return Some(false);
        }
        self.holds().then_some(true)
    }
}

/// What a search looks at.
pub(super) struct Search<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) objectives: &'a [Objective],
    pub(super) premises: &'a [&'a Premise],
    pub(super) replications: u32,
    pub(super) run: &'a Replicator,
    /// Which of the objectives are shown to be met as written, and may turn.
    pub(super) kept: Vec<bool>,
}

impl Search<'_> {
    /// Runs a scenario.
    pub(super) fn at(&self, scenario: &Scenario) -> At {
        let records = self.run.records_of(scenario, 0..self.replications);
        let statistics = Statistics::of(&records, &Scope::of(scenario));
        At {
            met: self.objectives.iter().map(|objective| meets(objective, &statistics)).collect(),
            completes: statistics.value(COMPLETED.figure) > Some(0.0),
            statistics,
        }
    }

    /// The nearest level that turns the answer: first the farthest is tried, then the middle of those between.
    pub(super) fn find(&self, assumption: Assumption) -> WhatIfRow {
        let levels = levels(assumption, self.scenario);
        let look = |place: usize| {
            let world = changed(self.scenario, assumption, levels[place]);
            self.at(world.as_ref().unwrap_or(self.scenario))
        };
        let turns = |at: &At| !at.completes || self.turned(at).is_some();
        let (mut low, mut place) = (0, levels.len() - 1);
        let mut at = look(place);
        let decides = turns(&at);
        // Places below `low` turn nothing, `place` does.
        while decides && low < place {
            let middle = low + (place - low) / 2;
            let there = look(middle);
            if turns(&there) {
                (place, at) = (middle, there);
            } else {
                low = middle + 1;
            }
        }
        let level = levels[place];
        let change = Change {
            assumption,
            given: given(assumption, self.scenario),
            premise: self.premise(assumption),
            level,
            before: place.checked_sub(1).map(|before| levels[before]),
            times: times(assumption, self.scenario, level),
        };
        self.row(at, Some(change))
    }

    /// What was found, as a row.
    pub(super) fn row(&self, at: At, changed: Option<Change>) -> WhatIfRow {
        let turned = changed.as_ref().and_then(|_| self.turned(&at));
        let objective = turned.map(|place| &self.objectives[place]);
        let estimate = objective.and_then(|objective| at.statistics.get(objective.figure));
        WhatIfRow {
            changed,
            met: at.all_met(),
            completes: at.completes,
            objective: objective.map(|objective| objective.text.clone()),
            missed: turned.is_some_and(|place| at.met[place] == Some(false)),
            value: estimate.and_then(|estimate| estimate.value),
            low: estimate.and_then(|estimate| estimate.low),
            high: estimate.and_then(|estimate| estimate.high),
            duration_p95_s: at.statistics.value(DURATION_P95.figure),
            stalled_rate: at.statistics.value(STALLED.figure),
            replications: u64::from(self.replications),
        }
    }

    /// The objective that is met as written and not here: one that is shown not to be met before one that is open.
    fn turned(&self, at: &At) -> Option<usize> {
        let lost = |shown: Option<bool>| {
            let mut both = self.kept.iter().zip(&at.met);
            both.position(|(kept, met)| *kept && *met == shown)
        };
        lost(Some(false)).or_else(|| lost(None))
    }

    fn premise(&self, assumption: Assumption) -> Option<Premise> {
        let of_key = |key: &&str| self.premises.iter().find(|one| one.key == **key).map(|one| (*one).clone());
        keys(assumption).iter().find_map(of_key)
    }
}
