//! Nodes: what is on them, which takes the next pod, which image they have.

use crate::k8s::objects::Template;
use crate::k8s::scheduler;
use crate::scenario::{Cluster, Constraint, Domain, Limit, PodModel};
use crate::sim::observation::NodeId;
use crate::sim::tournament::Tournament;
use crate::time::{SimDuration, SimTime};

/// How a node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It works.
    Up,
    /// It stopped; nobody has noticed.
    Lost,
    /// It stopped and is marked unreachable.
    Unreachable,
}

/// A node as it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeState {
    pub(super) health: Health,
    /// When it is going to be marked unreachable; never: it works, or is marked.
    pub(super) noticed: SimTime,
    /// Since when it has been waiting for its taint; never: it is not.
    pub(super) waiting_since: SimTime,
    /// When its pods are evicted; never: it has no taint.
    pub(super) eviction: SimTime,
    zone: u16,
    /// The autoscaler has not brought it.
    pub(super) absent: bool,
    /// It takes no pods: cordoned, or not there yet.
    pub(super) closed: bool,
    /// It came during the run and has no image.
    pub(super) fresh: bool,
    /// How often it was lost.
    pub(super) losses: u32,
    /// When it will be lost by itself.
    pub(super) next_loss: SimTime,
    /// Pods on it that take room: everything bound and not yet ended.
    pub(super) occupied: u32,
    /// Pods on it without a deletion timestamp: the rank of deletion.
    pub(super) active: u32,
    /// Those of them that are Ready.
    pub(super) ready: u32,
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
pub(super) struct Nodes {
    pub(super) states: Vec<NodeState>,
    /// Least allocated first.
    by_load: Tournament<u64>,
    /// Since when a node has a template's image, by `template * nodes + node`; never: not asked for yet.
    images: Vec<SimTime>,
    /// When each of a node's pulls at a time is done, by `node * pulls + place`.
    pulling: Vec<SimTime>,
    pulls: usize,
    /// Pods without a deletion timestamp by `template * nodes + node`; kept only where placement is constrained.
    active_of: Vec<u32>,
    /// Pods counted by one constraint in each of its domains.
    counts: Vec<u32>,
    /// Nodes that the constraints leave.
    allowed: Vec<bool>,
}

impl Nodes {
    pub(super) fn reset(&mut self, cluster: &Cluster, pods: &[PodModel]) {
        self.states.clear();
        let there = cluster.nodes_at_start();
        self.states.extend(cluster.nodes.iter().enumerate().map(|(number, node)| NodeState {
            health: Health::Up,
            zone: node.zone,
            absent: number >= there,
            closed: number >= there,
            fresh: number >= there,
            noticed: SimTime::NEVER,
            waiting_since: SimTime::NEVER,
            eviction: SimTime::NEVER,
            losses: 0,
            next_loss: SimTime::NEVER,
            occupied: 0,
            active: 0,
            ready: 0,
            slots: node.slots,
            base_load: scheduler::load(node.base_load, 0.0, 0),
            pod_load: scheduler::load(0.0, node.pod_load, 1),
        }));
        self.images.clear();
        self.pulls = cluster.parallel_pulls.max(1) as usize;
        self.active_of.clear();
        if pods.iter().any(|model| !model.constraints.is_empty()) {
            self.active_of.resize(pods.len() * self.states.len(), 0);
        }
        self.pulling.clear();
        self.pulling.resize(self.pulls * self.states.len(), SimTime::ZERO);
        self.by_load.rebuild(self.states.iter().map(load), FULL);
    }

    /// The least allocated node with room; of equals the lowest.
    ///
    /// Upstream: `noderesources/least_allocated.go`; equals come in another fixed order there.
    pub(super) fn place(&self) -> Option<NodeId> {
        let (node, load) = self.by_load.least();
        (load != FULL).then_some(node as NodeId)
    }

    /// The same among the nodes that `constraints` leave to a pod of `template`.
    pub(super) fn place_within(&mut self, template: Template, constraints: &[Constraint]) -> Option<NodeId> {
        if constraints.is_empty() {
            return self.place();
        }
        self.allowed.clear();
        self.allowed.resize(self.states.len(), true);
        for constraint in constraints {
            self.count(template, constraint);
            let count_at = |(number, node)| self.counts[place_of(constraint.domain, number, node)];
            let there = self.states.iter().enumerate().filter(|(_, node)| !node.absent);
            let least = there.map(count_at).min().unwrap_or(0);
            for ((number, node), allowed) in self.states.iter().enumerate().zip(&mut self.allowed) {
                let count = count_at((number, node));
                *allowed &= match constraint.limit {
                    Limit::Skew(most) => scheduler::spread_allows(count, least, most),
                    Limit::One => count == 0,
                };
            }
        }
        let allowed = self.states.iter().zip(&self.allowed).enumerate().filter(|(_, (_, allowed))| **allowed);
        let (load, number) = allowed.map(|(number, (node, _))| (load(node), number)).min()?;
        (load != FULL).then_some(number as NodeId)
    }

    /// Counts the pods that a constraint of `template` sees, by domain.
    fn count(&mut self, template: Template, constraint: &Constraint) {
        let nodes = self.states.len();
        let places = self.states.iter().enumerate().map(|(number, node)| place_of(constraint.domain, number, node) + 1);
        let places = places.max().unwrap_or(0);
        self.counts.clear();
        self.counts.resize(places, 0);
        for (number, node) in self.states.iter().enumerate() {
            let pods = match (constraint.limit, constraint.own_revision) {
                (Limit::One, _) => node.occupied,
                (Limit::Skew(_), false) => node.active,
                (Limit::Skew(_), true) => self.active_of[usize::from(template) * nodes + number],
            };
            self.counts[place_of(constraint.domain, number, node)] += pods;
        }
    }

    pub(super) fn occupy(&mut self, node: NodeId, template: Template) {
        self.states[node as usize].occupied += 1;
        self.states[node as usize].active += 1;
        if let Some(active) = self.active_of(node, template) {
            *active += 1;
        }
        self.refresh(node);
    }

    /// A pod on the node got its deletion timestamp; gives how many have none.
    pub(super) fn retire(&mut self, node: NodeId, template: Template, was_ready: bool) -> u32 {
        if let Some(active) = self.active_of(node, template) {
            *active -= 1;
        }
        let state = &mut self.states[node as usize];
        state.active -= 1;
        state.ready -= u32::from(was_ready);
        state.active
    }

    fn active_of(&mut self, node: NodeId, template: Template) -> Option<&mut u32> {
        let nodes = self.states.len();
        self.active_of.get_mut(usize::from(template) * nodes + node as usize)
    }

    /// Whether pods may have found no node for other reasons than room.
    pub(super) fn constrained(&self) -> bool {
        !self.active_of.is_empty()
    }

    pub(super) fn vacate(&mut self, node: NodeId) {
        self.states[node as usize].occupied -= 1;
        self.refresh(node);
    }

    pub(super) fn set_health(&mut self, node: NodeId, health: Health) {
        self.states[node as usize].health = health;
        self.refresh(node);
    }

    /// A node takes no more pods; false: it did not before.
    pub(super) fn close(&mut self, node: NodeId) -> bool {
        let closes = !std::mem::replace(&mut self.states[node as usize].closed, true);
        self.refresh(node);
        closes
    }

    pub(super) fn open(&mut self, node: NodeId) {
        self.states[node as usize].closed = false;
        self.refresh(node);
    }

    /// The machine is a new one.
    pub(super) fn forget_images(&mut self, node: NodeId) {
        self.states[node as usize].fresh = true;
        let nodes = self.states.len();
        self.images.iter_mut().skip(node as usize).step_by(nodes).for_each(|image| *image = SimTime::NEVER);
    }

    /// Since when the node has the template's image.
    pub(super) fn image(&mut self, template: Template, node: NodeId) -> &mut SimTime {
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
    pub(super) fn queue_pull(&mut self, node: NodeId, from: SimTime, length: SimDuration) -> SimTime {
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

    fn refresh(&mut self, node: NodeId) {
        let load = load(&self.states[node as usize]);
        self.by_load.set(node as usize, load);
    }
}

/// Where the pods of a node are counted.
fn place_of(domain: Domain, number: usize, node: &NodeState) -> usize {
    match domain {
        Domain::Node => number,
        Domain::Zone => usize::from(node.zone),
    }
}

/// The scheduler does not know that a node is lost before it is marked.
fn load(node: &NodeState) -> u64 {
    if node.closed || node.health == Health::Unreachable || node.occupied >= node.slots {
        return FULL;
    }
    node.base_load + node.pod_load * u64::from(node.occupied)
}
