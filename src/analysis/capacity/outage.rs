//! Rollouts during which no pod is available.

use super::release::ReleaseRecord;
use crate::scenario::World;
use crate::stats::{Estimate, OrderStatistic, proportion};

/// An outage that is rarer than this is none to be named: a crash can cause it.
const LEAST_SHARE: f64 = 0.01;

/// A workload without any available pod during its rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// Its place in the world.
    pub place: usize,
    /// Its namespace and name.
    pub workload: String,
    /// Wanted pods.
    pub desired: u32,
    /// Share of the releases in which at some time none was available.
    pub share: Estimate,
    /// How long none was, in these releases: median \[s\].
    pub p50: Estimate,
    /// 95th percentile \[s\].
    pub p95: Estimate,
}

/// All of them, the most frequent first; of two that are as frequent the longer one.
#[must_use]
pub fn outages(world: &World, all: &[ReleaseRecord]) -> Vec<Outage> {
    let moving = world.workloads.iter().enumerate().filter(|(_, workload)| workload.moves());
    let mut found: Vec<Outage> = moving.filter_map(|(place, one)| outage(place, &one.name, all)).collect();
    let key = |outage: &Outage| [outage.share.value, outage.p50.value].map(|value| value.unwrap_or(0.0));
    found.sort_by(|one, other| {
        let ([share, length], [other_share, other_length]) = (key(one), key(other));
        other_share
            .total_cmp(&share)
            .then(other_length.total_cmp(&length))
            .then_with(|| one.workload.cmp(&other.workload))
    });
    found
}

fn outage(place: usize, name: &str, all: &[ReleaseRecord]) -> Option<Outage> {
    let own = all.iter().filter_map(|release| Some((release.workloads.get(place)?, release.down.get(place)?)));
    let (mut desired, mut lengths, mut releases) = (0, Vec::new(), 0);
    for (record, down) in own {
        releases += 1;
        desired = desired.max(record.desired);
        if record.desired > 0 && !down.is_zero() {
            lengths.push(down.as_secs_f64());
        }
    }
    let share = proportion(lengths.len() as u64, releases);
    if lengths.is_empty() || share.value.is_none_or(|value| value < LEAST_SHARE) {
        return None;
    }
    lengths.sort_by(f64::total_cmp);
    let at = |q| OrderStatistic::new(lengths.len(), q).estimate(&lengths);
    Some(Outage { place, workload: name.to_owned(), desired, share, p50: at(0.5), p95: at(0.95) })
}
