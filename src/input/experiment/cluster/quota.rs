//! How many pods ResourceQuotas leave to the Deployment.

use crate::input::experiment::cluster::reader::Reader;
use crate::input::experiment::fields::Fields;
use crate::input::keys::cluster::AMOUNTS;
use crate::input::kubernetes::resource_quota::Quota;
use crate::input::tree::error::Problem;
use crate::input::tree::quantity::{cpu_millis, memory_bytes};

impl Reader<'_> {
    /// How many pods quotas leave to the Deployment: `quota` as written, or the objects of the manifest.
    pub(super) fn pod_quota(&self, cluster: &Fields<'_>) -> Result<Option<u32>, Problem> {
        let most = match cluster.get("quota") {
            Some(node) if node.plain_text() == Some("none") => None,
            Some(node) => {
                let quota = node.map()?.of(&AMOUNTS)?;
                self.pods_within(&Quota {
                    pods: quota.read("pods", |node| node.integer(0, u64::from(u32::MAX)))?,
                    cpu_millis: quota.read("cpu", cpu_millis)?,
                    memory_bytes: quota.read("memory", memory_bytes)?,
                })
            }
            None => self.quotas.iter().filter_map(|quota| self.pods_within(quota)).min(),
        };
        match most {
            Some(most) if most < self.replicas => Err(Problem::Refused(format!(
                "the quota allows {most} of these pods, fewer than replicas {}: write a larger quota, or fewer replicas.",
                self.replicas
            ))),
            most => Ok(most.map(|most| u32::try_from(most).unwrap_or(u32::MAX))),
        }
    }

    fn pods_within(&self, quota: &Quota) -> Option<u64> {
        let within = |hard: Option<u64>, each: u64| hard.and_then(|hard| hard.checked_div(each));
        let limits = [
            quota.pods,
            within(quota.cpu_millis, self.template.cpu_millis),
            within(quota.memory_bytes, self.template.memory_bytes),
        ];
        limits.into_iter().flatten().min()
    }
}
