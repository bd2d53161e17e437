//! How many rollouts are simulated where nobody says it.

use super::hypotheses::Worlds;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::sim::{Fact, Observer, Simulator};
use crate::time::SimTime;

/// As many as show a rate of 1 %.
const USUAL: u32 = 1000;

/// As few as show where 90 of 100 lie: with fewer the 5th and the 95th percentile have no limits.
const FEWEST: u32 = 100;

/// How many events all rollouts may have together: some seconds of one core.
const EVENTS: u64 = 8_000_000;

/// With each event a DaemonSet controller may look at all nodes, and at so many of them in the time of another event.
const NODES_OF_AN_EVENT: u64 = 16;

/// How many rollouts are simulated: the usual number, or fewer where they are large. It depends on the events of one of them, and so on
/// the input alone.
pub(super) fn affordable(worlds: &Worlds, plan: &Plan) -> u32 {
    let most = usual(plan);
    let mut events = 0;
    worlds.each(1, |scenario, _| {
        let own = Simulator::new(plan.seed).run(scenario, 0, &mut Nobody).events;
        events = u64::from(own) * (1 + nodes_looked_at(scenario) / NODES_OF_AN_EVENT);
    });
    within(events, most)
}

/// The number of rollouts with so many events each; never more than asked for.
fn within(events: u64, most: u32) -> u32 {
    u32::try_from(EVENTS / events.max(1)).unwrap_or(u32::MAX).max(FEWEST).min(most)
}

/// What the answer says where they are fewer than usual.
pub(super) fn remark(count: u32, plan: &Plan) -> Option<String> {
    let usual = usual(plan);
    (count < usual).then(|| {
        format!(
            "{count} rollouts are simulated in place of {usual}, because each has many events; --replications gives another number"
        )
    })
}

fn usual(plan: &Plan) -> u32 {
    plan.replications.clamp(1, USUAL)
}

/// How many nodes a controller looks at again and again.
fn nodes_looked_at(scenario: &Scenario) -> u64 {
    match scenario.daemon_set() {
        Some(_) => scenario.simulated().cluster.nodes.len() as u64,
        None => 0,
    }
}

/// Takes note of nothing.
struct Nobody;

impl Observer for Nobody {
    const DETAIL: bool = false;

    fn fact(&mut self, _: SimTime, _: Fact) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_rollouts_are_fewer_and_none_are_more_than_were_asked_for() {
        for (events, most, count) in
            [(0, 1000, 1000), (8_000, 1000, 1000), (16_000, 1000, 500), (10_000_000_000, 1000, 100), (16_000, 40, 40)]
        {
            assert_eq!(within(events, most), count, "{events} events, {most} asked for");
        }
    }
}
