//! Runs a plan to finished scenarios: the one path of the library and of every command.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::AtomicBool;

use super::collect::{Collector, Forecast};
use crate::blocks::Saved;
use crate::metrics::Record;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::sweep::{self, Block, SweepError};

/// How a plan is run.
#[derive(Clone, Copy, Debug)]
pub struct Effort<'a> {
    /// Number of worker threads; 0 means one for each core.
    pub threads: usize,
    /// Whoever sets this ends the run soon.
    pub stop: &'a AtomicBool,
}

/// Runs every scenario of `plan`, or takes its blocks from `saved`. The records of the plan's baselines come first, since the
/// other scenarios are compared with them. `format` turns records to text in the worker threads; `each` gets every block and
/// `finished` every scenario as soon as its last block is there, both in the plan's order.
///
/// # Errors
/// When `each` fails, when somebody set the effort's `stop`, or when the operating system gives no threads.
pub fn run_plan<E: Send>(
    plan: &Plan,
    effort: Effort<'_>,
    saved: &Saved,
    format: impl Fn(&Scenario, u32, &[Record]) -> Vec<u8> + Sync,
    mut each: impl FnMut(&Block) -> Result<(), E>,
    mut finished: impl FnMut(Forecast),
) -> Result<(), SweepError<E>> {
    let mut collector = Collector::new(plan, baselines(plan, effort)?);
    sweep::resume(plan, effort.threads, effort.stop, saved, format, |block| {
        each(&block)?;
        if let Some(forecast) = collector.take(block) {
            finished(forecast);
        }
        Ok(())
    })
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

/// The records of each of the plan's baselines by the number of its scenario; none where there is nothing to compare with them.
fn baselines<E>(plan: &Plan, effort: Effort<'_>) -> Result<BTreeMap<u32, Vec<Record>>, SweepError<E>> {
    let ids = plan.baselines();
    let is_baseline = |one: &&Scenario| ids.contains(&one.id);
    let scenarios: Vec<Scenario> = plan.scenarios.iter().filter(is_baseline).cloned().collect();
    if scenarios.is_empty() || plan.scenarios.len() == 1 {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<u32> = scenarios.iter().map(|one| one.id).collect();
    let alone = Plan { scenarios, ..plan.clone() };
    let records = records(&alone, effort, |_| ()).map_err(|error| match error {
        SweepError::Interrupted => SweepError::Interrupted,
        SweepError::Threads(text) => SweepError::Threads(text),
        SweepError::Consumer(never) => match never {},
    })?;
    Ok(ids.into_iter().zip(records).collect())
}
