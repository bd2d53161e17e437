//! The status of a DaemonSet.
//!
//! Upstream: `daemon_controller.go: updateDaemonSetStatus, storeDaemonSetStatus`.

use super::view::{DaemonSetSpec, DaemonSetView};
use crate::k8s::objects::Template;

/// `status` of a DaemonSet. Counts are nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DaemonSetStatus {
    /// Generation that the controller has processed. A sync whose expectations are not satisfied does not raise it.
    pub observed_generation: i64,
    /// Nodes that should run a pod.
    pub desired_number_scheduled: i32,
    /// Those of them that have one.
    pub current_number_scheduled: i32,
    /// Nodes that have a pod and should not.
    pub number_misscheduled: i32,
    /// Nodes whose oldest pod is Ready.
    pub number_ready: i32,
    /// Nodes whose oldest pod is available.
    pub number_available: i32,
    /// Nodes whose oldest pod is of the newest revision.
    pub updated_number_scheduled: i32,
}

impl DaemonSetStatus {
    /// `numberUnavailable`
    #[must_use]
    pub fn number_unavailable(&self) -> i32 {
        self.desired_number_scheduled - self.number_available
    }
}

/// A DaemonSet, as the API server or a cache has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonSet {
    /// `metadata.generation`
    pub generation: i64,
    /// Resource version.
    pub resource_version: u64,
    /// Spec.
    pub spec: DaemonSetSpec,
    /// Status.
    pub status: DaemonSetStatus,
}

impl DaemonSet {
    /// One whose `template` has been on `nodes` for a long time.
    #[must_use]
    pub fn complete(spec: &DaemonSetSpec, template: Template, nodes: i32) -> Self {
        let status = DaemonSetStatus {
            observed_generation: 1,
            desired_number_scheduled: nodes,
            current_number_scheduled: nodes,
            number_misscheduled: 0,
            number_ready: nodes,
            number_available: nodes,
            updated_number_scheduled: nodes,
        };
        Self { generation: 1, resource_version: 1, spec: DaemonSetSpec { template, ..*spec }, status }
    }
}

/// What the cache shows. Of each node only the oldest pod counts, also while it terminates: a new pod beside an old one is hidden by
/// it.
#[must_use]
pub fn status(view: &DaemonSetView<'_>, observed_generation: i64) -> DaemonSetStatus {
    let mut status = DaemonSetStatus { observed_generation, ..DaemonSetStatus::default() };
    for on in view.by_node() {
        let oldest = on.pods().next().map(|(_, pod)| pod);
        if !on.node.should_run {
            status.number_misscheduled += i32::from(oldest.is_some());
            continue;
        }
        status.desired_number_scheduled += 1;
        if let Some(oldest) = oldest {
            status.current_number_scheduled += 1;
            status.number_ready += i32::from(oldest.ready);
            status.number_available += i32::from(oldest.available);
            status.updated_number_scheduled += i32::from(oldest.template == view.spec.template);
        }
    }
    status
}
