//! What nodes and ResourceQuotas have for the pods of a world of several workloads.

use crate::k8s::objects::Template;

/// Amounts of resources on nodes. Amounts are in the units of the input: CPU in thousandths of a core, memory in bytes, all else in
/// pieces. A port of the host is a resource that each node has one of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// Names of the resources; `cpu`, `memory` and `pods` are the first three.
    pub resources: Vec<String>,
    /// What each node has for the world's pods, by `node * resources + resource`; [`Room::UNLIMITED`] where nothing says how much.
    pub free: Vec<u64>,
    /// What one pod asks for, by `template * resources + resource`.
    pub asked: Vec<u64>,
    /// CPU and memory that each node has in all, for the scheduler's score.
    pub allocatable: Vec<[u64; 2]>,
    /// CPU and memory of that that others take.
    pub taken: Vec<[u64; 2]>,
    /// CPU and memory that the score counts of one pod, by template: what it asks for, or a usual amount.
    pub scored: Vec<[u64; 2]>,
    /// Nobody wrote how many nodes there are or how large they are: what is said about room is said about a guess.
    pub guessed: bool,
}

impl Room {
    /// Nodes alike with room for this much CPU, memory and pods, and pods of each template that ask for that much CPU and memory.
    #[must_use]
    pub fn alike(nodes: usize, each: [u64; 3], asked: &[[u64; 2]]) -> Self {
        Self {
            resources: ["cpu", "memory", "pods"].map(str::to_owned).to_vec(),
            free: each.repeat(nodes),
            asked: asked.iter().flat_map(|[cpu, memory]| [*cpu, *memory, 1]).collect(),
            allocatable: vec![[each[0], each[1]]; nodes],
            taken: vec![[0; 2]; nodes],
            scored: asked.to_vec(),
            guessed: false,
        }
    }

    /// CPU among the resources.
    pub const CPU: usize = 0;
    /// Memory.
    pub const MEMORY: usize = 1;
    /// Pods.
    pub const PODS: usize = 2;
    /// How the name of a port of the host begins.
    pub const PORT: &str = "port/";
    /// Nothing says how much a node has of a resource: there is always enough.
    pub const UNLIMITED: u64 = u64::MAX;

    /// What one pod of a template asks for, by resource.
    #[must_use]
    pub fn asked_by(&self, template: Template) -> &[u64] {
        let width = self.resources.len();
        &self.asked[usize::from(template) * width..][..width]
    }

    /// What a node has for the world's pods, by resource.
    #[must_use]
    pub fn free_on(&self, node: usize) -> &[u64] {
        let width = self.resources.len();
        &self.free[node * width..][..width]
    }
}

/// A ResourceQuota: what it leaves to the pods of the world, and what it counts of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Its namespace and name.
    pub name: String,
    /// Names of what it counts, such as `requests.cpu` or `pods`.
    pub resources: Vec<String>,
    /// What it leaves to the world's pods, by resource: those that a run finds are among what it counts.
    pub hard: Vec<u64>,
    /// What it counts of one pod, by template, then by resource; an empty list: it does not count pods of this template.
    pub charged: Vec<Vec<u64>>,
}
