//! What-if runs for the results of a sweep and for a recommendation.

use rayon::ThreadPoolBuildError;

use super::what_if;
use crate::analysis::{ScenarioResult, WhatIfRow, cases, pick_of, verdicts};
use crate::plan::{Case, Decision, Objective, Plan, Premise, Runs, is_chosen, world_of};
use crate::recommend::{Replicator, Strategy};
use crate::scenario::Scenario;

/// Of more worlds than this no what-if runs are made unless they are asked for.
const MOST_WORLDS: usize = 4;

/// Of more replicas than this none are made unless they are asked for.
const MOST_REPLICAS: i32 = 1000;

/// Why a plan gets no what-if runs though nobody has said so; `None`: it gets some, or there is nothing to choose.
#[must_use]
pub fn left_out(plan: &Plan, worlds: usize) -> Option<String> {
    if plan.overrides.what_if != Runs::Auto {
        return None;
    }
    let largest = plan.scenarios.iter().map(|scenario| scenario.deployment.replicas).max().unwrap_or(0);
    let reason = match (largest > MOST_REPLICAS, worlds > MOST_WORLDS) {
        (true, _) => format!("{largest} replicas are more than {MOST_REPLICAS}"),
        (false, true) => format!("{worlds} worlds are more than {MOST_WORLDS}"),
        (false, false) => return None,
    };
    Some(format!("what-if runs are left out, because {reason}: --what-if all makes them"))
}

/// The same of a sweep, which gets some only where it has objectives and something to choose.
#[must_use]
pub fn left_out_of_sweep(plan: &Plan) -> Option<String> {
    let worlds = Case::group(&plan.scenarios, |scenario| scenario.parameters.as_slice()).len();
    is_asked(plan).then(|| left_out(plan, worlds)).flatten()
}

/// Whether a sweep has objectives and something to choose, and nobody has said that no runs are wanted.
fn is_asked(plan: &Plan) -> bool {
    let is_choice = plan.parameters.iter().any(|path| is_chosen(path));
    // Workloads of a release are no alternatives.
    let is_choice = is_choice && plan.scenarios.iter().all(|scenario| !scenario.has_neighbours());
    plan.overrides.what_if != Runs::None && plan.shard.is_none() && !plan.objectives.is_empty() && is_choice
}

/// Makes the what-if runs of a sweep, for the scenario that the rule of choice recommends in each world and for the one that
/// stands for what runs now. They stay with the results. There are none where no objectives are written or where the sweep has
/// nothing to choose.
///
/// # Errors
/// When the operating system gives no threads.
pub fn add_to(plan: &Plan, results: &mut [ScenarioResult], threads: usize) -> Result<(), ThreadPoolBuildError> {
    let asked = asked(plan, results);
    if asked.is_empty() {
        return Ok(());
    }
    let run = Replicator::new(plan.seed, threads, 1, plan.replications)?;
    for id in asked {
        let Some(scenario) = plan.scenarios.iter().find(|scenario| scenario.id == id) else { continue };
        let rows = of_scenario((plan, &plan.objectives), scenario, id, &run);
        results.iter_mut().filter(|result| result.scenario == id).for_each(|result| result.what_if.clone_from(&rows));
    }
    Ok(())
}

/// What would change the answer about the strategy that is recommended and about the one that runs now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfChoice {
    /// Of the recommended one.
    pub recommended: Vec<WhatIfRow>,
    /// Of the one that runs now, where that is another.
    pub now: Vec<WhatIfRow>,
}

/// The rows of a recommendation for one world. `objectives`: those that decided; `strategies`: the one
/// that is recommended, and the one that runs now.
#[must_use]
pub fn of_choice(
    (plan, objectives): (&Plan, &[Objective]),
    decision: &Decision,
    strategies: [Option<&Strategy>; 2],
    run: &Replicator,
) -> OfChoice {
    let Some(world) = decision.scenarios().next() else { return OfChoice::default() };
    if plan.overrides.what_if == Runs::None {
        return OfChoice::default();
    }
    let is_of_world = |scenario: &&Scenario| world_of(scenario) == decision.case.parameters;
    let id = plan.scenarios.iter().find(is_of_world).map_or(world.id, |scenario| scenario.id);
    let rows = |strategy: &Strategy| of_scenario((plan, objectives), &strategy.of(world), id, run);
    let [recommended, now] = strategies;
    OfChoice {
        recommended: recommended.map(rows).unwrap_or_default(),
        now: now
            .filter(|now| recommended.is_none_or(|best| (best.spec, best.set) != (now.spec, now.set)))
            .map(rows)
            .unwrap_or_default(),
    }
}

/// The rows of a scenario of the plan, whose answer `objectives` decide; none where they would take long.
#[must_use]
pub fn of_one((plan, objectives): (&Plan, &[Objective]), scenario: &Scenario, run: &Replicator) -> Vec<WhatIfRow> {
    if left_out(plan, 1).is_some() {
        return Vec::new();
    }
    of_scenario((plan, objectives), scenario, scenario.id, run)
}

/// The rows of one scenario. `id`: the number of a scenario of the plan in the same world.
fn of_scenario(
    (plan, objectives): (&Plan, &[Objective]),
    scenario: &Scenario,
    id: u32,
    run: &Replicator,
) -> Vec<WhatIfRow> {
    // What is changed of one workload alone is not changed in the world that it rolls in.
    if scenario.has_neighbours() {
        return Vec::new();
    }
    let premises: Vec<&Premise> = plan.premises.iter().filter(|premise| premise.is_of(id)).collect();
    what_if(scenario, objectives, &premises, plan.replications, run)
}

/// Numbers of the scenarios of a sweep that get what-if runs.
fn asked(plan: &Plan, results: &[ScenarioResult]) -> Vec<u32> {
    let all: Vec<&ScenarioResult> = results.iter().collect();
    let worlds = cases(&all);
    if !is_asked(plan) || left_out(plan, worlds.len()).is_some() {
        return Vec::new();
    }
    let verdicts = verdicts(&plan.objectives, results);
    let present = plan.present.as_ref().map_or(&[][..], |present| &present.scenarios);
    let mut asked = Vec::new();
    for world in worlds {
        let place = |id: &&u32| world.alternatives.iter().any(|result| result.scenario == **id);
        let now = present.iter().find(place).copied();
        let pick = pick_of(&world.alternatives, &verdicts, &plan.objectives, now);
        asked.extend(pick.recommended.map(|place| world.alternatives[place].scenario));
        asked.extend(now);
    }
    asked.sort_unstable();
    asked.dedup();
    asked
}
