//! Which block a worker takes next, and when a scenario has enough of them.
//!
//! A scenario's blocks are taken in order up to its next look; when all of them are in, its records decide whether it
//! goes on to the look after. Workers go on with later scenarios meanwhile, as far as they may run ahead of the consumer,
//! so that how many replications a scenario gets hangs on its records alone, not on the threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::BLOCK;
use crate::analysis;
use crate::metrics::Record;
use crate::plan::{BATCH, Plan};

/// Looks are at the ends of blocks.
const _: () = assert!(BATCH.is_multiple_of(BLOCK));

/// How often a worker that is held back looks whether it should stop.
const LOOK: Duration = Duration::from_millis(50);

/// A block to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Task {
    /// The scenario's place in the plan.
    pub(super) scenario: usize,
    /// First replication.
    pub(super) first: u32,
    /// How many.
    pub(super) count: u32,
}

/// What is left to do, shared by the workers and the consumer.
#[derive(Debug)]
pub(super) struct Schedule<'a> {
    plan: &'a Plan,
    /// Numbers of replications at which a scenario may have enough.
    looks: Vec<u32>,
    /// Blocks that may be under way or waiting for the consumer; the scenario it waits for may have as many again.
    ahead: usize,
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Scenarios that have begun and are not known to have enough.
    open: BTreeMap<usize, Open>,
    /// How many replications the others have, until the consumer has them.
    ended: BTreeMap<usize, u32>,
    /// The first scenario that has not begun.
    next: usize,
    /// The scenario that the consumer waits for, and how many of its replications it has.
    head: usize,
    consumed: u32,
    /// Blocks taken and not consumed.
    held: usize,
}

/// A scenario under way.
#[derive(Debug)]
struct Open {
    look: usize,
    /// Replications taken and finished.
    taken: u32,
    finished: u32,
    /// By first replication; kept only where they decide something.
    records: BTreeMap<u32, Vec<Record>>,
}

impl<'a> Schedule<'a> {
    pub(super) fn new(plan: &'a Plan, ahead: usize) -> Self {
        let looks = plan.precision.as_ref().map(|precision| precision.looks(plan.replications));
        Self {
            plan,
            looks: looks.unwrap_or_else(|| vec![plan.replications]),
            ahead,
            state: Mutex::default(),
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
            if state.open.is_empty() && state.next == self.plan.scenarios.len() {
                return None;
            }
            // Whoever sets `stop` need not know of this schedule.
            state = self.moved.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        None
    }

    fn next_task(&self, state: &mut State) -> Option<Task> {
        let (held, head, consumed) = (state.held, state.head, state.consumed);
        let may = |scenario: usize, taken: u32| {
            held < self.ahead || (scenario == head && ((taken - consumed).div_ceil(BLOCK) as usize) < self.ahead)
        };
        for (&scenario, open) in &mut state.open {
            let limit = self.looks[open.look];
            if open.taken < limit && may(scenario, open.taken) {
                let first = open.taken;
                let count = BLOCK.min(limit - first);
                open.taken += count;
                return Some(Task { scenario, first, count });
            }
        }
        let scenario = state.next;
        if scenario == self.plan.scenarios.len() || !may(scenario, 0) {
            return None;
        }
        state.next += 1;
        let count = BLOCK.min(self.looks[0]);
        let open = Open { look: 0, taken: count, finished: 0, records: BTreeMap::new() };
        state.open.insert(scenario, open);
        Some(Task { scenario, first: 0, count })
    }

    /// A block is finished, with these records. At a look this decides whether the scenario goes on.
    pub(super) fn finish(&self, task: Task, records: &[Record]) {
        let mut state = self.state();
        let Some(open) = state.open.get_mut(&task.scenario) else { return };
        open.finished += task.count;
        let (limit, last) = (self.looks[open.look], open.look + 1 == self.looks.len());
        if !last {
            open.records.insert(task.first, records.to_vec());
        }
        if open.finished < limit {
            return;
        }
        let seen = std::mem::take(&mut open.records);
        // Until this is decided nobody takes a block of the scenario; others need not wait for it.
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
        analysis::precise(self.plan, &records, self.plan.scenarios[scenario].horizon)
    }

    /// The consumer has taken the next block of the scenario it waits for, the one up to replication `end`. True: it was
    /// the scenario's last, and the consumer waits for the next scenario.
    pub(super) fn consumed(&self, scenario: usize, end: u32) -> bool {
        let mut state = self.state();
        state.held -= 1;
        state.consumed = end;
        // A block is handed over after it was finished, so by its last block a scenario has ended.
        let last = state.ended.get(&scenario) == Some(&end);
        if last {
            state.ended.remove(&scenario);
            state.head = scenario + 1;
            state.consumed = 0;
        }
        drop(state);
        self.moved.notify_all();
        last
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
