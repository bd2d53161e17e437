//! One replication of a rollout: the rules of Kubernetes on the event engine.
//!
//! A run has actors (`actors/`): the Deployment controller, the ReplicaSet controller, the scheduler, the kubelets, the node
//! lifecycle controller, people with kubectl and others. Each sees the API server's objects with a delay. What an actor
//! remembers stands in `state/`, which knows no actor; `run.rs` is the context that every actor gets; `replication.rs` starts a
//! run and gives each event to its actor. A module imports only those listed above it.
//!
//! ReplicaSets exist as the API server has them and as each controller last saw them. Pods exist once, with flags for what the
//! ReplicaSet controller has seen. Two things are shared that a real control plane does not share, because both are counts
//! that move with every pod: how many pods each node has, which the scheduler and the kubelets keep and the ReplicaSet
//! controller ranks by (its own cache shows a pod's node some milliseconds later), and which pods have ended, which a quota
//! counts.
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

mod called;

mod split;

mod replication;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::random::{Draws, Numbers, Sampling, Tilt};
use crate::scenario::{Membership, SUBJECT, Scenario, WorkloadId, World};
use crate::time::SimTime;
use called::Called;

pub use observation::{
    Fact, FailureReason, NodeId, Observer, Outage, OwnerId, Placed, PodId, StallCause, Was, WorldObserver,
};

/// Runs replications one after the other, reusing its memory.
#[derive(Debug)]
pub struct Simulator {
    draws: Draws,
    pub(crate) state: state::State,
    numbers: split::Numbers,
}

/// What is simulated, and how far.
#[derive(Clone, Copy)]
struct By<'a> {
    scenario: &'a Scenario,
    replication: u32,
    drain: bool,
    stop: &'a AtomicBool,
}

/// When a run started and how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The changed template was accepted, or whatever else is measured began.
    pub start: SimTime,
    /// `kubectl rollout status` would have reported success, or whatever else is measured was over; `None`: not before the
    /// horizon.
    pub end: Option<SimTime>,
    /// The last instant that was simulated. It lies behind the end where requests are measured, until those who send them
    /// know what happened and the pods are warm, where the caller asked for that, until the last deleted pod is gone, and where
    /// the scenario asks for that, until the run has been followed for as long.
    pub followed_until: SimTime,
    /// Events handled and still to come: the run's size.
    pub events: u32,
}

/// When a run of a world started and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldSpan {
    /// The start of the run, at which the release begins.
    pub start: SimTime,
    /// When the last workload was complete; `None`: not all were in their time.
    pub end: Option<SimTime>,
    /// The last instant that was simulated.
    pub followed_until: SimTime,
    /// A rollout stalled, and others that had not begun did not begin.
    pub stopped: bool,
    /// Of each workload: from its own beginning to its own end. One that never began starts with the run.
    pub workloads: Vec<Span>,
}

impl Simulator {
    /// A simulator for one seed, whose replications are independent.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::sampled(seed, Sampling::Plain)
    }

    /// A simulator for one seed, with the random numbers of its replications drawn in this way.
    #[must_use]
    pub fn sampled(seed: u64, sampling: Sampling) -> Self {
        Self::with(Draws::sampled(seed, sampling))
    }

    /// A simulator for one seed that draws some numbers where they seldom lie. What comes of a replication must be weighed by
    /// [`Self::ratios`].
    #[must_use]
    pub fn tilted(seed: u64, tilt: Arc<Tilt>) -> Self {
        Self::with(Draws::tilted(seed, tilt))
    }

    /// A simulator for one seed whose replications may be a step away from another one: see [`Self::follow`].
    #[must_use]
    pub fn walking(seed: u64) -> Self {
        Self::with(Draws::walking(seed))
    }

    /// Has the next replications be a step with this correlation away from the one that drew these numbers; `None`: they are drawn as
    /// they are.
    pub fn follow(&mut self, from: Option<(Arc<Numbers>, f64)>) {
        self.draws.follow(from);
    }

    /// The random numbers that the last replication has drawn, where it may be followed.
    pub fn walked(&mut self) -> Numbers {
        self.draws.walked()
    }

    fn with(draws: Draws) -> Self {
        Self { draws, state: state::State::default(), numbers: split::Numbers::default() }
    }

    /// For each jump of the tilt, how much more probable it makes the random numbers of the last replication.
    pub fn ratios(&mut self) -> Vec<f64> {
        self.draws.ratios()
    }

    /// Runs one replication and reports everything that happens to `observer`. Of a world of several workloads that is what
    /// happens to the one that the scenario is about.
    pub fn run<O: Observer>(&mut self, scenario: &Scenario, replication: u32, observer: &mut O) -> Span {
        static NEVER: AtomicBool = AtomicBool::new(false);
        self.simulate(scenario, replication, observer, false, &NEVER).0
    }

    /// As [`Self::run`], and continues until the last pod that the rollout has deleted is gone, or the horizon is reached.
    pub fn run_until_drained<O: Observer>(&mut self, scenario: &Scenario, replication: u32, observer: &mut O) -> Span {
        static NEVER: AtomicBool = AtomicBool::new(false);
        self.simulate(scenario, replication, observer, true, &NEVER).0
    }

    /// As [`Self::run`]; `None` where `stop` was set before the end, which is read every few thousand events.
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

    /// Runs one replication of a world of several workloads to its end, and reports everything that happens to `observer`.
    pub fn run_whole_world(&mut self, world: &World, replication: u32, observer: &mut dyn WorldObserver) -> WorldSpan {
        static NEVER: AtomicBool = AtomicBool::new(false);
        self.simulate_world(world, replication, observer, (false, None), &NEVER).0
    }

    /// As [`Self::run_whole_world`]; `None` where `stop` was set before the end.
    pub fn run_world(
        &mut self,
        stop: &AtomicBool,
        world: &World,
        replication: u32,
        observer: &mut dyn WorldObserver,
    ) -> Option<WorldSpan> {
        let (span, stopped) = self.simulate_world(world, replication, observer, (false, None), stop);
        (!stopped).then_some(span)
    }

    /// The nodes of the pods that a run of `world` finds, workload by workload.
    pub fn nodes_at_start(&mut self, world: &World) -> Vec<Vec<NodeId>> {
        self.draws.assign(world.addresses());
        self.draws.start(0);
        let mut run = run::Run {
            scenario: &world.shared,
            world: Some(world),
            state: &mut self.state,
            draws: &mut self.draws,
            observer: &mut Called::<true, true>(&mut |_, _| {}),
            drain: None,
        };
        replication::start(&mut run);
        let mut pods = self.state.pods.iter().map(|pod| pod.node);
        let workloads = (0..world.workloads.len()).map(|number| world.found(number as WorkloadId) as usize);
        workloads.map(|found| pods.by_ref().take(found).collect()).collect()
    }

    /// An observer that the simulator is not compiled for is called, so that the simulator is compiled once for all of them.
    fn simulate<O: Observer>(
        &mut self,
        scenario: &Scenario,
        replication: u32,
        observer: &mut O,
        drain: bool,
        stop: &AtomicBool,
    ) -> (Span, bool) {
        let by = By { scenario, replication, drain, stop };
        if O::COMPILED_IN {
            return self.simulate_for(by, observer);
        }
        self.simulate_called((O::DETAIL, O::MANY), by, &mut |at, fact| observer.fact(at, fact))
    }

    /// Not generic: it is compiled with the library, and not again for each program that has observers of its own.
    #[inline(never)]
    fn simulate_called(
        &mut self,
        (detail, many): (bool, bool),
        by: By<'_>,
        observer: &mut dyn FnMut(SimTime, Fact),
    ) -> (Span, bool) {
        match (detail, many) {
            (false, false) => self.simulate_for(by, &mut Called::<false, false>(observer)),
            (true, false) => self.simulate_for(by, &mut Called::<true, false>(observer)),
            (_, true) => self.simulate_for(by, &mut Called::<true, true>(observer)),
        }
    }

    fn simulate_for<O: Observer>(&mut self, by: By<'_>, observer: &mut O) -> (Span, bool) {
        let By { scenario, replication, drain, stop } = by;
        match &scenario.world {
            Some(membership) => self.simulate_member(membership, replication, observer, drain, stop),
            None => self.simulate_alone(scenario, replication, observer, drain, stop),
        }
    }

    /// Simulates the world of a workload, and reports what happens to that workload.
    #[cold]
    fn simulate_member<O: Observer>(
        &mut self,
        Membership { world, workload }: &Membership,
        replication: u32,
        observer: &mut O,
        drain: bool,
        stop: &AtomicBool,
    ) -> (Span, bool) {
        let followed = drain.then(|| split::Followed::new(world.shared.horizon));
        let mut one = split::OneOfMany { observer, workload: *workload, followed };
        let drain = drain.then_some(*workload);
        let (span, stopped) = self.simulate_world(world, replication, &mut one, (O::DETAIL, drain), stop);
        (span.workloads[usize::from(*workload)], stopped)
    }

    /// `detail`: also facts that no metric needs are reported. `drain`: the workload whose deleted pods are waited for.
    fn simulate_world(
        &mut self,
        world: &World,
        replication: u32,
        observer: &mut dyn WorldObserver,
        (detail, drain): (bool, Option<WorkloadId>),
        stop: &AtomicBool,
    ) -> (WorldSpan, bool) {
        self.draws.assign(world.addresses());
        self.draws.start(replication);
        self.numbers.reset(world);
        let beyond = drain.is_some();
        let measures = observer.measures();
        let mut split = split::Split { numbers: &mut self.numbers, observer, beyond, measures };
        let (state, draws) = (&mut self.state, &mut self.draws);
        let course = if detail {
            let called = &mut Called::<true, true>(&mut |at, fact| split.fact(at, fact));
            course_of_world(world, (state, draws), called, drain, stop)
        } else {
            course_of_world(world, (state, draws), &mut split, drain, stop)
        };
        let state = &self.state;
        let followed_until = if course.end.is_some() { state.agenda.now() } else { state.start + world.longest() };
        let spans = state.workloads.all().zip(&world.workloads).map(|(own, workload)| Span {
            start: own.course.begun.unwrap_or(state.start),
            end: if workload.moves() { own.course.end } else { Some(followed_until) },
            followed_until,
            events: state.agenda.scheduled(),
        });
        let workloads: Vec<Span> = spans.collect();
        let all_done = workloads.iter().all(|span| span.end.is_some());
        let last = workloads.iter().zip(&world.workloads).filter(|(_, workload)| workload.moves());
        let end = last.filter_map(|(span, _)| span.end).max().filter(|_| all_done);
        let (start, stopped) = (state.start, state.release.stopped);
        (WorldSpan { start, end, followed_until, stopped, workloads }, course.stopped)
    }

    fn simulate_alone<O: Observer>(
        &mut self,
        scenario: &Scenario,
        replication: u32,
        observer: &mut O,
        drain: bool,
        stop: &AtomicBool,
    ) -> (Span, bool) {
        self.draws.assign([]);
        self.draws.start(replication);
        let drain = drain.then(|| run::Drain::of(SUBJECT));
        let mut run =
            run::Run { scenario, world: None, state: &mut self.state, draws: &mut self.draws, observer, drain };
        replication::start(&mut run);
        let course = replication::run_events(&mut run, stop);
        let start = run.state.start;
        if course.end.is_none() {
            actors::final_placement::report(&mut run, start + scenario.horizon);
        }
        let end = course.end;
        let followed_until = match end {
            None => start + scenario.horizon,
            Some(_) if scenario.observes() && !course.complete => course.last,
            Some(_) => self.state.agenda.now(),
        };
        (Span { start, end, followed_until, events: self.state.agenda.scheduled() }, course.stopped)
    }
}

/// Runs a world to its end.
fn course_of_world<O: Observer>(
    world: &World,
    (state, draws): (&mut state::State, &mut Draws),
    observer: &mut O,
    drain: Option<WorkloadId>,
    stop: &AtomicBool,
) -> replication::Course {
    let drain = drain.map(run::Drain::of);
    let mut run = run::Run { scenario: &world.shared, world: Some(world), state, draws, observer, drain };
    replication::start(&mut run);
    replication::run_events(&mut run, stop)
}
