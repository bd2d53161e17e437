//! What follows from a world of several workloads.

use crate::k8s::objects::Template;
use crate::random::Address;
use crate::scenario::{Release, Room, Scenario, Until, Workload, WorkloadId, World};
use crate::time::SimDuration;

impl World {
    /// A world of `workloads` on the nodes of `shared`, which have `room` for them. There is no quota, and all roll at once.
    #[must_use]
    pub fn new(shared: Scenario, workloads: Vec<Workload>, room: Room) -> Self {
        Self { shared, workloads, room, quotas: Vec::new(), release: Release::default() }
    }

    /// Where the random numbers of each template are.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        self.workloads.iter().flat_map(|workload| {
            let key = workload.key;
            (0..).zip(workload.templates()).map(move |(template, _)| Address { key, template })
        })
    }

    /// The workload that a template is of.
    #[must_use]
    pub fn workload_of(&self, template: Template) -> WorkloadId {
        let of = |workload: &Workload| workload.templates().contains(&template);
        self.workloads.iter().position(of).unwrap_or(0) as WorkloadId
    }

    /// The longest that a run may take: each workload is watched for the horizon, one after the other at worst. A run that no
    /// release begins lasts for the horizon.
    #[must_use]
    pub fn longest(&self) -> SimDuration {
        if self.shared.until == Until::Horizon {
            return self.shared.horizon;
        }
        let latest = self.workloads.iter().filter_map(|workload| workload.at).max().unwrap_or(SimDuration::ZERO);
        latest + (self.shared.horizon + self.release.pause).times(self.workloads.len() as u64)
    }

    /// The kind of its workloads; where they differ: `workload`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let mut kinds = self.workloads.iter().map(Workload::kind);
        let first = kinds.next().unwrap_or("workload");
        if kinds.all(|kind| kind == first) { first } else { "workload" }
    }

    /// How many pods a run finds of a workload.
    #[must_use]
    pub fn found(&self, workload: WorkloadId) -> u32 {
        match self.shared.found(workload) {
            Some(found) => found.standing().count() as u32,
            None => self.workloads[usize::from(workload)].found_replicas().max(0) as u32,
        }
    }
}
