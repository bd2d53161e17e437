//! What is needed to read a cluster, and the limits of what is read.

use crate::input::experiment::defaults::Defaults;
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::kubernetes::resource_quota::Quota;
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::files::Files;
use crate::scenario::Budget;

/// Most nodes of a cluster; Kubernetes supports 5000.
pub(crate) const MAX_NODES: u64 = 20_000;

/// Most pulls of a node at a time.
pub(crate) const MAX_PULLS: u64 = 100;

pub(crate) const FIELDS: &[&str] = &[
    "nodes",
    "zones",
    "allocatable",
    "used",
    "maxParallelImagePulls",
    "slowNodes",
    "badNodes",
    "quota",
    "lowerPriority",
    "defaultSpread",
    "autoscaler",
    "upgrade",
    "disruptionBudget",
    "loss",
];
/// Of a pool of nodes.
pub(crate) const POOL_FIELDS: &[&str] = &["count", "zone", "allocatable", "used"];
pub(crate) const CAPACITY_FIELDS: &[&str] = &["cpu", "memory", "pods"];
pub(crate) const LOSS_FIELDS: &[&str] = &[
    "timeToLoss",
    "meanTimeToLoss",
    "timeToZoneLoss",
    "meanTimeToZoneLoss",
    "notice",
    "detection",
    "toleration",
    "recovery",
];

/// What is needed to read a cluster.
pub(crate) struct Reader<'a> {
    pub(crate) template: &'a PodTemplate,
    /// Node objects beside the Deployment.
    pub(crate) machines: &'a [Machine],
    /// ResourceQuota objects beside it.
    pub(crate) quotas: &'a [Quota],
    /// The PodDisruptionBudget beside it.
    pub(crate) budget: Option<Budget>,
    /// Most replicas the Deployment is scaled to.
    pub(crate) replicas: u64,
    /// The same with what a HorizontalPodAutoscaler may do.
    pub(crate) most: u64,
    pub(crate) defaults: &'a Defaults,
    pub(crate) files: &'a Files,
}

/// The part of `cluster` under `key`, if it is there and not `none`.
pub(super) fn part<'m>(map: Option<Map<'m>>, key: &str) -> Result<Option<Map<'m>>, InputError> {
    match map.and_then(|map| map.get(key)) {
        Some(node) if node.plain_text() != Some("none") => node.map().map(Some),
        _ => Ok(None),
    }
}
