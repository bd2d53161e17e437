//! The queue itself, which no engine sees into: who waits, and what is drawn when.

use std::collections::VecDeque;

use rollcast::distribution::{Distribution, Shape};
use rollcast::random::{Draws, Purpose};
use rollcast::time::SimDuration;
use serde::{Deserialize, Serialize};

use crate::{BETWEEN_ARRIVALS, CUSTOMERS, SERVICE};

/// Every customer's random numbers.
pub(crate) struct Luck {
    draws: Draws,
    between: Distribution,
    service: Distribution,
}

impl Luck {
    pub(crate) fn new(seed: u64) -> Self {
        let exponential = |mean| {
            Distribution::new(Shape::Exponential { mean }, 0.0, None).expect("a positive mean makes a distribution")
        };
        Self { draws: Draws::new(seed), between: exponential(BETWEEN_ARRIVALS), service: exponential(SERVICE) }
    }

    /// From the arrival of the customer before to that of this one.
    pub(crate) fn between(&mut self, customer: u64) -> SimDuration {
        some(self.draws.duration(&self.between, 0, Purpose::Api, customer))
    }

    /// How long this customer is served.
    pub(crate) fn service(&mut self, customer: u64) -> SimDuration {
        some(self.draws.duration(&self.service, 0, Purpose::Scheduling, customer))
    }
}

/// NeXosim schedules nothing for the present instant, so that no length of time may be rounded to zero.
fn some(length: SimDuration) -> SimDuration {
    length.max(SimDuration::from_nanos(1))
}

/// One server and the customers before it; `T` is the engine's own type of instant.
#[derive(Serialize, Deserialize)]
pub(crate) struct Station<T> {
    /// When the customers present arrived, the one being served first.
    present: VecDeque<T>,
    arrived: u64,
    departed: u64,
}

/// What is to be scheduled after an arrival.
pub(crate) struct AfterArrival {
    pub(crate) arrival: Option<SimDuration>,
    pub(crate) departure: Option<SimDuration>,
}

impl<T> Station<T> {
    pub(crate) fn new() -> Self {
        Self { present: VecDeque::new(), arrived: 0, departed: 0 }
    }

    pub(crate) fn events(&self) -> u64 {
        self.arrived + self.departed
    }

    pub(crate) fn arrive(&mut self, now: T, luck: &mut Luck) -> AfterArrival {
        self.arrived += 1;
        self.present.push_back(now);
        AfterArrival {
            arrival: (self.arrived < CUSTOMERS).then(|| luck.between(self.arrived)),
            departure: (self.present.len() == 1).then(|| luck.service(self.departed)),
        }
    }

    /// When the customer who leaves had arrived, and how long the next one, if there is one, will be served.
    pub(crate) fn depart(&mut self, luck: &mut Luck) -> (T, Option<SimDuration>) {
        let arrived = self.present.pop_front().expect("only a customer who is present departs");
        self.departed += 1;
        (arrived, (!self.present.is_empty()).then(|| luck.service(self.departed)))
    }
}
