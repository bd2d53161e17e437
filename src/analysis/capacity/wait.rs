//! Pods that find no node at first.

use super::demand::Demand;
use super::release::ReleaseRecord;
use crate::scenario::World;
use crate::stats::Estimate;

/// A workload whose pods wait for a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// Its place in the world.
    pub place: usize,
    /// Its namespace and name.
    pub workload: String,
    /// Releases in which a pod of it waited.
    pub releases: u64,
}

/// The longest wait of each release, 99th percentile [s]; zero in releases without one.
pub(super) fn longest(all: &[ReleaseRecord]) -> Estimate {
    Demand::of(all.iter().map(|release| release.longest_wait().as_secs_f64()).collect()).p99
}

/// The workloads whose pods wait, the most frequent first.
pub(super) fn waiting(world: &World, all: &[ReleaseRecord]) -> Vec<Wait> {
    let waits = |place: usize, release: &&ReleaseRecord| release.waits.get(place).is_some_and(|wait| !wait.is_zero());
    let of = |(place, workload): (usize, &crate::scenario::Workload)| {
        let releases = all.iter().filter(|release| waits(place, release)).count() as u64;
        (releases > 0).then(|| Wait { place, workload: workload.name.clone(), releases })
    };
    let mut found: Vec<Wait> = world.workloads.iter().enumerate().filter_map(of).collect();
    found.sort_by(|one, other| other.releases.cmp(&one.releases).then_with(|| one.workload.cmp(&other.workload)));
    found
}
