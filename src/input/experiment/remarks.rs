//! What an answer must say beside its numbers: what is not modelled, what is assumed, and what is easily overlooked.

use crate::input::experiment::deployment::Workload;
use crate::input::experiment::pods::Pods;
use crate::input::experiment::volumes::{CLAIM_FIELD, VolumeReport};
use crate::input::kubernetes::border::{Direction, Unmodelled};
use crate::input::tree::error::InputError;

/// What `pods.readinessGate` models.
const READINESS_GATES: &str = "spec.template.spec.readinessGates";

const OTHERS_LEFT_OUT: &str = "the pods of others that stand on the Nodes of the input are left out, since cluster.nodes writes other \
    nodes";

const NODES_MATCH: &str = "all nodes have the labels that nodeSelector and nodeAffinity ask for: there are no Node objects to look \
    at; cluster.nodes is to describe only nodes that match";

/// What an answer must say beside its numbers.
pub(super) struct Remarks {
    /// What is set in the input and not modelled.
    pub(super) unmodelled: Vec<Unmodelled>,
    /// What the forecast assumes, in sentences that every answer repeats.
    pub(super) assumed: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Remarks {
    /// Takes over those of a Deployment.
    pub(super) fn of(workload: &mut Workload) -> Self {
        let take = std::mem::take::<Vec<String>>;
        Self {
            unmodelled: std::mem::take(&mut workload.unmodelled),
            assumed: take(&mut workload.assumed),
            notes: take(&mut workload.notes),
        }
    }

    /// What `pods` says takes doubts about a manifest away.
    pub(super) fn add_of_pods(&mut self, pods: &Pods<'_>) -> Result<(), InputError> {
        self.assumed.retain(|sentence| !pods.answered().any(|answered| answered == sentence));
        self.assumed.extend(pods.assumed()?);
        self.notes.extend(pods.idle_keys());
        if pods.new_version_has("readinessGate") {
            self.unmodelled.retain(|one| one.field != READINESS_GATES);
        }
        Ok(())
    }

    /// What is taken to be so of the Nodes, and which of them take none of the pods. `own_nodes`: the experiment writes others.
    pub(super) fn add_of_nodes(&mut self, workload: &Workload, own_nodes: bool) {
        let choice = &workload.template.node_choice;
        if choice.asks_for_labels() && (own_nodes || workload.machines.is_empty()) {
            match choice.names_nodes() {
                Some(field) => self.unmodelled.push(named_nodes(&workload.name, field)),
                None => self.assumed.push(NODES_MATCH.into()),
            }
        }
        if !own_nodes {
            self.assumed.extend_from_slice(&workload.assumed_of_nodes);
            self.notes.extend(choice.left_out(&workload.machines));
        } else if !workload.neighbours.is_empty() {
            self.assumed.push(OTHERS_LEFT_OUT.into());
        }
    }

    /// What is known of the volumes takes the place of what the manifest alone says of them.
    pub(super) fn add_of_volumes(&mut self, report: VolumeReport) {
        self.unmodelled.retain(|one| !one.field.starts_with(CLAIM_FIELD));
        self.unmodelled.extend(report.unmodelled);
        self.assumed.extend(report.assumed);
    }
}

/// Nodes that are chosen by their names are few, and without Node objects the forecast has as many as ever.
fn named_nodes(deployment: &str, field: &str) -> Unmodelled {
    let effect = "it allows the nodes that it names and no others; there are no Node objects to look at, and all nodes are \
                  taken to match";
    Unmodelled::new(&format!("Deployment {deployment}"), field, effect.into(), Direction::TooGood, true)
}
