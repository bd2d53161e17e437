//! A sorted list that takes an event only where it belongs near either end.
//!
//! Most events are scheduled behind all others of their slot, which costs one comparison. An insertion moves at most
//! [`MOVES`] entries; what would have to move further is refused, so that no insertion is linear in the number of events.

use crate::engine::entry::Entry;
use crate::engine::queue::Queue;

/// How many places an event may move in the sorted list.
const MOVES: usize = 16;

/// Entries in order, taken from the front.
#[derive(Debug)]
pub(super) struct Sorted<E>(pub(super) Queue<Entry<E>>);

impl<E: Copy> Sorted<E> {
    /// Puts an entry behind all others, if it belongs there and there is room for it.
    #[inline(always)]
    pub(super) fn append(&mut self, entry: Entry<E>) -> bool {
        let is_last = self.0.has_room() && self.0.last().is_none_or(|last| !entry.precedes(last));
        if is_last {
            self.0.push(entry);
        }
        is_last
    }

    /// Puts an entry where it belongs, if that is near either end.
    #[inline]
    pub(super) fn insert(&mut self, entry: Entry<E>) -> bool {
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
