//! The floors of a run: the same numbers drawn, and as many events pushed and popped, without any decision.
//!
//! As in the queue, two events wait at a time. Each function returns the number of events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;

use rollcast::engine::Agenda;
use rollcast::time::{SimDuration, SimTime};

use crate::station::Luck;
use crate::{CUSTOMERS, Job};

/// The events of one customer.
const KINDS: [Kind; 2] = [Kind::Arrival, Kind::Departure];

/// The floors by name.
pub const ALL: [Job; 3] = [("draws alone", draws), ("draws, agenda", agenda), ("draws, BinaryHeap", binary_heap)];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Arrival,
    Departure,
}

/// The lengths of time of one run, each stream in its order.
struct Lengths {
    luck: Luck,
    drawn: [u64; 2],
}

impl Lengths {
    fn new(seed: u64) -> Self {
        Self { luck: Luck::new(seed), drawn: [0; 2] }
    }

    /// The next length of this kind, as long as there are customers.
    fn next(&mut self, kind: Kind) -> Option<SimDuration> {
        let drawn = &mut self.drawn[kind as usize];
        *drawn += 1;
        (*drawn <= CUSTOMERS).then(|| match kind {
            Kind::Arrival => self.luck.between(),
            Kind::Departure => self.luck.service(),
        })
    }
}

/// Draws alone.
#[must_use]
pub fn draws(seed: u64) -> u64 {
    let mut lengths = Lengths::new(seed);
    let mut drawn = 0;
    while let [Some(between), Some(service)] = KINDS.map(|kind| lengths.next(kind)) {
        black_box((between, service));
        drawn += 2;
    }
    drawn
}

/// Draws, and rollcast's agenda.
#[must_use]
pub fn agenda(seed: u64) -> u64 {
    let mut lengths = Lengths::new(seed);
    let mut agenda = Agenda::default();
    let mut passed = 0;
    for kind in KINDS {
        schedule(&mut agenda, lengths.next(kind), kind);
    }
    while let Some(kind) = agenda.pop() {
        passed += 1;
        schedule(&mut agenda, lengths.next(kind), kind);
    }
    passed
}

fn schedule(agenda: &mut Agenda<Kind>, length: Option<SimDuration>, kind: Kind) {
    if let Some(length) = length {
        agenda.schedule(agenda.now() + length, kind);
    }
}

/// Draws, and the standard library's heap, with the agenda's order: by time, then by order of scheduling.
#[must_use]
pub fn binary_heap(seed: u64) -> u64 {
    let mut lengths = Lengths::new(seed);
    let mut heap = BinaryHeap::new();
    let mut passed = 0;
    let mut push = |heap: &mut BinaryHeap<_>, now: SimTime, kind| {
        if let Some(length) = lengths.next(kind) {
            heap.push(Reverse((now + length, passed, kind)));
            passed += 1;
        }
    };
    for kind in KINDS {
        push(&mut heap, SimTime::ZERO, kind);
    }
    while let Some(Reverse((now, _, kind))) = heap.pop() {
        push(&mut heap, now, kind);
    }
    passed
}
