//! A StatefulSet of a scenario.

use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::k8s::stateful_set::{StatefulSetSpec, UpdateStrategy, max_unavailable};
use crate::scenario::Target;

/// A StatefulSet, and what its controller makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatefulSet {
    /// The spec with the new template in place.
    pub spec: StatefulSetSpec,
    /// Whether the feature gate `MaxUnavailableStatefulSet` is on. Without it `maxUnavailable` has no effect.
    pub max_unavailable_gate: bool,
}

impl StatefulSet {
    /// A StatefulSet on a cluster with the default feature gates of Kubernetes 1.36, where `maxUnavailable` has no effect.
    #[must_use]
    pub const fn new(spec: StatefulSetSpec) -> Self {
        Self { spec, max_unavailable_gate: false }
    }

    /// Pods that an update itself may make unavailable at the same time.
    #[must_use]
    pub fn max_unavailable(&self) -> i32 {
        match self.spec.update {
            UpdateStrategy::RollingUpdate(Some(block)) if self.max_unavailable_gate => {
                max_unavailable(block.max_unavailable, self.spec.replicas)
            }
            _ => 1,
        }
    }

    /// What a Deployment has too: `replicas`, `minReadySeconds` and the template, with no pod above `replicas`, as many below as an
    /// update may make unavailable, and no deadline.
    #[must_use]
    pub fn as_deployment(&self) -> DeploymentSpec {
        DeploymentSpec {
            replicas: self.spec.replicas,
            strategy: Strategy::RollingUpdate {
                max_surge: IntOrPercent::Int(0),
                max_unavailable: IntOrPercent::Int(self.max_unavailable()),
            },
            min_ready_seconds: self.spec.min_ready_seconds,
            progress_deadline_seconds: None,
            revision_history_limit: None,
            paused: false,
            template: self.spec.template,
            pod_replacement_policy: None,
        }
    }

    /// What it asks for with this spec.
    #[must_use]
    pub fn target(&self, spec: StatefulSetSpec) -> Target {
        Target::of_deployment(&Self { spec, ..*self }.as_deployment())
    }
}
