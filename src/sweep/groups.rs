//! Which scenarios are simulated together: the workloads of one world.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::plan::{Piece, Plan};
use crate::scenario::{Membership, Scenario};

/// Scenarios that are simulated together, and which replications of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The places of the scenarios in the plan.
    pub(super) members: Range<usize>,
    pub(super) replications: Range<u32>,
}

/// What a plan runs, in order: its pieces where it has some, else everything.
pub(super) fn stretches(plan: &Plan) -> Vec<Stretch> {
    let groups = groups(&plan.scenarios);
    let Some(pieces) = &plan.pieces else {
        return groups.into_iter().map(|members| Stretch { members, replications: 0..plan.replications }).collect();
    };
    let by_number: BTreeMap<u32, Range<usize>> =
        groups.into_iter().map(|members| (plan.scenarios[members.start].id, members)).collect();
    let stretch = |piece: &Piece| {
        let members = by_number.get(&piece.scenario)?.clone();
        (piece.replications() > 0).then_some(Stretch { members, replications: piece.first..piece.end })
    };
    pieces.iter().filter_map(stretch).collect()
}

/// The places in the plan of the scenarios that are simulated together, in the plan's order: all workloads of a world that stand one
/// after the other. Every other scenario, and a workload of a world of which some are left out, is simulated by itself.
pub(super) fn groups(scenarios: &[Scenario]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut next = 0;
    while next < scenarios.len() {
        let end = next + members(&scenarios[next..]);
        groups.push(next..end);
        next = end;
    }
    groups
}

/// How many of the first of `scenarios` are simulated together.
fn members(scenarios: &[Scenario]) -> usize {
    let Some(Membership { world, .. }) = scenarios.first().and_then(|first| first.world.as_ref()) else { return 1 };
    let count = world.workloads.len();
    let is_next = |(place, scenario): (usize, &Scenario)| {
        scenario.world.as_ref().is_some_and(|own| Arc::ptr_eq(&own.world, world) && usize::from(own.workload) == place)
    };
    let whole = scenarios.len() >= count && scenarios.iter().take(count).enumerate().all(is_next);
    if whole { count.max(1) } else { 1 }
}
