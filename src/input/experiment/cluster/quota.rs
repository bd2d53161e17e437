//! How many pods the API server admits: what quotas leave to the Deployment, and what is refused whatever they leave.

use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::{CLUSTER, QUOTA};
use crate::input::kubernetes::admission::ByQuotas;
use crate::input::kubernetes::resource_quota::{Quota, Traits};
use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::scenario::{Step, StepAction};

impl Reader<'_> {
    /// How many pods the API server lets the Deployment have at a time; 0 where it refuses each new one.
    pub(super) fn pod_quota(&self, cluster: &Fields<'_>) -> Result<Option<u32>, InputError> {
        let quotas = self.quotas(cluster)?;
        if self.refuses(&quotas) {
            return Ok(Some(0));
        }
        Ok(quotas.pods.map(|most| u32::try_from(most).unwrap_or(u32::MAX)))
    }

    /// The steps of a timeline. What the API server refuses for what it asks or lacks is refused under any quota on pods.
    pub(crate) fn admitted(&self, mut timeline: Vec<Step>, map: Option<Map<'_>>) -> Result<Vec<Step>, InputError> {
        if self.is_refused(map)? {
            for step in &mut timeline {
                if let StepAction::SetPodQuota(quota) = &mut step.action {
                    *quota = Some(0);
                }
            }
        }
        Ok(timeline)
    }

    /// Whether the API server refuses each new pod for what it asks or lacks.
    pub(crate) fn is_refused(&self, map: Option<Map<'_>>) -> Result<bool, InputError> {
        Ok(self.refuses(&self.quotas(&Fields::read(map, &CLUSTER, "cluster", self.context)?)?))
    }

    /// Whether each new pod is refused, however many there are.
    fn refuses(&self, quotas: &ByQuotas) -> bool {
        !quotas.refused.is_empty() || !self.admission.refused.is_empty()
    }

    /// What is assumed about the admission of pods, and why each is refused.
    pub(crate) fn assumed_of_admission(&self, map: Option<Map<'_>>) -> Result<Vec<String>, InputError> {
        let quotas = self.quotas(&Fields::read(map, &CLUSTER, "cluster", self.context)?)?;
        let own = self.admission;
        // What several Deployments share is said of all of them together.
        let of_quotas = if self.beside.is_world() { &[] } else { &quotas.assumed[..] };
        Ok([&own.refused[..], &quotas.refused, &own.assumed, of_quotas].concat())
    }

    /// `quota` as written, or the objects of the manifest.
    fn quotas(&self, cluster: &Fields<'_>) -> Result<ByQuotas, InputError> {
        let Some(node) = cluster.get("quota") else { return Ok(self.admission.quotas.clone()) };
        let mut quotas = ByQuotas::default();
        if node.plain_text() != Some("none") {
            let quota = Quota::of(&node.map()?.of(&QUOTA)?)?;
            quotas.take(&quota, "cluster.quota", &self.template.resources, &Traits::default(), 0);
            // It is what is left to this Deployment.
            quotas.assumed.clear();
        }
        Ok(quotas)
    }
}
