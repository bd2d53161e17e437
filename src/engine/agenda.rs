//! The agenda: a clock and the events yet to come.

use std::cmp::Reverse;

use crate::engine::entry::Entry;
use crate::engine::heap::Heap;
use crate::engine::queue::Queue;
use crate::engine::sorted::Sorted;
use crate::time::SimTime;

/// Events yet to come, in total order (time, then order of scheduling).
#[derive(Debug)]
pub struct Agenda<E> {
    /// All events, the next one last, while [`Self::in_slots`] is false. It never grows, so that nobody looks for room in it.
    list: Vec<Entry<E>>,
    /// All events are in the slots, lists and heaps that follow.
    pub(super) in_slots: bool,
    /// The open slot's events: those that were in it when it was opened.
    opened: Sorted<E>,
    /// Those that have been scheduled into it since.
    added: Sorted<E>,
    /// Those that [`Self::added`] refused because they would have moved too far.
    overflow: Heap<E>,
    /// Slots before this one have been opened.
    next_slot: u64,
    /// A ring: slot `n` is at `n % SLOTS`, for the `SLOTS` from `next_slot` on.
    slots: Vec<Vec<Entry<E>>>,
    /// A bit for each slot that is not empty.
    occupied: [u64; SLOTS / 64],
    /// How many events are in slots.
    in_ring: usize,
    /// Events later than the last slot.
    beyond: Heap<E>,
    /// How many events have been scheduled: the number of the next one.
    scheduled: u32,
    now: SimTime,
    /// The number of the event that was last taken out.
    current: u32,
}

/// A place in the order of events, kept for an event that may turn out not to be needed.
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

/// How many slots there are.
const SLOTS: usize = 1024;

/// Most events that are kept in one list.
pub(super) const LIST: usize = 32;

/// The slots give back to the list when no more events than this are left. It lies far below [`LIST`], so that events do not
/// move to and fro.
pub(super) const LIST_AGAIN: usize = 8;

fn slot_of(at: SimTime) -> u64 {
    at.as_nanos() >> SLOT_BITS
}

impl<E: Copy> Default for Agenda<E> {
    fn default() -> Self {
        Self {
            list: Vec::with_capacity(LIST),
            in_slots: false,
            opened: Sorted(Queue::default()),
            added: Sorted(Queue::default()),
            overflow: Heap(Vec::new()),
            next_slot: 1,
            slots: std::iter::repeat_with(Vec::new).take(SLOTS).collect(),
            occupied: [0; SLOTS / 64],
            in_ring: 0,
            beyond: Heap(Vec::new()),
            scheduled: 0,
            now: SimTime::ZERO,
            current: 0,
        }
    }
}

impl<E: Copy> Agenda<E> {
    /// Drops all events and sets the clock. Memory is kept for the next run.
    pub fn reset(&mut self, now: SimTime) {
        self.list.clear();
        self.in_slots = false;
        self.opened.0.clear();
        self.added.0.clear();
        self.overflow.0.clear();
        while self.in_ring > 0
            && let Some(slot) = self.next_occupied()
        {
            self.empty_slot(slot);
        }
        self.beyond.0.clear();
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
        self.list.len()
            + self.opened.0.as_slice().len()
            + self.added.0.as_slice().len()
            + self.overflow.0.len()
            + self.in_ring
            + self.beyond.0.len()
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
        self.schedule_at_newest(place, event);
    }

    /// Schedules `event` at the place that was taken last.
    #[inline(always)]
    pub fn schedule_at_newest(&mut self, place: Place, event: E) {
        debug_assert_eq!(place.number + 1, self.scheduled, "another place has been taken since");
        if self.in_slots || self.list.len() == self.list.capacity() {
            self.put(place, event);
        } else {
            self.insert_newest(place, event);
        }
    }

    /// Puts an event into the list, which has room. No other one has a greater number, so that the time alone orders it.
    #[inline(always)]
    fn insert_newest(&mut self, place: Place, event: E) {
        let entry = Entry { at: place.at, number: place.number, event };
        let next = match self.list.last() {
            Some(next) if next.at <= place.at => *next,
            _ => return self.list.push(entry),
        };
        self.list.push(next);
        let list = self.list.as_mut_slice();
        let mut free = list.len() - 2;
        while free > 0 && list[free - 1].at <= place.at {
            list[free] = list[free - 1];
            free -= 1;
        }
        list[free] = entry;
    }

    /// Takes the place that an event scheduled now for `at` would have. An instant that has passed means now.
    ///
    /// # Panics
    /// After 2³² places in one run.
    #[inline(always)]
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

    /// Schedules `event`, unless it would be the next one to come out, at this very instant: then it counts as taken out, and
    /// the caller handles it (true).
    #[inline]
    pub fn schedule_or_take(&mut self, at: SimTime, event: E) -> bool {
        if at.is_never() {
            return false;
        }
        let place = self.reserve(at);
        let next = place.at == self.now && self.first().is_none_or(|first| first.at > place.at);
        if next {
            self.current = place.number;
        } else {
            self.schedule_at_newest(place, event);
        }
        next
    }

    /// Schedules `event` at a place that has not passed.
    #[inline(never)]
    pub fn schedule_at(&mut self, place: Place, event: E) {
        if self.in_slots || self.list.len() == self.list.capacity() {
            return self.put(place, event);
        }
        let entry = Entry { at: place.at, number: place.number, event };
        let later = self.list.partition_point(|other| entry.precedes(other));
        self.list.insert(later, entry);
    }

    /// Moves the events of a full list into slots.
    #[cold]
    fn distribute(&mut self) {
        self.in_slots = true;
        self.next_slot = slot_of(self.now) + 1;
        while let Some(Entry { at, number, event }) = self.list.pop() {
            self.put(Place { at, number }, event);
        }
    }

    /// Moves the events that are left into the list.
    #[cold]
    fn collect_into_list(&mut self) {
        self.in_slots = false;
        while self.in_ring > 0
            && let Some(slot) = self.next_occupied()
        {
            self.list.extend_from_slice(&self.slots[slot as usize % SLOTS]);
            self.empty_slot(slot);
        }
        self.list.append(&mut self.beyond.0);
        self.list.sort_unstable_by_key(|entry| Reverse(entry.key()));
    }

    /// Puts an event into its slot: mostly to the end of a list that has room for it.
    #[inline(never)]
    fn put(&mut self, place: Place, event: E) {
        let entry = Entry { at: place.at, number: place.number, event };
        let slot = slot_of(place.at);
        let is_put = self.in_slots
            && if slot < self.next_slot { self.added.append(entry) } else { self.append_to_slot(slot, entry) };
        if !is_put {
            self.put_with_care(place, event);
        }
    }

    /// Puts an event into a later slot, if that is one of the ring and has room.
    #[inline(always)]
    fn append_to_slot(&mut self, slot: u64, entry: Entry<E>) -> bool {
        let ring = slot as usize % SLOTS;
        let events = &mut self.slots[ring];
        let has_room = slot - self.next_slot < SLOTS as u64 && events.len() < events.capacity();
        if has_room {
            events.push(entry);
            self.note_put(ring);
        }
        has_room
    }

    /// One more event is in a slot of the ring.
    #[inline(always)]
    fn note_put(&mut self, ring: usize) {
        self.occupied[ring / 64] |= 1 << (ring % 64);
        self.in_ring += 1;
    }

    /// Puts an event where it must be put between others, where memory must be made for it, or behind the last slot. It is not
    /// passed as an entry, which would be written to memory before it is known where to.
    #[inline(never)]
    fn put_with_care(&mut self, place: Place, event: E) {
        if !self.in_slots {
            self.distribute();
        }
        let entry = Entry { at: place.at, number: place.number, event };
        let slot = slot_of(entry.at);
        if slot < self.next_slot {
            if !self.added.insert(entry) {
                self.overflow.push(entry);
            }
        } else if slot - self.next_slot < SLOTS as u64 {
            let ring = slot as usize % SLOTS;
            self.slots[ring].push(entry);
            self.note_put(ring);
        } else {
            self.beyond.push(entry);
        }
    }

    /// Takes out the next event and moves the clock to it.
    pub fn pop(&mut self) -> Option<E> {
        self.pop_until(SimTime::NEVER)
    }

    /// Takes out the next event, if it comes at `end` or before, and moves the clock to it.
    #[inline(always)]
    pub fn pop_until(&mut self, end: SimTime) -> Option<E> {
        while self.in_slots {
            if !self.overflow.0.is_empty() {
                return self.pop_with_overflow(end);
            }
            if let Some(list) = self.earlier_list() {
                let first = list.0.pop_if(|first| first.at <= end)?;
                return Some(self.taken(first));
            }
            self.fill_lists();
        }
        let first = self.list.pop_if(|first| first.at <= end)?;
        Some(self.taken(first))
    }

    /// Refills the lists when nothing is left of the open slot.
    #[inline(never)]
    fn fill_lists(&mut self) {
        if self.in_ring + self.beyond.0.len() <= LIST_AGAIN {
            self.collect_into_list();
        } else {
            self.open_next_slot();
        }
    }

    fn taken(&mut self, entry: Entry<E>) -> E {
        self.now = entry.at;
        self.current = entry.number;
        entry.event
    }

    /// As [`Self::pop_until`], where some events of the open slot are in the heap.
    #[cold]
    fn pop_with_overflow(&mut self, end: SimTime) -> Option<E> {
        let first = *self.first()?;
        if first.at > end {
            return None;
        }
        if self.overflow.first().is_some_and(|entry| entry.number == first.number) {
            self.overflow.drop_first();
        } else if let Some(list) = self.earlier_list() {
            list.0.drop_first();
        }
        Some(self.taken(first))
    }

    /// The next event: of the list, or of the open slot.
    fn first(&self) -> Option<&Entry<E>> {
        if !self.in_slots {
            return self.list.last();
        }
        let earlier = match (self.opened.0.first(), self.added.0.first()) {
            (Some(opened), Some(added)) if added.precedes(opened) => Some(added),
            (opened, added) => opened.or(added),
        };
        match self.overflow.first() {
            Some(first) if earlier.is_none_or(|earlier| first.precedes(earlier)) => Some(first),
            _ => earlier,
        }
    }

    /// The list whose first event comes before the other's; `None`: both are empty.
    #[inline]
    fn earlier_list(&mut self) -> Option<&mut Sorted<E>> {
        match (self.opened.0.first(), self.added.0.first()) {
            (Some(opened), Some(added)) if added.precedes(opened) => Some(&mut self.added),
            (Some(_), _) => Some(&mut self.opened),
            (None, Some(_)) => Some(&mut self.added),
            (None, None) => None,
        }
    }

    /// Moves on to the next slot that has an event, or that the heap has one for.
    fn open_next_slot(&mut self) {
        let beyond = self.beyond.first().map_or(u64::MAX, |entry| slot_of(entry.at));
        let near = if self.in_ring > 0 { self.next_occupied().unwrap_or(u64::MAX) } else { u64::MAX };
        let slot = near.min(beyond);
        self.opened.0.clear();
        if slot == near {
            self.opened.0.extend_from_slice(&self.slots[slot as usize % SLOTS]);
            self.empty_slot(slot);
        }
        while let Some(&entry) = self.beyond.first().filter(|entry| slot_of(entry.at) == slot) {
            self.opened.0.push(entry);
            self.beyond.drop_first();
        }
        let opened = self.opened.0.as_mut_slice();
        if opened.len() > 1 {
            // Most of it is in order already, which makes the stable sort fast.
            opened.sort_by_key(Entry::key);
        }
        self.next_slot = slot + 1;
    }

    fn empty_slot(&mut self, slot: u64) {
        let ring = slot as usize % SLOTS;
        self.in_ring -= self.slots[ring].len();
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
