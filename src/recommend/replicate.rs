//! Replications in numbers, on all cores.

use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::metrics::{Meter, Record};
use crate::scenario::Scenario;
use crate::sim::Simulator;

/// Replications that one worker runs at a time.
const BLOCK: usize = 128;

/// Simulates with one seed, so that a replication of a number has the same luck under every strategy.
#[derive(Debug)]
pub struct Replicator {
    seed: u64,
    pool: rayon::ThreadPool,
}

impl Replicator {
    /// On `threads` threads; 0 means one for each core.
    ///
    /// # Errors
    /// When threads cannot be had.
    pub fn new(seed: u64, threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        Ok(Self { seed, pool: rayon::ThreadPoolBuilder::new().num_threads(threads).build()? })
    }

    /// Runs the replications `range` of every scenario and gives what `reduce` makes of each one's records, which come in
    /// order. The answer does not depend on the threads.
    pub(super) fn each<T: Send>(
        &self,
        scenarios: &[&Scenario],
        range: Range<u32>,
        reduce: impl Fn(usize, Vec<Record>) -> T + Sync,
    ) -> Vec<T> {
        let one = |(index, scenario): (usize, &&Scenario)| reduce(index, self.records(scenario, range.clone()));
        self.pool.install(|| scenarios.par_iter().enumerate().map(one).collect())
    }

    fn records(&self, scenario: &Scenario, range: Range<u32>) -> Vec<Record> {
        let worker = || (Simulator::new(self.seed), Meter::default());
        let replicate = |(simulator, meter): &mut (Simulator, Meter), replication| {
            meter.begin(scenario);
            let span = simulator.run(scenario, replication, meter);
            meter.finish(scenario, span)
        };
        range.into_par_iter().with_min_len(BLOCK).map_init(worker, replicate).collect()
    }
}
