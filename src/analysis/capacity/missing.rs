//! What would have to be there so that a release fits.

use super::demand::Demand;
use super::release::ReleaseRecord;
use crate::scenario::{Order, Quota, World};

/// What is missing for one order. It was simulated with what it says, in the same releases.
#[derive(Clone, Debug, PartialEq)]
pub struct Missing {
    /// The order.
    pub order: Order,
    /// How many roll at once in it.
    pub at_once: usize,
    /// Quotas that refuse pods.
    pub quotas: Vec<QuotaNeed>,
    /// Nodes; `None`: they are unlimited, unknown, or an autoscaler adds some.
    pub nodes: Option<MoreNodes>,
    /// Whether the release fits with these quotas, where nodes are none of the question.
    pub quotas_suffice: Option<bool>,
}

/// Nodes that are to be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoreNodes {
    /// CPU of each \[thousandths of a core\].
    pub cpu_millis: u64,
    /// Memory of each \[bytes\].
    pub memory_bytes: u64,
    /// The fewest with which the release fits, though pods may wait for a node; `None`: not even [`Self::tried`] are enough.
    pub enough: Option<u32>,
    /// The fewest with which pods do not wait either; `None`: not even [`Self::tried`] are enough.
    pub without_wait: Option<u32>,
    /// The most that were tried.
    pub tried: u32,
}

/// What a quota must allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaNeed {
    /// What it is, with its namespace and name.
    pub quota: String,
    /// What it counts, as `requests.cpu`.
    pub resource: String,
    /// By how much it must be greater: CPU in thousandths of a core, memory in bytes, all else in pieces.
    pub more: u64,
}

/// By how much each quota must be greater: what at most 1 of 100 of these releases exceeds, which were simulated without the quotas.
/// The upper limit of that percentile counts.
#[must_use]
pub fn needs_of_quotas(world: &World, all: &[ReleaseRecord]) -> Vec<QuotaNeed> {
    let mut place = 0;
    let mut needs = Vec::new();
    for quota in &world.quotas {
        for (resource, hard) in quota.resources.iter().zip(&quota.hard) {
            needs.extend(need(quota, resource, *hard, most(all, place)));
            place += 1;
        }
    }
    needs
}

fn most(all: &[ReleaseRecord], place: usize) -> f64 {
    let charged: Vec<f64> =
        all.iter().map(|release| release.cluster.peak_quotas.get(place).map_or(0.0, |amount| *amount as f64)).collect();
    let largest = charged.iter().copied().fold(0.0, f64::max);
    Demand::of(charged).p99.high.unwrap_or(largest)
}

fn need(quota: &Quota, resource: &str, hard: u64, most: f64) -> Option<QuotaNeed> {
    let more = (most as u64).saturating_sub(hard);
    (more > 0).then(|| QuotaNeed { quota: quota.name.clone(), resource: resource.to_owned(), more })
}
