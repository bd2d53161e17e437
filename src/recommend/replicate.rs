//! Many replications at a time, on all cores.

use std::ops::Range;

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::metrics::{Meter, Record};
use crate::scenario::Scenario;
use crate::sim::Simulator;
use crate::sweep::pool;

/// Replications that one worker runs at a time.
const BLOCK: usize = 128;

type Worker = (Simulator, Meter);

fn record((simulator, meter): &mut Worker, scenario: &Scenario, replication: u32) -> Record {
    meter.begin(scenario);
    let span = simulator.run(scenario, replication, meter);
    meter.finish(scenario, span)
}

/// Simulates with one seed, so that replications with the same number use the same random numbers under every strategy.
#[derive(Debug)]
pub struct Replicator {
    seed: u64,
    pool: rayon::ThreadPool,
}

impl Replicator {
    /// On `threads` threads (0: one for each core; see `pool`), for `strategies` with as many `replications` each at
    /// a time.
    ///
    /// # Errors
    /// When threads cannot be had.
    pub fn new(
        seed: u64,
        threads: usize,
        strategies: usize,
        replications: u32,
    ) -> Result<Self, rayon::ThreadPoolBuildError> {
        Ok(Self { seed, pool: pool(threads, strategies * (replications as usize).div_ceil(BLOCK))? })
    }

    /// The seed of all random numbers.
    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    /// Runs the replications `range` of every scenario and returns the result of `reduce` for each one's records, which
    /// are in order. The result does not depend on the number of threads.
    pub(super) fn each<T: Send>(
        &self,
        scenarios: &[&Scenario],
        range: Range<u32>,
        reduce: impl Fn(usize, Vec<Record>) -> T + Sync,
    ) -> Vec<T> {
        let one = |(index, scenario): (usize, &&Scenario)| reduce(index, self.records(scenario, range.clone()));
        self.pool.install(|| scenarios.par_iter().enumerate().map(one).collect())
    }

    /// The values of `of` from 0 to `count`, in order, on all cores.
    pub(super) fn map<T: Send>(&self, count: usize, of: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
        self.pool.install(|| (0..count).into_par_iter().map(of).collect())
    }

    /// The records of the replications `range` of one scenario, in order.
    pub(crate) fn records_of(&self, scenario: &Scenario, range: Range<u32>) -> Vec<Record> {
        self.pool.install(|| self.records(scenario, range))
    }

    /// The records of the replications of all `parts`, in order: those of each part have a scenario of its own, which is made when its
    /// turn comes. There may be many, and they may be large.
    pub(crate) fn records_of_parts<T: Sync>(
        &self,
        parts: &[(T, Range<u32>)],
        scenario_of: impl Fn(&T) -> Scenario + Sync,
    ) -> Vec<Record> {
        let worker = || (Simulator::new(self.seed), Meter::default());
        let replicate = |worker: &mut Worker, (part, range): &(T, Range<u32>)| {
            let scenario = scenario_of(part);
            range.clone().map(|replication| record(worker, &scenario, replication)).collect::<Vec<Record>>()
        };
        self.pool.install(|| parts.par_iter().map_init(worker, replicate).collect::<Vec<_>>()).concat()
    }

    fn records(&self, scenario: &Scenario, range: Range<u32>) -> Vec<Record> {
        let worker = || (Simulator::new(self.seed), Meter::default());
        let replicate = |worker: &mut Worker, replication| record(worker, scenario, replication);
        range.into_par_iter().with_min_len(BLOCK).map_init(worker, replicate).collect()
    }
}
