//! What is asked for beside the pods that a release finds.

use super::release::ReleaseRecord;
use super::room::Resource;
use crate::metrics::ClusterRecord;
use crate::scenario::{Room, Workload, World};
use crate::stats::{Estimate, OrderStatistic};

/// The most of one resource that a release asked for at once beside what the found pods ask for: CPU in thousandths of a core, memory
/// in bytes, all else in pieces.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Median.
    pub p50: Estimate,
    /// 95th percentile.
    pub p95: Estimate,
    /// 99th percentile.
    pub p99: Estimate,
}

/// What one workload asks for at the instant at which most CPU is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// Its namespace and name.
    pub workload: String,
    /// Mean number of pods beside those that the release found; negative where it has fewer.
    pub pods: f64,
    /// Mean CPU beside that of the found pods \[thousandths of a core\].
    pub cpu_millis: f64,
    /// Mean memory beside that of the found pods \[bytes\].
    pub memory_bytes: f64,
}

impl Demand {
    /// Of one value for each release.
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |q| OrderStatistic::new(values.len(), q).estimate(&values);
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
    }

    /// Of what a quota counts, by its place among [`Capacity::quotas`](super::Capacity::quotas).
    pub(super) fn of_quota(place: usize, found: u64, all: &[ReleaseRecord]) -> Self {
        let peak = |release: &ReleaseRecord| release.cluster.peak_quotas.get(place).copied().unwrap_or(found);
        Self::of(all.iter().map(|release| peak(release).saturating_sub(found) as f64).collect())
    }

    /// How near it comes to what is left where `more` is added to it: 1 is all of it.
    pub(super) fn pressure(&self, left: i64, more: u64) -> f64 {
        let need = self.p99.value.or(self.p95.value).or(self.p50.value).unwrap_or(0.0);
        match need {
            need if need <= 0.0 => 0.0,
            _ if left <= 0 => f64::INFINITY,
            need => (need + more as f64) / left as f64,
        }
    }

    /// Of one resource.
    pub(super) fn of_resource(resource: &Resource, all: &[ReleaseRecord]) -> Self {
        let peak = |record: &ClusterRecord| match resource.place {
            Room::CPU => record.peak_cpu_millis,
            Room::MEMORY => record.peak_memory_bytes,
            Room::PODS => u64::from(record.peak_pods),
            other => record.peak_others.get(other - Room::PODS - 1).copied().unwrap_or(resource.found),
        };
        Self::of(all.iter().map(|release| peak(&release.cluster).saturating_sub(resource.found) as f64).collect())
    }
}

/// What each workload asks for at the peak, the most CPU first. All its pods are counted with what a pod of its new template asks for.
#[must_use]
pub fn shares_at_peak(world: &World, all: &[ReleaseRecord]) -> Vec<Share> {
    let releases = all.len().max(1) as f64;
    let of = |(place, workload): (usize, &Workload)| {
        let at_peak = all.iter().filter_map(|release| release.cluster.pods_at_peak.get(place));
        let at_peak: u64 = at_peak.map(|pods| u64::from(*pods)).sum();
        let (mean, found) = (at_peak as f64 / releases, f64::from(workload.found_replicas().max(0)));
        let [old, new] = [workload.old, workload.new].map(|template| world.room.asked_by(template));
        let beside = |resource: usize| mean * new[resource] as f64 - found * old[resource] as f64;
        Share {
            workload: workload.name.clone(),
            pods: mean - found,
            cpu_millis: beside(Room::CPU),
            memory_bytes: beside(Room::MEMORY),
        }
    };
    let mut shares: Vec<Share> = world.workloads.iter().enumerate().map(of).collect();
    shares.sort_by(|one, other| {
        other.cpu_millis.total_cmp(&one.cpu_millis).then_with(|| one.workload.cmp(&other.workload))
    });
    shares
}
