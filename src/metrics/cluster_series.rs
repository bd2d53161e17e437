//! What is followed over time of a cluster that several workloads share, and what its amounts are counted in.

use serde::{Deserialize, Serialize};

use super::cluster_metric::ClusterUnit;
use crate::scenario::{Quota, Room, World};

/// Something that is counted at every instant of a release: pods, an amount of a resource that all pods ask for, or what a quota
/// counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterSeries {
    /// Its name in files.
    pub name: String,
    /// What its values are counted in.
    pub unit: ClusterUnit,
    /// How many of what the simulation counts are one unit: CPU is simulated in thousandths of a core.
    pub in_one: f64,
}

/// The series that every world has before CPU and memory, in the order of the samples of a [`ClusterMeter`](super::ClusterMeter).
const FIXED: [(&str, ClusterUnit); 5] = [
    ("pods", ClusterUnit::Pods),
    ("available", ClusterUnit::Pods),
    ("placed", ClusterUnit::Pods),
    ("pending", ClusterUnit::Pods),
    ("nodes", ClusterUnit::Nodes),
];

impl ClusterSeries {
    /// The series that files call `name`.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let fixed = FIXED.iter().find(|(known, _)| *known == name);
        match (fixed, name.strip_prefix("quota ")) {
            (Some((_, unit)), _) => Self { name: name.to_owned(), unit: *unit, in_one: 1.0 },
            (None, Some(of)) => {
                Self { name: name.to_owned(), ..Self::of_resource(of.rsplit(' ').next().unwrap_or(of)) }
            }
            (None, None) => Self::of_resource(name),
        }
    }

    fn of_resource(name: &str) -> Self {
        let (unit, in_one) = unit_of(name);
        Self { name: name.to_owned(), unit, in_one }
    }

    fn of_quota(quota: &Quota, resource: &str) -> Self {
        Self { name: quota_name(quota, resource), ..Self::of_resource(resource) }
    }

    /// The name of the column with the most of it.
    #[must_use]
    pub fn column(&self) -> String {
        format!("peak_{}", self.name)
    }
}

/// What is followed of `world`: pods and nodes, CPU, memory, each other resource that pods ask for, and what each quota counts.
#[must_use]
pub fn cluster_series(world: &World) -> Vec<ClusterSeries> {
    let fixed = FIXED.map(|(name, unit)| ClusterSeries { name: name.to_owned(), unit, in_one: 1.0 });
    let amounts = ["cpu", "memory"].map(ClusterSeries::of_resource);
    fixed.into_iter().chain(amounts).chain(other_series(world)).collect()
}

/// The resources beside CPU, memory and the number of pods, and what each quota counts, in the order of
/// [`ClusterRecord::peaks`](super::ClusterRecord::peaks).
#[must_use]
pub fn other_series(world: &World) -> Vec<ClusterSeries> {
    let others = world.room.resources.iter().skip(Room::PODS + 1).map(|name| ClusterSeries::of_resource(name));
    let of_quota = |quota: &'_ Quota| -> Vec<ClusterSeries> {
        quota.resources.iter().map(|name| ClusterSeries::of_quota(quota, name)).collect()
    };
    others.chain(world.quotas.iter().flat_map(of_quota)).collect()
}

/// What a quota counts, as files name it: `quota shop/team requests.cpu`.
#[must_use]
pub fn quota_name(quota: &Quota, resource: &str) -> String {
    format!("quota {} {resource}", quota.name)
}

/// What the amounts of a resource are counted in, and how many of what is simulated are one of them.
#[must_use]
pub fn unit_of(resource: &str) -> (ClusterUnit, f64) {
    let kind = resource.rsplit('.').next().unwrap_or(resource);
    match kind {
        "cpu" => (ClusterUnit::Cores, 1000.0),
        "memory" | "storage" | "ephemeral-storage" => (ClusterUnit::Bytes, 1.0),
        "pods" => (ClusterUnit::Pods, 1.0),
        _ => (ClusterUnit::Pieces, 1.0),
    }
}

/// The most of each series that is told apart: four times what all workloads have at their largest. More counts as this.
pub(super) fn most(world: &World) -> Vec<u64> {
    let each = |amount: &dyn Fn(u16) -> u64| -> u64 {
        let of = |workload: &crate::scenario::Workload| {
            let pods = workload.deployment.replicas.max(workload.found_replicas()).max(0) as u64;
            pods * workload.templates().map(amount).max().unwrap_or(0)
        };
        4 * world.workloads.iter().map(of).sum::<u64>()
    };
    let pods = each(&|_| 1);
    let nodes = world.shared.cluster.nodes.len() as u64;
    let mut most = FIXED.map(|(_, unit)| if unit == ClusterUnit::Nodes { nodes } else { pods }).to_vec();
    for resource in 0..world.room.resources.len() {
        if resource != Room::PODS {
            most.push(each(&|template| world.room.asked_by(template)[resource]));
        }
    }
    for quota in &world.quotas {
        let charged = |template: u16, place: usize| quota.charged.get(usize::from(template))?.get(place).copied();
        most.extend((0..quota.resources.len()).map(|place| each(&|template| charged(template, place).unwrap_or(0))));
    }
    most
}
