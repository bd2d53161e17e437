//! The queue on rollcast's agenda.

use rollcast::engine::Agenda;
use rollcast::time::{SimDuration, SimTime};

use crate::Outcome;
use crate::station::{Luck, Station};

#[derive(Clone, Copy)]
enum Event {
    Arrival,
    Departure,
}

/// Serves [`CUSTOMERS`](crate::CUSTOMERS) customers with the random numbers of `seed`.
#[must_use]
pub fn run(seed: u64) -> Outcome {
    let mut luck = Luck::new(seed);
    let mut station = Station::new();
    let mut agenda = Agenda::default();
    let mut in_system = SimDuration::ZERO;
    agenda.schedule(SimTime::ZERO + luck.between(), Event::Arrival);
    while let Some(event) = agenda.pop() {
        let now = agenda.now();
        match event {
            Event::Arrival => {
                let next = station.arrive(now, &mut luck);
                if let Some(length) = next.arrival {
                    agenda.schedule(now + length, Event::Arrival);
                }
                if let Some(length) = next.departure {
                    agenda.schedule(now + length, Event::Departure);
                }
            }
            Event::Departure => {
                let (arrived, next) = station.depart(&mut luck);
                in_system += now - arrived;
                if let Some(length) = next {
                    agenda.schedule(now + length, Event::Departure);
                }
            }
        }
    }
    Outcome { events: station.events(), in_system }
}
