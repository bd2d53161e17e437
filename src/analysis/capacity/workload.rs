//! What becomes of each workload in the releases of one order.

use super::demand::Demand;
use super::release::ReleaseRecord;
use crate::metrics::{Outcome, Record};
use crate::scenario::{Workload, World};
use crate::stats::{Estimate, OrderStatistic, proportion};

/// One workload that moves.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadResult {
    /// Its place in the world.
    pub place: usize,
    /// Its namespace and name.
    pub workload: String,
    /// Most wanted pods.
    pub desired: u32,
    /// Most pods on nodes at once beside those that a release finds of it.
    pub extra_pods: Demand,
    /// Available pods at worst: 95 of 100 releases have at least this many at any time.
    pub available_p05: Estimate,
    /// How long its own rollout takes: median \[s\]. Without a value where too few are complete.
    pub duration_p50: Estimate,
    /// 95th percentile \[s\].
    pub duration_p95: Estimate,
    /// Share of the releases in which its rollout is complete.
    pub completed: Estimate,
    /// Share of the releases in which it stalls.
    pub stalled: Estimate,
    /// Releases in which a pod of it found no node at first.
    pub waits: u64,
}

/// All that move, in the order of the world.
pub(super) fn workloads(world: &World, all: &[ReleaseRecord]) -> Vec<WorkloadResult> {
    let moving = world.workloads.iter().enumerate().filter(|(_, workload)| workload.moves());
    moving.map(|(place, workload)| of(place, workload, all)).collect()
}

fn of(place: usize, workload: &Workload, all: &[ReleaseRecord]) -> WorkloadResult {
    let records: Vec<&Record> = all.iter().filter_map(|release| release.workloads.get(place)).collect();
    let found = workload.found_replicas().max(0) as u32;
    let share =
        |is: &dyn Fn(&&&Record) -> bool| proportion(records.iter().filter(is).count() as u64, records.len() as u64);
    let extra = |record: &&Record| f64::from(record.peak_footprint.saturating_sub(found));
    let is_complete = |record: &&&Record| record.outcome == Outcome::Completed;
    let waits = all.iter().filter(|release| release.waits.get(place).is_some_and(|wait| !wait.is_zero()));
    let [duration_p50, duration_p95] = durations(&records);
    WorkloadResult {
        place,
        workload: workload.name.clone(),
        desired: records.iter().map(|record| record.desired).max().unwrap_or(found),
        extra_pods: Demand::of(records.iter().map(extra).collect()),
        available_p05: least(records.iter().map(|record| f64::from(record.min_available)).collect()),
        duration_p50,
        duration_p95,
        completed: share(&is_complete),
        stalled: share(&|record| record.stall.is_some()),
        waits: waits.count() as u64,
    }
}

fn least(mut values: Vec<f64>) -> Estimate {
    values.sort_by(f64::total_cmp);
    OrderStatistic::new(values.len(), 0.05).estimate(&values)
}

/// A rollout that is never complete takes longer than any other.
fn durations(records: &[&Record]) -> [Estimate; 2] {
    let length = |record: &&Record| match record.outcome {
        Outcome::Completed => record.duration.as_secs_f64(),
        _ => f64::INFINITY,
    };
    let mut lengths: Vec<f64> = records.iter().map(length).collect();
    lengths.sort_by(f64::total_cmp);
    [0.5, 0.95].map(|q| finite(OrderStatistic::new(lengths.len(), q).estimate(&lengths)))
}

/// An estimate without what is infinite.
pub(super) fn finite(found: Estimate) -> Estimate {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    Estimate { value: finite(found.value), low: finite(found.low), high: finite(found.high), ..found }
}
