//! Whether what a release asks for fits.

use super::demand::Demand;
use super::release::ReleaseRecord;
use super::room::Resource;
use crate::metrics::{Record, StallCause};
use crate::scenario::World;
use crate::stats::{Estimate, proportion};

/// Share of the releases in which something may go wrong that goes well at the 99th percentile.
const RARE: f64 = 0.01;

/// Whether a release fits, at the 99th percentile. Everything is shown by 95 % limits.
#[derive(Clone, Debug, PartialEq)]
pub enum Fit {
    /// Of every resource the 99th percentile of what is asked for is within the room, in at most 1 % of the releases a
    /// ResourceQuota refuses a pod, and in at most 1 % a pod finds no node at first.
    Fits,
    /// The same, but in more releases pods find no node at first, and find one later: in at most 1 % of the releases a rollout
    /// stalls for want of a node.
    Waits,
    /// A limit is exceeded.
    Not(Limit),
    /// There are too few releases to say it.
    Open(Limit),
    /// Nobody wrote what the nodes have.
    Unknown,
}

/// What a release does not fit into, or may not.
#[derive(Clone, Debug, PartialEq)]
pub enum Limit {
    /// The nodes have too little of a resource.
    Room {
        /// Its place among [`Capacity::resources`](super::Capacity::resources).
        resource: usize,
        /// How much is missing at the 99th percentile, in the resource's units; 0 where the limits alone are open.
        short: f64,
    },
    /// Rollouts stall for want of a node, in this share of the releases.
    Node(Estimate),
    /// A ResourceQuota refuses pods, in this share of the releases.
    Quota(Estimate),
}

/// Shares of releases.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Troubles {
    /// A pod found no node at first.
    pub waits: Estimate,
    /// A rollout stalled because pods found no node, or was never complete and pods had none at the end.
    pub no_node: Estimate,
    /// A ResourceQuota refused a pod.
    pub refused: Estimate,
}

impl Troubles {
    pub(super) fn of(all: &[ReleaseRecord]) -> Self {
        let share = |is: &dyn Fn(&ReleaseRecord) -> bool| {
            proportion(all.iter().filter(|release| is(release)).count() as u64, all.len() as u64)
        };
        let lacks_node = |release: &ReleaseRecord| {
            let stalls = |own: &Record| own.stall.is_some_and(|(_, cause)| cause == StallCause::Capacity);
            release.left_without_node || release.workloads.iter().any(stalls)
        };
        Self {
            waits: share(&|release| !release.longest_wait().is_zero()),
            no_node: share(&lacks_node),
            refused: share(&|release| release.cluster.quota_refused_pods > 0),
        }
    }
}

impl Fit {
    pub(super) fn of(world: &World, resources: &[Resource], demand: &[Demand], troubles: &Troubles) -> Self {
        let mut limits = rooms(resources, demand);
        if !world.room.guessed {
            limits.push((within(&troubles.no_node, RARE), Limit::Node(troubles.no_node)));
        }
        if !world.quotas.is_empty() {
            limits.push((within(&troubles.refused, RARE), Limit::Quota(troubles.refused)));
        }
        let first =
            |wanted: Option<bool>| limits.iter().find(|(fits, _)| *fits == wanted).map(|(_, limit)| limit.clone());
        match (first(Some(false)), first(None)) {
            (Some(limit), _) => Self::Not(limit),
            (None, Some(limit)) => Self::Open(limit),
            (None, None) if world.room.guessed => Self::Unknown,
            (None, None) if within(&troubles.waits, RARE) == Some(true) => Self::Fits,
            (None, None) => Self::Waits,
        }
    }

    /// Whether it is shown to fit, though pods may wait for a node.
    #[must_use]
    pub const fn holds(&self) -> bool {
        matches!(self, Self::Fits | Self::Waits)
    }
}

/// The resources, the one that comes nearest to its limit, or is furthest beyond it, first.
fn rooms(resources: &[Resource], demand: &[Demand]) -> Vec<(Option<bool>, Limit)> {
    let of = |(place, (resource, demand)): (usize, (&Resource, &Demand))| {
        Some((demand.pressure(resource.left?, 0), room((place, (resource, demand)))?))
    };
    let mut limits: Vec<_> = resources.iter().zip(demand).enumerate().filter_map(of).collect();
    limits.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    limits.into_iter().map(|(_, limit)| limit).collect()
}

fn room((place, (resource, demand)): (usize, (&Resource, &Demand))) -> Option<(Option<bool>, Limit)> {
    let left = resource.left? as f64;
    let short = demand.p99.value.map_or(0.0, |value| (value - left).max(0.0));
    Some((within(&demand.p99, left), Limit::Room { resource: place, short }))
}

/// Whether a value is at most `most`: its upper limit shows that it is, its lower one that it is not; `None`: neither.
fn within(estimate: &Estimate, most: f64) -> Option<bool> {
    match (estimate.low, estimate.high) {
        (_, Some(high)) if high <= most => Some(true),
        (Some(low), _) if low > most => Some(false),
        _ => None,
    }
}
