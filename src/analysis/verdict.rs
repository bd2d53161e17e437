//! Whether scenarios meet the objectives.

use super::result::ScenarioResult;
use super::statistics::Statistics;
use crate::metrics::Statistic;
use crate::plan::Objective;

/// Whether a scenario meets an objective.
#[derive(Clone, Copy, Debug)]
pub struct Verdict<'a> {
    /// The objective.
    pub objective: &'a Objective,
    /// Number of the scenario.
    pub scenario: u32,
    /// Whether it meets the objective; `None`: the data cannot decide.
    pub met: Option<bool>,
}

/// How many scenarios meet an objective.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that are shown to meet it.
    pub met: u64,
    /// Those that are shown not to.
    pub missed: u64,
    /// Those for which the data cannot decide.
    pub open: u64,
}

/// Whether `objective` is met, as the limits of its estimate say: `Some(true)` where both are within, `Some(false)`
/// where both are beyond; either is wrong with probability (1 - [`CONFIDENCE`](crate::stats::CONFIDENCE)) / 2. `None`
/// where the records cannot tell or there is no such estimate. Asking several objectives at once does not make an
/// answer that all are met any less sure (Berger, Technometrics 24 (1982), 295-300). Least and greatest values are
/// their own limits: objectives about them are about the rollouts simulated and no others.
#[must_use]
pub fn meets(objective: &Objective, statistics: &Statistics) -> Option<bool> {
    let estimate = statistics.get(objective.figure)?;
    let within = |value: f64| if objective.at_most { value <= objective.limit } else { value >= objective.limit };
    let of_these = estimate.value.filter(|_| matches!(objective.figure.statistic, Statistic::Min | Statistic::Max));
    let (low, high) = (of_these.or(estimate.low), of_these.or(estimate.high));
    let (near, far) = if objective.at_most { (low, high) } else { (high, low) };
    match (near.map(within), far.map(within)) {
        (_, Some(true)) => Some(true),
        (Some(false), _) => Some(false),
        _ => None,
    }
}

/// Whether the estimate itself, without its limits, meets `objective`; false where there is none.
#[must_use]
pub fn estimated_to_meet(objective: &Objective, statistics: &Statistics) -> bool {
    let value = statistics.value(objective.figure);
    value.is_some_and(|value| if objective.at_most { value <= objective.limit } else { value >= objective.limit })
}

/// Each objective held against each scenario that it has a meaning for: one about stalled rollouts has none where there is no
/// progress deadline.
#[must_use]
pub fn verdicts<'a>(objectives: &'a [Objective], results: &[ScenarioResult]) -> Vec<Verdict<'a>> {
    let verdict = |objective, result: &ScenarioResult| Verdict {
        objective,
        scenario: result.scenario,
        met: meets(objective, &result.statistics),
    };
    let has_meaning = |objective: &Objective, result: &ScenarioResult| {
        !objective.is_about_stalls() || result.statistics.get(objective.figure).is_none_or(|one| one.n > 0)
    };
    let of = |objective| {
        results.iter().filter(move |result| has_meaning(objective, result)).map(move |one| verdict(objective, one))
    };
    objectives.iter().flat_map(of).collect()
}

/// Whether a scenario meets all objectives; `None`: the data cannot decide, or there are none.
#[must_use]
pub fn all_met(result: &ScenarioResult, verdicts: &[Verdict<'_>]) -> Option<bool> {
    let mine = || verdicts.iter().filter(|verdict| verdict.scenario == result.scenario);
    if mine().any(|verdict| verdict.met == Some(false)) {
        return Some(false);
    }
    (mine().count() > 0 && mine().all(|verdict| verdict.met == Some(true))).then_some(true)
}

/// How `objective` is held.
#[must_use]
pub fn tally(objective: &Objective, verdicts: &[Verdict<'_>]) -> Tally {
    let count = |met| verdicts.iter().filter(|one| one.objective == objective && one.met == met).count() as u64;
    Tally { met: count(Some(true)), missed: count(Some(false)), open: count(None) }
}
