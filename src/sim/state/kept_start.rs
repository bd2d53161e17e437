//! Nodes and old pods as a rollout finds them. What does not depend on random numbers is kept for the next replication.
//!
//! Why: replications of one scenario come one after the other, and to place the old pods again took 4 % of the instructions of
//! a rollout. What is kept is used only where everything is the same that it was made from.

use crate::scenario::{Constraint, Node, OLD_TEMPLATE, PodModel, Preference, Scenario, Topology};
use crate::sim::state::nodes::Nodes;
use crate::sim::state::pods::Pod;

/// The start that was made last.
#[derive(Debug, Default)]
pub(crate) struct KeptStart {
    origin: Option<Origin>,
    nodes: Nodes,
    /// Their UIDs are another replication's.
    pods: Vec<Pod>,
}

/// What nodes and old pods at the start are made from.
#[derive(Debug)]
struct Origin {
    nodes: Vec<Node>,
    nodes_at_start: usize,
    found_on: Vec<u32>,
    parallel_pulls: u32,
    replicas: i32,
    templates: usize,
    counts_domains: bool,
    constraints: Vec<Constraint>,
    preferences: Vec<Preference>,
    topology: Option<Box<Topology>>,
}

impl Origin {
    fn of(scenario: &Scenario) -> Self {
        let old = &scenario.pods[usize::from(OLD_TEMPLATE)];
        Self {
            nodes: scenario.cluster.nodes.clone(),
            nodes_at_start: scenario.cluster.nodes_at_start(),
            found_on: scenario.cluster.found_on.clone(),
            parallel_pulls: scenario.cluster.parallel_pulls,
            replicas: scenario.found_replicas(),
            templates: scenario.pods.len(),
            counts_domains: scenario.pods.iter().any(PodModel::is_placed_by_count),
            constraints: old.constraints.clone(),
            preferences: old.preferences.clone(),
            topology: old.topology.clone(),
        }
    }

    fn is_of(&self, scenario: &Scenario) -> bool {
        let old = &scenario.pods[usize::from(OLD_TEMPLATE)];
        self.replicas == scenario.found_replicas()
            && self.nodes_at_start == scenario.cluster.nodes_at_start()
            && self.found_on == scenario.cluster.found_on
            && self.parallel_pulls == scenario.cluster.parallel_pulls
            && self.templates == scenario.pods.len()
            && self.counts_domains == scenario.pods.iter().any(PodModel::is_placed_by_count)
            && self.constraints == old.constraints
            && self.preferences == old.preferences
            && self.topology == old.topology
            && self.nodes.len() == scenario.cluster.nodes.len()
            && self.nodes.iter().zip(&scenario.cluster.nodes).all(|(known, node)| bits(known) == bits(node))
    }
}

/// A node, so that equal means the same to the last bit.
fn bits(node: &Node) -> (u16, u32, u64, u64) {
    (node.zone, node.slots, node.base_load.to_bits(), node.pod_load.to_bits())
}

impl KeptStart {
    /// Keeps how a rollout of `scenario` starts, unless volumes bind pods to nodes: then each start is made anew.
    pub(crate) fn keep(&mut self, scenario: &Scenario, nodes: &Nodes, pods: &[Pod]) {
        self.origin = scenario.volumes.list.is_empty().then(|| Origin::of(scenario));
        self.nodes.copy_from(nodes);
        self.pods.clear();
        self.pods.extend_from_slice(pods);
    }

    /// Puts nodes and old pods where the last replication of the same scenario found them; false where none is known.
    pub(crate) fn restore(&self, scenario: &Scenario, nodes: &mut Nodes, pods: &mut Vec<Pod>) -> bool {
        let known =
            scenario.volumes.list.is_empty() && self.origin.as_ref().is_some_and(|origin| origin.is_of(scenario));
        if known {
            nodes.copy_from(&self.nodes);
            pods.extend_from_slice(&self.pods);
        }
        known
    }
}
