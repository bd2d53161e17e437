//! Nodes and old pods as a rollout finds them. What does not depend on random numbers is kept for the next replication.
//!
//! Why: replications of one scenario come one after the other, and to place the old pods again took 4 % of the instructions of
//! a rollout. What is kept is used only where everything is the same that it was made from.

use crate::scenario::{Constraint, Node, OLD_TEMPLATE, PodModel, Preference, Scenario};
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
    parallel_pulls: u32,
    replicas: i32,
    templates: usize,
    counts_domains: bool,
    constraints: Vec<Constraint>,
    preferences: Vec<Preference>,
}

impl Origin {
    fn of(scenario: &Scenario) -> Self {
        let old = &scenario.pods[usize::from(OLD_TEMPLATE)];
        Self {
            nodes: scenario.cluster.nodes.clone(),
            nodes_at_start: scenario.cluster.nodes_at_start(),
            parallel_pulls: scenario.cluster.parallel_pulls,
            replicas: scenario.deployment.replicas,
            templates: scenario.pods.len(),
            counts_domains: scenario.pods.iter().any(counts_domains),
            constraints: old.constraints.clone(),
            preferences: old.preferences.clone(),
        }
    }

    fn is_of(&self, scenario: &Scenario) -> bool {
        let old = &scenario.pods[usize::from(OLD_TEMPLATE)];
        self.replicas == scenario.deployment.replicas
            && self.nodes_at_start == scenario.cluster.nodes_at_start()
            && self.parallel_pulls == scenario.cluster.parallel_pulls
            && self.templates == scenario.pods.len()
            && self.counts_domains == scenario.pods.iter().any(counts_domains)
            && self.constraints == old.constraints
            && self.preferences == old.preferences
            && self.nodes.len() == scenario.cluster.nodes.len()
            && self.nodes.iter().zip(&scenario.cluster.nodes).all(|(known, node)| bits(known) == bits(node))
    }
}

/// Whether placement counts a template's pods by node and zone.
fn counts_domains(model: &PodModel) -> bool {
    !model.constraints.is_empty() || !model.preferences.is_empty()
}

/// A node, so that equal means the same to the last bit.
fn bits(node: &Node) -> (u16, u32, u64, u64) {
    (node.zone, node.slots, node.base_load.to_bits(), node.pod_load.to_bits())
}

impl KeptStart {
    /// Keeps how a rollout of `scenario` starts.
    pub(crate) fn keep(&mut self, scenario: &Scenario, nodes: &Nodes, pods: &[Pod]) {
        self.origin = Some(Origin::of(scenario));
        self.nodes.copy_from(nodes);
        self.pods.clear();
        self.pods.extend_from_slice(pods);
    }

    /// Puts nodes and old pods where the last replication of the same scenario found them; false where none is known.
    pub(crate) fn restore(&self, scenario: &Scenario, nodes: &mut Nodes, pods: &mut Vec<Pod>) -> bool {
        let known = self.origin.as_ref().is_some_and(|origin| origin.is_of(scenario));
        if known {
            nodes.copy_from(&self.nodes);
            pods.extend_from_slice(&self.pods);
        }
        known
    }
}
