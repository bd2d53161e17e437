//! Runs every replication of every scenario on all cores and hands the results over in the plan's order.
//!
//! Work is cut into blocks of replications. Workers take blocks in order and may run ahead of the consumer by a fixed
//! number of blocks, so memory does not depend on how much there is to do, and the order of results not on the threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use rayon::iter::{ParallelBridge, ParallelIterator};

use crate::metrics::{Bands, Meter, Record};
use crate::plan::Plan;
use crate::scenario::{Scenario, StepAction};
use crate::sim::Simulator;

/// Replications in a block.
const BLOCK: u32 = 256;
/// How often a worker that is held back looks whether it should stop.
const LOOK: Duration = Duration::from_millis(50);
/// Blocks that a thread may be ahead of the consumer.
const AHEAD: usize = 8;

/// Results of a block of replications of one scenario.
#[derive(Debug)]
pub struct Block {
    /// The scenario's place in the plan.
    pub scenario: usize,
    /// Number of the first replication.
    pub first: u32,
    /// The records, in order.
    pub records: Vec<Record>,
    /// Their curves.
    pub bands: Bands,
    /// What `format` made of the records.
    pub text: Vec<u8>,
}

/// Why a sweep ended early.
#[derive(Debug, thiserror::Error)]
pub enum SweepError<E> {
    /// The caller asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The threads could not be started.
    #[error("cannot start worker threads: {0}")]
    Threads(String),
    /// The consumer failed.
    #[error(transparent)]
    Consumer(E),
}

/// Runs `plan` on `threads` threads (0: one for each core). `format` turns records to text in the workers; `consume` gets every
/// block in order. Setting `stop` ends the sweep soon.
///
/// # Errors
/// When `consume` fails, when `stop` was set before the end, or when threads cannot be had.
pub fn run<E: Send>(
    plan: &Plan,
    threads: usize,
    stop: &AtomicBool,
    format: impl Fn(&Scenario, u32, &[Record]) -> Vec<u8> + Sync,
    mut consume: impl FnMut(Block) -> Result<(), E>,
) -> Result<(), SweepError<E>> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| SweepError::Threads(error.to_string()))?;
    let gate = Gate::new(AHEAD * pool.current_num_threads());
    let (sender, receiver) = mpsc::channel();
    let (gate_ref, format_ref) = (&gate, &format);
    let result = std::thread::scope(|scope| {
        scope.spawn(move || {
            pool.install(|| {
                tasks(plan).enumerate().par_bridge().for_each_init(
                    || (Worker::new(plan.seed), sender.clone()),
                    |(worker, sender), (number, (scenario, first, count))| {
                        let _panic = StopOnPanic(stop);
                        gate_ref.wait(number, stop);
                        if !stop.load(Ordering::Relaxed) {
                            let block = worker.block(plan, scenario, first, count, format_ref);
                            // A closed channel means that the consumer has failed; then nothing is wanted any more.
                            let _ = sender.send((number, block));
                        }
                    },
                );
            });
        });
        let result = in_order(receiver, &gate, &mut consume);
        if result.is_err() {
            stop.store(true, Ordering::Relaxed);
            gate.open();
        }
        result
    });
    result.map_err(SweepError::Consumer)?;
    if stop.load(Ordering::Relaxed) { Err(SweepError::Interrupted) } else { Ok(()) }
}

/// Every block of the plan: place of the scenario, first replication, how many.
fn tasks(plan: &Plan) -> impl Iterator<Item = (usize, u32, u32)> + Send {
    let replications = plan.replications;
    (0..plan.scenarios.len()).flat_map(move |scenario| {
        (0..replications).step_by(BLOCK as usize).map(move |first| (scenario, first, BLOCK.min(replications - first)))
    })
}

fn in_order<E>(
    receiver: mpsc::Receiver<(usize, Block)>,
    gate: &Gate,
    consume: &mut impl FnMut(Block) -> Result<(), E>,
) -> Result<(), E> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (number, block) in receiver {
        early.insert(number, block);
        while let Some(block) = early.remove(&next) {
            consume(block)?;
            next += 1;
            gate.advance();
        }
    }
    Ok(())
}

/// Most pods that are ever desired.
fn most_desired(scenario: &Scenario) -> u32 {
    let scaled = scenario.timeline.iter().filter_map(|step| match step.action {
        StepAction::Scale(replicas) => Some(replicas),
        _ => None,
    });
    scaled.chain([scenario.deployment.replicas]).max().unwrap_or(0).max(0) as u32
}

/// Holds workers back that are too far ahead.
#[derive(Debug)]
struct Gate {
    limit: Mutex<usize>,
    moved: Condvar,
}

impl Gate {
    fn new(limit: usize) -> Self {
        Self { limit: Mutex::new(limit), moved: Condvar::new() }
    }

    fn wait(&self, number: usize, stop: &AtomicBool) {
        let mut limit = self.limit.lock().unwrap_or_else(PoisonError::into_inner);
        while number >= *limit && !stop.load(Ordering::Relaxed) {
            // Whoever sets `stop` need not know of this gate.
            let waited = self.moved.wait_timeout(limit, LOOK).unwrap_or_else(PoisonError::into_inner);
            limit = waited.0;
        }
    }

    fn advance(&self) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.moved.notify_all();
    }

    fn open(&self) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = usize::MAX;
        self.moved.notify_all();
    }
}

/// Stops the others when a worker panics: the block it owes will never come.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// A worker's simulator and meter, used for all its blocks.
#[derive(Debug)]
struct Worker {
    simulator: Simulator,
    meter: Meter,
}

impl Worker {
    fn new(seed: u64) -> Self {
        Self { simulator: Simulator::new(seed), meter: Meter::default() }
    }

    fn block(
        &mut self,
        plan: &Plan,
        scenario: usize,
        first: u32,
        count: u32,
        format: &impl Fn(&Scenario, u32, &[Record]) -> Vec<u8>,
    ) -> Block {
        let point = &plan.scenarios[scenario];
        let mut bands = Bands::new(most_desired(point));
        let records: Vec<Record> = (first..first + count).map(|k| self.replicate(point, k, &mut bands)).collect();
        let text = format(point, first, &records);
        Block { scenario, first, records, bands, text }
    }

    fn replicate(&mut self, scenario: &Scenario, replication: u32, bands: &mut Bands) -> Record {
        self.meter.begin(scenario);
        let span = self.simulator.run(scenario, replication, &mut self.meter);
        let record = self.meter.finish(scenario, span);
        bands.add(self.meter.curve());
        record
    }
}
