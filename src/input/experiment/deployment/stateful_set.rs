//! What is particular to a StatefulSet.

use super::{Workload, check_size};
use crate::input::tree::error::Problem;
use crate::input::tree::yaml::Node;
use crate::k8s::stateful_set::{RollingUpdate, StatefulSetSpec, UpdateStrategy, validate};
use crate::k8s::version::Feature;
use crate::scenario::MeasuredEvent;

impl Workload {
    /// Takes up what the version of the cluster makes of a StatefulSet.
    pub(in crate::input::experiment) fn apply_version(&mut self) {
        let kubernetes = self.version.kubernetes;
        let on = kubernetes.has(Feature::MaxUnavailableStatefulSet);
        let Some(set) = &mut self.stateful_set else { return };
        set.max_unavailable_gate = on;
        self.spec.strategy = set.as_deployment().strategy;
        self.assumed.push(
            "a StatefulSet has no progress deadline: its rollout never counts as stalled, and one that gets stuck is unfinished at the \
             horizon"
                .into(),
        );
        if let UpdateStrategy::RollingUpdate(Some(RollingUpdate { max_unavailable: Some(_), .. })) = set.spec.update
            && !on
        {
            let gate = Feature::MaxUnavailableStatefulSet.gate();
            self.notes.push(format!(
                "maxUnavailable has no effect: the feature gate {gate} is off by default in Kubernetes {}; where it is on write \
                 featureGates: {{{gate}: true}}",
                kubernetes.version()
            ));
        }
    }

    /// Takes up the event that has been read, and refuses what cannot be simulated. `node`: what is written of the workload.
    pub(in crate::input::experiment) fn settle(&mut self, event: &MeasuredEvent, node: &Node) -> Result<(), Problem> {
        self.settle_stateful_set(event)?;
        self.settle_daemon_set(event)?;
        Ok(check_size(self.spec.replicas, node)?)
    }

    /// Gives the StatefulSet the replicas that the event leaves it with, and checks it.
    fn settle_stateful_set(&mut self, event: &MeasuredEvent) -> Result<(), Problem> {
        let replicas = self.spec.replicas;
        let Some(set) = &mut self.stateful_set else { return Ok(()) };
        set.spec = StatefulSetSpec { replicas, ..set.spec };
        validate(&set.spec, set.max_unavailable_gate)
            .map_err(|(field, reason)| Problem::Refused(format!("{field}: {reason}")))?;
        if set.spec.update == UpdateStrategy::OnDelete {
            let then = match event {
                MeasuredEvent::Rollout => {
                    "kubectl rollout status refuses to watch it, and the rollout counts as unfinished at the horizon"
                }
                _ => "nothing happens to it, and its pods stand",
            };
            self.assumed.push(format!(
                "updateStrategy is OnDelete: no pod gets the new version before somebody deletes it, and nobody does here: {then}; write \
                 updateStrategy: RollingUpdate for what a rolling update would do"
            ));
        }
        Ok(())
    }
}
