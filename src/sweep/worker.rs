//! What one worker thread does.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::block::Block;
use super::schedule::Task;
use crate::blocks::Saved;
use crate::metrics::{Bands, Meter, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::sim::Simulator;

/// Stops the other workers when one panics. The consumer would otherwise wait forever for the block of the one that panicked.
pub(super) struct StopOnPanic<'a>(pub(super) &'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

/// The simulator and meter of one worker thread. All its blocks use them, so that their memory is allocated once.
#[derive(Debug)]
pub(super) struct Worker {
    simulator: Simulator,
    meter: Meter,
}

impl Worker {
    pub(super) fn new(plan: &Plan) -> Self {
        Self { simulator: Simulator::sampled(plan.seed, plan.sampling), meter: Meter::default() }
    }

    pub(super) fn block(
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
        let mut bands = Bands::of(scenario);
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
