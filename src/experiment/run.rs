//! Runs a plan to finished scenarios: the one path of the library and of every command.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::collect::{Collector, Forecast};
use super::effort::{Effort, without_consumer};
use super::inputs::drawn_figures;
use crate::blocks::Saved;
use crate::metrics::Record;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::sweep::{self, Block, KnownBlocks, SweepError};

/// Runs every scenario of `plan`, or takes its blocks from those that are `known`. The records of the plan's baselines come first,
/// since the other scenarios are compared with them. `format` turns records to text in the worker threads; `each` gets every block
/// and `finished` every scenario as soon as its last block is there, both in the plan's order.
///
/// # Errors
/// When `each` fails, when somebody set the effort's `stop`, when a block is missing that may not be simulated, or when the
/// operating system gives no threads.
pub fn run_plan<E: Send>(
    plan: &Plan,
    effort: Effort<'_>,
    known: KnownBlocks<'_>,
    format: impl Fn(&Scenario, u32, &[Record]) -> Vec<u8> + Sync,
    mut each: impl FnMut(&Block) -> Result<(), E>,
    mut finished: impl FnMut(Forecast),
) -> Result<(), SweepError<E>> {
    let drawn = drawn_figures(plan, effort)?;
    let (baselines, held) = baselines(plan, effort, known)?;
    let saved = [known.saved, &[&held]].concat();
    let known = KnownBlocks { saved: &saved, ..known };
    let mut collector = Collector::new(plan, baselines, drawn, known);
    let mut failed = None;
    let run = sweep::resume(plan, effort.threads, effort.stop, known, format, |block| {
        each(&block)?;
        match collector.take(block) {
            Ok(forecast) => forecast.into_iter().for_each(&mut finished),
            Err(error) => {
                failed.get_or_insert(error.to_string());
                effort.stop.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    });
    failed.map_or(run, |error| Err(SweepError::Scratch(error)))
}

/// The records of every scenario of `plan`, in the plan's order. `each` gets every block.
///
/// # Errors
/// When somebody set the effort's `stop`, or when the operating system gives no threads.
pub fn records(
    plan: &Plan,
    effort: Effort<'_>,
    mut each: impl FnMut(&Block),
) -> Result<Vec<Vec<Record>>, SweepError<Infallible>> {
    let mut records = vec![Vec::new(); plan.scenarios.len()];
    let no_text = |_: &Scenario, _: u32, _: &[Record]| Vec::new();
    sweep::run(plan, effort.threads, effort.stop, no_text, |block| {
        each(&block);
        records[block.scenario].extend(block.records);
        Ok::<(), Infallible>(())
    })?;
    Ok(records)
}

/// The records of baselines by the number of the scenario, and the blocks that had to be simulated for them.
type Baselines = (BTreeMap<u32, Vec<Record>>, Saved);

/// The records of each of the plan's baselines by the number of its scenario; none where there is nothing to compare with them.
/// With them come the blocks that had to be simulated, so that the plan's own run does not simulate them again.
fn baselines<E>(plan: &Plan, effort: Effort<'_>, known: KnownBlocks<'_>) -> Result<Baselines, SweepError<E>> {
    let (ids, mut held) = (plan.baselines(), Saved::default());
    let alone = Plan { scenarios: with_their_worlds(&plan.scenarios, &ids), ..plan.clone() };
    let mut records: BTreeMap<u32, Vec<Record>> = BTreeMap::new();
    // Where records do not fit in memory, the blocks of a baseline are read beside those of every scenario.
    let read_again = known.too_small_room(plan).is_some();
    if alone.scenarios.is_empty() || plan.scenarios.len() == 1 || read_again {
        return Ok((records, held));
    }
    let no_text = |_: &Scenario, _: u32, _: &[Record]| Vec::new();
    let all = KnownBlocks { finished: 0, ..known };
    let result = sweep::resume(&alone, effort.threads, effort.stop, all, no_text, |block| {
        let (id, first) = (alone.scenarios[block.scenario].id, block.first);
        if !known.saved.iter().any(|saved| saved.holds(id, first, block.records.len() as u32)) {
            // What cannot be kept is simulated again.
            let _ = held.hold((id, first), &block.records, &block.bands, &block.cluster);
        }
        if ids.contains(&id) {
            records.entry(id).or_default().extend(block.records);
        }
        Ok::<(), Infallible>(())
    });
    result.map_err(without_consumer)?;
    Ok((records, held))
}

/// The scenarios of these numbers, in the plan's order, with all workloads that are simulated together with them.
fn with_their_worlds(scenarios: &[Scenario], ids: &[u32]) -> Vec<Scenario> {
    let is_baseline = |one: &Scenario| ids.contains(&one.id);
    let together = |one: &Scenario, other: &Scenario| {
        one.world.as_ref().zip(other.world.as_ref()).is_some_and(|(a, b)| Arc::ptr_eq(&a.world, &b.world))
    };
    let needed = |one: &&Scenario| {
        is_baseline(one)
            || (one.world.is_some() && scenarios.iter().any(|other| is_baseline(other) && together(one, other)))
    };
    scenarios.iter().filter(needed).cloned().collect()
}
