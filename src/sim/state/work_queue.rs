//! The queue of a controller's keys, and its workers.
//!
//! Upstream: `client-go/util/workqueue/queue.go: Add, Get, Done`: a key waits once, and one that changes while a worker has it goes
//! to the end when the worker is done. A worker keeps its key while its requests are under way.

use std::collections::VecDeque;

/// The keys that wait for a worker, and how many workers are idle. That a key waits, or that a worker has it, is for its own record
/// to say.
#[derive(Debug, Default)]
pub(crate) struct WorkQueue {
    idle: u32,
    waiting: VecDeque<u16>,
}

impl WorkQueue {
    /// Begins a run with so many workers.
    pub(crate) fn reset(&mut self, workers: u32) {
        self.idle = workers;
        self.waiting.clear();
    }

    /// A key that neither waits nor is worked on is to be synced: true where a worker takes it now; else it waits.
    pub(crate) fn take(&mut self, key: u16) -> bool {
        if self.idle == 0 {
            self.waiting.push_back(key);
            return false;
        }
        self.idle -= 1;
        true
    }

    /// A worker is done with its key; `again`: that key has changed meanwhile. Gives the key that the worker takes next.
    pub(crate) fn done(&mut self, again: Option<u16>) -> Option<u16> {
        if self.waiting.is_empty() {
            self.idle += u32::from(again.is_none());
            return again;
        }
        self.waiting.extend(again);
        self.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_wait_for_workers_first_come_first_served() {
        let mut queue = WorkQueue::default();
        queue.reset(2);
        assert_eq!([1, 2, 3, 4].map(|key| queue.take(key)), [true, true, false, false]);
        assert_eq!(queue.done(Some(1)), Some(3), "a key that has changed goes to the end");
        assert_eq!(
            [queue.done(None), queue.done(None), queue.done(None), queue.done(None)],
            [Some(4), Some(1), None, None]
        );
        assert_eq!([7, 8, 9].map(|key| queue.take(key)), [true, true, false]);
    }
}
