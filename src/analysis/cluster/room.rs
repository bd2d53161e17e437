//! What nodes and quotas have for the pods of a world.

use serde::{Deserialize, Serialize};

use crate::analysis::capacity::{Resource, resources};
use crate::metrics::{ClusterUnit, quota_name, unit_of};
use crate::scenario::{Room, WorkloadId, World};

/// What there is of something that pods ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterRoom {
    /// What: a series of [`cluster_series`](crate::metrics::cluster_series).
    pub name: String,
    /// What its amounts are counted in.
    pub unit: ClusterUnit,
    /// What the pods take of it that a release finds; of nodes, how many there are at the start.
    pub found: f64,
    /// What the nodes have for all pods of the world, with those that an autoscaler may add, or a quota leaves to them; of nodes, how many there can be. `None`:
    /// nothing says how much, or nobody wrote what the nodes have.
    pub room: Option<f64>,
}

/// Pods, nodes, CPU, memory, each other resource that a pod asks for, and each resource of each quota.
pub(super) fn room(world: &World) -> Vec<ClusterRoom> {
    let cluster = &world.shared.cluster;
    let of_nodes = ClusterRoom {
        name: "nodes".into(),
        unit: ClusterUnit::Nodes,
        found: cluster.nodes_at_start() as f64,
        room: Some(cluster.nodes.len() as f64).filter(|_| !world.room.guessed),
    };
    let (pods, others): (Vec<Resource>, Vec<Resource>) =
        resources(world).into_iter().partition(|resource| resource.place == Room::PODS);
    let (pods, others) = (pods.iter().map(of_resource), others.iter().map(of_resource));
    pods.chain([of_nodes]).chain(others).chain(of_quotas(world)).collect()
}

fn of_resource(resource: &Resource) -> ClusterRoom {
    let (unit, in_one) = unit_of(&resource.name);
    let room = resource.left.map(|left| (left + resource.found as i64) as f64 / in_one);
    ClusterRoom { name: resource.name.clone(), unit, found: resource.found as f64 / in_one, room }
}

fn of_quotas(world: &World) -> impl Iterator<Item = ClusterRoom> + '_ {
    world.quotas.iter().flat_map(move |quota| {
        quota.resources.iter().zip(&quota.hard).enumerate().map(move |(place, (resource, hard))| {
            let (unit, in_one) = unit_of(resource);
            let charged =
                |template: u16| quota.charged.get(usize::from(template)).and_then(|of| of.get(place)).copied();
            let found = found(world, |template| charged(template).unwrap_or(0));
            ClusterRoom {
                name: quota_name(quota, resource),
                unit,
                found: found as f64 / in_one,
                room: Some(*hard as f64 / in_one),
            }
        })
    })
}

/// What all pods together take that a release finds, where one takes `each`.
fn found(world: &World, each: impl Fn(u16) -> u64) -> u64 {
    let of = |(number, workload): (WorkloadId, &crate::scenario::Workload)| {
        u64::from(world.found(number)) * each(workload.old)
    };
    (0..).zip(&world.workloads).map(of).sum()
}
