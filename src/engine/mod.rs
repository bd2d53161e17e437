//! The event engine: a clock and an agenda of future events. Knows no Kubernetes.
//!
//! Events come out by time; those of one instant in the order in which they were scheduled. Where one waits does not
//! matter to that order, only to the cost, which stays the same from a hundred events to a million. A few events are kept in
//! one sorted list. With more of them time is cut into slots, and an event waits unsorted in its own until the clock comes
//! there. What is scheduled into the slot that is open goes to a sorted list, mostly to its end; what would have far to go
//! there, and what lies beyond all slots, waits in a heap.

pub(crate) mod queue;

use std::cmp::Reverse;

use self::queue::Queue;
use crate::time::SimTime;

/// Events yet to come, in total order (time, then order of scheduling).
#[derive(Debug)]
pub struct Agenda<E> {
    /// All events while they are few, the next one last.
    few: Vec<Entry<E>>,
    /// They are not: all are in what follows.
    many: bool,
    /// Of the slot that is open: what was in it when it was opened, and what came since.
    due: Sorted<E>,
    soon: Sorted<E>,
    /// What `soon` did not take.
    crowd: Heap<E>,
    /// Slots before this one have been opened.
    next_slot: u64,
    /// A ring: slot `n` is at `n % SLOTS`, for the `SLOTS` from `next_slot` on.
    slots: Vec<Vec<Entry<E>>>,
    /// A bit for each slot that is not empty.
    occupied: [u64; SLOTS / 64],
    /// Events in slots.
    waiting: usize,
    /// Beyond all slots.
    far: Heap<E>,
    scheduled: u32,
    now: SimTime,
    /// The number of the event that was last taken out.
    current: u32,
}

/// A place in the order of events, kept for one that may turn out not to be needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    at: SimTime,
    number: u32,
}

impl Place {
    /// Its time.
    #[must_use]
    pub fn at(self) -> SimTime {
        self.at
    }
}

/// A slot is 2^26 ns, 67 ms; all of them are 69 s.
const SLOT_BITS: u32 = 26;
const SLOTS: usize = 1024;
/// How many places an event may move in the sorted list.
const MOVES: usize = 16;
/// More events than this are not few, and become few again when no more than `FEW_AGAIN` are left.
const FEW: usize = 32;
const FEW_AGAIN: usize = 8;

fn slot_of(at: SimTime) -> u64 {
    at.as_nanos() >> SLOT_BITS
}

#[derive(Clone, Copy, Debug)]
struct Entry<E> {
    at: SimTime,
    number: u32,
    event: E,
}

impl<E> Entry<E> {
    /// Time, then number, as one integer: one comparison without a branch orders two events.
    fn key(&self) -> u128 {
        u128::from(self.at.as_nanos()) << 64 | u128::from(self.number)
    }

    fn precedes(&self, other: &Self) -> bool {
        self.key() < other.key()
    }
}

/// Entries in order, taken from the front.
#[derive(Debug)]
struct Sorted<E>(Queue<Entry<E>>);

impl<E: Copy> Sorted<E> {
    /// Puts an entry where it belongs, if that is near either end.
    #[inline]
    fn insert(&mut self, entry: Entry<E>) -> bool {
        if self.0.last().is_some_and(|last| entry.precedes(last)) {
            return self.insert_before_last(entry);
        }
        self.0.push(entry);
        true
    }

    #[inline(never)]
    fn insert_before_last(&mut self, entry: Entry<E>) -> bool {
        if self.0.first().is_some_and(|first| entry.precedes(first)) && self.0.put_first(entry) {
            return true;
        }
        let length = self.0.as_slice().len();
        if length > MOVES && entry.precedes(&self.0.as_slice()[length - MOVES]) {
            return false;
        }
        self.0.push(entry);
        let entries = self.0.as_mut_slice();
        let mut place = entries.len() - 1;
        while place > 0 && entry.precedes(&entries[place - 1]) {
            entries[place] = entries[place - 1];
            place -= 1;
        }
        entries[place] = entry;
        true
    }
}

/// A 4-ary heap.
#[derive(Debug)]
struct Heap<E>(Vec<Entry<E>>);

impl<E: Copy> Heap<E> {
    fn first(&self) -> Option<&Entry<E>> {
        self.0.first()
    }

    fn push(&mut self, entry: Entry<E>) {
        self.0.push(entry);
        let mut place = self.0.len() - 1;
        while place > 0 {
            let parent = (place - 1) / 4;
            if !entry.precedes(&self.0[parent]) {
                break;
            }
            self.0[place] = self.0[parent];
            place = parent;
        }
        self.0[place] = entry;
    }

    fn drop_first(&mut self) {
        if let Some(last) = self.0.pop()
            && !self.0.is_empty()
        {
            self.sift_down(last);
        }
    }

    /// Puts an entry in place of the first one and moves it down to where it belongs.
    fn sift_down(&mut self, entry: Entry<E>) {
        let length = self.0.len();
        let mut place = 0;
        loop {
            let first = 4 * place + 1;
            let Some(children) = self.0.get(first..length.min(first + 4)) else { break };
            let Some((least, child)) = children.iter().enumerate().min_by_key(|(_, child)| child.key()) else { break };
            if !child.precedes(&entry) {
                break;
            }
            self.0[place] = *child;
            place = first + least;
        }
        self.0[place] = entry;
    }
}

impl<E: Copy> Default for Agenda<E> {
    fn default() -> Self {
        Self {
            few: Vec::new(),
            many: false,
            due: Sorted(Queue::default()),
            soon: Sorted(Queue::default()),
            crowd: Heap(Vec::new()),
            next_slot: 1,
            slots: std::iter::repeat_with(Vec::new).take(SLOTS).collect(),
            occupied: [0; SLOTS / 64],
            waiting: 0,
            far: Heap(Vec::new()),
            scheduled: 0,
            now: SimTime::ZERO,
            current: 0,
        }
    }
}

impl<E: Copy> Agenda<E> {
    /// Drops all events and sets the clock. Memory is kept for the next run.
    pub fn reset(&mut self, now: SimTime) {
        self.few.clear();
        self.many = false;
        self.due.0.clear();
        self.soon.0.clear();
        self.crowd.0.clear();
        while self.waiting > 0
            && let Some(slot) = self.next_occupied()
        {
            self.empty_slot(slot);
        }
        self.far.0.clear();
        self.next_slot = slot_of(now) + 1;
        self.scheduled = 0;
        self.now = now;
        self.current = 0;
    }

    /// The time of the event that was last taken out.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many events have been scheduled, and places reserved, since the last reset.
    #[must_use]
    pub fn scheduled(&self) -> u32 {
        self.scheduled
    }

    /// How many events are yet to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.few.len()
            + self.due.0.as_slice().len()
            + self.soon.0.as_slice().len()
            + self.crowd.0.len()
            + self.waiting
            + self.far.0.len()
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
    #[inline(always)]
    pub fn schedule(&mut self, at: SimTime, event: E) {
        if at.is_never() {
            return;
        }
        let place = self.reserve(at);
        self.schedule_at(place, event);
    }

    /// Takes the place that an event scheduled now for `at` would have. An instant that has passed means now.
    ///
    /// # Panics
    /// After 2³² places in one run.
    pub fn reserve(&mut self, at: SimTime) -> Place {
        let number = self.scheduled;
        self.scheduled = self.scheduled.checked_add(1).expect("fewer than 2^32 events in a run");
        Place { at: at.max(self.now), number }
    }

    /// Whether events at this place would have come out by now.
    #[must_use]
    pub fn has_passed(&self, place: Place) -> bool {
        (place.at, place.number) <= (self.now, self.current)
    }

    /// Schedules `event` at a place that has not passed.
    #[inline(always)]
    pub fn schedule_at(&mut self, place: Place, event: E) {
        let entry = Entry { at: place.at, number: place.number, event };
        if self.many || self.few.len() == FEW {
            return self.put(entry);
        }
        self.few.push(entry);
        let few = self.few.as_mut_slice();
        let mut place = few.len() - 1;
        while place > 0 && few[place - 1].precedes(&entry) {
            few[place] = few[place - 1];
            place -= 1;
        }
        few[place] = entry;
    }

    /// Puts the events that are few no more into slots.
    #[cold]
    fn spread(&mut self) {
        self.many = true;
        self.next_slot = slot_of(self.now) + 1;
        while let Some(entry) = self.few.pop() {
            self.put(entry);
        }
    }

    /// Takes the events that are few again out of their slots.
    #[cold]
    fn gather(&mut self) {
        self.many = false;
        while self.waiting > 0
            && let Some(slot) = self.next_occupied()
        {
            self.few.extend_from_slice(&self.slots[slot as usize % SLOTS]);
            self.empty_slot(slot);
        }
        self.few.append(&mut self.far.0);
        self.few.sort_unstable_by_key(|entry| Reverse(entry.key()));
    }

    #[inline(never)]
    fn put(&mut self, entry: Entry<E>) {
        if !self.many {
            self.spread();
        }
        let slot = slot_of(entry.at);
        if slot < self.next_slot {
            if !self.soon.insert(entry) {
                self.crowd.push(entry);
            }
        } else if slot - self.next_slot < SLOTS as u64 {
            let ring = slot as usize % SLOTS;
            self.slots[ring].push(entry);
            self.occupied[ring / 64] |= 1 << (ring % 64);
            self.waiting += 1;
        } else {
            self.far.push(entry);
        }
    }

    /// Takes out the next event and moves the clock to it.
    pub fn pop(&mut self) -> Option<E> {
        self.pop_until(SimTime::NEVER)
    }

    /// Takes out the next event, if it comes at `end` or before, and moves the clock to it.
    #[inline(always)]
    pub fn pop_until(&mut self, end: SimTime) -> Option<E> {
        while self.many {
            if !self.crowd.0.is_empty() {
                return self.pop_crowded(end);
            }
            let list = self.first_list();
            if let Some(&first) = list.0.first() {
                if first.at > end {
                    return None;
                }
                list.0.drop_first();
                return Some(self.taken(first));
            }
            self.fill_lists();
        }
        let first = self.few.pop_if(|first| first.at <= end)?;
        Some(self.taken(first))
    }

    /// Goes on where nothing is left of the open slot.
    #[inline(never)]
    fn fill_lists(&mut self) {
        if self.waiting + self.far.0.len() <= FEW_AGAIN {
            self.gather();
        } else {
            self.open_next_slot();
        }
    }

    fn taken(&mut self, entry: Entry<E>) -> E {
        self.now = entry.at;
        self.current = entry.number;
        entry.event
    }

    /// As [`Self::pop_until`] where not all of the open slot is in lists.
    #[cold]
    fn pop_crowded(&mut self, end: SimTime) -> Option<E> {
        let first = *self.first()?;
        if first.at > end {
            return None;
        }
        if self.crowd.first().is_some_and(|entry| entry.number == first.number) {
            self.crowd.drop_first();
        } else {
            self.first_list().0.drop_first();
        }
        Some(self.taken(first))
    }

    /// The next event of the open slot, or of all while they are few.
    fn first(&self) -> Option<&Entry<E>> {
        if !self.many {
            return self.few.last();
        }
        let heads = [self.due.0.first(), self.soon.0.first(), self.crowd.first()];
        heads.into_iter().flatten().min_by_key(|entry| entry.key())
    }

    /// The list whose first event comes before the other's.
    #[inline]
    fn first_list(&mut self) -> &mut Sorted<E> {
        let due = match (self.due.0.first(), self.soon.0.first()) {
            (Some(due), Some(soon)) => due.precedes(soon),
            (due, _) => due.is_some(),
        };
        if due { &mut self.due } else { &mut self.soon }
    }

    /// Moves on to the next slot that has an event, or that the heap has one for.
    fn open_next_slot(&mut self) {
        let far = self.far.first().map_or(u64::MAX, |entry| slot_of(entry.at));
        let near = if self.waiting > 0 { self.next_occupied().unwrap_or(u64::MAX) } else { u64::MAX };
        let slot = near.min(far);
        self.due.0.clear();
        if slot == near {
            self.due.0.extend_from_slice(&self.slots[slot as usize % SLOTS]);
            self.empty_slot(slot);
        }
        while let Some(&entry) = self.far.first().filter(|entry| slot_of(entry.at) == slot) {
            self.due.0.push(entry);
            self.far.drop_first();
        }
        let due = self.due.0.as_mut_slice();
        if due.len() > 1 {
            // Much of it is in order already, which the stable sort makes use of.
            due.sort_by_key(Entry::key);
        }
        self.next_slot = slot + 1;
    }

    fn empty_slot(&mut self, slot: u64) {
        let ring = slot as usize % SLOTS;
        self.waiting -= self.slots[ring].len();
        self.slots[ring].clear();
        self.occupied[ring / 64] &= !(1 << (ring % 64));
    }

    /// The first slot that is not empty.
    fn next_occupied(&self) -> Option<u64> {
        const WORDS: usize = SLOTS / 64;
        let start = self.next_slot as usize % SLOTS;
        let later = u64::MAX << (start % 64);
        (0..=WORDS).find_map(|step| {
            let word = (start / 64 + step) % WORDS;
            let mask = match step {
                0 => later,
                WORDS => !later,
                _ => u64::MAX,
            };
            let bits = self.occupied[word] & mask;
            let ring = word * 64 + bits.trailing_zeros() as usize;
            (bits != 0).then(|| self.next_slot + ((ring + SLOTS - start) % SLOTS) as u64)
        })
    }

    /// Takes out the next event if it is due at this very instant and `wanted` makes something of it.
    pub fn next_now<T>(&mut self, wanted: impl Fn(&E) -> Option<T>) -> Option<T> {
        let first = self.first().filter(|entry| entry.at == self.now)?;
        let found = wanted(&first.event)?;
        self.pop();
        Some(found)
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
        assert_eq!(agenda.pop(), Some('y'));
        assert!(agenda.is_empty());
    }

    #[test]
    fn events_of_the_open_slot_may_come_in_any_order() {
        let mut agenda = Agenda::default();
        let mut times: Vec<u64> = (0..1000).map(|number| number * 7919 % 1000).collect();
        for time in &times {
            agenda.schedule(SimTime::from_nanos(1 + time), *time);
        }
        times.sort_unstable();
        let order: Vec<u64> = std::iter::from_fn(|| agenda.pop()).collect();
        assert_eq!(order, times);
    }

    #[test]
    fn a_place_is_kept() {
        let mut agenda = Agenda::default();
        let first = agenda.reserve(at(2));
        agenda.schedule(at(2), 'b');
        agenda.schedule(at(1), 'x');
        assert_eq!(agenda.pop(), Some('x'));
        assert!(!agenda.has_passed(first));
        agenda.schedule_at(first, 'a');
        assert_eq!([agenda.pop_until(at(1)), agenda.pop_until(at(2)), agenda.pop()], [None, Some('a'), Some('b')]);
        assert!(agenda.has_passed(first));
    }

    #[test]
    fn only_events_of_this_instant_are_taken_early() {
        let mut agenda = Agenda::default();
        for (seconds, number) in [(1, 1), (1, 2), (1, 30), (2, 3)] {
            agenda.schedule(at(seconds), number);
        }
        assert_eq!(agenda.pop(), Some(1));
        let small = |number: &i32| (*number < 10).then_some(*number);
        assert_eq!([agenda.next_now(small), agenda.next_now(small)], [Some(2), None]);
        assert_eq!(agenda.pop(), Some(30));
        assert_eq!(agenda.next_now(small), None, "it is later");
    }

    /// From one instant to ten minutes: the open slot, the ring and the heap.
    fn spread(number: u32) -> u64 {
        [1, 50_000_000, 5_000, 30_000_000, 5_000_000_000, 60_000_000_000, 600_000_000_000][number as usize % 7]
    }

    /// Against the obvious model, a sorted list, under a long run of mixed operations.
    #[test]
    fn agrees_with_a_sorted_list() {
        let mut agenda = Agenda::default();
        let mut model: Vec<(SimTime, u32)> = Vec::new();
        let mut state = 12_345_u64;
        agenda.schedule(at(1), 0);
        agenda.reset(at(77));
        for number in 0..20_000_u32 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let time = SimTime::from_nanos(agenda.now().as_nanos() + (state >> 20) % spread(number));
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
        model.sort_unstable();
        let rest: Vec<_> = std::iter::from_fn(|| agenda.pop().map(|number| (agenda.now(), number))).collect();
        assert_eq!(rest, model);
    }

    /// Now few events, now many, as in a rollout that waits between its steps.
    #[test]
    fn few_become_many_and_few_again() {
        let mut agenda = Agenda::default();
        let mut model: Vec<(SimTime, u32)> = Vec::new();
        let (mut state, mut turns, mut many) = (99_u64, 0, false);
        for number in 0..20_000_u32 {
            let wanted = if number / 200 % 2 == 0 { 3 * FEW } else { FEW_AGAIN / 2 };
            while model.len() > wanted {
                let expected = model.remove(0);
                assert_eq!((agenda.pop(), agenda.now()), (Some(expected.1), expected.0));
            }
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let time = SimTime::from_nanos(agenda.now().as_nanos() + (state >> 20) % spread(number));
            agenda.schedule(time, number);
            let place = model.partition_point(|known| *known < (time, number));
            model.insert(place, (time, number));
            turns += u32::from(many != agenda.many);
            many = agenda.many;
        }
        assert!(turns > 50, "{turns}");
    }
}
