//! What came of the releases of one order.

use super::demand::{Demand, Share, shares_at_peak};
use super::fit::{Fit, Troubles};
use super::release::{ReleaseRecord, Releases};
use super::room::{QuotaRoom, Resource, quota_rooms};
use super::supply::{Driver, Supply, binding, drivers};
use super::wait::{Wait, longest, waiting};
use super::workload::{WorkloadResult, finite, workloads};
use crate::metrics::ReleaseOutcome;
use crate::scenario::{Order, Workload, World};
use crate::stats::{Estimate, OrderStatistic, proportion};

/// One order, with what its releases need.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The order.
    pub order: Order,
    /// How many roll at once at most.
    pub at_once: usize,
    /// Simulated releases.
    pub releases: u64,
    /// What is asked for beside the found pods, by resource as in [`Capacity::resources`](super::Capacity::resources).
    pub demand: Vec<Demand>,
    /// What is charged to quotas beside the found pods, as in [`Capacity::quotas`](super::Capacity::quotas).
    pub charged: Vec<Demand>,
    /// The sum of what each workload asks for beside its found pods at the 99th percentile of its own extra pods: what one would get
    /// without a joint simulation. By resource; `None`: too few releases.
    pub sum_of_p99: Vec<Option<f64>>,
    /// Start until the last rollout is done, 95th percentile \[s\]. Without a value where fewer than 95 % are done in their time.
    pub done_p95: Estimate,
    /// Its median \[s\].
    pub done_p50: Estimate,
    /// Share of the releases that are all done.
    pub all_done: Estimate,
    /// Share of the releases that a stalled rollout stopped.
    pub stopped: Estimate,
    /// Share of the releases with a stalled rollout.
    pub stalled: Estimate,
    /// Shares of releases with trouble.
    pub troubles: Troubles,
    /// The longest wait of a pod that found no node at first, 99th percentile of the releases \[s\]; zero where there is none.
    pub longest_wait_p99: Estimate,
    /// The workloads whose pods wait, the most frequent first.
    pub waiting: Vec<Wait>,
    /// How long more CPU or memory was asked for than there is, 95th percentile \[s\].
    pub over_room_p95: Estimate,
    /// Whether it fits.
    pub fit: Fit,
    /// What each workload asks for at the peak, the most first.
    pub at_peak: Vec<Share>,
    /// What the releases are nearest to run out of; `None`: nothing says how much there is of anything.
    pub binding: Option<Supply>,
    /// What each workload takes at the peak of that, of CPU where nothing binds; the most first.
    pub drivers: Vec<Driver>,
    /// What becomes of each workload that moves.
    pub workloads: Vec<WorkloadResult>,
    /// CPU over time, where it was followed.
    pub over_time: Option<OverTime>,
    /// The same of what binds in the trial with the most at once, where that is not CPU.
    pub binding_over_time: Option<OverTime>,
}

/// What all pods take of a supply over the time of a release, in the units of that: all pods, not those beside the found ones alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverTime {
    /// Instants from the start of the release \[s\].
    pub seconds: Vec<f64>,
    /// Median by instant; empty where there are too few releases for it.
    pub p50: Vec<Option<f64>>,
    /// 95th percentile.
    pub p95: Vec<Option<f64>>,
    /// 99th percentile.
    pub p99: Vec<Option<f64>>,
    /// Mean by workload, in the order of the world, then by instant.
    pub by_workload: Vec<Vec<f64>>,
    /// Releases that were followed.
    pub releases: u32,
}

impl Trial {
    /// From its releases.
    #[must_use]
    pub fn of(world: &World, resources: &[Resource], releases: &Releases<'_>) -> Self {
        let all = releases.all;
        let demand: Vec<Demand> = resources.iter().map(|one| Demand::of_resource(one, all)).collect();
        let share = |is: &dyn Fn(&ReleaseRecord) -> bool| {
            proportion(all.iter().filter(|release| is(release)).count() as u64, all.len() as u64)
        };
        let ended = |as_this: ReleaseOutcome| share(&|release| release.cluster.outcome == as_this);
        let [done_p50, done_p95] = done(all);
        let over_room = all.iter().map(|release| release.cluster.over_room.as_secs_f64()).collect();
        let troubles = Troubles::of(all);
        let quotas = quota_rooms(world);
        let charged = |(place, quota): (usize, &QuotaRoom)| Demand::of_quota(place, quota.found, all);
        let charged: Vec<Demand> = quotas.iter().enumerate().map(charged).collect();
        let binding = binding((resources, &demand), (&quotas, &charged), &troubles);
        Self {
            order: releases.order.clone(),
            at_once: at_once(world, releases.order),
            releases: all.len() as u64,
            fit: Fit::of(world, resources, &demand, &troubles),
            sum_of_p99: resources.iter().map(|one| sum_of_p99(world, one, all)).collect(),
            demand,
            charged,
            done_p95,
            done_p50,
            all_done: ended(ReleaseOutcome::AllDone),
            stopped: ended(ReleaseOutcome::Stopped),
            stalled: share(&|release| release.cluster.stalled_workloads > 0),
            troubles,
            longest_wait_p99: longest(all),
            waiting: waiting(world, all),
            over_room_p95: Demand::of(over_room).p95,
            at_peak: shares_at_peak(world, all),
            binding,
            drivers: drivers(world, binding.unwrap_or(Supply::CPU), resources, all),
            workloads: workloads(world, all),
            over_time: None,
            binding_over_time: None,
        }
    }

    /// What [`Self::drivers`] are of.
    #[must_use]
    pub fn driven(&self) -> Supply {
        self.binding.unwrap_or(Supply::CPU)
    }

    /// What was followed over time: what binds in the trial with the most at once.
    #[must_use]
    pub fn course(&self) -> Option<&OverTime> {
        self.binding_over_time.as_ref().or(self.over_time.as_ref())
    }
}

/// How many roll at once at most.
fn at_once(world: &World, order: &Order) -> usize {
    let moving = world.workloads.iter().filter(|workload| workload.moves()).count();
    match order {
        Order::Together => moving,
        Order::AtOnce(number) => (*number as usize).min(moving),
        Order::Waves(waves) => waves.iter().map(Vec::len).max().unwrap_or(0),
    }
}

/// Median and 95th percentile of the time until all are done. A release that is never all done takes longer than any other.
fn done(all: &[ReleaseRecord]) -> [Estimate; 2] {
    let length = |release: &ReleaseRecord| match release.cluster.outcome {
        ReleaseOutcome::AllDone => release.cluster.duration.as_secs_f64(),
        _ => f64::INFINITY,
    };
    let mut lengths: Vec<f64> = all.iter().map(length).collect();
    lengths.sort_by(f64::total_cmp);
    [0.5, 0.95].map(|q| finite(OrderStatistic::new(lengths.len(), q).estimate(&lengths)))
}

/// The sum over the workloads of the 99th percentile of the most pods of each, beside those that the release found.
fn sum_of_p99(world: &World, resource: &Resource, all: &[ReleaseRecord]) -> Option<f64> {
    let of = |(place, workload): (usize, &Workload)| {
        let found = workload.found_replicas().max(0) as u32;
        let most = |release: &ReleaseRecord| {
            let own = release.workloads.get(place);
            f64::from(own.map_or(0, |own| own.peak_footprint.saturating_sub(found)))
        };
        let pods = Demand::of(all.iter().map(most).collect()).p99.value?;
        Some(pods * world.room.asked_by(workload.new)[resource.place] as f64)
    };
    world.workloads.iter().enumerate().filter(|(_, one)| one.moves()).map(of).sum()
}
