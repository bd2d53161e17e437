//! A DaemonSet of a scenario.

use crate::k8s::daemon_set::{DaemonSetSpec, Limits};
use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::scenario::Target;

/// A DaemonSet, and the nodes that its pods are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DaemonSet {
    /// The spec with the new template in place.
    pub spec: DaemonSetSpec,
    /// Nodes that should run one of its pods when a run starts.
    pub nodes: i32,
    /// The same with all nodes that may still come.
    pub most: i32,
    /// Its pods tolerate the taints of a node that is not reachable, so that such a node goes on to be one that should run a pod.
    pub tolerates_unreachable: bool,
}

impl DaemonSet {
    /// A DaemonSet for so many nodes, whose pods tolerate only what its controller lets every DaemonSet tolerate.
    #[must_use]
    pub const fn new(spec: DaemonSetSpec, nodes: i32) -> Self {
        Self { spec, nodes, most: nodes, tolerates_unreachable: false }
    }

    /// How many nodes an update may work on at a time, where `nodes` should run a pod. Where nodes may have a second pod, none has to
    /// be without one.
    #[must_use]
    pub fn limits(spec: &DaemonSetSpec, nodes: i32) -> Limits {
        let limits = Limits::of(spec.max_surge, spec.max_unavailable, nodes);
        if limits.max_surge > 0 { Limits { max_unavailable: 0, ..limits } } else { limits }
    }

    /// What a Deployment has too: a pod for each node, as many above and below as an update works on at a time, `minReadySeconds`
    /// and the template, and no deadline.
    #[must_use]
    pub fn as_deployment(&self) -> DeploymentSpec {
        Self::like_deployment(&self.spec, self.nodes)
    }

    fn like_deployment(spec: &DaemonSetSpec, nodes: i32) -> DeploymentSpec {
        let limits = Self::limits(spec, nodes);
        DeploymentSpec {
            replicas: nodes,
            strategy: Strategy::RollingUpdate {
                max_surge: IntOrPercent::Int(limits.max_surge),
                max_unavailable: IntOrPercent::Int(limits.max_unavailable),
            },
            min_ready_seconds: spec.min_ready_seconds,
            progress_deadline_seconds: None,
            revision_history_limit: None,
            paused: false,
            template: spec.template,
            pod_replacement_policy: None,
        }
    }

    /// What a DaemonSet asks for with a spec, where `nodes` should run a pod.
    #[must_use]
    pub fn target(spec: &DaemonSetSpec, nodes: i32) -> Target {
        Target::of_deployment(&Self::like_deployment(spec, nodes))
    }
}
