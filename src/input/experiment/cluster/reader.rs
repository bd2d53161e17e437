//! What is needed to read a cluster.

use crate::input::experiment::fields::Context;
use crate::input::kubernetes::machine::Machine;
use crate::input::kubernetes::pod_template::PodTemplate;
use crate::input::kubernetes::resource_quota::Quota;
use crate::scenario::Budget;

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
    pub(crate) context: Context<'a>,
}
