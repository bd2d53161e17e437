//! Rollouts under a tilt, on all cores: which of them have the event.

use std::ops::Range;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::event::Event;
use crate::experiment::{Effort, RunError};
use crate::metrics::Meter;
use crate::random::Tilt;
use crate::scenario::Scenario;
use crate::sim::Simulator;
use crate::sweep::pool;

/// Rollouts that one worker runs at a time.
const BLOCK: u32 = 64;

/// What follows a run: it gets how many more rollouts are finished.
pub type Watch<'a> = &'a (dyn Fn(u64) + Sync);

/// A scenario, an event, and how rollouts are simulated.
pub(super) struct Trials<'a> {
    scenario: &'a Scenario,
    event: &'a Event,
    seed: u64,
    pool: rayon::ThreadPool,
    effort: Effort<'a>,
    watch: Watch<'a>,
}

impl<'a> Trials<'a> {
    pub(super) fn new(
        (scenario, seed): (&'a Scenario, u64),
        event: &'a Event,
        effort: Effort<'a>,
        watch: Watch<'a>,
    ) -> Result<Self, RunError> {
        let pool = pool(effort.threads, usize::MAX).map_err(|error| RunError::Threads(error.to_string()))?;
        Ok(Self { scenario, event, seed, pool, effort, watch })
    }

    /// Rollout by rollout: `None` without the event, else how much more probable each jump of the tilt makes it. Without a tilt
    /// rollouts are drawn as they are.
    pub(super) fn run(&self, tilt: Option<&Arc<Tilt>>, range: Range<u32>) -> Result<Vec<Option<Vec<f64>>>, RunError> {
        let worker = || {
            let simulator = match tilt {
                Some(tilt) => Simulator::tilted(self.seed, Arc::clone(tilt)),
                None => Simulator::new(self.seed),
            };
            (simulator, Meter::default())
        };
        let block = |own: &mut (Simulator, Meter), first: u32| {
            let last = first.saturating_add(BLOCK).min(range.end);
            let trials = (first..last).map(|number| self.trial(own, number)).collect::<Option<Vec<_>>>()?;
            (self.watch)(u64::from(last - first));
            Some(trials)
        };
        let starts: Vec<u32> = range.clone().step_by(BLOCK as usize).collect();
        let blocks: Option<Vec<_>> = self.pool.install(|| starts.into_par_iter().map_init(worker, block).collect());
        Ok(blocks.ok_or(RunError::Interrupted)?.into_iter().flatten().collect())
    }

    /// `None`: somebody stopped it.
    fn trial(&self, (simulator, meter): &mut (Simulator, Meter), number: u32) -> Option<Option<Vec<f64>>> {
        meter.begin(self.scenario);
        let span = simulator.run_unless(self.effort.stop, self.scenario, number, meter)?;
        let record = meter.finish(self.scenario, span);
        Some(self.event.happened(&record).then(|| simulator.ratios()))
    }
}
