//! The workload without a control plane: the floor of a rollout.
//!
//! The same numbers are drawn from the same streams as in rollcast's simulator, and every pod has its events: Ready,
//! available, exit. Nothing decides: a pod that becomes available removes an old one and starts the next, a constant length
//! of time later. There are no controllers, watches, requests, nodes and schedulers, and of all metrics only the duration
//! and the dip.

use std::hint::black_box;

use rollcast::engine::Agenda;
use rollcast::random::{Draws, Purpose};
use rollcast::scenario::Scenario;
use rollcast::time::{SimDuration, SimTime};

/// From the start to the first pods, from an available pod to the start of the next, and from the last one to the end:
/// as the event log of the workload has them.
const LAGS: [SimDuration; 3] =
    [SimDuration::from_millis(55), SimDuration::from_millis(50), SimDuration::from_millis(15)];
const NEW: u16 = 1;
const SECOND: u64 = 1_000_000_000;

#[derive(Clone, Copy)]
enum Event {
    Start(u32),
    Ready,
    Available,
    Exit(u32),
}

/// The window of the strategy.
struct Window {
    replicas: u32,
    surge: u32,
    unavailable: u32,
}

/// What came of a rollout.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome {
    /// From the start to the last available pod.
    pub duration: SimDuration,
    /// Missing pods times seconds.
    pub dip: f64,
}

/// One rollout after another.
pub struct Bare<'a> {
    scenario: &'a Scenario,
    window: Window,
    draws: Draws,
    agenda: Agenda<Event>,
    /// Starts of each pod's containers.
    starts: Vec<u32>,
    old: u32,
    available: u32,
    dip: f64,
    dip_since: SimTime,
    /// Where in a second the rollout begins: the API keeps the instant at which a pod became Ready in whole seconds.
    phase: SimDuration,
}

impl<'a> Bare<'a> {
    /// Rollouts of 25 % and 25 % of the scenario's replicas.
    #[must_use]
    pub fn new(scenario: &'a Scenario, seed: u64) -> Self {
        let replicas = scenario.deployment.replicas as u32;
        let window = Window { replicas, surge: replicas.div_ceil(4), unavailable: replicas / 4 };
        let (draws, agenda) = (Draws::new(seed), Agenda::default());
        let (starts, dip_since, phase) = (Vec::new(), SimTime::ZERO, SimDuration::ZERO);
        Self { scenario, window, draws, agenda, starts, old: 0, available: 0, dip: 0.0, dip_since, phase }
    }

    /// The rollout of one replication.
    #[must_use]
    pub fn run(&mut self, replication: u32) -> Outcome {
        self.begin(replication);
        let mut end = SimTime::ZERO;
        while let Some(event) = self.agenda.pop() {
            let now = self.agenda.now();
            match event {
                Event::Start(pod) | Event::Exit(pod) => self.start(pod, now),
                Event::Ready => self.schedule_available(now),
                Event::Available => {
                    self.account(now);
                    self.available += 1;
                    let kept = self.window.replicas - self.window.unavailable;
                    self.old = self.old.min(kept.saturating_sub(self.available));
                    self.create(now + LAGS[1]);
                    end = now + LAGS[2];
                }
            }
        }
        Outcome { duration: end - SimTime::ZERO, dip: self.dip }
    }

    fn begin(&mut self, replication: u32) {
        self.draws.start(replication);
        self.agenda.reset(SimTime::ZERO);
        self.starts.clear();
        let Window { replicas, unavailable, .. } = self.window;
        (self.old, self.available) = (replicas - unavailable, 0);
        (self.dip, self.dip_since) = (0.0, SimTime::ZERO);
        self.phase = SimDuration::from_nanos(self.draws.bits(0, Purpose::ClockPhase, 0) % SECOND);
        if let Some(loss) = &self.scenario.cluster.loss {
            for node in 0..self.scenario.cluster.nodes.len() {
                black_box(self.draws.duration(&loss.time_to_loss, 0, Purpose::NodeLoss, node as u64));
            }
        }
        for pod in 0..replicas {
            black_box(self.draws.bits(0, Purpose::Uid, u64::from(pod)));
        }
        self.create(SimTime::ZERO + LAGS[0]);
    }

    /// Creates the pods for which the window has room.
    fn create(&mut self, at: SimTime) {
        let Window { replicas, surge, .. } = self.window;
        while (self.starts.len() as u32) < replicas.min(replicas + surge - self.old) {
            let pod = self.starts.len() as u32;
            black_box(self.draws.bits(NEW, Purpose::Uid, u64::from(pod)));
            self.starts.push(0);
            self.agenda.schedule(at, Event::Start(pod));
        }
    }

    /// Starts the containers of a pod, for the first time or again. In the workload a container that exits does so before
    /// its pod is available, so that such a pod need not be Ready in between.
    fn start(&mut self, pod: u32, now: SimTime) {
        let model = &self.scenario.pods[usize::from(NEW)];
        let starts = &mut self.starts[pod as usize];
        let at = u64::from(*starts) << 32 | u64::from(pod);
        *starts += 1;
        let running = now + self.draws.duration(&model.start, NEW, Purpose::Start, at);
        if self.draws.chance(model.crash, NEW, Purpose::Crash, at) {
            let exit = running + self.draws.duration(&model.crash_after, NEW, Purpose::CrashAfter, at);
            self.agenda.schedule(exit, Event::Exit(pod));
        } else {
            self.agenda.schedule(running, Event::Ready);
        }
    }

    fn schedule_available(&mut self, ready: SimTime) {
        let least = SimDuration::from_secs(self.scenario.deployment.min_ready_seconds as u64);
        let whole = (ready + self.phase).truncated() + least;
        let available = SimTime::ZERO + (whole - (SimTime::ZERO + self.phase));
        self.agenda.schedule(available.max(ready), Event::Available);
    }

    fn account(&mut self, now: SimTime) {
        let missing = self.window.replicas.saturating_sub(self.old + self.available);
        self.dip += f64::from(missing) * (now - self.dip_since).as_secs_f64();
        self.dip_since = now;
    }
}
