//! Nodes: what is on them, which takes the next pod, which image they have.

use crate::k8s::objects::Template;
use crate::k8s::scheduler;
use crate::scenario::{Cluster, Node, PodModel, World};
use crate::sim::observation::NodeId;
use crate::sim::state::amounts::Amounts;
use crate::sim::state::levels::Levels;
use crate::sim::state::tournament::Tournament;
use crate::time::{SimDuration, SimTime};

/// Whether a node works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It works.
    Up,
    /// It stopped, and the control plane has not noticed.
    Lost,
    /// It stopped and is marked unreachable.
    Unreachable,
}

/// The state of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeState {
    pub(crate) health: Health,
    /// When it is going to be marked unreachable; never: it works, or is marked.
    pub(crate) noticed: SimTime,
    /// Since when it has been waiting for its taint; never: it is not.
    pub(crate) waiting_since: SimTime,
    /// When its pods are evicted; never: it has no taint.
    pub(crate) eviction: SimTime,
    /// The autoscaler has not brought it.
    pub(crate) absent: bool,
    /// It takes no pods: cordoned, or not there yet.
    pub(crate) closed: bool,
    /// It came during the run and has no image.
    pub(crate) fresh: bool,
    /// How often it was lost.
    pub(crate) losses: u32,
    /// When it will be lost by itself.
    pub(crate) next_loss: SimTime,
    /// Pods on it that take room: everything bound and not yet ended.
    pub(crate) occupied: u32,
    /// Pods on it without a deletion timestamp: the rank of deletion.
    pub(crate) active: u32,
    /// Those of them that are Ready.
    pub(crate) ready: u32,
    /// Pods of lower priority on it, also those with a deletion timestamp, and pods that their room is kept for.
    pub(crate) others: u32,
    /// Most pods that fit.
    slots: u32,
    /// Load without pods, and of one pod, in billionths.
    base_load: u64,
    pod_load: u64,
}

/// Load of a node that can take no pod.
const FULL: u64 = u64::MAX;

/// All nodes of a run.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) states: Vec<NodeState>,
    there: usize,
    /// All have the same room and the same load from other pods.
    pub(crate) alike: bool,
    /// Which is the least allocated.
    by_load: Tournament<u64>,
    /// How many take no pod.
    pub(crate) full: u32,
    /// The score of each for the room that it has left.
    pub(crate) free: Vec<i64>,
    /// Zone of each.
    zones_of: Vec<u16>,
    /// Since when a node has a template's image, by `template * nodes + node`; never: not asked for yet.
    images: Vec<SimTime>,
    /// When each of a node's pulls at a time is done, by `node * pulls + place`.
    pulling: Vec<SimTime>,
    pulls: usize,
    /// Pods by zone. Kept, as is the rest, only where placement asks for it.
    pub(crate) in_zones: Vec<InZone>,
    /// How many zones are counted.
    zones: usize,
    /// Pods without a deletion timestamp by `template * nodes + node`, and by `template * zones + zone`.
    own_on_nodes: Vec<u32>,
    own_in_zones: Vec<u32>,
    levels: Levels,
    /// In a world of several workloads: what nodes hold, and pods by template. Then no node has slots, and pods of a zone are counted
    /// here.
    amounts: Option<Box<Amounts>>,
}

/// Pods of a zone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InZone {
    /// All that have not ended.
    pub(crate) occupied: u32,
    /// Those without a deletion timestamp.
    pub(crate) active: u32,
}

impl Nodes {
    /// Begins a run.
    pub(crate) fn reset(&mut self, cluster: &Cluster, pods: &[PodModel], world: Option<&World>) {
        self.states.clear();
        let there = cluster.nodes_at_start();
        self.states.extend(cluster.nodes.iter().enumerate().map(|(number, node)| NodeState {
            health: Health::Up,
            absent: number >= there,
            closed: number >= there,
            fresh: number >= there,
            noticed: SimTime::NEVER,
            waiting_since: SimTime::NEVER,
            eviction: SimTime::NEVER,
            losses: 0,
            next_loss: SimTime::NEVER,
            occupied: 0,
            others: 0,
            active: 0,
            ready: 0,
            slots: if world.is_some() { 0 } else { node.slots },
            base_load: scheduler::load(node.base_load, 0.0, 0),
            pod_load: scheduler::load(0.0, node.pod_load, 1),
        }));
        let of = |node: &Node| (node.slots, node.base_load.to_bits(), node.pod_load.to_bits());
        self.alike = world.is_none() && cluster.nodes.iter().all(|node| of(node) == of(&cluster.nodes[0]));
        self.there = there;
        self.images.clear();
        self.pulls = cluster.parallel_pulls.max(1) as usize;
        self.in_zones.clear();
        self.own_on_nodes.clear();
        self.own_in_zones.clear();
        self.zones = 0;
        if world.is_some() || pods.iter().any(|model| model.is_placed_by_count() || !model.volumes.is_empty()) {
            let zones = cluster.nodes.iter().map(|node| usize::from(node.zone) + 1).max().unwrap_or(0);
            self.zones = zones;
            self.in_zones.resize(if world.is_some() { 0 } else { zones }, InZone::default());
            self.own_on_nodes.resize(pods.len() * self.states.len(), 0);
            self.own_in_zones.resize(pods.len() * zones, 0);
        }
        self.amounts = world.map(|world| Box::new(Amounts::of(world, self.zones)));
        self.pulling.clear();
        self.pulling.resize(self.pulls * self.states.len(), SimTime::ZERO);
        self.by_load.rebuild(self.states.iter().map(load), FULL);
        self.full = self.states.iter().filter(|node| load(node) == FULL).count() as u32;
        self.free.clear();
        self.free.extend(self.states.iter().map(|node| scheduler::free(load(node))));
        self.zones_of.clear();
        self.zones_of.extend(cluster.nodes.iter().map(|node| node.zone));
        self.levels.reset();
    }

    /// Becomes what `other` is, in the memory that it has.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        // Named one by one, so that none is forgotten.
        let Self {
            states,
            there,
            alike,
            by_load,
            full,
            free,
            zones_of,
            images,
            pulling,
            pulls,
            in_zones,
            own_on_nodes,
            own_in_zones,
            levels,
            zones,
            amounts,
        } = self;
        (*there, *alike, *full, *pulls, *zones) = (other.there, other.alike, other.full, other.pulls, other.zones);
        by_load.copy_from(&other.by_load);
        states.clone_from(&other.states);
        free.clone_from(&other.free);
        zones_of.clone_from(&other.zones_of);
        images.clone_from(&other.images);
        pulling.clone_from(&other.pulling);
        in_zones.clone_from(&other.in_zones);
        own_on_nodes.clone_from(&other.own_on_nodes);
        own_in_zones.clone_from(&other.own_in_zones);
        levels.reset();
        match (amounts, &other.amounts) {
            (Some(own), Some(other)) => own.copy_from(other),
            (own, other) => own.clone_from(other),
        }
    }

    /// The least allocated node with room; of equals the lowest.
    ///
    /// Upstream: `noderesources/least_allocated.go`; equals come in another fixed order there.
    pub(crate) fn place(&self, template: Template) -> Option<NodeId> {
        let (node, load) = self.by_load.least();
        if load == FULL { self.place_amounts(template) } else { Some(node as NodeId) }
    }

    #[cold]
    fn place_amounts(&self, template: Template) -> Option<NodeId> {
        let amounts = self.amounts.as_ref()?;
        let fitting = (0..self.states.len()).filter(|&node| self.fits_amounts(node, template));
        fitting.min_by_key(|&node| (amounts.load_with(node, template), node)).map(|node| node as NodeId)
    }

    /// A pod takes room on a node.
    #[inline(always)]
    pub(crate) fn occupy(&mut self, node: NodeId, template: Template) {
        self.states[node as usize].occupied += 1;
        self.states[node as usize].active += 1;
        if let Some(zone) = self.zone_of(node) {
            zone.occupied += 1;
            zone.active += 1;
            self.count_own(node, template, 1);
        } else if self.amounts.is_some() {
            return self.occupy_amounts(node, template);
        }
        self.refresh(node);
    }

    /// A pod on the node got its deletion timestamp.
    #[inline(always)]
    pub(crate) fn retire(&mut self, node: NodeId, template: Template, was_ready: bool) {
        if let Some(zone) = self.zone_of(node) {
            zone.active -= 1;
            self.count_own(node, template, -1);
        } else if self.amounts.is_some() {
            self.count_own(node, template, -1);
        }
        let state = &mut self.states[node as usize];
        state.active -= 1;
        state.ready -= u32::from(was_ready);
    }

    /// A pod's room on a node is free again.
    #[inline(always)]
    pub(crate) fn vacate(&mut self, node: NodeId, template: Template) {
        self.states[node as usize].occupied -= 1;
        if let Some(zone) = self.zone_of(node) {
            zone.occupied -= 1;
        } else if self.amounts.is_some() {
            return self.vacate_amounts(node, template);
        }
        self.refresh(node);
    }

    #[cold]
    fn occupy_amounts(&mut self, node: NodeId, template: Template) {
        self.take_room(node, template);
        self.count_own(node, template, 1);
    }

    /// Room on a node is taken by what is no pod of a workload.
    pub(crate) fn take_room(&mut self, node: NodeId, size: Template) {
        let zone = self.zone(node as usize);
        if let Some(amounts) = &mut self.amounts {
            amounts.occupy(node as usize, zone, size);
        }
    }

    /// That room is free again.
    pub(crate) fn free_room(&mut self, node: NodeId, size: Template) {
        self.vacate_amounts(node, size);
    }

    #[cold]
    fn vacate_amounts(&mut self, node: NodeId, template: Template) {
        let zone = self.zone(node as usize);
        if let Some(amounts) = &mut self.amounts {
            amounts.vacate(node as usize, zone, template);
        }
    }

    fn zone_of(&mut self, node: NodeId) -> Option<&mut InZone> {
        let zone = self.zone(node as usize);
        self.in_zones.get_mut(zone)
    }

    #[inline(always)]
    fn count_own(&mut self, node: NodeId, template: Template, change: i32) {
        let (node, zone, of) = (node as usize, self.zone(node as usize), usize::from(template));
        let in_zone = &mut self.own_in_zones[of * self.zones + zone];
        *in_zone = in_zone.wrapping_add_signed(change);
        let on_node = &mut self.own_on_nodes[of * self.states.len() + node];
        let before = *on_node;
        *on_node = before.wrapping_add_signed(change);
        self.levels.change(template, node, zone, before, *on_node);
    }

    /// How many nodes there are, without those that may still come.
    pub(crate) fn there(&self) -> usize {
        self.there
    }

    /// How many zones are counted.
    pub(crate) fn zones(&self) -> usize {
        self.zones
    }

    /// The zone of a node.
    pub(crate) fn zone(&self, node: usize) -> usize {
        usize::from(self.zones_of[node])
    }

    /// Makes [`Self::levels`] those of a template; false where there are too many nodes for that.
    #[inline]
    pub(crate) fn find_levels(&mut self, template: Template) -> bool {
        self.levels.are_of(template) || {
            let nodes = self.states.len();
            let pods = &self.own_on_nodes[usize::from(template) * nodes..][..nodes];
            self.levels.find(template, pods, &self.zones_of, self.zones)
        }
    }

    /// All nodes by their pods of a template.
    pub(crate) fn levels(&self) -> &Levels {
        &self.levels
    }

    /// Pods of a template without a deletion timestamp, by node.
    pub(crate) fn own_on_nodes(&self, template: Template) -> &[u32] {
        let nodes = self.states.len();
        &self.own_on_nodes[usize::from(template) * nodes..][..nodes]
    }

    /// Pods of a template without a deletion timestamp, by zone.
    pub(crate) fn own_in_zones(&self, template: Template) -> &[u32] {
        let zones = self.zones;
        &self.own_in_zones[usize::from(template) * zones..][..zones]
    }

    /// Whether one more pod of a template fits on a node that takes it.
    pub(crate) fn fits(&self, node: usize, template: Template) -> bool {
        self.by_load.key(node) != FULL || self.fits_amounts(node, template)
    }

    /// Whether a node has room for one more pod of a template, whether it takes pods or not.
    pub(crate) fn has_room(&self, node: usize, template: Template) -> bool {
        self.room(node, template) > 0
    }

    #[cold]
    fn fits_amounts(&self, node: usize, template: Template) -> bool {
        !self.states[node].takes_none() && self.amounts.as_ref().is_some_and(|amounts| amounts.fits(node, template))
    }

    /// How many more pods of a template a node has room for.
    pub(crate) fn room(&self, node: usize, template: Template) -> u32 {
        match &self.amounts {
            None => self.states[node].room(),
            Some(amounts) => amounts.room(node, template),
        }
    }

    /// How many pods of the own workload of a template each node has that have no deletion timestamp; `None`: there is no other
    /// workload, so that all pods are of it.
    pub(crate) fn active_of_siblings(&self, template: Template) -> Option<impl Fn(usize) -> u32> {
        let siblings = self.amounts.as_ref()?.siblings(template);
        let nodes = self.states.len();
        Some(move |node: usize| siblings.clone().map(|one| self.own_on_nodes[usize::from(one) * nodes + node]).sum())
    }

    /// What nodes hold in a world of several workloads; `None`: there is one workload alone.
    pub(crate) fn amounts(&self) -> Option<&Amounts> {
        self.amounts.as_deref()
    }

    /// Changes how many other pods room is taken by or kept for.
    pub(crate) fn set_others(&mut self, node: NodeId, others: u32) {
        self.states[node as usize].others = others;
        self.refresh(node);
    }

    /// Changes the health of a node.
    pub(crate) fn set_health(&mut self, node: NodeId, health: Health) {
        self.states[node as usize].health = health;
        self.refresh(node);
    }

    /// Closes a node for new pods; false where it was closed already.
    pub(crate) fn close(&mut self, node: NodeId) -> bool {
        let closes = !std::mem::replace(&mut self.states[node as usize].closed, true);
        self.refresh(node);
        closes
    }

    /// A node has come.
    pub(crate) fn add(&mut self, node: NodeId) {
        self.there += 1;
        self.states[node as usize].absent = false;
        self.open(node);
    }

    /// An emptied node goes for good.
    pub(crate) fn remove(&mut self, node: NodeId) {
        self.there -= 1;
        self.states[node as usize].absent = true;
        self.close(node);
    }

    /// A node takes pods again.
    pub(crate) fn open(&mut self, node: NodeId) {
        self.states[node as usize].closed = false;
        self.refresh(node);
    }

    /// The machine is replaced by a new one without images.
    pub(crate) fn forget_images(&mut self, node: NodeId) {
        self.states[node as usize].fresh = true;
        let nodes = self.states.len();
        self.images.iter_mut().skip(node as usize).step_by(nodes).for_each(|image| *image = SimTime::NEVER);
    }

    /// Since when the node has the template's image.
    #[inline(always)]
    pub(crate) fn image(&mut self, template: Template, node: NodeId) -> &mut SimTime {
        let nodes = self.states.len();
        let place = usize::from(template) * nodes + node as usize;
        if self.images.len() <= place {
            self.images.resize((usize::from(template) + 1) * nodes, SimTime::NEVER);
        }
        &mut self.images[place]
    }

    /// Queues a pull that is asked for at `from` and takes `length`; gives its end.
    ///
    /// Upstream: `pkg/kubelet/images/puller.go` (serializeImagePulls, maxParallelImagePulls).
    pub(crate) fn queue_pull(&mut self, node: NodeId, from: SimTime, length: SimDuration) -> SimTime {
        let first = node as usize * self.pulls;
        let places = &mut self.pulling[first..first + self.pulls];
        let mut free = 0;
        for place in 1..places.len() {
            if places[place] < places[free] {
                free = place;
            }
        }
        places[free] = places[free].max(from) + length;
        places[free]
    }

    #[inline(always)]
    fn refresh(&mut self, node: NodeId) {
        let node = node as usize;
        let load = load(&self.states[node]);
        self.full -= u32::from(self.by_load.key(node) == FULL);
        self.full += u32::from(load == FULL);
        self.free[node] = scheduler::free(load);
        self.by_load.set(node, load);
    }
}

/// The scheduler does not know that a node is lost before it is marked.
fn load(node: &NodeState) -> u64 {
    if node.takes_none() || node.taken() >= node.slots { FULL } else { node.load_with_one_more() }
}

impl NodeState {
    /// Pods that room is taken by, or kept for.
    fn taken(&self) -> u32 {
        self.occupied + self.others
    }

    /// Whether it takes no pods, even with room for them.
    pub(crate) fn takes_none(&self) -> bool {
        self.closed || self.health == Health::Unreachable
    }

    /// Whether it is there, takes pods, and would hold one of the Deployment's if it had no other.
    pub(crate) fn may_hold_some(&self) -> bool {
        !self.absent && !self.takes_none() && self.slots > 0
    }

    /// Pods that still fit.
    pub(crate) fn room(&self) -> u32 {
        self.slots.saturating_sub(self.taken())
    }

    /// Whether there is room for this many other pods beside those of the Deployment.
    pub(crate) fn holds(&self, others: u32) -> bool {
        self.occupied + others <= self.slots
    }

    /// Whether one more pod would fit if one of the others went beside the `going` that do.
    pub(crate) fn takes_one_for_one(&self, going: u32) -> bool {
        !self.takes_none() && self.taken() - going <= self.slots
    }

    /// Its load with one more pod on it, in billionths.
    pub(crate) fn load_with_one_more(&self) -> u64 {
        self.base_load + self.pod_load * u64::from(self.taken() + 1)
    }
}
