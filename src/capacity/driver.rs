//! Simulates many releases of a world, on all cores.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::over_time::{Sampler, bands};
use super::watch::Watch;
use crate::analysis::capacity::{OverTime, ReleaseRecord, Releases};
use crate::plan::Plan;
use crate::scenario::{Order, Release, Scenario, World};
use crate::sim::{NodeId, Simulator};
use crate::sweep::pool;

/// Releases that one worker simulates at a time.
const BLOCK: usize = 16;

/// Releases that are followed over time: a picture needs no more.
const FOLLOWED: u32 = 500;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The plan is about one Deployment alone.
    #[error(
        "there are no several Deployments: write `workloads` in the experiment, or give manifests with several Deployments; for one \
         Deployment alone `rollcast run` says what it needs (peak_footprint)"
    )]
    NoWorld,
    /// No workload rolls.
    #[error("no workload rolls: every one has `event: none`; give at least one a rollout")]
    NothingMoves,
    /// Points of a sweep differ in more than the order.
    #[error(
        "the sweep changes more than the order of the release: sweep `release.atOnce` or `release.order` alone, or choose one point with --set"
    )]
    Sweep,
    /// Somebody interrupted it.
    #[error("interrupted")]
    Interrupted,
    /// The operating system gave no threads.
    #[error("cannot start worker threads: {0}")]
    Threads(String),
}

/// What is asked, and how.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// How many may roll at once, each to be tried; none: they are searched.
    pub at_once: &'a [u32],
    /// Number of worker threads; 0 means one for each core.
    pub threads: usize,
    /// Whoever sets this ends the run soon.
    pub stop: &'a AtomicBool,
    /// Is called for every simulated release.
    pub progress: &'a (dyn Fn() + Sync),
    /// Is called for every order whose releases are all simulated.
    pub finished: &'a (dyn Fn(&Order) + Sync),
}

/// The simulated releases of one order.
pub(super) struct Run {
    pub(super) order: Order,
    pub(super) all: Vec<ReleaseRecord>,
}

impl Run {
    pub(super) fn releases(&self) -> Releases<'_> {
        Releases { order: &self.order, all: &self.all }
    }
}

/// Simulates with one seed, so that releases with the same number have the same random numbers in every order and every world.
pub(super) struct Driver<'a> {
    seed: u64,
    pub(super) replications: u32,
    members: Vec<&'a Scenario>,
    question: Question<'a>,
    pool: rayon::ThreadPool,
}

impl<'a> Driver<'a> {
    pub(super) fn new(plan: &Plan, members: Vec<&'a Scenario>, question: &Question<'a>) -> Result<Self, Failure> {
        let replications = plan.replications;
        let pool = pool(question.threads, (replications as usize).div_ceil(BLOCK));
        let pool = pool.map_err(|error| Failure::Threads(error.to_string()))?;
        Ok(Self { seed: plan.seed, replications, members, question: *question, pool })
    }

    /// All releases of `world` in an order, by their numbers.
    pub(super) fn run(&self, world: &World, order: &Order) -> Result<Run, Failure> {
        let world = in_order(world, order);
        let worker = || (Simulator::new(self.seed), Watch::default());
        let release = |(simulator, watch): &mut (Simulator, Watch), replication| {
            self.go_on()?;
            watch.begin(&world, &self.members);
            let span = simulator.run_world(self.question.stop, &world, replication, watch)?;
            (self.question.progress)();
            Some(watch.finish(&world, &self.members, &span))
        };
        let numbers = (0..self.replications).into_par_iter().with_min_len(BLOCK);
        let all: Option<Vec<_>> = self.pool.install(|| numbers.map_init(worker, release).collect());
        Ok(Run { order: order.clone(), all: all.ok_or(Failure::Interrupted)? })
    }

    /// `None` where somebody wants it to end: a short release ends before it looks.
    fn go_on(&self) -> Option<()> {
        (!self.question.stop.load(Ordering::Relaxed)).then_some(())
    }

    /// Says that all releases of an order that was asked for are simulated.
    pub(super) fn finished(&self, order: &Order) {
        (self.question.finished)(order);
    }

    /// The nodes of the pods that a release of `world` finds, by workload.
    pub(super) fn standing(&self, world: &World) -> Vec<Vec<NodeId>> {
        Simulator::new(self.seed).nodes_at_start(world)
    }

    /// What is asked for over time in the first releases of `world` in an order, from the start until `seconds` later, where a pod of a
    /// template takes `each`.
    pub(super) fn over_time(
        &self,
        world: &World,
        order: &Order,
        seconds: f64,
        each: &[u64],
    ) -> Result<OverTime, Failure> {
        let world = in_order(world, order);
        let worker = || Simulator::new(self.seed);
        let follow = |simulator: &mut Simulator, replication| {
            self.go_on()?;
            let mut sampler = Sampler::new(&world, seconds, each);
            simulator.run_world(self.question.stop, &world, replication, &mut sampler)?;
            Some(sampler.finish())
        };
        let numbers = (0..self.replications.min(FOLLOWED)).into_par_iter().with_min_len(BLOCK);
        let all: Option<Vec<_>> = self.pool.install(|| numbers.map_init(worker, follow).collect());
        all.map(|all| bands(&all, seconds)).ok_or(Failure::Interrupted)
    }
}

/// The world with another order.
fn in_order(world: &World, order: &Order) -> World {
    World { release: Release { order: order.clone(), ..world.release }, ..world.clone() }
}
