//! What a workload asks for, whatever its kind.

use crate::k8s::fenceposts::{max_replicas, min_available};
use crate::k8s::objects::{DeploymentSpec, Template};

/// A workload, by its place in the scenario.
pub type WorkloadId = u16;

/// The workload whose rollout is forecast.
pub const SUBJECT: WorkloadId = 0;

/// What a workload asks for: all that measuring it needs to know of its spec.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Target {
    /// Wanted pods.
    pub desired: u32,
    /// Fewest available pods that the strategy itself allows while it replaces pods: desired - maxUnavailable, 0 under
    /// Recreate.
    pub floor: u32,
    /// Most pods that the strategy itself allows, Terminating ones not counted: desired + maxSurge.
    pub ceiling: u32,
    /// The version that its pods are to have.
    pub version: Template,
    /// Its rollout is paused, and its deadline does not run.
    pub paused: bool,
}

impl Target {
    /// What a Deployment asks for.
    #[must_use]
    pub fn of_deployment(spec: &DeploymentSpec) -> Self {
        Self {
            desired: spec.replicas.max(0) as u32,
            floor: min_available(spec).max(0) as u32,
            ceiling: max_replicas(spec).max(0) as u32,
            version: spec.template,
            paused: spec.paused,
        }
    }
}
