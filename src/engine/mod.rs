//! The event engine: a clock and an agenda of future events. It knows no Kubernetes.
//!
//! Events come out by time; those of one instant come out in the order in which they were scheduled. Where an event waits
//! does not matter to that order, only to the cost:
//!
//! * While at most 32 events wait, all are in one sorted list. A rollout of 10 pods has about 15, and such a list took 8 %
//!   off the instructions of that rollout.
//! * With more events, time is cut into slots of 67 ms, and an event waits unsorted in its slot until the clock comes
//!   there. Then the slot is sorted once, which is cheap because most of it is in order already.
//! * An event that is scheduled into the open slot goes to a second sorted list, mostly to its end. Where it would have to
//!   move more than 16 places it goes to a heap instead.
//! * An event that lies behind the last slot (69 s ahead) waits in another heap.
//!
//! A binary heap would be simpler, but its cost grows with the number of events: @@HEAP@@

pub(crate) mod queue;

mod entry;

mod sorted;

mod heap;

mod agenda;

#[cfg(test)]
mod tests;

pub use agenda::{Agenda, Place};
