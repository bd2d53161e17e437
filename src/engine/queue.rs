//! A first-in-first-out queue for what is on its way to a reader. Most of the time it is empty or holds one item.

/// A queue that takes its memory from the front again as soon as it is empty. Unlike `VecDeque` it is one slice at any time,
/// which the agenda sorts and moves entries in. Items before `first` have been taken.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    items: Vec<T>,
    first: usize,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { items: Vec::new(), first: 0 }
    }
}

impl<T> Queue<T> {
    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.first = 0;
    }

    /// Whether an item can be pushed without a change of what is there.
    #[inline(always)]
    pub(crate) fn has_room(&self) -> bool {
        self.items.len() < self.items.capacity()
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if !self.has_room() {
            self.make_room();
        }
        self.items.push(item);
    }

    /// Reuses the places of items that have been taken before more memory is allocated.
    #[cold]
    fn make_room(&mut self) {
        if self.first > self.items.len() / 2 {
            self.items.drain(..self.first);
            self.first = 0;
        }
    }

    pub(crate) fn first(&self) -> Option<&T> {
        self.items.get(self.first)
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.items.last_mut()
    }

    pub(crate) fn last(&self) -> Option<&T> {
        self.items.last()
    }

    /// Drops the first item; there must be one.
    #[inline]
    pub(crate) fn drop_first(&mut self) {
        self.first += 1;
        if self.first == self.items.len() {
            self.clear();
        }
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.items[self.first..]
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items[self.first..]
    }
}

impl<T: Copy> Queue<T> {
    /// Puts an item before all others, where one that was taken has left room.
    pub(crate) fn put_first(&mut self, item: T) -> bool {
        let room = self.first > 0;
        if room {
            self.first -= 1;
            self.items[self.first] = item;
        }
        room
    }

    pub(crate) fn extend_from_slice(&mut self, items: &[T]) {
        self.items.extend_from_slice(items);
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.pop_if(|_| true)
    }

    /// Takes the first item, if it is wanted.
    #[inline]
    pub(crate) fn pop_if(&mut self, wanted: impl FnOnce(&T) -> bool) -> Option<T> {
        let first = *self.first().filter(|first| wanted(first))?;
        self.drop_first();
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_in_first_out_in_the_room_of_what_has_left() {
        let mut queue = Queue::default();
        let mut expected = 0;
        for number in 0..1000 {
            queue.push(number);
            if number % 3 > 0 {
                assert_eq!(queue.pop(), Some(expected));
                expected += 1;
            }
        }
        assert_eq!(queue.last_mut(), Some(&mut 999));
        assert!(queue.items.capacity() <= 1024, "{}", queue.items.capacity());
        assert_eq!(queue.as_slice(), (expected..1000).collect::<Vec<_>>());
        while let Some(number) = queue.pop() {
            assert_eq!(number, expected);
            expected += 1;
        }
        assert!(queue.first().is_none() && queue.last().is_none() && queue.last_mut().is_none());
        assert_eq!((expected, queue.first), (1000, 0));
    }
}
