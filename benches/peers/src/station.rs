//! The queue itself, independent of the engine: which customers wait, and which numbers are drawn when.

use std::collections::VecDeque;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::Exp1;
use rollcast::time::SimDuration;
use serde::{Deserialize, Serialize};

use crate::{BETWEEN_ARRIVALS, CUSTOMERS, SERVICE};

/// Every customer's random numbers: a stream of the times between arrivals, and one of the service times.
pub(crate) struct Luck {
    between: ChaCha8Rng,
    service: ChaCha8Rng,
}

impl Luck {
    pub(crate) fn new(seed: u64) -> Self {
        let stream = |number| {
            let mut stream = ChaCha8Rng::seed_from_u64(seed);
            stream.set_stream(number);
            stream
        };
        Self { between: stream(0), service: stream(1) }
    }

    /// The time from the arrival of the previous customer to that of this one.
    pub(crate) fn between(&mut self) -> SimDuration {
        exponential(&mut self.between, BETWEEN_ARRIVALS)
    }

    /// The service time of the next customer.
    pub(crate) fn service(&mut self) -> SimDuration {
        exponential(&mut self.service, SERVICE)
    }
}

fn exponential(stream: &mut ChaCha8Rng, mean: f64) -> SimDuration {
    let standard: f64 = stream.sample(Exp1);
    some(SimDuration::from_nanos((mean * 1e9 * standard) as u64))
}

/// NeXosim schedules no events for the present instant, so no length of time may be rounded to zero.
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

/// The events to schedule after an arrival.
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
            arrival: (self.arrived < CUSTOMERS).then(|| luck.between()),
            departure: (self.present.len() == 1).then(|| luck.service()),
        }
    }

    /// When the customer who leaves had arrived, and the service time of the next one, if there is one.
    pub(crate) fn depart(&mut self, luck: &mut Luck) -> (T, Option<SimDuration>) {
        let arrived = self.present.pop_front().expect("only a customer who is present departs");
        self.departed += 1;
        (arrived, (!self.present.is_empty()).then(|| luck.service()))
    }
}
