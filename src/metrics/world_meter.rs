//! Measures a world of several workloads: one record for each workload, and one for the cluster.

use crate::metrics::cluster_meter::ClusterMeter;
use crate::metrics::{ClusterRecord, Curve, Meter, Record};
use crate::scenario::{Scenario, WorkloadId, World};
use crate::sim::{Fact, Observer, WorldObserver, WorldSpan};
use crate::time::SimTime;

/// Measures one replication after the other. What it measures of a workload is what a [`Meter`] measures of that workload alone.
#[derive(Debug, Default)]
pub struct WorldMeter {
    /// By workload.
    meters: Vec<Meter>,
    cluster: ClusterMeter,
}

impl WorldMeter {
    /// Gets ready for a replication of `world`, whose workloads are `members`, in the world's order.
    pub fn begin<'a>(&mut self, world: &World, members: impl IntoIterator<Item = &'a Scenario>) {
        let mut number = 0;
        for member in members {
            if number == self.meters.len() {
                self.meters.push(Meter::default());
            }
            self.meters[number].begin(member);
            number += 1;
        }
        debug_assert_eq!(number, world.workloads.len(), "every workload of the world is a scenario of its own");
        self.cluster.begin(world);
    }

    /// Ends the replication: the record of each of `members`, in the world's order, and that of the cluster.
    pub fn finish<'a>(
        &mut self,
        world: &World,
        members: impl IntoIterator<Item = &'a Scenario>,
        span: &WorldSpan,
    ) -> (Vec<Record>, ClusterRecord) {
        let of_each = self.meters.iter_mut().zip(members).zip(&span.workloads);
        let records = of_each.map(|((meter, member), own)| meter.finish(member, *own)).collect();
        (records, self.cluster.finish(world, span))
    }

    /// What all workloads asked for over time in the replication that was finished last.
    #[must_use]
    pub fn cluster_curve(&self) -> &Curve<Vec<u64>> {
        self.cluster.curve()
    }

    /// The curve of a workload in the replication that was finished last; `None`: there is no such workload.
    #[must_use]
    pub fn curve(&self, workload: WorkloadId) -> Option<&Curve> {
        self.meters.get(usize::from(workload)).map(Meter::curve)
    }
}

impl WorldObserver for WorldMeter {
    fn of_workload(&mut self, at: SimTime, workload: WorkloadId, fact: Fact) {
        if let Some(meter) = self.meters.get_mut(usize::from(workload)) {
            meter.fact(at, fact);
        }
    }

    fn of_world(&mut self, at: SimTime, fact: Fact) {
        self.cluster.fact(at, fact);
    }

    fn measures(&self) -> bool {
        true
    }
}
