//! Runs every replication of every scenario on all cores and hands the results over in the plan's order.
//!
//! The work is cut into blocks of replications. Worker threads take the blocks in order. They may run ahead of the consumer by
//! a fixed number of blocks, so that the memory does not grow with the amount of work, and the consumer gets the blocks in the
//! same order for any number of threads. Where the experiment has precision targets, the records decide at fixed numbers of
//! replications (looks) whether a scenario needs more blocks.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use crate::blocks::Saved;
use crate::metrics::{Bands, Meter, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::sim::Simulator;

mod pool;
mod schedule;

pub use pool::{MOST_THREADS, pool};
use schedule::{Schedule, Task};

/// Replications in a block: enough that handing a block over costs little beside running it.
const BLOCK: u32 = 256;
/// Number of blocks by which one worker thread may be ahead of the consumer.
const AHEAD: usize = 8;

/// Results of a block of replications of one scenario.
#[derive(Debug)]
pub struct Block {
    /// Position of the scenario in the plan.
    pub scenario: usize,
    /// Number of the first replication.
    pub first: u32,
    /// Whether this is the last block of the scenario.
    pub last: bool,
    /// The records, in order.
    pub records: Vec<Record>,
    /// The curves of pods over time of the same replications.
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

/// Runs `plan` on `threads` threads (0: one for each core; see [`pool`]). The worker threads call `format` to turn records into
/// text; `consume` gets every block in order on the caller's thread. Whoever sets `stop` ends the sweep soon.
///
/// # Errors
/// When `consume` fails, when `stop` was set before the end, or when the operating system gives no threads.
pub fn run<E: Send>(
    plan: &Plan,
    threads: usize,
    stop: &AtomicBool,
    format: impl Fn(&Scenario, u32, &[Record]) -> Vec<u8> + Sync,
    consume: impl FnMut(Block) -> Result<(), E>,
) -> Result<(), SweepError<E>> {
    resume(plan, threads, stop, &Saved::default(), format, consume)
}

/// Does the same as [`run`], but takes the blocks that are in `saved` from there instead of simulating them.
///
/// # Errors
/// As for [`run`].
pub fn resume<E: Send>(
    plan: &Plan,
    threads: usize,
    stop: &AtomicBool,
    saved: &Saved,
    format: impl Fn(&Scenario, u32, &[Record]) -> Vec<u8> + Sync,
    mut consume: impl FnMut(Block) -> Result<(), E>,
) -> Result<(), SweepError<E>> {
    let pool = pool(threads, blocks(plan)).map_err(|error| SweepError::Threads(error.to_string()))?;
    let schedule = Schedule::new(plan, AHEAD * pool.current_num_threads());
    let (sender, receiver) = mpsc::channel();
    let (schedule, format) = (&schedule, &format);
    let result = std::thread::scope(|scope| {
        scope.spawn(move || {
            pool.broadcast(|_| {
                let mut worker = Worker::new(plan.seed);
                let _panic = StopOnPanic(stop);
                while let Some(task) = schedule.take(stop) {
                    let Some(block) = worker.block(plan, saved, task, stop, format) else { break };
                    schedule.finish(task, &block.records);
                    // The channel is closed when the consumer has failed. The block is then not needed.
                    let _ = sender.send(block);
                }
            });
        });
        let result = in_order(receiver, schedule, &mut consume);
        if result.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        result
    });
    result.map_err(SweepError::Consumer)?;
    if stop.load(Ordering::Relaxed) { Err(SweepError::Interrupted) } else { Ok(()) }
}

/// The greatest number of blocks that the plan can need.
fn blocks(plan: &Plan) -> usize {
    plan.scenarios.len() * plan.replications.div_ceil(BLOCK) as usize
}

/// Hands the blocks over scenario by scenario, each from its first replication on.
fn in_order<E>(
    receiver: mpsc::Receiver<Block>,
    schedule: &Schedule<'_>,
    consume: &mut impl FnMut(Block) -> Result<(), E>,
) -> Result<(), E> {
    let mut early = BTreeMap::new();
    let mut next = (0, 0);
    for block in receiver {
        early.insert((block.scenario, block.first), block);
        while let Some(mut block) = early.remove(&next) {
            let (scenario, end) = (block.scenario, block.first + block.records.len() as u32);
            block.last = schedule.consumed(scenario, end);
            next = if block.last { (scenario + 1, 0) } else { (scenario, end) };
            consume(block)?;
        }
    }
    Ok(())
}

/// The greatest number of desired pods at any time of the scenario.
fn most_desired(scenario: &Scenario) -> u32 {
    let scaled = scenario.timeline.iter().filter_map(|step| step.action.replicas());
    let autoscaled = scenario.horizontal_autoscaler.iter().map(|autoscaler| autoscaler.max_replicas);
    scaled.chain(autoscaled).chain([scenario.deployment.replicas]).max().unwrap_or(0).max(0) as u32
}

/// Stops the other workers when one panics. The consumer would otherwise wait forever for the block of the one that panicked.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// The simulator and meter of one worker thread. All its blocks use them, so that their memory is allocated once.
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
        saved: &Saved,
        Task { scenario, first, count }: Task,
        stop: &AtomicBool,
        format: &impl Fn(&Scenario, u32, &[Record]) -> Vec<u8>,
    ) -> Option<Block> {
        let point = &plan.scenarios[scenario];
        let (records, bands) =
            saved.block(point.id, first, count).or_else(|| self.simulate(point, first..first + count, stop))?;
        let text = format(point, first, &records);
        Some(Block { scenario, first, last: false, records, bands, text })
    }

    /// Gives `None` where `stop` was set in the middle of a replication.
    fn simulate(
        &mut self,
        scenario: &Scenario,
        replications: Range<u32>,
        stop: &AtomicBool,
    ) -> Option<(Vec<Record>, Bands)> {
        let mut bands = Bands::new(most_desired(scenario));
        let records = replications.map(|k| self.replicate(scenario, k, &mut bands, stop)).collect::<Option<_>>()?;
        Some((records, bands))
    }

    fn replicate(
        &mut self,
        scenario: &Scenario,
        replication: u32,
        bands: &mut Bands,
        stop: &AtomicBool,
    ) -> Option<Record> {
        self.meter.begin(scenario);
        let span = self.simulator.run_unless(stop, scenario, replication, &mut self.meter)?;
        let record = self.meter.finish(scenario, span);
        bands.add(self.meter.curve());
        Some(record)
    }
}
