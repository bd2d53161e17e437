//! Nodes and old pods as a rollout finds them. What does not depend on random numbers is kept for the next replication.
//!
//! Why: replications of one scenario come one after the other, and to place the old pods again took 4 % of the instructions of
//! a rollout, and far more of a world of several workloads. What is kept is used only where everything is the same that it was
//! made from.

use crate::scenario::{
    Constraint, Node, OLD_TEMPLATE, PodModel, Preference, Room, Scenario, Shared, Template, Topology, World,
};
use crate::sim::state::nodes::Nodes;
use crate::sim::state::placement::Search;
use crate::sim::state::pods::Pod;

/// The start that was made last.
#[derive(Debug, Default)]
pub(crate) struct KeptStart {
    origin: Option<Origin>,
    nodes: Nodes,
    /// Their UIDs are another replication's.
    pods: Vec<Pod>,
    /// Where the next search among many nodes begins.
    next_search: usize,
    /// The present run has begun with it.
    is_restored: bool,
}

/// What nodes and old pods at the start are made from.
#[derive(Debug)]
struct Origin {
    nodes: Shared<Vec<Node>>,
    nodes_at_start: usize,
    parallel_pulls: u32,
    templates: usize,
    counts_domains: bool,
    /// In a world of several workloads: amounts, and which nodes are open to each workload.
    room: Option<(Room, Vec<Vec<bool>>)>,
    /// The pods of each workload.
    found: Vec<FoundPods>,
}

/// The old pods of a workload, and what decides about their nodes.
#[derive(Debug)]
struct FoundPods {
    template: Template,
    replicas: i32,
    found_on: Vec<u32>,
    constraints: Vec<Constraint>,
    preferences: Vec<Preference>,
    topology: Option<Box<Topology>>,
}

impl Origin {
    fn of(scenario: &Scenario, world: Option<&World>) -> Self {
        let open = |world: &World| world.workloads.iter().map(|own| own.open.clone()).collect();
        Self {
            nodes: scenario.cluster.nodes.clone(),
            nodes_at_start: scenario.cluster.nodes_at_start(),
            parallel_pulls: scenario.cluster.parallel_pulls,
            templates: scenario.pods.len(),
            counts_domains: scenario.pods.iter().any(PodModel::is_placed_by_count),
            room: world.map(|world| (world.room.clone(), open(world))),
            found: found(scenario, world).map(|own| FoundPods::of(scenario, own)).collect(),
        }
    }

    fn is_of(&self, scenario: &Scenario, world: Option<&World>) -> bool {
        let known_room = self.room.as_ref();
        let same_room = known_room.is_some() == world.is_some()
            && known_room.zip(world).is_none_or(|((room, open), world)| {
                *room == world.room
                    && open.len() == world.workloads.len()
                    && open.iter().zip(&world.workloads).all(|(open, own)| *open == own.open)
            });
        same_room
            && self.nodes_at_start == scenario.cluster.nodes_at_start()
            && self.parallel_pulls == scenario.cluster.parallel_pulls
            && self.templates == scenario.pods.len()
            && self.counts_domains == scenario.pods.iter().any(PodModel::is_placed_by_count)
            && self.found.iter().zip(found(scenario, world)).all(|(known, own)| known.is_of(scenario, own))
            && are_equal(&self.nodes, &scenario.cluster.nodes)
    }
}

/// Whether the nodes are the same to the bit.
fn are_equal(known: &Shared<Vec<Node>>, nodes: &Shared<Vec<Node>>) -> bool {
    known.is_one_with(nodes)
        || (known.len() == nodes.len() && known.iter().zip(nodes).all(|(known, node)| bits(known) == bits(node)))
}

/// The template of the old pods of a workload, their number, and their nodes as far as these are known.
type Own<'a> = (Template, i32, &'a [u32]);

/// The old pods of each workload.
fn found<'a>(scenario: &'a Scenario, world: Option<&'a World>) -> impl Iterator<Item = Own<'a>> {
    let alone = world.is_none().then(|| (OLD_TEMPLATE, scenario.found_replicas(), &scenario.cluster.found_on[..]));
    let workloads = world.map_or(&[][..], |world| &world.workloads);
    alone.into_iter().chain(workloads.iter().map(|own| (own.old, own.found_replicas(), &own.found_on[..])))
}

impl FoundPods {
    fn of(scenario: &Scenario, (template, replicas, found_on): Own<'_>) -> Self {
        let model = &scenario.pods[usize::from(template)];
        Self {
            template,
            replicas,
            found_on: found_on.to_vec(),
            constraints: model.constraints.clone(),
            preferences: model.preferences.clone(),
            topology: model.topology.clone(),
        }
    }

    fn is_of(&self, scenario: &Scenario, (template, replicas, found_on): Own<'_>) -> bool {
        let model = &scenario.pods[usize::from(template)];
        self.template == template
            && self.replicas == replicas
            && self.found_on == found_on
            && self.constraints == model.constraints
            && self.preferences == model.preferences
            && self.topology == model.topology
    }
}

/// A node, so that equal means the same to the last bit.
fn bits(node: &Node) -> (u16, u32, u64, u64) {
    (node.zone, node.slots, node.base_load.to_bits(), node.pod_load.to_bits())
}

impl KeptStart {
    /// Keeps how a run starts, unless volumes bind pods to nodes: then each start is made anew.
    pub(crate) fn keep(
        &mut self,
        scenario: &Scenario,
        world: Option<&World>,
        (nodes, search, pods): (&Nodes, &Search, &[Pod]),
    ) {
        self.origin = scenario.volumes.list.is_empty().then(|| Origin::of(scenario, world));
        self.nodes.copy_from(nodes);
        self.pods.clear();
        self.pods.extend_from_slice(pods);
        self.next_search = search.next();
    }

    /// Puts the nodes as the last replication of the same scenario found them; false where none is known. [`Self::pods`] are those
    /// that stood there then.
    pub(crate) fn restore(
        &mut self,
        scenario: &Scenario,
        world: Option<&World>,
        (nodes, search): (&mut Nodes, &mut Search),
    ) -> bool {
        let is_known = |origin: &Origin| origin.is_of(scenario, world);
        self.is_restored = scenario.volumes.list.is_empty() && self.origin.as_ref().is_some_and(is_known);
        if self.is_restored {
            nodes.copy_from(&self.nodes);
            search.go_on_at(self.next_search);
        }
        self.is_restored
    }

    /// The run starts with nodes that are made anew.
    pub(crate) fn leave(&mut self) {
        self.is_restored = false;
    }

    /// Old pods as they stand on the nodes that have been restored, but for their UIDs; `None`: each of them must be placed.
    pub(crate) fn pods(&self) -> Option<&[Pod]> {
        self.is_restored.then_some(&self.pods[..])
    }
}
