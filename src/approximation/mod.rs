//! An approximation of how long a Deployment's rollout takes, from the same random numbers as the simulator's.
//!
//! New pods start one after the other in as many places as `maxSurge` and `maxUnavailable` leave; each has the latencies and mishaps that
//! the simulator draws for it, and none waits for a controller, a node or another pod's pull. That takes a hundredth of the time of a
//! simulated rollout and mostly comes within a second of it, so that it serves as a control variate: the mean of the simulator's time is
//! the mean of the difference, which varies little, and the mean of the approximation, which is computed from many more rollouts
//! (Lavenberg and Welch, Management Science 27 (1981), 322-335; Schmeiser, Taaffe and Wang, IIE Transactions 33 (2001), 689-697). Where
//! the approximation is bad the difference varies much, which shows; the mean has no bias in any case.

mod length;
mod numbers;
mod pods;

use crate::k8s::fenceposts::Limits;
use crate::random::{Draws, Hypercube, Purpose};
use crate::scenario::{MeasuredEvent, NodeLoss, OLD_TEMPLATE, Scenario, Start};
use crate::stats::Sum;
use crate::time::{NANOS_PER_SECOND, SimDuration, SimTime};

use numbers::{Addressed, Numbers, Sampled};
use pods::{Life, Pods};

/// Numbers of one sample, which are kept in memory.
const NUMBERS_KEPT: usize = 1 << 23;

/// From a pod's availability to the next one's start, about what controllers take.
const REACTION: SimDuration = SimDuration::from_millis(60);

/// What the rollouts of a scenario take by the approximation.
#[derive(Debug)]
pub struct Approximation {
    seed: u64,
    draws: Draws,
    rollouts: Rollouts,
    losses: Option<Losses>,
}

/// The rollouts, one after the other.
#[derive(Debug)]
struct Rollouts {
    pods: Pods,
    replicas: usize,
    /// How many new pods can be on their way at the same time.
    places: usize,
    horizon: SimTime,
    /// When each place is free, as a heap whose first is the least.
    free: Vec<SimTime>,
    /// When each pod was available first.
    available: Vec<SimTime>,
    /// When a pod exited that had been available, and when it was so again.
    relapses: Vec<(SimTime, SimTime)>,
}

/// What independent samples of approximated rollouts give.
#[derive(Clone, Debug, PartialEq)]
pub struct Means {
    /// The mean seconds of each sample.
    pub means: Vec<f64>,
    /// The variance of one rollout.
    pub variance: f64,
}

/// How nodes are lost.
#[derive(Debug)]
struct Losses {
    model: NodeLoss,
    nodes: u32,
    /// What the loss of a node costs a pod on it that is not available yet, in seconds.
    delay: f64,
}

impl Approximation {
    /// Whether a scenario is the rolling update of one Deployment, with its pods drawn and not given by a script.
    #[must_use]
    pub fn is_for(scenario: &Scenario) -> bool {
        let is_rollout = scenario.event == MeasuredEvent::Rollout && scenario.start == Start::Steady;
        is_rollout && scenario.world.is_none() && scenario.script.is_none() && places(scenario).is_some()
    }

    /// That of `scenario` with the random numbers of `seed`; `None` where it [is for none](Self::is_for).
    #[must_use]
    pub fn of(scenario: &Scenario, seed: u64) -> Option<Self> {
        if !Self::is_for(scenario) {
            return None;
        }
        let (replicas, places) = places(scenario)?;
        let rollouts = Rollouts {
            pods: Pods::of(scenario)?,
            replicas,
            places,
            horizon: SimTime::ZERO + scenario.horizon,
            free: Vec::new(),
            available: Vec::new(),
            relapses: Vec::new(),
        };
        Some(Self { seed, draws: Draws::new(seed), rollouts, losses: Losses::of(scenario) })
    }

    /// Seconds until the rollout of a replication is complete, or the horizon; some more where the loss of a node is to be expected to
    /// delay it.
    pub fn at(&mut self, replication: u32) -> f64 {
        let Self { draws, rollouts, losses, .. } = self;
        draws.start(replication);
        let phase = draws.bits(OLD_TEMPLATE, Purpose::ClockPhase, 0) % NANOS_PER_SECOND;
        let seconds = rollouts.next(&mut Addressed::new(draws, rollouts.pods.template), phase);
        seconds + losses.as_ref().map_or(0.0, |losses| losses.drawn(draws, &rollouts.available))
    }

    /// The means over samples of at most `size` rollouts that are no replications, with numbers that cover every coordinate evenly. Their
    /// expectation is that of [`Self::at`].
    #[must_use]
    pub fn means(&mut self, samples: u32, size: u16) -> Means {
        let purposes = self.rollouts.pods.purposes();
        let fitting = NUMBERS_KEPT / (self.rollouts.replicas * purposes.len().max(1));
        let size = size.min(u16::try_from(fitting).unwrap_or(u16::MAX)).max(2);
        let mut numbers = Sampled::new(purposes, self.rollouts.replicas);
        let (mut squares, mut origin) = (Sum::default(), None);
        let mut means = Vec::new();
        for sample in 0..samples {
            numbers.fill(Hypercube::new(self.seed, sample, size));
            let mut sum = Sum::default();
            for point in 0..usize::from(size) {
                let phase = numbers.go_to(point);
                let seconds = self.rollouts.next(&mut numbers, (phase * NANOS_PER_SECOND as f64) as u64);
                let seconds =
                    seconds + self.losses.as_ref().map_or(0.0, |losses| losses.expected(&self.rollouts.available));
                let from = seconds - *origin.get_or_insert(seconds);
                sum.add(seconds);
                squares.add(from * from);
            }
            means.push(sum.value() / f64::from(size));
        }
        let all = means.len() as f64;
        let mean = crate::stats::sum(means.iter().copied()) / all - origin.unwrap_or(0.0);
        Means { variance: squares.value() / (all * f64::from(size)) - mean * mean, means }
    }
}

impl Rollouts {
    /// Seconds until all pods of a rollout that starts at `phase` of a second are available, or the horizon. A pod that exits after it
    /// became available must become so again.
    fn next(&mut self, numbers: &mut impl Numbers, phase: u64) -> f64 {
        let Self { pods, replicas, places, horizon, free, available, relapses } = self;
        free.clear();
        free.resize(*places, SimTime::ZERO + REACTION);
        available.clear();
        relapses.clear();
        if pods.are_bad(numbers) {
            available.resize(*replicas, *horizon);
            return horizon.since(SimTime::ZERO).as_secs_f64();
        }
        let mut end = SimTime::ZERO;
        for pod in 0..*replicas {
            let Life { first, relapse } = pods.life(pod, free[0], phase, numbers);
            replace_least(free, first + REACTION);
            available.push(first.min(*horizon));
            end = end.max(first);
            relapses.extend(relapse);
        }
        let again = relapses.iter().filter(|(exit, _)| *exit < end).map(|(_, again)| *again).max();
        again.map_or(end, |again| end.max(again)).min(*horizon).since(SimTime::ZERO).as_secs_f64()
    }
}

/// How many pods a rollout replaces, and how many can be on their way at the same time; `None`: none.
fn places(scenario: &Scenario) -> Option<(usize, usize)> {
    let limits = Limits::of(&scenario.deployment);
    let replicas = usize::try_from(scenario.deployment.replicas).ok()?;
    let places = usize::try_from(limits.max_surge + limits.max_unavailable).ok()?.min(replicas);
    (places > 0).then_some((replicas, places))
}

/// Puts `value`, which is not less than the first one, in its place in a heap whose first is the least.
fn replace_least(heap: &mut [SimTime], value: SimTime) {
    let mut place = 0;
    loop {
        let (left, right) = (2 * place + 1, 2 * place + 2);
        let Some(least) = heap.get(left) else { break };
        let (next, least) = match heap.get(right) {
            Some(other) if other < least => (right, *other),
            _ => (left, *least),
        };
        if value <= least {
            break;
        }
        heap[place] = least;
        place = next;
    }
    heap[place] = value;
}

impl Losses {
    fn of(scenario: &Scenario) -> Option<Self> {
        let model = scenario.cluster.loss.clone()?;
        let nodes = u32::try_from(scenario.cluster.nodes_at_start()).ok()?;
        let delay = model.detection.mean()? + model.toleration.as_secs_f64();
        Some(Self { model, nodes, delay })
    }

    /// The delay by the nodes that a replication loses: for each the share of pods that are not available by then.
    fn drawn(&self, draws: &mut Draws, available: &[SimTime]) -> f64 {
        let last = available.iter().copied().max().unwrap_or(SimTime::ZERO);
        let mut waiting = 0;
        for node in 0..self.nodes {
            let number = draws.uniform(OLD_TEMPLATE, Purpose::NodeLoss, u64::from(node));
            if self.model.time_to_loss.surely_beyond(number, last.since(SimTime::ZERO).as_secs_f64()) {
                continue;
            }
            let lost = SimTime::ZERO + self.model.time_to_loss.quantile(number);
            waiting += available.iter().filter(|at| **at > lost).count();
        }
        self.delay * waiting as f64 / available.len() as f64
    }

    /// The same, of rollouts whose pods are available then, in the mean over the times at which nodes are lost.
    fn expected(&self, available: &[SimTime]) -> f64 {
        let lost_before = |at: &SimTime| self.model.time_to_loss.cdf(at.since(SimTime::ZERO).as_secs_f64());
        let sum: f64 = available.iter().map(lost_before).sum();
        self.delay * f64::from(self.nodes) * sum / available.len() as f64
    }
}
