//! What is particular to a StatefulSet.

use super::{Workload, check_size};
use crate::input::keys::deployment::FEATURE_GATES;
use crate::input::tree::error::{InputError, Problem};
use crate::input::tree::fields::Map;
use crate::input::tree::yaml::Node;
use crate::k8s::stateful_set::{RollingUpdate, StatefulSetSpec, UpdateStrategy, validate};
use crate::scenario::MeasuredEvent;

/// The feature gate without which `maxUnavailable` has no effect.
const GATE: &str = "MaxUnavailableStatefulSet";

impl Workload {
    /// Takes up the feature gates of the experiment.
    pub(in crate::input::experiment) fn apply_gates(&mut self, gates: Option<Map<'_>>) -> Result<(), InputError> {
        let gates = gates.map(|gates| gates.of(&FEATURE_GATES)).transpose()?;
        let on = gates.map(|gates| gates.read(GATE, Node::bool)).transpose()?.flatten().unwrap_or(false);
        let Some(set) = &mut self.stateful_set else { return Ok(()) };
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
            self.notes.push(format!(
                "maxUnavailable has no effect: the feature gate {GATE} is off by default in Kubernetes 1.36; where it is on write \
                 featureGates: {{{GATE}: true}}"
            ));
        }
        Ok(())
    }

    /// Takes up the event that has been read, and refuses what cannot be simulated. `node`: what is written of the workload.
    pub(in crate::input::experiment) fn settle(&mut self, event: &MeasuredEvent, node: &Node) -> Result<(), Problem> {
        self.settle_stateful_set(event)?;
        Ok(check_size(self.spec.replicas, node)?)
    }

    /// Gives the StatefulSet the replicas that the event leaves it with, and checks it.
    fn settle_stateful_set(&mut self, event: &MeasuredEvent) -> Result<(), Problem> {
        let replicas = self.spec.replicas;
        let Some(set) = &mut self.stateful_set else { return Ok(()) };
        set.spec = StatefulSetSpec { replicas, ..set.spec };
        validate(&set.spec, set.max_unavailable_gate)
            .map_err(|(field, reason)| Problem::Refused(format!("{field}: {reason}")))?;
        if set.spec.update == UpdateStrategy::OnDelete && *event == MeasuredEvent::Rollout {
            return Err(Problem::Refused(
                "updateStrategy is OnDelete: no pod gets the new version before somebody deletes it, and `kubectl rollout status` ends \
                 with an error; write updateStrategy: RollingUpdate"
                    .into(),
            ));
        }
        Ok(())
    }
}
