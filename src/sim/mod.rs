//! One replication: the crossroads where Kubernetes' rules meet the event engine.
//!
//! A run has actors that share nothing but the API server's objects, each seen with a delay: the Deployment
//! controller, the ReplicaSet controller, the scheduler, the kubelets, the node lifecycle controller, and people.
//! ReplicaSets exist as API truth and as what each controller last saw of them; pods exist once, with a few flags for
//! what the ReplicaSet controller has seen.
//!
//! ```text
//!        people ──spec──▶ Deployment ──watch──▶ Deployment controller ──size──▶ ReplicaSets
//!                             ▲                       ▲                             │ watch
//!                             └──────status───────────┴──────status──── ReplicaSet controller ──▶ pods
//!                                                                            ▲                     │
//!                                       node lifecycle ─────────────────── watch ── kubelets ◀── scheduler
//! ```

mod observation;

mod state;

mod run;

mod actors;

mod replication;

use std::sync::atomic::AtomicBool;

use crate::random::Draws;
use crate::scenario::Scenario;
use crate::time::SimTime;

pub use observation::{Fact, NodeId, Observer, Outage, OwnerId, PodId, StallCause, Was};

/// Runs replications one after the other, reusing its memory.
#[derive(Debug)]
pub struct Simulator {
    draws: Draws,
    pub(crate) state: state::State,
}

/// When a run started and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The changed template was accepted.
    pub start: SimTime,
    /// `kubectl rollout status` would have reported success; `None`: not before the horizon.
    pub end: Option<SimTime>,
    /// Until when the run was followed: beyond the end, until those who send requests know of it and the pods are warm, and
    /// where that was asked for until the last pod that was told to go is gone.
    pub followed_until: SimTime,
    /// Events handled and still to come: the run's size.
    pub events: u32,
}

impl Simulator {
    /// A simulator for one seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { draws: Draws::new(seed), state: state::State::default() }
    }

    /// Runs one replication and tells `observer` everything that happens.
    pub fn run<O: Observer>(&mut self, scenario: &Scenario, replication: u32, observer: &mut O) -> Span {
        static NEVER: AtomicBool = AtomicBool::new(false);
        self.simulate(scenario, replication, observer, false, &NEVER).0
    }

    /// The same, and then on until the last pod is gone that the rollout told to go, or the horizon is reached.
    pub fn run_until_drained<O: Observer>(&mut self, scenario: &Scenario, replication: u32, observer: &mut O) -> Span {
        static NEVER: AtomicBool = AtomicBool::new(false);
        self.simulate(scenario, replication, observer, true, &NEVER).0
    }

    /// As [`Self::run`]; `None` where `stop` was set before the end, which is looked at every few thousand events.
    pub fn run_unless<O: Observer>(
        &mut self,
        stop: &AtomicBool,
        scenario: &Scenario,
        replication: u32,
        observer: &mut O,
    ) -> Option<Span> {
        let (span, stopped) = self.simulate(scenario, replication, observer, false, stop);
        (!stopped).then_some(span)
    }

    fn simulate<O: Observer>(
        &mut self,
        scenario: &Scenario,
        replication: u32,
        observer: &mut O,
        drain: bool,
        stop: &AtomicBool,
    ) -> (Span, bool) {
        self.draws.start(replication);
        let drain = drain.then_some(0);
        let mut run = run::Run { scenario, state: &mut self.state, draws: &mut self.draws, observer, drain };
        replication::start(&mut run);
        let (end, stopped) = replication::run_events(&mut run, stop);
        let start = self.state.start;
        let followed_until = end.map_or(start + scenario.horizon, |_| self.state.agenda.now());
        (Span { start, end, followed_until, events: self.state.agenda.scheduled() }, stopped)
    }
}
