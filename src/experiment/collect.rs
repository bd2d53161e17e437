//! From the blocks of a sweep to finished scenarios.

use std::collections::BTreeMap;

use crate::analysis::{
    self, ClusterResult, Difference, LevelRow, NoNode, ScenarioResult, Scope, Statistics, TimelineRow,
};
use crate::diagnosis::Chosen;
use crate::metrics::{Bands, BandsRow, Bounds, ClusterPart, Figure, LevelStep, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::{Confidence, Estimate};
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

/// What the blocks of a scenario gave so far.
#[derive(Debug)]
struct Part {
    records: Vec<Record>,
    bands: Bands,
    cluster: ClusterPart,
}

impl Part {
    /// Adds the replications that come next.
    fn extend(&mut self, next: Self) {
        self.records.extend(next.records);
        self.bands.merge(next.bands);
        self.cluster.extend(next.cluster);
    }
}

/// Collects blocks, which must come in the sweep's order. It holds the records of one scenario at a time, and of all workloads of a
/// world.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    plan: &'a Plan,
    /// The level of the limits of each look.
    confidence: Confidence,
    /// Of the scenarios under way, by their place in the plan.
    under_way: BTreeMap<usize, Part>,
    /// The records of the plan's baselines, by the number of the scenario.
    baselines: BTreeMap<u32, Vec<Record>>,
}

impl<'a> Collector<'a> {
    /// A collector for `plan`. Every scenario is compared with the records of its baseline as soon as it is finished.
    pub(super) fn new(plan: &'a Plan, baselines: BTreeMap<u32, Vec<Record>>) -> Self {
        Self { plan, confidence: plan.confidence_of_each_look(), under_way: BTreeMap::new(), baselines }
    }

    /// Takes the next block. The last block of a scenario gives the finished scenario.
    pub(super) fn take(&mut self, block: Block) -> Option<Forecast> {
        let Block { scenario, last, records, bands, cluster, .. } = block;
        let next = Part { records, bands, cluster };
        let part = match self.under_way.remove(&scenario) {
            Some(mut before) => {
                before.extend(next);
                before
            }
            None => next,
        };
        if last {
            return Some(self.finish(&self.plan.scenarios[scenario], part));
        }
        self.under_way.insert(scenario, part);
        None
    }

    fn finish(&self, scenario: &Scenario, Part { records, bands, cluster }: Part) -> Forecast {
        let group = self.plan.sampling.group();
        let of_world = scenario.world.as_ref().filter(|_| !cluster.records.is_empty());
        let cluster = of_world.map(|own| Box::new(ClusterResult::of(&own.world, &cluster, group)));
        let scope = Scope::of(scenario);
        let (rows, levels) = (bands.rows(), bands.levels());
        let result = ScenarioResult {
            scenario: scenario.id,
            parameters: scenario.parameters.clone(),
            replicas: scenario.deployment.replicas.max(0) as u32,
            bounds: Bounds::of(scenario),
            statistics: Statistics::sampled(&records, &scope, group),
            timeline: rows.into_iter().map(timeline_row).collect(),
            levels: levels.into_iter().map(level_row).collect(),
            achieved: analysis::achieved(self.plan, &records, &scope, self.confidence),
            differences: self.differences(scenario, &records, &scope),
            chosen: Chosen::of(&records),
            pods: Vec::new(),
            cluster,
            no_node: NoNode::of(&records, &scenario.cluster.explanation.resources),
            what_if: Vec::new(),
        };
        Forecast { result, records }
    }

    fn differences(&self, scenario: &Scenario, own: &[Record], scope: &Scope) -> Vec<Difference> {
        let chosen = self.plan.baseline_of(scenario.id).filter(|id| *id != scenario.id);
        let baseline = chosen.and_then(|id| self.plan.scenarios.iter().find(|known| known.id == id));
        let records = chosen.and_then(|id| self.baselines.get(&id));
        baseline.zip(records).map_or_else(Vec::new, |(baseline, records)| {
            let group = self.plan.sampling.group();
            analysis::sampled_differences((records, &Scope::of(baseline)), (own, scope), group)
        })
    }
}

fn level_row(step: LevelStep) -> LevelRow {
    LevelRow { at_s: step.at.as_secs_f64(), level: step.level, share: step.share }
}

fn timeline_row(row: BandsRow) -> TimelineRow {
    TimelineRow { at_s: row.at.as_secs_f64(), available: row.available, ready: row.ready, footprint: row.footprint }
}
