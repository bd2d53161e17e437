//! About how many events a plan takes, before it runs.

use std::sync::atomic::{AtomicBool, Ordering};

use super::groups::groups;
use crate::plan::Plan;
use crate::sim::{Fact, Observer, Simulator};
use crate::time::SimTime;

/// Most scenarios of which one replication is tried.
const TRIED: usize = 8;
/// One scenario is tried for this many rollouts, so that the trial stays small beside what it foresees.
const ROLLOUTS_OF_A_TRIAL: u64 = 20;
/// A trial ends after this many facts, which take well below a second.
const FACTS: u64 = 200_000;
/// Events of which nobody needs to hear beforehand: several minutes of one core.
const LONG: u64 = 6_000_000_000;

/// What a plan takes, about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foresight {
    /// Events of all replications, at most where precision targets may end earlier.
    pub events: u64,
    /// A replication that was tried was not over after 200,000 facts: it is more than that.
    pub is_more: bool,
}

impl Foresight {
    /// Whether it is worth a word before the work begins.
    #[must_use]
    pub const fn is_long(&self) -> bool {
        // Nobody knows how much more the rollouts are that the trial left unfinished.
        self.events > if self.is_more { LONG / 60 } else { LONG }
    }
}

/// Tries the first replication of some scenarios, spread over the plan. The trial neither reads a clock nor changes a result.
/// Of a plan with very few rollouts nothing is tried, because the trial would take as long as the plan.
#[must_use]
pub fn foresee(plan: &Plan) -> Foresight {
    if plan.rollouts() < ROLLOUTS_OF_A_TRIAL {
        return Foresight { events: 0, is_more: false };
    }
    foreseen(plan, FACTS)
}

/// The same, with trials of at most so many facts.
fn foreseen(plan: &Plan, most: u64) -> Foresight {
    let groups = groups(&plan.scenarios);
    let fitting = usize::try_from(plan.rollouts() / ROLLOUTS_OF_A_TRIAL).unwrap_or(usize::MAX).saturating_add(1);
    let count = groups.len().min(TRIED).min(fitting);
    let mut simulator = Simulator::sampled(plan.seed, plan.sampling);
    let (mut events, mut is_more) = (0_u64, false);
    for number in 0..count {
        // The last one is among them: sweeps often end in their largest scenario.
        let place = (number + 1) * groups.len() / count - 1;
        let scenario = &plan.scenarios[groups[place].start];
        let enough = AtomicBool::new(false);
        let span = simulator.run_unless(&enough, scenario, 0, &mut Trial { left: most, enough: &enough });
        events += span.map_or(most, |span| u64::from(span.events));
        is_more |= span.is_none();
    }
    let of_one = events.div_ceil(count.max(1) as u64);
    let replications = (groups.len() as u64).saturating_mul(u64::from(plan.replications));
    Foresight { events: of_one.saturating_mul(replications), is_more }
}

/// Counts facts down, and ends the replication where there are too many.
struct Trial<'a> {
    left: u64,
    enough: &'a AtomicBool,
}

impl Observer for Trial<'_> {
    const DETAIL: bool = true;

    fn fact(&mut self, _at: SimTime, _fact: Fact) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.enough.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::plan::Overrides;

    const DEPLOYMENT: &str =
        "deployment: {spec: {replicas: 3, template: {spec: {containers: [{name: app, image: example/app}]}}}}";

    fn of(more: &str, most: u64) -> Foresight {
        let text = format!("{DEPLOYMENT}\n{more}\n");
        foreseen(&Plan::parse(&text, Path::new(""), &Overrides::default()).expect("a plan"), most)
    }

    #[test]
    fn events_grow_with_scenarios_and_replications() {
        let small = of("replications: 1000", FACTS);
        let million = of("replications: 1000000", FACTS);
        assert!(!small.is_long() && !small.is_more && small.events > 1000 * 50, "{small:?}");
        assert_eq!(million.events, 1000 * small.events, "the same rollout is tried");
        let many = of("replications: 1000000\nsweep: {minReadySeconds: {from: 0, to: 99, step: 1}}", FACTS);
        assert!(many.is_long() && many.events > 90 * million.events, "{many:?}");
    }

    #[test]
    fn a_trial_ends_where_one_rollout_has_no_end() {
        let restless = "cluster: {loss: {timeToLoss: 1s, recovery: 1s}}\npods: {new: {neverReady: 100%}}";
        let found = of(&format!("{restless}\nhorizon: 30d\nreplications: 100000"), 10_000);
        assert!(found.is_more && found.is_long(), "{found:?}");
    }
}
