//! Who took room while the rollout of another workload stalled for want of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::metrics::{ClusterRecord, StallCause, StallForRoom};
use crate::scenario::{WorkloadId, World};

/// Rollouts of a workload that stalled because no node had room for their pods or a quota refused them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterStall {
    /// The workload.
    pub workload: String,
    /// What most of the pods that held it up waited for.
    pub cause: StallCause,
    /// Releases with such a stall.
    pub releases: u64,
    /// Another workload; `None`: this is about all others together.
    pub other: Option<String>,
    /// Releases among these in which the other workload had more pods at that instant than the release had found.
    pub with_more: u64,
    /// How many more, the mean over all [`Self::releases`].
    pub more_pods: f64,
}

/// What is counted of one workload and one cause.
#[derive(Debug, Default)]
struct Count {
    releases: u64,
    /// Releases in which others had more pods, and how many more in all.
    all_others: (u64, u64),
    /// By other workload: releases in which it had more pods, and how many more in all.
    others: BTreeMap<WorkloadId, (u64, u64)>,
}

/// Stalls of releases, counted by workload and cause. Only the first stall of a workload in a release counts.
#[derive(Debug, Default)]
pub(in crate::analysis) struct StallCounts(BTreeMap<(WorkloadId, StallCause), Count>);

impl StallCounts {
    /// Those of `records`.
    pub(super) fn of(records: &[ClusterRecord]) -> Self {
        let mut counts = Self::default();
        records.iter().for_each(|record| counts.add(record));
        counts
    }

    /// Counts those of a release.
    pub(in crate::analysis) fn add(&mut self, record: &ClusterRecord) {
        let is_first = |(place, stall): &(usize, &StallForRoom)| {
            record.stalls[..*place].iter().all(|earlier| earlier.workload != stall.workload)
        };
        for (_, stall) in record.stalls.iter().enumerate().filter(is_first) {
            let count = self.0.entry((stall.workload, stall.cause)).or_default();
            count.releases += 1;
            count.all_others.0 += u64::from(stall.more > 0);
            count.all_others.1 += u64::from(stall.more);
            for (other, more) in &stall.others {
                let (releases, pods) = count.others.entry(*other).or_default();
                *releases += 1;
                *pods += u64::from(*more);
            }
        }
    }

    /// By workload and cause: all others together first, and then each of them.
    pub(super) fn rows(&self, world: &World) -> Vec<ClusterStall> {
        self.0.iter().flat_map(|((workload, cause), count)| rows(world, *workload, *cause, count)).collect()
    }
}

fn rows(world: &World, workload: WorkloadId, cause: StallCause, count: &Count) -> Vec<ClusterStall> {
    let name = |workload: WorkloadId| world.workloads[usize::from(workload)].name.clone();
    let row = |other, with_more, pods: u64| ClusterStall {
        workload: name(workload),
        cause,
        releases: count.releases,
        other,
        with_more,
        more_pods: pods as f64 / count.releases as f64,
    };
    let all = row(None, count.all_others.0, count.all_others.1);
    let each = count.others.iter().map(|(other, (releases, pods))| row(Some(name(*other)), *releases, *pods));
    std::iter::once(all).chain(each).collect()
}
