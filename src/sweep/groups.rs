//! Which scenarios are simulated together: the workloads of one world.

use std::ops::Range;
use std::sync::Arc;

use crate::scenario::{Membership, Scenario};

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
