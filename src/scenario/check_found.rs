//! Whether a snapshot has a meaning for the scenario that starts from it.

use crate::scenario::check::{ScenarioError, require};
use crate::scenario::found::{Found, FoundObject, FoundPhase, FoundPlace, FoundWorkload};
use crate::scenario::{Scenario, Start};

impl Scenario {
    /// Checks what the run finds, where it starts from a snapshot.
    pub(in crate::scenario) fn check_found(&self) -> Result<(), ScenarioError> {
        let Start::Found(found) = &self.start else { return Ok(()) };
        let workloads = found.workloads.len();
        require(workloads > 0, "start.workloads", "an empty list", "a list of the scenario's workloads")?;
        let leads = self.pods.iter().any(|model| model.leader.is_some());
        require(
            !leads,
            "pods.leader",
            "set",
            "None where a run starts from a snapshot: it does not show who holds the lease",
        )?;
        for (number, workload) in found.workloads.iter().enumerate() {
            self.check_found_workload(&format!("start.workloads[{number}]"), workload)?;
        }
        self.check_found_nodes(found)
    }

    fn check_found_nodes(&self, found: &Found) -> Result<(), ScenarioError> {
        let there = self.cluster.nodes.len();
        let nodes =
            found.images.iter().map(|image| image.node).chain(found.silent_nodes.iter().map(|silent| silent.node));
        let unknown = nodes.into_iter().find(|node| *node as usize >= there);
        require(unknown.is_none(), "start.images or silent_nodes", unknown.unwrap_or(0), format!("nodes below {there}"))
    }

    fn check_found_workload(&self, field: &str, workload: &FoundWorkload) -> Result<(), ScenarioError> {
        let (nodes, templates) = (self.cluster.nodes.len(), self.pods.len());
        if let FoundObject::Deployment(own) = &workload.object {
            let known = |template: u16| usize::from(template) < templates;
            let unknown =
                own.replica_sets.iter().map(|set| set.template).chain([own.spec.template]).find(|one| !known(*one));
            let allowed = format!("places in `pods`, which has {templates}");
            require(unknown.is_none(), format!("{field}.object: a template"), unknown.unwrap_or(0), allowed)?;
        }
        for (number, pod) in workload.pods.iter().enumerate() {
            let field = format!("{field}.pods[{number}]");
            let on_node = !matches!(
                pod.phase,
                FoundPhase::Unscheduled { .. } | FoundPhase::Terminating { .. } | FoundPhase::Failed
            );
            require(!on_node || pod.node.is_some(), format!("{field}.node"), "None", "a node, as its phase says")?;
            let known = pod.node.is_none_or(|node| (node as usize) < nodes);
            require(known, format!("{field}.node"), pod.node.unwrap_or(0), format!("less than {nodes}"))?;
            let template = usize::from(workload.template_of(pod));
            require(template < templates, format!("{field}.template"), template, format!("less than {templates}"))?;
            let owned = match (pod.place, &workload.object) {
                (FoundPlace::ReplicaSet(place), FoundObject::Deployment(own)) => {
                    usize::from(place) < own.replica_sets.len()
                }
                (FoundPlace::Ordinal { .. }, FoundObject::StatefulSet(_)) => true,
                (FoundPlace::Node { node, .. }, FoundObject::DaemonSet(_)) => {
                    (node as usize) < nodes && pod.node.is_none_or(|bound| bound == node)
                }
                _ => false,
            };
            require(
                owned,
                format!("{field}.place"),
                "not one of the workload",
                "the place of a ReplicaSet, an ordinal of a StatefulSet, or a node of a DaemonSet",
            )?;
        }
        Ok(())
    }
}
