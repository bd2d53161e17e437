//! Scenarios with latencies that their measurements allow as well.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::effort::{Effort, without_consumer};
use crate::analysis::{self, DRAWS, Difference, DrawnFigures, REPLICATIONS_OF_A_DRAW, Scope, Statistics};
use crate::metrics::{Figure, Record};
use crate::plan::Plan;
use crate::scenario::{Scenario, drawn};
use crate::sweep::{self, SweepError};

/// The figures of the plan's scenarios by their numbers, with the fitted latencies and with drawn ones; none of scenarios whose latencies
/// are taken to be known.
///
/// # Errors
/// As for a run of the plan.
pub(super) fn drawn_figures<E>(plan: &Plan, effort: Effort<'_>) -> Result<BTreeMap<u32, DrawnFigures>, SweepError<E>> {
    let mut found = BTreeMap::new();
    for together in sweep::together(&plan.scenarios) {
        let scenarios = &plan.scenarios[together];
        // Those that are simulated together have the latencies of their world.
        if scenarios.first().is_some_and(Scenario::is_measured) {
            found.extend(of_scenarios(plan, scenarios, effort)?);
        }
    }
    Ok(found)
}

/// Gives the `differences` of the plan's second scenario from its first what the measurements of their latencies leave open.
///
/// # Errors
/// As for a run of the plan.
pub fn widen_differences(
    plan: &Plan,
    effort: Effort<'_>,
    differences: &mut [Difference],
) -> Result<(), SweepError<Infallible>> {
    let drawn = drawn_figures(plan, effort)?;
    let of = |place: usize| drawn.get(&plan.scenarios.get(place)?.id);
    analysis::widen_differences(of(0), of(1), differences);
    Ok(())
}

/// Those of scenarios that are simulated together.
fn of_scenarios<E>(
    plan: &Plan,
    scenarios: &[Scenario],
    effort: Effort<'_>,
) -> Result<Vec<(u32, DrawnFigures)>, SweepError<E>> {
    let replications = plan.replications.min(REPLICATIONS_OF_A_DRAW);
    let draws = (1..=DRAWS).flat_map(|draw| drawn(scenarios, plan.seed, draw));
    let nested = Plan {
        scenarios: scenarios.iter().cloned().chain(draws).collect(),
        replications,
        precision: None,
        pieces: None,
        baseline: None,
        inputs: Vec::new(),
        ..plan.clone()
    };
    let scopes: Vec<Scope> = scenarios.iter().map(Scope::of).collect();
    let mut found: Vec<(u32, DrawnFigures)> = Vec::with_capacity(scenarios.len());
    let mut records: Vec<Vec<Record>> = vec![Vec::new(); nested.scenarios.len()];
    let no_text = |_: &Scenario, _: u32, _: &[_]| Vec::new();
    let result = sweep::run(&nested, effort.threads, effort.stop, no_text, |block| {
        records[block.scenario].extend(block.records);
        if block.last {
            let (own, place) = (std::mem::take(&mut records[block.scenario]), block.scenario % scenarios.len());
            if block.scenario < scenarios.len() {
                let lines = Statistics::of(&own, &scopes[place]).lines;
                let figures: Vec<Figure> = lines.iter().map(|line| line.figure).collect();
                found.push((scenarios[place].id, DrawnFigures::of(figures, replications)));
            }
            found[place].1.take(&own, &scopes[place]);
        }
        Ok::<(), Infallible>(())
    });
    result.map_err(without_consumer)?;
    Ok(found)
}
