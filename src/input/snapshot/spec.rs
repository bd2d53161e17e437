//! The spec of a workload that a run finds.

use crate::k8s::objects::DeploymentSpec;
use crate::scenario::{DaemonSet, StatefulSet};

/// The spec of a workload as the experiment has it. A set has what a Deployment has too, and its own spec beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spec {
    pub(crate) deployment: DeploymentSpec,
    pub(crate) stateful_set: Option<StatefulSet>,
    pub(crate) daemon_set: Option<DaemonSet>,
}
