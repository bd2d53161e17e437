//! Scenarios whose records do not fit in memory: their blocks are read as often as their statistics ask for it.

use std::io;
use std::sync::Arc;

use super::control::Control;
use crate::analysis::unkept::{Asked, Gathered, Unkept, UnkeptCluster, UnkeptPairs};
use crate::analysis::{Achieved, ClusterResult, Difference, Scope};
use crate::metrics::{ClusterBands, ClusterRecord, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::stats::Scratch;
use crate::sweep::{KnownBlocks, Room, blocks_of};

/// What reads the blocks of a plan again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) plan: &'a Plan,
    pub(super) known: KnownBlocks<'a>,
    pub(super) room: Room<'a>,
}

/// A scenario that is gathered, while its blocks come for the first time.
#[derive(Debug)]
pub(super) struct Gathering {
    unkept: Unkept,
    cluster: Option<UnkeptCluster>,
    control: Option<Control>,
}

impl Reader<'_> {
    fn scratch(&self) -> Arc<Scratch> {
        Arc::new(Scratch::new(self.room.folder.to_owned()))
    }

    /// Begins a scenario; `cluster`: the records of the cluster of its world come with its own.
    pub(super) fn begin(&self, scenario: &Scenario, cluster: bool) -> Gathering {
        let (plan, bytes, scratch) = (self.plan, self.room.bytes, self.scratch());
        let group = plan.sampling.group();
        let asked = Asked::all(group);
        let asked = if plan.precision.is_some() { asked.and_at(plan.confidence_of_each_look()) } else { asked };
        let world = scenario.world.as_ref().filter(|_| cluster);
        Gathering {
            unkept: Unkept::new(Scope::of(scenario), asked, &scratch, bytes / 4),
            cluster: world.map(|own| UnkeptCluster::new(&own.world, group, &scratch, bytes / 4)),
            control: Control::of(plan, scenario),
        }
    }

    /// Lets all blocks come again until everything is known.
    pub(super) fn finish(&self, scenario: &Scenario, mut of: Gathering) -> io::Result<Gathering> {
        let blocks = blocks_of(self.plan, scenario.id);
        while of.end()? {
            for block in &blocks {
                let (records, cluster) = self.block(scenario.id, *block)?;
                of.take(&records, &cluster)?;
            }
        }
        Ok(of)
    }

    fn block(&self, scenario: u32, (first, count): (u32, u32)) -> io::Result<(Vec<Record>, Vec<ClusterRecord>)> {
        let (records, _, cluster) = self
            .known
            .block(scenario, first, count)
            .ok_or_else(|| io::Error::other(format!("the block at {first} of scenario {scenario} is gone")))?;
        Ok((records, cluster.records))
    }

    /// The differences of a scenario from its baseline.
    pub(super) fn differences(&self, baseline: &Scenario, scenario: &Scenario) -> io::Result<Vec<Difference>> {
        let scopes = [Scope::of(baseline), Scope::of(scenario)];
        let group = self.plan.sampling.group();
        let mut pairs = UnkeptPairs::new(scopes, group, &self.scratch(), self.room.bytes / 2);
        let blocks = [baseline.id, scenario.id].map(|id| (id, blocks_of(self.plan, id)));
        loop {
            let [mut first, mut second] = [&blocks[0], &blocks[1]].map(|(id, blocks)| Cursor::new(self, *id, blocks));
            loop {
                let (one, other) = (first.left()?, second.left()?);
                let count = match (one.len(), other.len()) {
                    (0, count) | (count, 0) => count,
                    (one, other) => one.min(other),
                };
                if count == 0 {
                    break;
                }
                pairs.take(&one[..count.min(one.len())], &other[..count.min(other.len())])?;
                first.advance(count);
                second.advance(count);
            }
            if !pairs.end()? {
                return Ok(pairs.differences());
            }
        }
    }
}

impl Gathering {
    /// Takes the records of the next block.
    pub(super) fn take(&mut self, records: &[Record], cluster: &[ClusterRecord]) -> io::Result<()> {
        self.unkept.take(records)?;
        self.control.iter_mut().for_each(|control| control.take(records));
        self.cluster.iter_mut().try_for_each(|own| own.take(cluster))
    }

    fn end(&mut self) -> io::Result<bool> {
        let more = self.unkept.end()?;
        let of_cluster = self.cluster.as_mut().map_or(Ok(false), UnkeptCluster::end)?;
        let of_control = self.control.as_mut().is_some_and(Control::end);
        Ok(more || of_cluster || of_control)
    }

    /// What the records gave; `resources` names what refusals only number.
    pub(super) fn gathered(&mut self, resources: &[String]) -> Gathered {
        let mut gathered = self.unkept.gathered(resources);
        if let Some(control) = self.control.take() {
            control.put_into(&mut gathered.statistics);
        }
        gathered
    }

    /// What the precision targets of `plan` came to.
    pub(super) fn achieved(&self, plan: &Plan) -> Vec<Achieved> {
        plan.precision.as_ref().map_or_else(Vec::new, |precision| self.unkept.achieved(&precision.targets, 1))
    }

    /// What the releases of the world came to, where this is its first workload.
    pub(super) fn of_cluster(&self, scenario: &Scenario, bands: Option<&ClusterBands>) -> Option<ClusterResult> {
        let own = scenario.world.as_ref()?;
        Some(self.cluster.as_ref()?.result(&own.world, bands))
    }
}

/// Reads the records of a scenario, block by block.
struct Cursor<'a> {
    reader: &'a Reader<'a>,
    scenario: u32,
    blocks: std::slice::Iter<'a, (u32, u32)>,
    records: Vec<Record>,
    next: usize,
}

impl<'a> Cursor<'a> {
    fn new(reader: &'a Reader<'a>, scenario: u32, blocks: &'a [(u32, u32)]) -> Self {
        Self { reader, scenario, blocks: blocks.iter(), records: Vec::new(), next: 0 }
    }

    /// Some of the records that come next; none where there are no more.
    fn left(&mut self) -> io::Result<&[Record]> {
        if self.next == self.records.len() {
            (self.records, self.next) = match self.blocks.next() {
                Some(block) => (self.reader.block(self.scenario, *block)?.0, 0),
                None => (Vec::new(), 0),
            };
        }
        Ok(&self.records[self.next..])
    }

    fn advance(&mut self, count: usize) {
        self.next = (self.next + count).min(self.records.len());
    }
}
