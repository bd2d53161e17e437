//! Measures what scenarios cost.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::block::SweepError;
use super::groups::groups;
use super::pool::pool;
use super::worker::Worker;
use crate::blocks::encoded_bytes;
use crate::plan::{Cost, Costs, Plan};

/// Replications of each scenario from which its cost is known.
const PILOT: u32 = 4;

/// Measures what each scenario costs, on `threads` threads (0: one for each core), by its first replications.
///
/// # Errors
/// When somebody set `stop`, or when the operating system gives no threads.
pub fn costs(plan: &Plan, threads: usize, stop: &AtomicBool) -> Result<Costs, SweepError<Infallible>> {
    let groups = groups(&plan.scenarios);
    let pool = pool(threads, groups.len()).map_err(|error| SweepError::Threads(error.to_string()))?;
    let one = |worker: &mut Worker, members: &Range<usize>| {
        let scenarios = &plan.scenarios[members.clone()];
        let replications = PILOT.min(plan.replications);
        let before = worker.events;
        let (of_each, cluster) = worker.simulate(scenarios, 0..replications, stop)?;
        let bytes: u64 = of_each.iter().map(|(records, bands)| encoded_bytes(records, bands, &cluster)).sum();
        let events = (worker.events - before).max(1);
        Some((scenarios.first()?.id, Cost { replications, events, bytes }))
    };
    let costs: Option<Vec<_>> = pool.install(|| groups.par_iter().map_init(|| Worker::new(plan), one).collect());
    match costs {
        Some(costs) if !stop.load(Ordering::Relaxed) => Ok(costs.into_iter().collect()),
        _ => Err(SweepError::Interrupted),
    }
}
