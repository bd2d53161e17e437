//! What would change an answer: one assumption after the other is made worse until the strategy does not meet its objectives
//! any more.
//!
//! Every run has the random numbers of the others (the same seed and the same replications), so that what differs is the
//! assumption alone. The search looks at the farthest level first. Where that turns nothing, the assumption does not decide.
//! Else it halves the levels between: it takes for granted that what turns the answer at a level turns it beyond too.

mod assumption;
mod change;
mod direction;
mod of_plan;
mod search;

use crate::analysis::{Assumption, Scope, Statistics, WhatIfRow};
use crate::plan::{Objective, Premise};
use crate::recommend::Replicator;
use crate::scenario::{Scenario, World};

use search::Search;

pub use change::{start_slowly, warm_up_slowly};
pub use direction::larger;
pub use of_plan::{OfChoice, add_to, left_out, left_out_of_sweep, of_choice, of_one};

/// Fewest rollouts of a run, if the plan has as many.
const FEWEST: u32 = 1000;

/// Most rollouts of a run.
pub const MOST: u32 = 10_000;

/// Changes the assumptions of `scenario`, one at a time, and holds the results against `objectives`, with at most
/// `replications` rollouts a run. The first row is about the scenario as it is written. The others are one for each
/// assumption: first those that turn the answer, the nearest first. There are no others where no rollout completes as written.
///
/// `premises`: where the values of the scenario come from.
#[must_use]
fn what_if(
    scenario: &Scenario,
    objectives: &[Objective],
    premises: &[&Premise],
    replications: u32,
    run: &Replicator,
) -> Vec<WhatIfRow> {
    let most = replications.clamp(1, MOST);
    let mut search = Search { scenario, objectives, premises, replications: most.min(FEWEST), run, kept: Vec::new() };
    let mut as_written = search.at(scenario);
    // With few rollouts a close answer may be open. More of them are run before it counts as one that does not hold.
    while !as_written.holds() && search.replications < most {
        search.replications = search.replications.saturating_mul(2).min(most);
        as_written = search.at(scenario);
    }
    search.kept = as_written.met.iter().map(|met| *met == Some(true)).collect();
    let mut rows: Vec<WhatIfRow> = Vec::new();
    if as_written.completes {
        rows.extend(assumption::of(scenario).into_iter().map(|one| search.find(one)));
    }
    rows.sort_by(|one, other| distance(one).total_cmp(&distance(other)));
    rows.insert(0, search.row(as_written, None));
    rows
}

/// The assumptions that can be changed in `scenario`.
#[must_use]
pub fn assumptions(scenario: &Scenario) -> Vec<Assumption> {
    assumption::of(scenario)
}

/// What is written of an assumption, in the unit that [`Assumption`] has for it; `None` where nothing is.
#[must_use]
pub fn given(assumption: Assumption, scenario: &Scenario) -> Option<f64> {
    assumption::given(assumption, scenario)
}

/// The scenario with one assumption at `level`, in the unit that [`Assumption`] has for it; `None` where that is no scenario.
#[must_use]
pub fn changed(scenario: &Scenario, assumption: Assumption, level: f64) -> Option<Scenario> {
    change::changed(scenario, assumption, level)
}

/// The statistics of `scenario` with one assumption at `level`, of so many rollouts; `None` where that is no scenario.
#[must_use]
pub fn at(
    scenario: &Scenario,
    assumption: Assumption,
    level: f64,
    replications: u32,
    run: &Replicator,
) -> Option<Statistics> {
    let world = change::changed(scenario, assumption, level)?;
    let records = run.records_of(&world, 0..replications.clamp(1, MOST));
    Some(Statistics::of(&records, &Scope::of(&world)))
}

/// A world in which something takes `times` as long for the pods of all its workloads.
#[must_use]
pub fn in_world(world: &World, assumption: Assumption, times: f64) -> World {
    let shared = change::changed(&world.shared, assumption, times);
    World { shared: shared.unwrap_or_else(|| world.shared.clone()), ..world.clone() }
}

/// The order of importance: how far the level is from what is written, and those that turn nothing last.
fn distance(row: &WhatIfRow) -> f64 {
    row.changed.as_ref().filter(|_| row.turns()).map_or(f64::INFINITY, |change| change.times)
}
