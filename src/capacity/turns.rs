//! What becomes of the recommended number at a time where something takes longer than is assumed.

use super::driver::{Driver, Failure};
use super::search::Search;
use crate::analysis::Assumption;
use crate::analysis::capacity::{Capacity, Fit, Turn};
use crate::scenario::{Order, World};
use crate::what_if;

/// How many times as long something takes, the nearest first.
const LEVELS: [f64; 5] = [1.25, 1.5, 2.0, 3.0, 5.0];

/// What is tried.
const TRIED: [Assumption; 3] = [Assumption::StartUp, Assumption::Stopping, Assumption::Pull];

/// One for each assumption that takes time, those that turn the answer first, the nearest before the others. None where nothing is
/// recommended.
pub(super) fn turns(driver: &Driver<'_>, world: &World, capacity: &Capacity) -> Result<Vec<Turn>, Failure> {
    let Some(best) = capacity.best() else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for assumption in TRIED {
        found.extend(turn(driver, (world, capacity), (&best.order, best.at_once), assumption)?);
    }
    found.sort_by(|one: &Turn, other: &Turn| other.turns.cmp(&one.turns).then(one.times.total_cmp(&other.times)));
    Ok(found)
}

fn turn(
    driver: &Driver<'_>,
    (world, capacity): (&World, &Capacity),
    (order, at_once): (&Order, usize),
    assumption: Assumption,
) -> Result<Option<Turn>, Failure> {
    let changed = |times: f64| what_if::in_world(world, assumption, times);
    if changed(LEVELS[0]).shared.pods == world.shared.pods {
        return Ok(None);
    }
    let holds = |times: f64| -> Result<bool, Failure> {
        let changed = changed(times);
        let mut search =
            Search { driver, world: &changed, resources: &capacity.resources, runs: Vec::new(), is_asked: false };
        Ok(search.fit(order)?.holds())
    };
    let releases = u64::from(driver.replications);
    let farthest = LEVELS[LEVELS.len() - 1];
    if holds(farthest)? {
        return Ok(Some(Turn { assumption, times: farthest, turns: false, then: None, releases }));
    }
    // Levels before `low` turn nothing, that at `place` does.
    let (mut low, mut place) = (0, LEVELS.len() - 1);
    while low < place {
        let middle = low + (place - low) / 2;
        if holds(LEVELS[middle])? {
            low = middle + 1;
        } else {
            place = middle;
        }
    }
    let changed = changed(LEVELS[place]);
    let mut search =
        Search { driver, world: &changed, resources: &capacity.resources, runs: Vec::new(), is_asked: false };
    let fewer = if matches!(order, Order::Waves(_)) { 0 } else { at_once.saturating_sub(1) as u32 };
    let then = search.largest(fewer, Fit::holds)?.map(|number| number as usize);
    Ok(Some(Turn { assumption, times: LEVELS[place], turns: true, then, releases }))
}
