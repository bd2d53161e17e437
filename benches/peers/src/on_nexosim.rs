//! The queue as a NeXosim model that schedules its own events, on the single-threaded executor.

use std::time::Duration;

use nexosim::model::{BuildContext, Context, Model, ProtoModel, schedulable};
use nexosim::ports::QuerySource;
use nexosim::simulation::{Mailbox, SimInit, SimulationError};
use nexosim::time::MonotonicTime;
use rollcast::time::SimDuration;
use serde::{Deserialize, Serialize};

use crate::Outcome;
use crate::station::{Luck, Station};

const START: MonotonicTime = MonotonicTime::EPOCH;

#[derive(Serialize, Deserialize)]
struct Queue {
    station: Station<MonotonicTime>,
    in_system: Duration,
}

#[Model(type Env = Luck)]
impl Queue {
    #[nexosim(init)]
    async fn init(&mut self, cx: &Context<Self>, luck: &mut Luck) {
        self.schedule_arrival(luck.between(), cx);
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, (): (), cx: &Context<Self>, luck: &mut Luck) {
        let next = self.station.arrive(cx.time(), luck);
        if let Some(length) = next.arrival {
            self.schedule_arrival(length, cx);
        }
        if let Some(length) = next.departure {
            self.schedule_departure(length, cx);
        }
    }

    #[nexosim(schedulable)]
    fn depart(&mut self, (): (), cx: &Context<Self>, luck: &mut Luck) {
        let (arrived, next) = self.station.depart(luck);
        self.in_system += cx.time().duration_since(arrived);
        if let Some(length) = next {
            self.schedule_departure(length, cx);
        }
    }

    /// Replier port: events handled and time in system so far.
    async fn progress(&mut self) -> (u64, Duration) {
        (self.station.events(), self.in_system)
    }

    fn schedule_arrival(&self, length: SimDuration, cx: &Context<Self>) {
        let delay = Duration::from_nanos(length.as_nanos());
        cx.schedule_event(delay, schedulable!(Self::arrive), ()).expect("the delay is not zero");
    }

    fn schedule_departure(&self, length: SimDuration, cx: &Context<Self>) {
        let delay = Duration::from_nanos(length.as_nanos());
        cx.schedule_event(delay, schedulable!(Self::depart), ()).expect("the delay is not zero");
    }
}

/// The model with its random numbers, which are not part of the state that NeXosim can save.
struct ProtoQueue {
    luck: Luck,
}

impl ProtoModel for ProtoQueue {
    type Model = Queue;

    fn build(self, _: &mut BuildContext<Self>) -> (Queue, Luck) {
        (Queue { station: Station::new(), in_system: Duration::ZERO }, self.luck)
    }
}

/// Serves [`CUSTOMERS`](crate::CUSTOMERS) customers with the random numbers of `seed`.
///
/// # Panics
/// When NeXosim reports an error.
#[must_use]
pub fn run(seed: u64) -> Outcome {
    simulate(seed).expect("the model runs to its end")
}

fn simulate(seed: u64) -> Result<Outcome, SimulationError> {
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let progress = QuerySource::new().connect(Queue::progress, &mailbox).register(&mut bench);
    let mut simulation = bench.add_model(ProtoQueue { luck: Luck::new(seed) }, mailbox, "queue").init(START)?;
    simulation.run()?;
    let (events, in_system) = simulation.process_query(&progress, ())?;
    Ok(Outcome { events, in_system: SimDuration::from_nanos(in_system.as_nanos() as u64) })
}
