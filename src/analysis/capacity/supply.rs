//! What a release may run out of, and what it is nearest to run out of.

use super::demand::Demand;
use super::fit::Troubles;
use super::release::ReleaseRecord;
use super::room::{QuotaRoom, Resource};
use crate::scenario::{Room, Workload, WorkloadId, World};

/// Share of the releases in which quotas refuse pods from which on they are what binds.
const OFTEN: f64 = 0.01;

/// Something that pods take from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supply {
    /// A resource of the nodes: its place among [`Capacity::resources`](super::Capacity::resources).
    Resource(usize),
    /// What a quota counts: its place among [`Capacity::quotas`](super::Capacity::quotas).
    Quota(usize),
}

/// What one workload takes of a supply.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// Its place in the world.
    pub place: usize,
    /// Its namespace and name.
    pub workload: String,
    /// Mean amount beside that of its found pods, at the instant at which all workloads together take most, in the supply's units.
    pub amount: f64,
}

impl Supply {
    /// CPU, which comes first among the resources.
    pub const CPU: Self = Self::Resource(Room::CPU);

    /// What one pod of each template takes, by template.
    #[must_use]
    pub fn each(self, world: &World, resources: &[Resource]) -> Vec<u64> {
        let place = self.followed(world, resources);
        let width = world.room.resources.len();
        let templates = world.room.asked.len() / width.max(1);
        let quotas = || world.quotas.iter().flat_map(|quota| (0..quota.resources.len()).map(move |at| (quota, at)));
        let of = |template: usize| match place.checked_sub(width) {
            None => world.room.asked.get(template * width + place).copied(),
            Some(place) => quotas().nth(place).and_then(|(quota, at)| quota.charged.get(template)?.get(at).copied()),
        };
        (0..templates).map(|template| of(template).unwrap_or(0)).collect()
    }

    /// Its place in [`ReleaseRecord::at_peak`]: all resources of the room, and then what quotas count.
    fn followed(self, world: &World, resources: &[Resource]) -> usize {
        match self {
            Self::Resource(place) => resources.get(place).map_or(Room::CPU, |resource| resource.place),
            Self::Quota(place) => world.room.resources.len() + place,
        }
    }
}

/// What a release is nearest to run out of; `None`: nothing says how much there is. Where quotas refuse pods it is what they count,
/// because then less is asked of the nodes than is needed; of several quotas the one that a further pod exceeds most.
pub(super) fn binding(
    (resources, demand): (&[Resource], &[Demand]),
    (quotas, charged): (&[QuotaRoom], &[Demand]),
    troubles: &Troubles,
) -> Option<Supply> {
    let refuses = troubles.refused.value.is_some_and(|share| share > OFTEN);
    let mut all: Vec<(f64, Supply)> = Vec::new();
    if !refuses {
        let of = |(place, (resource, demand)): (usize, (&Resource, &Demand))| {
            Some((demand.pressure(resource.left?, 0), Supply::Resource(place)))
        };
        all.extend(resources.iter().zip(demand).enumerate().filter_map(of));
    }
    all.extend(quotas.iter().zip(charged).enumerate().map(|(place, (quota, demand))| {
        let more = if refuses { quota.largest_pod } else { 0 };
        (demand.pressure(quota.left, more), Supply::Quota(place))
    }));
    let first_of_most = |one: (f64, Supply), other: (f64, Supply)| if other.0 > one.0 { other } else { one };
    all.into_iter().reduce(first_of_most).map(|(_, supply)| supply)
}

/// What each workload takes at the peak of a supply, the most first.
pub(super) fn drivers(world: &World, supply: Supply, resources: &[Resource], all: &[ReleaseRecord]) -> Vec<Driver> {
    let (followed, count) = (supply.followed(world, resources), world.workloads.len());
    let each = supply.each(world, resources);
    let of = |(place, workload): (usize, &Workload)| {
        let at_peak = all.iter().filter_map(|release| release.at_peak.get(followed * count + place));
        let sum: u64 = at_peak.sum();
        let old = each.get(usize::from(workload.old)).copied().unwrap_or(0);
        let found = u64::from(world.found(place as WorkloadId)) * old;
        let amount = sum as f64 / all.len().max(1) as f64 - found as f64;
        Driver { place, workload: workload.name.clone(), amount }
    };
    let mut drivers: Vec<Driver> = world.workloads.iter().enumerate().map(of).collect();
    drivers.sort_by(|one, other| other.amount.total_cmp(&one.amount).then_with(|| one.workload.cmp(&other.workload)));
    drivers
}
