//! What the pods of some scenarios of a sweep did.

use crate::analysis::{ScenarioResult, cases, pick_of, verdicts};
use crate::plan::Plan;
use crate::scenario::MeasuredEvent;
use crate::sim::Simulator;

/// Simulates the replications once more that stand for the others, of the scenario with the strategy that runs now and of the
/// recommended one, or where none is recommended of the fastest one, and keeps what their pods did. Of several worlds only the
/// first one is looked at.
pub fn add_pods(plan: &Plan, results: &mut [ScenarioResult]) {
    let shown = shown(plan, results);
    let mut simulator = Simulator::sampled(plan.seed, plan.sampling);
    for result in results.iter_mut().filter(|result| shown.contains(&result.scenario)) {
        let scenario = plan.scenarios.iter().find(|scenario| scenario.id == result.scenario);
        if let Some(scenario) = scenario.filter(|scenario| scenario.event == MeasuredEvent::Rollout) {
            result.pods = result.chosen.rows(&mut simulator, scenario);
        }
    }
}

fn shown(plan: &Plan, results: &[ScenarioResult]) -> Vec<u32> {
    let all: Vec<&ScenarioResult> = results.iter().collect();
    let Some(case) = cases(&all).into_iter().next() else { return Vec::new() };
    let now = plan.present.as_ref().and_then(|present| present.scenarios.first().copied());
    let pick = pick_of(&case.alternatives, &verdicts(&plan.objectives, results), &plan.objectives, now);
    let id = |place: usize| case.alternatives.get(place).map(|result| result.scenario);
    let best = pick.recommended.or(pick.fastest).and_then(id);
    let first = case.alternatives.first().map(|result| result.scenario);
    let shown: Vec<u32> = now.into_iter().chain(best).collect();
    if shown.is_empty() { first.into_iter().collect() } else { shown }
}
