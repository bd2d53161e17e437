//! Which scenarios are simulated together: the workloads of one world.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::block::replications_of_block;
use crate::plan::{Piece, Plan};
use crate::scenario::{Membership, Scenario};

/// Scenarios that are run together, and which replications of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The places of the scenarios in the plan.
    pub(super) members: Range<usize>,
    pub(super) replications: Range<u32>,
    /// Replications in a block.
    pub(super) block: u32,
}

/// What a plan runs, in order: its pieces where it has some, else everything. Where nothing is simulated, scenarios that are simulated
/// together come `apart`, one after the other, so that what waits for its turn does not grow with their replications.
pub(super) fn stretches(plan: &Plan, apart: bool) -> Vec<Stretch> {
    let of = |members: Range<usize>| {
        let block = replications_of_block(members.len());
        let step = if apart { 1 } else { members.len().max(1) };
        let parts: Vec<usize> = members.clone().step_by(step).collect();
        parts.into_iter().map(move |first| (first..(first + step).min(members.end), block))
    };
    let units = groups(&plan.scenarios).into_iter().flat_map(of);
    let Some(pieces) = &plan.pieces else {
        let replications = 0..plan.replications;
        return units.map(|(members, block)| Stretch { members, replications: replications.clone(), block }).collect();
    };
    let by_number: BTreeMap<u32, (Range<usize>, u32)> =
        units.map(|(members, block)| (plan.scenarios[members.start].id, (members, block))).collect();
    let stretch = |piece: &Piece| {
        let (members, block) = by_number.get(&piece.scenario)?.clone();
        (piece.replications() > 0).then_some(Stretch { members, replications: piece.first..piece.end, block })
    };
    pieces.iter().filter_map(stretch).collect()
}

/// The blocks of scenario number `id`, as a plan runs them: first replication and number of replications.
#[must_use]
pub fn blocks_of(plan: &Plan, id: u32) -> Vec<(u32, u32)> {
    let is_of = |stretch: &Stretch| plan.scenarios[stretch.members.clone()].iter().any(|scenario| scenario.id == id);
    let blocks = |Stretch { replications, block, .. }: Stretch| {
        let end = replications.end;
        replications.step_by(block as usize).map(move |first| (first, block.min(end - first)))
    };
    stretches(plan, true).into_iter().filter(is_of).flat_map(blocks).collect()
}

/// The places in the plan of the scenarios that are simulated together, in the plan's order: all workloads of a world that stand one
/// after the other. Every other scenario, and a workload of a world of which some are left out, is simulated by itself.
#[must_use]
pub fn groups(scenarios: &[Scenario]) -> Vec<Range<usize>> {
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
