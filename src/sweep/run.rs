//! Starts the worker threads and puts their blocks in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, mpsc};

use super::block::{Block, SweepError};
use super::known::KnownBlocks;
use super::pool::pool;
use super::schedule::{Schedule, Task};
use super::worker::{StopOnPanic, Worker};
use crate::metrics::Record;
use crate::plan::Plan;
use crate::scenario::Scenario;

/// Number of blocks by which one worker thread may be ahead of the consumer.
const AHEAD: usize = 8;

/// Runs `plan` on `threads` threads (0: one for each core; see `pool`). The worker threads call `format` to turn records into
/// text; `consume` gets every block in order on the caller's thread, those of the workloads of a world together. Whoever sets
/// `stop` ends the sweep soon.
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
    resume(plan, threads, stop, KnownBlocks::default(), format, consume)
}

/// Does the same as [`run`], but takes the blocks that are `known` instead of simulating them.
///
/// # Errors
/// As for [`run`], and when a block is missing that may not be simulated.
pub fn resume<E: Send>(
    plan: &Plan,
    threads: usize,
    stop: &AtomicBool,
    known: KnownBlocks<'_>,
    format: impl Fn(&Scenario, u32, &[Record]) -> Vec<u8> + Sync,
    mut consume: impl FnMut(Block) -> Result<(), E>,
) -> Result<(), SweepError<E>> {
    let pool = pool(threads, Schedule::most_blocks(plan)).map_err(|error| SweepError::Threads(error.to_string()))?;
    let schedule = Schedule::new(plan, (known.only, known.finished), AHEAD * pool.current_num_threads());
    let (sender, receiver) = mpsc::channel();
    let (schedule, format) = (&schedule, &format);
    let missing = OnceLock::new();
    let missing = &missing;
    let result = std::thread::scope(|scope| {
        scope.spawn(move || {
            pool.broadcast(|_| {
                let mut worker = Worker::new(plan);
                let _panic = StopOnPanic(stop);
                while let Some(task) = schedule.take(stop) {
                    let members = schedule.members(task);
                    let Some(blocks) = worker.blocks((plan, members.clone()), known, task, stop, format) else {
                        if known.only && !stop.swap(true, Ordering::Relaxed) {
                            let _ = missing.set((plan.scenarios[members.start].id, task.first));
                        }
                        break;
                    };
                    schedule.finish(task, blocks.first().map_or(&[], |first| &first.records));
                    // The channel is closed when the consumer has failed. The blocks are then not needed.
                    let _ = sender.send((task, blocks));
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
    if let Some(&(scenario, first)) = missing.get() {
        return Err(SweepError::Missing { scenario, first });
    }
    if stop.load(Ordering::Relaxed) { Err(SweepError::Interrupted) } else { Ok(()) }
}

/// Hands the blocks over scenario by scenario, each from its first replication on; those of scenarios that are simulated together
/// come together.
fn in_order<E>(
    receiver: mpsc::Receiver<(Task, Vec<Block>)>,
    schedule: &Schedule<'_>,
    consume: &mut impl FnMut(Block) -> Result<(), E>,
) -> Result<(), E> {
    let mut early = BTreeMap::new();
    let mut next = (0, schedule.first(0));
    for (task, blocks) in receiver {
        early.insert((task.scenario, task.first), (task.count, blocks));
        while let Some((count, blocks)) = early.remove(&next) {
            let (scenario, end) = (next.0, next.1 + count);
            let last = schedule.consumed(scenario, end);
            next = if last { (scenario + 1, schedule.first(scenario + 1)) } else { (scenario, end) };
            blocks.into_iter().try_for_each(|block| consume(Block { last, ..block }))?;
        }
    }
    Ok(())
}
