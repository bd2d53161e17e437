//! Nodes that hold amounts: in a world of several workloads pods differ in size, and each asks for amounts of several resources.
//!
//! [`super::nodes::Nodes`] asks here where a node has no number of slots. What never changes in a run lies apart, behind a counted
//! reference, so that a run that begins as the last one did copies only what changes.

use std::sync::Arc;

use crate::k8s::objects::Template;
use crate::k8s::scheduler;
use crate::scenario::{Refusal, Room, WorkloadId, World};

/// Amounts on the nodes of a run.
#[derive(Clone, Debug)]
pub(crate) struct Amounts {
    fixed: Arc<Fixed>,
    /// What is left, by `node * resources + resource`; less than nothing where pods were found that take more than there is.
    left: Vec<i64>,
    /// Load of each node in billionths.
    loads: Vec<u64>,
    /// Pods that have not ended, by `template * nodes + node`, and by `template * zones + zone`.
    present_on_nodes: Vec<u32>,
    present_in_zones: Vec<u32>,
    zones: usize,
}

/// What does not change in a run.
#[derive(Debug)]
struct Fixed {
    resources: usize,
    names: Vec<String>,
    /// What one pod asks for, by `template * resources + resource`.
    asked: Vec<i64>,
    /// Nodes of the same size are of one kind.
    kinds: Vec<u16>,
    number_of_kinds: usize,
    /// Load of one pod in billionths, by `template * kinds + kind`.
    pod_loads: Vec<u64>,
    /// The templates of each workload: the first, and the one after the last.
    templates: Vec<(Template, Template)>,
    workloads: Vec<WorkloadId>,
    /// By workload, then by node: whether its pods may go there; empty: everywhere.
    open: Vec<Vec<bool>>,
    /// By workload, then by node: why its pods may not go there.
    closed_by: Vec<Vec<Refusal>>,
}

/// There is always enough.
const UNLIMITED: i64 = i64::MAX;

impl Amounts {
    /// The empty nodes of a world.
    pub(crate) fn of(world: &World, zones: usize) -> Self {
        let fixed = Fixed::of(world);
        let (nodes, templates) = (fixed.kinds.len(), fixed.workloads.len());
        let load = |(whole, taken): (&[u64; 2], &[u64; 2])| scheduler::load(share(*taken, *whole), 0.0, 0);
        Self {
            left: world.room.free.iter().map(|amount| signed(*amount)).collect(),
            loads: world.room.allocatable.iter().zip(&world.room.taken).map(load).collect(),
            present_on_nodes: vec![0; templates * nodes],
            present_in_zones: vec![0; templates * zones],
            zones,
            fixed: Arc::new(fixed),
        }
    }

    /// Becomes what `other` is, in the memory that it has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let Self { fixed, left, loads, present_on_nodes, present_in_zones, zones } = self;
        *fixed = Arc::clone(&other.fixed);
        left.clone_from(&other.left);
        loads.clone_from(&other.loads);
        present_on_nodes.clone_from(&other.present_on_nodes);
        present_in_zones.clone_from(&other.present_in_zones);
        *zones = other.zones;
    }

    /// A pod takes room on a node.
    pub(crate) fn occupy(&mut self, node: usize, zone: usize, template: Template) {
        self.loads[node] += self.fixed.pod_load(node, template);
        self.change(node, zone, template, -1);
    }

    /// A pod's room on a node is free again.
    pub(crate) fn vacate(&mut self, node: usize, zone: usize, template: Template) {
        self.loads[node] -= self.fixed.pod_load(node, template);
        self.change(node, zone, template, 1);
    }

    /// Changes what is left of each resource by what a pod asks for, `sign` being 1 where the pod has ended.
    fn change(&mut self, node: usize, zone: usize, template: Template, sign: i32) {
        let Self { fixed, left, present_on_nodes, present_in_zones, zones, .. } = self;
        for (left, asked) in left[node * fixed.resources..].iter_mut().zip(fixed.asked_by(template)) {
            if *left != UNLIMITED {
                *left += i64::from(sign) * asked;
            }
        }
        let of = usize::from(template);
        let on_node = &mut present_on_nodes[of * fixed.kinds.len() + node];
        *on_node = on_node.wrapping_add_signed(-sign);
        let in_zone = &mut present_in_zones[of * *zones + zone];
        *in_zone = in_zone.wrapping_add_signed(-sign);
    }

    /// Whether one more pod fits on a node that takes pods: its workload may go there, and there is enough of every resource.
    pub(crate) fn fits(&self, node: usize, template: Template) -> bool {
        self.is_open(node, template) && self.first_short(node, template).is_none()
    }

    /// Whether the pods of a template may go to a node.
    pub(crate) fn is_open(&self, node: usize, template: Template) -> bool {
        self.fixed.is_open(node, template)
    }

    /// Why the pods of a template may not go to a node that is not open to them.
    pub(crate) fn closed_by(&self, node: usize, template: Template) -> Refusal {
        let workload = self.fixed.workloads[usize::from(template)];
        self.fixed.closed_by[usize::from(workload)].get(node).copied().unwrap_or(Refusal::NodeAffinity)
    }

    /// How many more pods of a template a node has room for.
    pub(crate) fn room(&self, node: usize, template: Template) -> u32 {
        let each = self.left_on(node).iter().zip(self.fixed.asked_by(template));
        let pods = each.filter(|(_, asked)| **asked > 0).map(|(left, asked)| (*left).max(0) / asked).min();
        pods.map_or(u32::MAX, |pods| u32::try_from(pods).unwrap_or(u32::MAX))
    }

    /// The first resource that a node has too little of for one more pod. One that the pod does not ask for is not looked at.
    ///
    /// Upstream: `noderesources/fit.go: fitsRequest`.
    pub(crate) fn first_short(&self, node: usize, template: Template) -> Option<usize> {
        let each = self.left_on(node).iter().zip(self.fixed.asked_by(template));
        each.enumerate().find(|(_, (left, asked))| **asked > 0 && asked > left).map(|(resource, _)| resource)
    }

    /// Whether a port of the host that the pods of a template ask for is taken on a node.
    pub(crate) fn lacks_port(&self, node: usize, template: Template) -> bool {
        let each = self.left_on(node).iter().zip(self.fixed.asked_by(template)).zip(&self.fixed.names);
        each.filter(|(_, name)| name.starts_with(Room::PORT)).any(|((left, asked), _)| asked > left)
    }

    /// The name of a resource.
    pub(crate) fn name(&self, resource: usize) -> &str {
        &self.fixed.names[resource]
    }

    fn left_on(&self, node: usize) -> &[i64] {
        let width = self.fixed.resources;
        &self.left[node * width..][..width]
    }

    /// Load of a node with one more pod of a template on it, in billionths.
    pub(crate) fn load_with(&self, node: usize, template: Template) -> u64 {
        self.loads[node] + self.fixed.pod_load(node, template)
    }

    /// The templates of the workload that a template is of.
    pub(crate) fn siblings(&self, template: Template) -> std::ops::Range<Template> {
        let (first, end) = self.fixed.templates[usize::from(self.fixed.workloads[usize::from(template)])];
        first..end
    }

    /// Pods of a template on a node that have not ended.
    pub(crate) fn present_on_node(&self, template: Template, node: usize) -> u32 {
        self.present_on_nodes[usize::from(template) * self.fixed.kinds.len() + node]
    }

    /// Pods of a template in a zone that have not ended.
    pub(crate) fn present_in_zone(&self, template: Template, zone: usize) -> u32 {
        self.present_in_zones[usize::from(template) * self.zones + zone]
    }

    /// How many of `nodes`, which are empty and come one after the other, take pods of these templates that each go to the first
    /// one with room. The first `coming` of them come in any case and are not counted. `bins` is the memory of it.
    pub(crate) fn nodes_needed(
        &self,
        nodes: &[usize],
        coming: usize,
        pods: impl Iterator<Item = Template>,
        bins: &mut Vec<i64>,
    ) -> usize {
        bins.clear();
        bins.extend(nodes.iter().flat_map(|node| self.left_on(*node)));
        let width = self.fixed.resources;
        let mut opened = coming;
        for template in pods {
            let asked = self.fixed.asked_by(template);
            let fits = |place: &usize| {
                let left = &bins[place * width..][..width];
                let enough = asked.iter().zip(left).all(|(asked, left)| *asked == 0 || asked <= left);
                enough && self.is_open(nodes[*place], template)
            };
            let Some(place) = (0..nodes.len()).find(fits) else { continue };
            opened = opened.max(place + 1);
            for (left, asked) in bins[place * width..].iter_mut().zip(asked) {
                *left -= if *left == UNLIMITED { 0 } else { *asked };
            }
        }
        opened - coming
    }
}

impl Fixed {
    fn of(world: &World) -> Self {
        let Room { resources, asked, allocatable, scored, .. } = &world.room;
        let (kinds, sizes) = kinds(allocatable);
        let load = |template: &[u64; 2], size: &[u64; 2]| scheduler::load(0.0, share(*template, *size), 1);
        let templates = world.shared.pods.len() as Template;
        Self {
            resources: resources.len(),
            names: resources.clone(),
            asked: asked.iter().map(|amount| signed(*amount)).collect(),
            pod_loads: scored.iter().flat_map(|pod| sizes.iter().map(|size| load(pod, size))).collect(),
            number_of_kinds: sizes.len(),
            kinds,
            templates: world.workloads.iter().map(|own| (own.old, own.templates().end() + 1)).collect(),
            workloads: (0..templates).map(|template| world.workload_of(template)).collect(),
            open: world.workloads.iter().map(|workload| workload.open.clone()).collect(),
            closed_by: world.workloads.iter().map(|workload| workload.closed_by.clone()).collect(),
        }
    }

    fn asked_by(&self, template: Template) -> &[i64] {
        &self.asked[usize::from(template) * self.resources..][..self.resources]
    }

    fn pod_load(&self, node: usize, template: Template) -> u64 {
        self.pod_loads[usize::from(template) * self.number_of_kinds + usize::from(self.kinds[node])]
    }

    fn is_open(&self, node: usize, template: Template) -> bool {
        let open = &self.open[usize::from(self.workloads[usize::from(template)])];
        open.get(node).is_none_or(|open| *open)
    }
}

/// The kind of each node, and the size of each kind.
fn kinds(allocatable: &[[u64; 2]]) -> (Vec<u16>, Vec<[u64; 2]>) {
    let mut sizes = allocatable.to_vec();
    sizes.sort_unstable();
    sizes.dedup();
    let kind = |size: &[u64; 2]| sizes.partition_point(|other| other < size) as u16;
    (allocatable.iter().map(kind).collect(), sizes)
}

/// The mean of the shares of CPU and of memory.
fn share(amounts: [u64; 2], whole: [u64; 2]) -> f64 {
    let part = |of: usize| if whole[of] == 0 { 1.0 } else { (amounts[of] as f64 / whole[of] as f64).min(1.0) };
    f64::midpoint(part(Room::CPU), part(Room::MEMORY))
}

fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(UNLIMITED)
}

#[cfg(test)]
mod tests;
