//! What is needed to read a cluster.

use crate::input::experiment::fields::Context;
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::kubernetes::resource_quota::Quota;
use crate::scenario::Budget;

/// What is needed to read a cluster.
pub(crate) struct Reader<'a> {
    pub(crate) template: &'a PodTemplate,
    /// Node objects of the manifest.
    pub(crate) machines: &'a [Machine],
    /// ResourceQuota objects of the Deployment's namespace.
    pub(crate) quotas: &'a [Quota],
    /// The PodDisruptionBudget of the manifest that selects the pods.
    pub(crate) budget: Option<Budget>,
    /// Most replicas the Deployment is scaled to.
    pub(crate) replicas: u64,
    /// The same with what a HorizontalPodAutoscaler may do.
    pub(crate) most: u64,
    pub(crate) context: Context<'a>,
}
