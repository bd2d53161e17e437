//! Decides which block a worker takes next, and when a scenario has enough replications.
//!
//! Workers take the blocks of a scenario in order up to its next look. When all these blocks are finished, the records of the
//! scenario decide whether it needs the blocks up to the look after. Meanwhile the workers take blocks of later scenarios, as
//! far as they may run ahead of the consumer. The number of replications of a scenario therefore depends on its records
//! alone, and not on the number or speed of the threads.
//!
//! The workloads of a world are simulated together: where it says scenario here, they are one. A plan of them has no precision
//! targets, so that there is one look, at the end.
//!
//! A part of a divided sweep has pieces of scenarios, each of which is run from its beginning to its end: nothing is decided in a part.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::block::BLOCK;
use super::groups::{Stretch, stretches};
use crate::analysis::{self, Scope};
use crate::metrics::Record;
use crate::plan::{BATCH, Plan};
use crate::stats::Confidence;

/// Every look is at the end of a block.
const _: () = assert!(BATCH.is_multiple_of(BLOCK));

/// How often a waiting worker checks whether it should stop.
const LOOK: Duration = Duration::from_millis(50);

/// A block to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task {
    /// The place of the scenario, or of the workloads that are simulated together, among the groups of the schedule.
    pub(super) scenario: usize,
    /// First replication.
    pub(super) first: u32,
    /// How many.
    pub(super) count: u32,
}

/// The work that is left. The workers and the consumer share it.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    plan: &'a Plan,
    /// What is run, in order.
    stretches: Vec<Stretch>,
    /// The looks: numbers of replications at which the records decide whether a scenario has enough. There are none where every
    /// stretch is run to its end.
    looks: Vec<u32>,
    /// The level of the limits of each look.
    confidence: Confidence,
    /// Most blocks that are being run or wait for the consumer. The scenario that the consumer waits for may have the same
    /// number in addition, so that it never waits for room that later scenarios take.
    ahead: usize,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Scenarios that have begun and may need more blocks.
    open: BTreeMap<usize, Open>,
    /// The final numbers of replications of scenarios that have enough, until the consumer has taken their last block.
    ended: BTreeMap<usize, u32>,
    /// The first scenario that has not begun.
    next: usize,
    /// The scenario that the consumer waits for, and the replication of it that comes next.
    head: usize,
    consumed: u32,
    /// Number of blocks that a worker has taken and the consumer has not.
    held: usize,
}

/// A scenario under way.
#[derive(Debug)]
struct Open {
    look: usize,
    /// The replication that is taken next, and how many are finished.
    taken: u32,
    finished: u32,
    /// Records by the first replication of their block. They are kept only where a later look needs them.
    records: BTreeMap<u32, Vec<Record>>,
}

impl<'a> Schedule<'a> {
    /// `apart`: see [`stretches`]; the first scenarios, `finished` of them, are left out.
    pub(super) fn new(plan: &'a Plan, (apart, finished): (bool, usize), ahead: usize) -> Self {
        let mut stretches = stretches(plan, apart);
        stretches.retain(|stretch| stretch.members.start >= finished);
        let state = State { consumed: first(&stretches, 0), ..State::default() };
        Self {
            plan,
            stretches,
            looks: if plan.pieces.is_some() { Vec::new() } else { plan.looks() },
            confidence: plan.confidence_of_each_look(),
            ahead,
            state: Mutex::new(state),
            moved: Condvar::new(),
        }
    }

    /// The next block; waits while there may be one later. `None`: no more, or stopped.
    pub(super) fn take(&self, stop: &AtomicBool) -> Option<Task> {
        let mut state = self.state();
        while !stop.load(Ordering::Relaxed) {
            if let Some(task) = self.next_task(&mut state) {
                state.held += 1;
                return Some(task);
            }
            if state.open.is_empty() && state.next == self.stretches.len() {
                return None;
            }
            // Whoever sets `stop` does not know this schedule and cannot notify it, so that the worker wakes up to check.
            state = self.moved.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    fn next_task(&self, state: &mut State) -> Option<Task> {
        let (held, head, consumed) = (state.held, state.head, state.consumed);
        let may = |scenario: usize, taken: u32| {
            let own = || (taken - consumed).div_ceil(self.block(scenario)) as usize;
            held < self.ahead || (scenario == head && own() < self.ahead)
        };
        for (&scenario, open) in &mut state.open {
            let limit = self.limit(scenario, open.look);
            if open.taken < limit && may(scenario, open.taken) {
                let first = open.taken;
                let count = self.block(scenario).min(limit - first);
                open.taken += count;
                return Some(Task { scenario, first, count });
            }
        }
        let scenario = state.next;
        let first = self.first(scenario);
        if scenario == self.stretches.len() || !may(scenario, first) {
            return None;
        }
        state.next += 1;
        let count = self.block(scenario).min(self.limit(scenario, 0) - first);
        let open = Open { look: 0, taken: first + count, finished: 0, records: BTreeMap::new() };
        state.open.insert(scenario, open);
        Some(Task { scenario, first, count })
    }

    /// The first replication of a scenario here.
    pub(super) fn first(&self, scenario: usize) -> u32 {
        first(&self.stretches, scenario)
    }

    /// The replication before which a scenario ends, as far as is known at that look.
    fn limit(&self, scenario: usize, look: usize) -> u32 {
        self.looks.get(look).copied().unwrap_or(self.stretches[scenario].replications.end)
    }

    /// Replications in a block.
    fn block(&self, scenario: usize) -> u32 {
        self.stretches[scenario].block
    }

    /// The places in the plan of the scenarios of a task.
    pub(super) fn members(&self, task: Task) -> Range<usize> {
        self.stretches[task.scenario].members.clone()
    }

    /// The greatest number of blocks that the plan can need.
    pub(super) fn most_blocks(plan: &Plan) -> usize {
        let blocks = |stretch: &Stretch| stretch.replications.len().div_ceil(stretch.block as usize);
        stretches(plan, false).iter().map(blocks).sum()
    }

    /// Takes note that a block is finished with these records. Where it completes a look, this decides whether the scenario
    /// needs more blocks.
    pub(super) fn finish(&self, task: Task, records: &[Record]) {
        let mut state = self.state();
        let Some(open) = state.open.get_mut(&task.scenario) else { return };
        open.finished += task.count;
        let (limit, last) = (self.limit(task.scenario, open.look), open.look + 1 >= self.looks.len());
        if !last {
            open.records.insert(task.first, records.to_vec());
        }
        if self.first(task.scenario) + open.finished < limit {
            return;
        }
        let seen = std::mem::take(&mut open.records);
        // The decision takes time. The lock is released meanwhile: no worker takes a block of this scenario before it is made,
        // and those that take blocks of other scenarios need not wait.
        drop(state);
        let enough = last || self.precise(task.scenario, &seen);
        let mut state = self.state();
        if enough {
            state.open.remove(&task.scenario);
            state.ended.insert(task.scenario, limit);
        } else if let Some(open) = state.open.get_mut(&task.scenario) {
            open.look += 1;
            open.records = seen;
        }
        drop(state);
        self.moved.notify_all();
    }

    fn precise(&self, scenario: usize, records: &BTreeMap<u32, Vec<Record>>) -> bool {
        let records: Vec<Record> = records.values().flatten().copied().collect();
        let scope = Scope::of(&self.plan.scenarios[self.stretches[scenario].members.start]);
        analysis::precise(self.plan, &records, &scope, self.confidence)
    }

    /// Takes note that the consumer has taken the next block of the scenario that it waits for; the block ends with replication
    /// `end`. Gives true where this was the last block of the scenario; the consumer then waits for the next scenario.
    pub(super) fn consumed(&self, scenario: usize, end: u32) -> bool {
        let mut state = self.state();
        state.held -= 1;
        state.consumed = end;
        // Workers finish a block before they hand it over. When the consumer gets the last block of a scenario, the scenario is
        // therefore among those that have ended.
        let last = state.ended.get(&scenario) == Some(&end);
        if last {
            state.ended.remove(&scenario);
            state.head = scenario + 1;
            state.consumed = self.first(scenario + 1);
        }
        drop(state);
        self.moved.notify_all();
        last
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first replication of the stretch at a place; 0 behind the last one.
fn first(stretches: &[Stretch], place: usize) -> u32 {
    stretches.get(place).map_or(0, |stretch| stretch.replications.start)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::metrics::{Figure, Statistic, metric};
    use crate::plan::{Overrides, Piece, Precision, Target, Width};
    use crate::stats::Confidence;

    /// Five scenarios.
    fn plan(replications: u32) -> Plan {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/first-look.yaml");
        Plan { replications, ..Plan::load(&path, &Overrides::default()).expect("a plan") }
    }

    fn take(schedule: &Schedule<'_>) -> Option<(usize, u32, u32)> {
        schedule.take(&AtomicBool::new(false)).map(|task| (task.scenario, task.first, task.count))
    }

    /// Whether a worker would have to wait.
    fn is_full(schedule: &Schedule<'_>) -> bool {
        schedule.next_task(&mut schedule.state()).is_none()
    }

    fn finish(schedule: &Schedule<'_>, scenario: usize, first: u32, count: u32) {
        schedule.finish(Task { scenario, first, count }, &[]);
    }

    #[test]
    fn workers_run_ahead_of_a_slow_consumer_by_a_fixed_number_of_blocks() {
        let plan = plan(1_000_000);
        let schedule = Schedule::new(&plan, (false, 0), 16);
        for block in 0..16 {
            assert_eq!(take(&schedule), Some((0, 256 * block, 256)));
        }
        assert!(is_full(&schedule));
        finish(&schedule, 0, 0, 256);
        assert!(is_full(&schedule), "it is the consumer that counts");
        assert!(!schedule.consumed(0, 256));
        assert_eq!(take(&schedule), Some((0, 4096, 256)));
    }

    #[test]
    fn the_last_block_is_short_and_ends_the_scenario() {
        let plan = plan(300);
        let schedule = Schedule::new(&plan, (false, 0), 3);
        assert_eq!(take(&schedule), Some((0, 0, 256)));
        assert_eq!(take(&schedule), Some((0, 256, 44)));
        assert_eq!(take(&schedule), Some((1, 0, 256)));
        // The second block may be finished first.
        finish(&schedule, 0, 256, 44);
        finish(&schedule, 0, 0, 256);
        assert!(!schedule.consumed(0, 256));
        assert!(schedule.consumed(0, 300));
        finish(&schedule, 1, 0, 256);
        schedule.consumed(1, 256);
        let rest = std::iter::from_fn(|| {
            let (scenario, first, count) = take(&schedule)?;
            finish(&schedule, scenario, first, count);
            Some((scenario, schedule.consumed(scenario, first + count)))
        });
        let wanted = [(1, true), (2, false), (2, true), (3, false), (3, true), (4, false), (4, true)];
        assert_eq!(rest.collect::<Vec<_>>(), wanted);
    }

    /// A part has pieces of scenarios, also two of the same one, and decides nothing.
    #[test]
    fn pieces_are_run_from_their_beginning_to_their_end() {
        let mut plan = plan(1000);
        let piece = |scenario, first, end| Piece { scenario, first, end };
        plan.pieces = Some(vec![piece(1, 256, 768), piece(1, 768, 1000), piece(9, 0, 256), piece(3, 0, 256)]);
        let schedule = Schedule::new(&plan, (false, 0), 2);
        assert_eq!(Schedule::most_blocks(&plan), 4, "there is no scenario 9");
        assert_eq!((take(&schedule), take(&schedule)), (Some((0, 256, 256)), Some((0, 512, 256))));
        assert!(is_full(&schedule));
        finish(&schedule, 0, 256, 256);
        finish(&schedule, 0, 512, 256);
        assert!(!schedule.consumed(0, 512) && schedule.consumed(0, 768));
        let rest = std::iter::from_fn(|| {
            let (stretch, first, count) = take(&schedule)?;
            finish(&schedule, stretch, first, count);
            let members = schedule.members(Task { scenario: stretch, first, count });
            Some((plan.scenarios[members.start].id, first, count, schedule.consumed(stretch, first + count)))
        });
        assert_eq!(rest.collect::<Vec<_>>(), [(1, 768, 232, true), (3, 0, 256, true)]);
    }

    #[test]
    fn a_scenario_that_goes_on_comes_before_later_ones() {
        let mut plan = plan(1000);
        let impossible = Target {
            text: String::new(),
            figure: Figure::of(&metric::DURATION, Statistic::Mean),
            width: Width::Relative(1e-9),
        };
        plan.precision = Some(Precision { minimum: 256, confidence: Confidence::USUAL, targets: vec![impossible] });
        let schedule = Schedule::new(&plan, (false, 0), 2);
        assert_eq!(take(&schedule), Some((0, 0, 256)));
        // The first scenario has no block to take before the decision at its look, so that the next scenario begins.
        assert_eq!(take(&schedule), Some((1, 0, 256)));
        assert!(is_full(&schedule));
        finish(&schedule, 0, 0, 256);
        assert_eq!(take(&schedule), Some((0, 256, 256)), "the consumer waits for it");
        finish(&schedule, 0, 256, 256);
        assert!(!schedule.consumed(0, 256) && !schedule.consumed(0, 512), "looks at 256 and 512 go on to 768");
        assert_eq!(take(&schedule), Some((0, 512, 256)));
        finish(&schedule, 0, 512, 256);
        assert_eq!(take(&schedule), Some((0, 768, 232)), "and the look at 768 to 1000");
        finish(&schedule, 0, 768, 232);
        assert!(!schedule.consumed(0, 768));
        assert!(schedule.consumed(0, 1000), "the last look ends it");
    }
}
