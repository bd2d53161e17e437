//! From the blocks of a sweep to finished scenarios.

use crate::analysis::{self, Difference, ScenarioResult, Statistics, TimelineRow};
use crate::metrics::{Bands, BandsRow, Bounds, Figure, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::Estimate;
use crate::sweep::Block;

/// A scenario whose replications have all been run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Forecast {
    /// The statistics of the scenario.
    pub result: ScenarioResult,
    /// One record for each replication, in order of replication. Empty where the caller did not ask to keep them.
    pub records: Vec<Record>,
}

impl Forecast {
    /// The estimate of `figure`; `None` where the scenario has no such figure: one of requests without traffic, or a
    /// statistic that metrics of its kind do not have.
    #[must_use]
    pub fn figure(&self, figure: Figure) -> Option<&Estimate> {
        self.result.statistics.get(figure)
    }

    /// The point estimate of `figure`, in the unit of the figure; `None` also where the replications cannot support one.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        self.result.statistics.value(figure)
    }
}

/// Collects blocks, which must come in the plan's order. It holds the records of one scenario at a time.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    plan: &'a Plan,
    records: Vec<Record>,
    bands: Option<Bands>,
    /// The records of the plan's baseline, where the other scenarios are compared with one.
    baseline: Option<Vec<Record>>,
}

impl<'a> Collector<'a> {
    /// A collector for `plan`. Every scenario is compared with the records of the `baseline` as soon as it is finished.
    pub(super) const fn new(plan: &'a Plan, baseline: Option<Vec<Record>>) -> Self {
        Self { plan, records: Vec::new(), bands: None, baseline }
    }

    /// Takes the next block. The last block of a scenario gives the finished scenario.
    pub(super) fn take(&mut self, block: Block) -> Option<Forecast> {
        self.records.extend(block.records);
        match &mut self.bands {
            Some(bands) => bands.merge(block.bands),
            None => self.bands = Some(block.bands),
        }
        block.last.then(|| self.finish(&self.plan.scenarios[block.scenario]))
    }

    fn finish(&mut self, scenario: &Scenario) -> Forecast {
        let rows = self.bands.take().map(|bands| bands.rows()).unwrap_or_default();
        let result = ScenarioResult {
            scenario: scenario.id,
            parameters: scenario.parameters.clone(),
            replicas: scenario.deployment.replicas.max(0) as u32,
            bounds: Bounds::of(scenario),
            statistics: Statistics::sampled(&self.records, scenario.horizon, self.plan.sampling.group()),
            timeline: rows.into_iter().map(timeline_row).collect(),
            achieved: analysis::achieved(self.plan, &self.records, scenario.horizon),
            differences: self.differences(scenario),
        };
        Forecast { result, records: std::mem::take(&mut self.records) }
    }

    fn differences(&self, scenario: &Scenario) -> Vec<Difference> {
        let chosen = self.plan.baseline.filter(|id| *id != scenario.id);
        let baseline = chosen.and_then(|id| self.plan.scenarios.iter().find(|known| known.id == id));
        baseline.zip(self.baseline.as_ref()).map_or_else(Vec::new, |(baseline, records)| {
            let horizon = baseline.horizon.min(scenario.horizon);
            analysis::sampled_differences(records, &self.records, horizon, self.plan.sampling.group())
        })
    }
}

fn timeline_row(row: BandsRow) -> TimelineRow {
    TimelineRow { at_s: row.at.as_secs_f64(), available: row.available, ready: row.ready, footprint: row.footprint }
}
