//! A scheduled event with its place in the total order.

use crate::time::SimTime;

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<E> {
    pub(super) at: SimTime,
    pub(super) number: u32,
    pub(super) event: E,
}

impl<E> Entry<E> {
    /// Time, then number, as one integer: one comparison without a branch orders two events.
    pub(super) fn key(&self) -> u128 {
        u128::from(self.at.as_nanos()) << 64 | u128::from(self.number)
    }

    pub(super) fn precedes(&self, other: &Self) -> bool {
        self.key() < other.key()
    }
}
