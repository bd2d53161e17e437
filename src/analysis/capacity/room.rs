//! What the nodes have beside the pods that a release finds.

use crate::scenario::{Quota, Room, Template, Workload, WorkloadId, World};

/// A resource, with what the found pods ask for and what is left. CPU is in thousandths of a core, memory in bytes, all else in pieces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its name, as `cpu`.
    pub name: String,
    /// Its place in the world's room.
    pub place: usize,
    /// What the pods ask for that the release finds.
    pub found: u64,
    /// What the nodes have beside that, with those that an autoscaler may add; `None`: nothing says how much they have. It is
    /// negative where the found pods do not fit.
    pub left: Option<i64>,
    /// The most that any one node has for pods of the world, with what the found pods take; `None`: nothing says how much.
    pub largest_node: Option<u64>,
}

/// CPU, memory and pods, and all else that some pod asks for.
#[must_use]
pub fn resources(world: &World) -> Vec<Resource> {
    let asked =
        |place: usize| world.workloads.iter().any(|one| one.templates().any(|own| world.room.asked_by(own)[place] > 0));
    let places = (0..world.room.resources.len()).filter(|place| *place <= Room::PODS || asked(*place));
    places.map(|place| resource(world, place)).collect()
}

fn resource(world: &World, place: usize) -> Resource {
    let of = |(number, one): (usize, &Workload)| {
        u64::from(world.found(number as WorkloadId)) * world.room.asked_by(one.old)[place]
    };
    let found: u64 = world.workloads.iter().enumerate().map(of).sum();
    let nodes = world.shared.cluster.nodes.len();
    let limit = |node: usize| Some(world.room.free_on(node)[place]).filter(|free| *free != Room::UNLIMITED);
    let free: Option<Vec<u64>> = (0..nodes).map(limit).collect();
    let free = free.filter(|_| !world.room.guessed);
    let left = free.as_ref().map(|free| free.iter().sum::<u64>() as i64 - found as i64);
    let largest_node = free.and_then(|free| free.into_iter().max());
    Resource { name: world.room.resources[place].clone(), place, found, left, largest_node }
}

/// What a quota counts. Its units are those of a [`Resource`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotaRoom {
    /// What the quota is, with its namespace and name.
    pub quota: String,
    /// What it counts, as `requests.cpu`.
    pub resource: String,
    /// What it counts of the pods that the release finds.
    pub found: u64,
    /// What it leaves beside that; negative where the found pods exceed it.
    pub left: i64,
    /// The most that it counts of one pod of the world.
    pub largest_pod: u64,
}

/// All that the quotas of a world count.
#[must_use]
pub fn quota_rooms(world: &World) -> Vec<QuotaRoom> {
    let of = |quota: &Quota, place: usize| -> QuotaRoom {
        let each = |template: Template| {
            let own = quota.charged.get(usize::from(template)).and_then(|own| own.get(place));
            own.copied().unwrap_or(0)
        };
        let found = |(number, one): (usize, &Workload)| u64::from(world.found(number as WorkloadId)) * each(one.old);
        let found: u64 = world.workloads.iter().enumerate().map(found).sum();
        QuotaRoom {
            quota: quota.name.clone(),
            resource: quota.resources[place].clone(),
            found,
            left: quota.hard[place].min(i64::MAX as u64) as i64 - found as i64,
            largest_pod: world.workloads.iter().flat_map(Workload::templates).map(each).max().unwrap_or(0),
        }
    };
    world.quotas.iter().flat_map(|quota| (0..quota.resources.len()).map(move |place| of(quota, place))).collect()
}
