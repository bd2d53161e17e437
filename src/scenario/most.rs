//! The most pods that a scenario can ask for.

use super::{Scenario, StepAction};
use crate::k8s::fenceposts::max_replicas;
use crate::k8s::objects::{DeploymentSpec, Strategy};

impl Scenario {
    /// The greatest number of pods that are wanted at any time.
    #[must_use]
    pub fn most_desired(&self) -> u32 {
        let scaled = self.timeline.iter().filter_map(|step| step.action.replicas());
        let autoscaled = self.horizontal_autoscaler.iter().map(|autoscaler| autoscaler.max_replicas);
        scaled.chain(autoscaled).chain([self.deployment.replicas]).max().unwrap_or(0).max(0) as u32
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
