//! What a page is about: one forecast, strategies to choose among, worlds to choose in, or values of a parameter.

use crate::analysis::{Pick, ScenarioResult, Verdict, all_met, cases, is_release, pick_of};
use crate::plan::{WORKLOAD, is_chosen};
use crate::report::provenance::Provenance;

/// What the results are to a reader.
pub(super) enum Subject<'a> {
    /// There are none.
    Nothing,
    /// One scenario: a forecast.
    One(&'a ScenarioResult),
    /// Strategies in one world.
    Strategies(Box<Choice<'a>>),
    /// Strategies in several worlds, which the other swept parameters describe.
    Worlds(Vec<Choice<'a>>),
    /// Workloads that roll on one cluster, of one release or of several that are compared.
    Release(Vec<&'a ScenarioResult>),
    /// Scenarios that differ in no strategy.
    Values(Vec<&'a ScenarioResult>),
}

/// Strategies to choose among, with what the rule of choice picks.
pub(super) struct Choice<'a> {
    /// The parameters that all of them share: path and value.
    pub(super) world: Vec<(String, String)>,
    pub(super) alternatives: Vec<&'a ScenarioResult>,
    pub(super) pick: Pick,
}

impl<'a> Subject<'a> {
    pub(super) fn of(provenance: &Provenance, results: &'a [ScenarioResult], verdicts: &[Verdict<'_>]) -> Self {
        let all: Vec<_> = results.iter().collect();
        if is_release(results) {
            return Self::Release(all);
        }
        let cases = cases(&all);
        match all[..] {
            [] => return Self::Nothing,
            [only] => return Self::One(only),
            _ if cases.iter().all(|case| case.alternatives.len() < 2) => return Self::Values(all),
            _ => {}
        }
        let present = provenance.present.iter().flat_map(|present| &present.scenarios);
        let choices = cases.into_iter().map(|case| {
            let is_here = |id: &&u32| case.alternatives.iter().any(|one| one.scenario == **id);
            let now = present.clone().find(is_here).copied();
            let pick = pick_of(&case.alternatives, verdicts, &provenance.objectives, now);
            Choice { world: described(case.parameters, &all), alternatives: case.alternatives, pick }
        });
        let mut choices: Vec<_> = choices.collect();
        if choices.len() == 1 {
            choices.pop().map_or(Self::Nothing, |one| Self::Strategies(Box::new(one)))
        } else {
            Self::Worlds(choices)
        }
    }

    /// Every choice of the page, one for each world.
    pub(super) fn choices(&self) -> &[Choice<'a>] {
        match self {
            Self::Strategies(choice) => std::slice::from_ref(choice),
            Self::Worlds(choices) => choices,
            _ => &[],
        }
    }

    /// Whether `scenario` is recommended in its world.
    pub(super) fn is_recommended(&self, scenario: u32) -> bool {
        self.choices().iter().any(|choice| choice.recommended().is_some_and(|one| one.scenario == scenario))
    }

    /// Whether `scenario` is what runs now in its world.
    pub(super) fn is_now(&self, scenario: u32) -> bool {
        self.choices().iter().any(|choice| choice.now().is_some_and(|one| one.scenario == scenario))
    }

    /// The scenario that the explorer opens at: the recommended one, else what runs now, else the first.
    pub(super) fn opens_at(&self) -> Option<u32> {
        let of = |choice: &Choice<'_>| Some(choice.recommended().or(choice.now())?.scenario);
        self.choices().iter().find_map(of)
    }
}

impl<'a> Choice<'a> {
    pub(super) fn at(&self, place: Option<usize>) -> Option<&'a ScenarioResult> {
        self.alternatives.get(place?).copied()
    }

    pub(super) fn all_at(&self, places: &[usize]) -> Vec<&'a ScenarioResult> {
        places.iter().filter_map(|place| self.at(Some(*place))).collect()
    }

    pub(super) fn recommended(&self) -> Option<&'a ScenarioResult> {
        self.at(self.pick.recommended)
    }

    pub(super) fn now(&self) -> Option<&'a ScenarioResult> {
        self.at(self.pick.now)
    }

    /// Why none is recommended, although there are objectives: what none of the strategies does.
    pub(super) fn none_does(&self, verdicts: &[Verdict<'_>]) -> &'static str {
        if self.alternatives.iter().any(|one| all_met(one, verdicts) == Some(true)) {
            "meets all objectives and ever completes a rollout"
        } else {
            "is shown to meet all objectives"
        }
    }
}

/// What describes a world: not the workload, where all results are of one.
fn described(mut world: Vec<(String, String)>, all: &[&ScenarioResult]) -> Vec<(String, String)> {
    let others = |value: &str| {
        let is_other = |(path, other): &(String, String)| path == WORKLOAD && other != value;
        all.iter().any(|result| result.parameters.iter().any(is_other))
    };
    world.retain(|(path, value)| path != WORKLOAD || others(value));
    world
}

/// The parameters of the strategy of a scenario: path and value.
pub(super) fn strategy(result: &ScenarioResult) -> Vec<(String, String)> {
    result.parameters.iter().filter(|(path, _)| is_chosen(path)).cloned().collect()
}
