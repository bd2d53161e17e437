//! What one worker thread does.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use super::block::Block;
use super::known::KnownBlocks;
use super::schedule::Task;
use crate::blocks::Saved;
use crate::metrics::{Bands, ClusterBands, ClusterPart, Meter, Record, WorldMeter};
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

/// The simulator and meters of one worker thread. All its blocks use them, so that their memory is allocated once.
#[derive(Debug)]
pub(super) struct Worker {
    simulator: Simulator,
    meter: Meter,
    world_meter: WorldMeter,
    /// Events of all replications until now.
    pub(super) events: u64,
}

/// What a block of replications gave: of each scenario its records and curves, and those of the cluster.
pub(super) type Simulated = (Vec<(Vec<Record>, Bands)>, ClusterPart);

impl Worker {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            simulator: Simulator::sampled(plan.seed, plan.sampling),
            meter: Meter::default(),
            world_meter: WorldMeter::default(),
            events: 0,
        }
    }

    /// The blocks of the scenarios at `members` in the plan, which are simulated together. `None`: `stop` was set, or nothing may
    /// be simulated and they are not known.
    pub(super) fn blocks(
        &mut self,
        (plan, members): (&Plan, Range<usize>),
        known: KnownBlocks<'_>,
        Task { first, count, .. }: Task,
        stop: &AtomicBool,
        format: &impl Fn(&Scenario, u32, &[Record]) -> Vec<u8>,
    ) -> Option<Vec<Block>> {
        let scenarios = &plan.scenarios[members.clone()];
        let replications = first..first + count;
        let (of_each, cluster) = match known.saved.iter().find_map(|saved| read(saved, scenarios, first, count)) {
            Some(saved) => saved,
            None if known.only => return None,
            None => self.simulate(scenarios, replications, stop)?,
        };
        let mut cluster = Some(cluster);
        let blocks = members.zip(scenarios).zip(of_each).map(|((scenario, point), (records, bands))| {
            let text = format(point, first, &records);
            let cluster = cluster.take().unwrap_or_default();
            Block { scenario, first, last: false, records, bands, cluster, text }
        });
        Some(blocks.collect())
    }

    /// Gives `None` where `stop` was set in the middle of a replication.
    pub(super) fn simulate(
        &mut self,
        scenarios: &[Scenario],
        replications: Range<u32>,
        stop: &AtomicBool,
    ) -> Option<Simulated> {
        match scenarios {
            [alone] => Some((vec![self.simulate_one(alone, replications, stop)?], ClusterPart::default())),
            together => self.simulate_world(together, replications, stop),
        }
    }

    fn simulate_one(
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
        self.events += u64::from(span.events);
        let record = self.meter.finish(scenario, span);
        bands.add(self.meter.curve());
        Some(record)
    }

    /// One pass for all workloads of a world.
    fn simulate_world(
        &mut self,
        members: &[Scenario],
        replications: Range<u32>,
        stop: &AtomicBool,
    ) -> Option<Simulated> {
        let world = &members.first()?.world.as_ref()?.world;
        let mut of_each: Vec<_> = members.iter().map(|member| (Vec::new(), Bands::of(member))).collect();
        let mut records_of_cluster = Vec::with_capacity(replications.len());
        let mut bands_of_cluster = ClusterBands::of(world);
        for replication in replications {
            self.world_meter.begin(world, members);
            let span = self.simulator.run_world(stop, world, replication, &mut self.world_meter)?;
            self.events += span.workloads.first().map_or(0, |one| u64::from(one.events));
            let (records, of_cluster) = self.world_meter.finish(world, members, &span);
            for (workload, (record, (own, bands))) in (0..).zip(records.into_iter().zip(&mut of_each)) {
                own.push(record);
                if let Some(curve) = self.world_meter.curve(workload) {
                    bands.add(curve);
                }
            }
            records_of_cluster.push(of_cluster);
            bands_of_cluster.add(self.world_meter.cluster_curve());
        }
        Some((of_each, ClusterPart { records: records_of_cluster, bands: Some(bands_of_cluster) }))
    }
}

/// The blocks of `scenarios` where all of them are in `saved`.
fn read(saved: &Saved, scenarios: &[Scenario], first: u32, count: u32) -> Option<Simulated> {
    let mut cluster = ClusterPart::default();
    let of_each = scenarios.iter().map(|scenario| {
        let (records, bands, own) = saved.block(scenario.id, first, count)?;
        cluster.extend(own);
        Some((records, bands))
    });
    let of_each: Option<Vec<_>> = of_each.collect();
    let of_each = of_each?;
    // Whoever wrote the block of the first workload alone had no record of the cluster.
    let whole = scenarios.len() == 1 || cluster.records.len() == count as usize;
    whole.then_some((of_each, cluster))
}
