//! From the blocks of a sweep to finished scenarios.

use std::collections::BTreeMap;
use std::io;

use super::control::Control;
use super::gather::{Gathering, Reader};
use crate::analysis::unkept::Gathered;
use crate::analysis::{
    self, Achieved, ClusterResult, Difference, DrawnFigures, InputUncertainty, LevelRow, NoNode, ScenarioResult, Scope,
    Statistics, TimelineRow,
};
use crate::diagnosis::Chosen;
use crate::metrics::{Bands, BandsRow, Bounds, ClusterPart, Figure, LevelStep, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::{Confidence, Estimate};
use crate::sweep::{Block, KnownBlocks};

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
    records: Kept,
    bands: Bands,
    cluster: ClusterPart,
}

/// The records of a scenario, or what was gathered from them.
#[derive(Debug)]
enum Kept {
    Records(Vec<Record>),
    Gathered(Box<Gathering>),
}

/// What is made of the records.
struct Made {
    gathered: Gathered,
    achieved: Vec<Achieved>,
    differences: Vec<Difference>,
    cluster: Option<ClusterResult>,
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
    /// Where the records of a scenario do not fit in memory.
    reader: Option<Reader<'a>>,
    /// The figures with latencies that the measurements allow, by the number of the scenario.
    drawn: BTreeMap<u32, DrawnFigures>,
}

impl<'a> Collector<'a> {
    /// A collector for `plan`. Every scenario is compared with the records of its baseline as soon as it is finished.
    pub(super) fn new(
        plan: &'a Plan,
        baselines: BTreeMap<u32, Vec<Record>>,
        drawn: BTreeMap<u32, DrawnFigures>,
        known: KnownBlocks<'a>,
    ) -> Self {
        let reader = known.too_small_room(plan).map(|room| Reader { plan, known, room });
        Self { plan, confidence: plan.confidence_of_each_look(), under_way: BTreeMap::new(), baselines, drawn, reader }
    }

    /// Takes the next block. The last block of a scenario gives the finished scenario.
    ///
    /// # Errors
    /// When what does not fit in memory cannot be written or read again.
    pub(super) fn take(&mut self, block: Block) -> io::Result<Option<Forecast>> {
        let Block { scenario: place, last, records, bands, mut cluster, .. } = block;
        let scenario = &self.plan.scenarios[place];
        let before = self.under_way.remove(&place);
        let (kept, merged) = match before {
            Some(Part { records, bands, cluster }) => (records, Some((bands, cluster))),
            None => (self.kept(scenario, !cluster.records.is_empty()), None),
        };
        let kept = match kept {
            Kept::Records(kept) if kept.is_empty() => Kept::Records(records),
            Kept::Records(mut kept) => {
                kept.extend(records);
                Kept::Records(kept)
            }
            Kept::Gathered(mut gathering) => {
                gathering.take(&records, &cluster.records)?;
                cluster.records = Vec::new();
                Kept::Gathered(gathering)
            }
        };
        let (bands, cluster) = match merged {
            Some((mut own, mut own_cluster)) => {
                own.merge(bands);
                own_cluster.extend(cluster);
                (own, own_cluster)
            }
            None => (bands, cluster),
        };
        let part = Part { records: kept, bands, cluster };
        if last {
            return Ok(Some(self.finish(scenario, part)?));
        }
        self.under_way.insert(place, part);
        Ok(None)
    }

    fn kept(&self, scenario: &Scenario, cluster: bool) -> Kept {
        match &self.reader {
            Some(reader) => Kept::Gathered(Box::new(reader.begin(scenario, cluster))),
            None => Kept::Records(Vec::new()),
        }
    }

    fn made(&self, scenario: &Scenario, kept: Kept, cluster: &ClusterPart) -> io::Result<Made> {
        match (kept, &self.reader) {
            (Kept::Gathered(gathering), Some(reader)) => self.made_again(reader, scenario, *gathering, cluster),
            (Kept::Records(records), _) => Ok(self.made_of(scenario, records, cluster)),
            (Kept::Gathered(_), None) => Err(io::Error::other("no blocks can be read again")),
        }
    }

    /// Of a scenario whose records are not kept.
    fn made_again(
        &self,
        reader: &Reader<'_>,
        scenario: &Scenario,
        gathering: Gathering,
        cluster: &ClusterPart,
    ) -> io::Result<Made> {
        let mut known = reader.finish(scenario, gathering)?;
        let gathered = known.gathered(&scenario.cluster.explanation.resources);
        let (achieved, cluster) = (known.achieved(self.plan), known.of_cluster(scenario, cluster.bands.as_ref()));
        // What is sorted of its own records is not needed beside that of the differences.
        drop(known);
        let differences = match self.baseline(scenario) {
            Some(baseline) => reader.differences(baseline, scenario)?,
            None => Vec::new(),
        };
        Ok(Made { gathered, achieved, differences, cluster, records: Vec::new() })
    }

    fn made_of(&self, scenario: &Scenario, records: Vec<Record>, cluster: &ClusterPart) -> Made {
        let (scope, group) = (Scope::of(scenario), self.plan.sampling.group());
        let mut statistics = Statistics::sampled(&records, &scope, group);
        if let Some(control) = Control::of(self.plan, scenario) {
            control.apply(&records, &mut statistics);
        }
        let gathered = Gathered {
            statistics,
            chosen: Chosen::of(&records),
            no_node: NoNode::of(&records, &scenario.cluster.explanation.resources),
        };
        let achieved = analysis::achieved(self.plan, &records, &scope, self.confidence);
        let of_world = scenario.world.as_ref().filter(|_| !cluster.records.is_empty());
        let cluster = of_world.map(|own| ClusterResult::of(&own.world, cluster, group));
        Made { gathered, achieved, differences: self.differences(scenario, &records, &scope), cluster, records }
    }

    fn finish(&self, scenario: &Scenario, Part { records, bands, cluster }: Part) -> io::Result<Forecast> {
        let (rows, levels) = (bands.rows(), bands.levels());
        let Made {
            gathered: Gathered { mut statistics, chosen, no_node },
            achieved,
            mut differences,
            cluster,
            records,
        } = self.made(scenario, records, &cluster)?;
        let inputs = self.widen(scenario, &mut statistics, &mut differences);
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
            cluster: cluster.map(Box::new),
            no_node,
            inputs,
            what_if: Vec::new(),
        };
        Ok(Forecast { result, records })
    }

    /// What a scenario is compared with; `None` where it is the baseline itself, or there is nothing to compare.
    fn baseline(&self, scenario: &Scenario) -> Option<&'a Scenario> {
        let chosen = self.plan.baseline_of(scenario.id).filter(|id| *id != scenario.id)?;
        self.plan.scenarios.iter().find(|known| known.id == chosen)
    }

    /// Gives limits what the measurements of the latencies leave open, where they are not taken to be known.
    fn widen(
        &self,
        scenario: &Scenario,
        statistics: &mut Statistics,
        differences: &mut [Difference],
    ) -> Option<Box<InputUncertainty>> {
        let own = self.drawn.get(&scenario.id);
        let baseline = self.plan.baseline_of(scenario.id).and_then(|id| self.drawn.get(&id));
        analysis::widen_differences(baseline, own, differences);
        Some(Box::new(own?.widen(statistics, &Scope::of(scenario), scenario.measurements())))
    }

    fn differences(&self, scenario: &Scenario, own: &[Record], scope: &Scope) -> Vec<Difference> {
        let Some(baseline) = self.baseline(scenario) else { return Vec::new() };
        let Some(records) = self.baselines.get(&baseline.id) else { return Vec::new() };
        analysis::sampled_differences((records, &Scope::of(baseline)), (own, scope), self.plan.sampling.group())
    }
}

fn level_row(step: LevelStep) -> LevelRow {
    LevelRow { at_s: step.at.as_secs_f64(), level: step.level, share: step.share }
}

fn timeline_row(row: BandsRow) -> TimelineRow {
    TimelineRow { at_s: row.at.as_secs_f64(), available: row.available, ready: row.ready, footprint: row.footprint }
}
