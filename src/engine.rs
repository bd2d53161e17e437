//! The event engine: a clock and an agenda of future events. Knows no Kubernetes.
//!
//! Events come out by time; those of one instant in the order in which they were scheduled. Most events lie just ahead:
//! they are kept in a short sorted list, where they cost a few moves. The others wait in a 4-ary heap. Which of the two an
//! event goes to does not matter to the order, only to the cost.

use crate::time::SimTime;

/// Events yet to come, in total order (time, then order of scheduling).
#[derive(Debug)]
pub struct Agenda<E> {
    /// Latest first, so that the next event is at the end.
    near: Vec<Entry<E>>,
    heap: Vec<Entry<E>>,
    scheduled: u32,
    now: SimTime,
}

/// How many places an event may move in the sorted list.
const MOVES: usize = 12;

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    /// Time, then number: one comparison orders two events.
    key: u128,
    event: E,
}

impl<E> Entry<E> {
    fn new(at: SimTime, number: u32, event: E) -> Self {
        Self { key: u128::from(at.as_nanos()) << 64 | u128::from(number), event }
    }

    fn at(&self) -> SimTime {
        SimTime::from_nanos((self.key >> 64) as u64)
    }

    fn precedes(&self, other: &Self) -> bool {
        self.key < other.key
    }
}

impl<E: Copy> Default for Agenda<E> {
    fn default() -> Self {
        Self { near: Vec::new(), heap: Vec::new(), scheduled: 0, now: SimTime::ZERO }
    }
}

impl<E: Copy> Agenda<E> {
    /// Drops all events and sets the clock. Memory is kept for the next run.
    pub fn reset(&mut self, now: SimTime) {
        self.near.clear();
        self.heap.clear();
        self.scheduled = 0;
        self.now = now;
    }

    /// The time of the event that was last taken out.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events have been scheduled since the last reset.
    #[must_use]
    pub fn scheduled(&self) -> u32 {
        self.scheduled
    }

    /// How many events are yet to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.near.len() + self.heap.len()
    }

    /// Whether no event is to come.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Schedules `event` at `at`. An instant that has passed means now; "never" is dropped.
    ///
    /// # Panics
    /// After 2³² events in one run.
    pub fn schedule(&mut self, at: SimTime, event: E) {
        if at.is_never() {
            return;
        }
        let entry = Entry::new(at.max(self.now), self.scheduled, event);
        self.scheduled = self.scheduled.checked_add(1).expect("fewer than 2^32 events in a run");
        let length = self.near.len();
        if length >= MOVES && !entry.precedes(&self.near[length - MOVES]) {
            self.heap.push(entry);
            self.sift_up(self.heap.len() - 1);
            return;
        }
        let later = self.near.iter().rev().position(|known| entry.precedes(known)).unwrap_or(length);
        self.near.insert(length - later, entry);
    }

    /// Takes out the next event and moves the clock to it.
    pub fn pop(&mut self) -> Option<E> {
        let first = match (self.near.last(), self.heap.first()) {
            (Some(near), Some(far)) if far.precedes(near) => self.next_of_heap()?,
            (None, Some(_)) => self.next_of_heap()?,
            _ => self.near.pop()?,
        };
        self.now = first.at();
        Some(first.event)
    }

    fn next_of_heap(&mut self) -> Option<Entry<E>> {
        let first = *self.heap.first()?;
        let last = self.heap.pop()?;
        if !self.heap.is_empty() {
            self.heap[0] = last;
            self.sift_down();
        }
        Some(first)
    }

    fn first(&self) -> Option<&Entry<E>> {
        match (self.near.last(), self.heap.first()) {
            (Some(near), Some(far)) if far.precedes(near) => Some(far),
            (None, far) => far,
            (near, _) => near,
        }
    }

    /// Takes out the next event if it is due at this very instant and `wanted` makes something of it.
    pub fn next_now<T>(&mut self, wanted: impl Fn(&E) -> Option<T>) -> Option<T> {
        let first = self.first().filter(|entry| entry.at() == self.now)?;
        let found = wanted(&first.event)?;
        self.pop();
        Some(found)
    }

    /// The time of the next event.
    #[must_use]
    pub fn peek(&self) -> Option<SimTime> {
        self.first().map(Entry::at)
    }

    fn sift_up(&mut self, mut place: usize) {
        let entry = self.heap[place];
        while place > 0 {
            let parent = (place - 1) / 4;
            if !entry.precedes(&self.heap[parent]) {
                break;
            }
            self.heap[place] = self.heap[parent];
            place = parent;
        }
        self.heap[place] = entry;
    }

    fn sift_down(&mut self) {
        let length = self.heap.len();
        let entry = self.heap[0];
        let mut place = 0;
        loop {
            let first = 4 * place + 1;
            let Some(children) = self.heap.get(first..length.min(first + 4)) else { break };
            let Some((least, child)) = children.iter().enumerate().min_by_key(|(_, child)| child.key) else { break };
            if !child.precedes(&entry) {
                break;
            }
            self.heap[place] = *child;
            place = first + least;
        }
        self.heap[place] = entry;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn events_of_one_instant_keep_their_order() {
        let mut agenda = Agenda::default();
        for (seconds, name) in [(2, 'c'), (1, 'a'), (2, 'd'), (1, 'b')] {
            agenda.schedule(at(seconds), name);
        }
        let order: String = std::iter::from_fn(|| agenda.pop()).collect();
        assert_eq!(order, "abcd");
        assert_eq!(agenda.now(), at(2));
    }

    #[test]
    fn the_past_is_now_and_never_is_dropped() {
        let mut agenda = Agenda::default();
        agenda.schedule(at(5), 'x');
        agenda.pop();
        agenda.schedule(at(1), 'y');
        agenda.schedule(SimTime::NEVER, 'z');
        assert_eq!(agenda.peek(), Some(at(5)));
        assert_eq!(agenda.pop(), Some('y'));
        assert!(agenda.is_empty());
    }

    /// Against the obvious model, a sorted list, under a long run of mixed operations.
    #[test]
    fn agrees_with_a_sorted_list() {
        let mut agenda = Agenda::default();
        let mut model: Vec<(SimTime, u32)> = Vec::new();
        let mut state = 12_345_u64;
        for number in 0..20_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let time =
                SimTime::from_nanos(agenda.now().as_nanos() + (state >> 40) % if number % 3 == 0 { 5_000 } else { 50 });
            agenda.schedule(time, number);
            model.push((time, number));
            if state >> 63 == 0 || number > 15_000 {
                model.sort_unstable();
                let expected = model.remove(0);
                assert_eq!(agenda.pop(), Some(expected.1));
                assert_eq!(agenda.now(), expected.0);
            }
        }
        assert_eq!(agenda.len(), model.len());
    }
}
