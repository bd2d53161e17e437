//! From the blocks of a sweep to finished scenarios.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crate::analysis::unkept::{Gathered, Unkept};
use crate::analysis::{
    self, Achieved, ClusterResult, Difference, LevelRow, NoNode, ScenarioResult, Scope, Statistics, TimelineRow,
};
use crate::diagnosis::Chosen;
use crate::metrics::{Bands, BandsRow, Bounds, ClusterPart, Figure, LevelStep, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::{Confidence, Estimate, Scratch};
use crate::sweep::{Block, KnownBlocks, Room};

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

/// Bytes that a rollout has in memory where its records are kept, while statistics are made of them.
const BYTES_OF_A_ROLLOUT: u64 = 300;

/// What the blocks of a scenario gave so far.
#[derive(Debug)]
struct Part {
    records: Kept,
    bands: Bands,
    cluster: ClusterPart,
}

/// The records of a scenario, or what was gathered from them.
#[derive(Debug)]
enum Kept {
    Records(Vec<Record>),
    /// With the first replication and the size of each block.
    Gathered(Box<Unkept>, Vec<(u32, u32)>),
}

/// What is made of the records.
struct Made {
    gathered: Gathered,
    achieved: Vec<Achieved>,
    differences: Vec<Difference>,
    records: Vec<Record>,
}

/// Collects blocks, which must come in the sweep's order. It holds the records of one scenario at a time, and of all workloads of a
/// world; where they do not fit in memory, only what statistics need.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    plan: &'a Plan,
    /// The level of the limits of each look.
    confidence: Confidence,
    /// Of the scenarios under way, by their place in the plan.
    under_way: BTreeMap<usize, Part>,
    /// The records of the plan's baselines, by the number of the scenario.
    baselines: BTreeMap<u32, Vec<Record>>,
    known: KnownBlocks<'a>,
}

impl<'a> Collector<'a> {
    /// A collector for `plan`. Every scenario is compared with the records of its baseline as soon as it is finished.
    pub(super) fn new(plan: &'a Plan, baselines: BTreeMap<u32, Vec<Record>>, known: KnownBlocks<'a>) -> Self {
        Self { plan, confidence: plan.confidence_of_each_look(), under_way: BTreeMap::new(), baselines, known }
    }

    /// Takes the next block. The last block of a scenario gives the finished scenario.
    ///
    /// # Errors
    /// When what does not fit in memory cannot be written or read again.
    pub(super) fn take(&mut self, block: Block) -> io::Result<Option<Forecast>> {
        let Block { scenario: place, last, records, bands, cluster, first, .. } = block;
        let scenario = &self.plan.scenarios[place];
        let mut part = match self.under_way.remove(&place) {
            Some(mut before) => {
                before.bands.merge(bands);
                before.cluster.extend(cluster);
                before
            }
            None => Part { records: self.kept(scenario), bands, cluster },
        };
        match &mut part.records {
            Kept::Records(kept) if kept.is_empty() => *kept = records,
            Kept::Records(kept) => kept.extend(records),
            Kept::Gathered(unkept, blocks) => {
                unkept.take(&records)?;
                blocks.push((first, records.len() as u32));
            }
        }
        if last {
            return Ok(Some(self.finish(scenario, part)?));
        }
        self.under_way.insert(place, part);
        Ok(None)
    }

    /// Whether records are kept. What is not made in one pass after the other needs them: differences, groups, precision targets and
    /// the cluster of a world.
    fn kept(&self, scenario: &Scenario) -> Kept {
        let KnownBlocks { only, room, .. } = self.known;
        let plan = self.plan;
        let needed = plan.has_baseline() || plan.precision.is_some() || plan.sampling.group().is_some();
        let large = |room: &Room<'_>| u64::from(plan.replications) * BYTES_OF_A_ROLLOUT > room.bytes;
        match room.filter(large) {
            Some(room) if only && !needed && scenario.world.is_none() => {
                let scratch = Arc::new(Scratch::new(room.folder.to_owned()));
                Kept::Gathered(Box::new(Unkept::new(Scope::of(scenario), &scratch, room.bytes / 2)), Vec::new())
            }
            _ => Kept::Records(Vec::new()),
        }
    }

    fn made(&self, scenario: &Scenario, kept: Kept) -> io::Result<Made> {
        let resources = &scenario.cluster.explanation.resources;
        let (unkept, blocks) = match kept {
            Kept::Records(records) => return Ok(self.made_of(scenario, records)),
            Kept::Gathered(unkept, blocks) => (unkept, blocks),
        };
        let mut again = unkept.close()?;
        for (first, count) in blocks {
            let missing = || io::Error::other(format!("the block at {first} of scenario {} is gone", scenario.id));
            let (records, ..) = self.known.block(scenario.id, first, count).ok_or_else(missing)?;
            again.take(&records);
        }
        let gathered = again.finish(resources);
        Ok(Made { gathered, achieved: Vec::new(), differences: Vec::new(), records: Vec::new() })
    }

    fn made_of(&self, scenario: &Scenario, records: Vec<Record>) -> Made {
        let scope = Scope::of(scenario);
        let gathered = Gathered {
            statistics: Statistics::sampled(&records, &scope, self.plan.sampling.group()),
            chosen: Chosen::of(&records),
            no_node: NoNode::of(&records, &scenario.cluster.explanation.resources),
        };
        let achieved = analysis::achieved(self.plan, &records, &scope, self.confidence);
        Made { gathered, achieved, differences: self.differences(scenario, &records, &scope), records }
    }

    fn finish(&self, scenario: &Scenario, Part { records, bands, cluster }: Part) -> io::Result<Forecast> {
        let group = self.plan.sampling.group();
        let of_world = scenario.world.as_ref().filter(|_| !cluster.records.is_empty());
        let cluster = of_world.map(|own| Box::new(ClusterResult::of(&own.world, &cluster, group)));
        let (rows, levels) = (bands.rows(), bands.levels());
        let Made { gathered: Gathered { statistics, chosen, no_node }, achieved, differences, records } =
            self.made(scenario, records)?;
        let result = ScenarioResult {
            scenario: scenario.id,
            parameters: scenario.parameters.clone(),
            replicas: scenario.deployment.replicas.max(0) as u32,
            bounds: Bounds::of(scenario),
            statistics,
            timeline: rows.into_iter().map(timeline_row).collect(),
            levels: levels.into_iter().map(level_row).collect(),
            achieved,
            differences,
            chosen,
            pods: Vec::new(),
            cluster,
            no_node,
            what_if: Vec::new(),
        };
        Ok(Forecast { result, records })
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
