//! Rollouts under a tilt, on all cores: which of them have the event.

use std::ops::Range;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::event::{Event, Nearness};
use crate::experiment::{Effort, RunError};
use crate::metrics::Meter;
use crate::random::{Numbers, Tilt};
use crate::scenario::Scenario;
use crate::sim::Simulator;
use crate::sweep::pool;

/// Rollouts that one worker runs at a time.
const BLOCK: u32 = 64;

/// What follows a run: it gets how many more rollouts are finished.
pub type Watch<'a> = &'a (dyn Fn(u64) + Sync);

/// Where a walk stands: a rollout's random numbers, and how near it came to the event.
#[derive(Clone, Debug)]
pub(super) struct Stand {
    numbers: Arc<Numbers>,
    pub(super) nearness: Nearness,
}

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

    /// Walks through rollouts: walk k begins at `from[k]` (`None`: at a rollout that is drawn as it is) and goes `steps` steps, of which
    /// each stays where it was unless the rollout reaches `stage`. Returns where each step of each walk stands, and the share of steps that
    /// moved. The steps use the numbers of replications from `first` on.
    pub(super) fn walk(
        &self,
        from: &[Option<Stand>],
        (stage, correlation, steps): (&Nearness, f64, u32),
        first: u32,
    ) -> Result<(Vec<Stand>, f64), RunError> {
        let worker = || (Simulator::walking(self.seed), Meter::default());
        let one = |own: &mut (Simulator, Meter), walk: usize| {
            let first = first + walk as u32 * steps;
            let stands = self.one_walk(own, from[walk].as_ref(), (stage, correlation), first..first + steps);
            (self.watch)(u64::from(steps));
            stands
        };
        let walks = 0..from.len();
        let found: Option<Vec<_>> = self.pool.install(|| walks.into_par_iter().map_init(worker, one).collect());
        let found = found.ok_or(RunError::Interrupted)?;
        let moved: u32 = found.iter().map(|(_, moved)| *moved).sum();
        let share = f64::from(moved) / (from.len() as f64 * f64::from(steps)).max(1.0);
        Ok((found.into_iter().flat_map(|(stands, _)| stands).collect(), share))
    }

    fn one_walk(
        &self,
        (simulator, meter): &mut (Simulator, Meter),
        from: Option<&Stand>,
        (stage, correlation): (&Nearness, f64),
        numbers: Range<u32>,
    ) -> Option<(Vec<Stand>, u32)> {
        let (mut at, mut stands, mut moved) = (from.cloned(), Vec::new(), 0);
        for number in numbers {
            simulator.follow(at.as_ref().map(|at| (Arc::clone(&at.numbers), correlation)));
            meter.begin(self.scenario);
            let span = simulator.run_unless(self.effort.stop, self.scenario, number, meter)?;
            let nearness = self.event.nearness(&meter.finish(self.scenario, span));
            let next = Stand { numbers: Arc::new(simulator.walked()), nearness };
            if at.is_none() || nearness.reaches(stage) {
                moved += 1;
                at = Some(next);
            }
            stands.extend(at.clone());
        }
        Some((stands, moved))
    }

    /// `None`: somebody stopped it.
    fn trial(&self, (simulator, meter): &mut (Simulator, Meter), number: u32) -> Option<Option<Vec<f64>>> {
        meter.begin(self.scenario);
        let span = simulator.run_unless(self.effort.stop, self.scenario, number, meter)?;
        let record = meter.finish(self.scenario, span);
        Some(self.event.happened(&record).then(|| simulator.ratios()))
    }
}
