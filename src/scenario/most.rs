//! The most pods that a scenario can ask for.

use super::{Access, NEW_TEMPLATE, OLD_TEMPLATE, Scenario, StepAction, Volume};
use crate::k8s::fenceposts::max_replicas;
use crate::k8s::objects::{DeploymentSpec, Strategy};

impl Scenario {
    /// A volume of the new version that old and new pods on different nodes, or at all, cannot use at the same time.
    #[must_use]
    pub fn exclusive_volume(&self) -> Option<&Volume> {
        let of = self.pods.get(usize::from(NEW_TEMPLATE)).map_or(&[][..], |model| &model.volumes);
        let mut volumes = of.iter().filter_map(|volume| self.volumes.list.get(usize::from(*volume)));
        volumes.find(|volume| match volume.access {
            Access::Many => false,
            Access::OnePod => true,
            Access::OneNode => (0..self.cluster.nodes.len()).filter(|&node| volume.binding.may_take(node)).count() > 1,
        })
    }

    /// The greatest number of pods of the old version that their volumes let run at the same time, on the nodes of the start.
    #[must_use]
    pub fn most_that_volumes_let_stand(&self) -> u32 {
        let of = self.pods.get(usize::from(OLD_TEMPLATE)).map_or(&[][..], |model| &model.volumes);
        let volumes = || of.iter().filter_map(|volume| self.volumes.list.get(usize::from(*volume)));
        let there = self.cluster.nodes.iter().take(self.cluster.nodes_at_start()).enumerate();
        let allowed = |node: usize| {
            volumes().all(|volume| {
                let elsewhere = volume.attached.is_some_and(|attached| attached as usize != node);
                volume.binding.may_take(node) && !(elsewhere && volume.access != Access::Many)
            })
        };
        let slots = there.filter(|(node, _)| allowed(*node)).map(|(_, node)| node.slots);
        let most = match volumes().find(|volume| volume.access != Access::Many) {
            None => slots.fold(0, u32::saturating_add),
            Some(_) => slots.max().unwrap_or(0),
        };
        if volumes().any(|volume| volume.access == Access::OnePod) { most.min(1) } else { most }
    }

    /// The greatest number of pods that are wanted at any time.
    #[must_use]
    pub fn most_desired(&self) -> u32 {
        let scaled = self.timeline.iter().filter_map(|step| step.action.replicas());
        let autoscaled = self.horizontal_autoscaler.iter().map(|autoscaler| autoscaler.max_replicas);
        let joining = self.daemon_set().map(|set| set.most);
        scaled
            .chain(autoscaled)
            .chain(joining)
            .chain([self.deployment.replicas, self.found_replicas()])
            .max()
            .unwrap_or(0)
            .max(0) as u32
    }

    /// The greatest number of pods that the strategy allows at any time, those on their way out not counted.
    #[must_use]
    pub fn most_pods(&self) -> u32 {
        let wanted = self.most_desired() as i32;
        let changed = |action: StepAction| match action {
            StepAction::SetStrategy(strategy) => Some(strategy),
            StepAction::Patch(patch) => patch.strategy,
            _ => None,
        };
        let later = self.timeline.iter().filter_map(|step| changed(step.action));
        let spec = self.deployment;
        let allowed = |strategy: Strategy| max_replicas(&DeploymentSpec { replicas: wanted, strategy, ..spec });
        later.chain([spec.strategy]).map(allowed).fold(wanted, i32::max).max(0) as u32
    }
}
