//! A 4-ary heap: half as deep as a binary one, and the children of a place lie side by side in memory.

use crate::engine::entry::Entry;

/// Entries, the first one at the root.
#[derive(Debug)]
pub(super) struct Heap<E>(pub(super) Vec<Entry<E>>);

impl<E: Copy> Heap<E> {
    pub(super) fn first(&self) -> Option<&Entry<E>> {
        self.0.first()
    }

    pub(super) fn push(&mut self, entry: Entry<E>) {
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

    pub(super) fn drop_first(&mut self) {
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
