//! ResourceQuotas of a world of several workloads: what is used of each.
//!
//! A pod is charged at its creation and until it has ended (`pkg/quota/v1/evaluator/core/pods.go: QuotaV1Pod`).

use crate::k8s::objects::Template;
use crate::scenario::Quota;

/// What is used of each quota, by resource.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    used: Vec<Vec<u64>>,
}

impl Quotas {
    /// Begins a run, in which nothing is used.
    pub(crate) fn reset(&mut self, quotas: &[Quota]) {
        self.used.resize_with(quotas.len(), Vec::new);
        for (used, quota) in self.used.iter_mut().zip(quotas) {
            used.clear();
            used.resize(quota.hard.len(), 0);
        }
    }

    /// How many more pods of a template all quotas allow. A resource that the pod adds nothing to is not looked at.
    ///
    /// Upstream: `apiserver/pkg/admission/plugin/resourcequota/controller.go: CheckRequest`.
    pub(crate) fn left(&self, quotas: &[Quota], template: Template) -> u32 {
        let mut left = u32::MAX;
        for (used, quota) in self.used.iter().zip(quotas) {
            let charged = charged(quota, template);
            for ((hard, used), each) in quota.hard.iter().zip(used).zip(charged).filter(|(_, each)| **each > 0) {
                left = left.min(u32::try_from(hard.saturating_sub(*used) / each).unwrap_or(u32::MAX));
            }
        }
        left
    }

    /// Pods of a template are created, or found when the run starts.
    pub(crate) fn charge(&mut self, quotas: &[Quota], template: Template, pods: u32) {
        for (used, quota) in self.used.iter_mut().zip(quotas) {
            for (used, each) in used.iter_mut().zip(charged(quota, template)) {
                *used += each * u64::from(pods);
            }
        }
    }

    /// A pod of a template has ended.
    pub(crate) fn release(&mut self, quotas: &[Quota], template: Template) {
        for (used, quota) in self.used.iter_mut().zip(quotas) {
            for (used, each) in used.iter_mut().zip(charged(quota, template)) {
                *used -= each;
            }
        }
    }
}

/// Whether some quota counts the pods of a template.
pub(crate) fn count(quotas: &[Quota], template: Template) -> bool {
    quotas.iter().any(|quota| !charged(quota, template).is_empty())
}

/// What a quota counts of one pod; nothing where it does not count pods of this template.
fn charged(quota: &Quota, template: Template) -> &[u64] {
    quota.charged.get(usize::from(template)).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(hard: &[u64], charged: &[&[u64]]) -> Quota {
        Quota {
            name: "shop/all".to_owned(),
            resources: hard.iter().map(|_| "requests.cpu".to_owned()).collect(),
            hard: hard.to_vec(),
            charged: charged.iter().map(|each| each.to_vec()).collect(),
        }
    }

    #[test]
    fn the_scarcest_resource_of_all_quotas_decides() {
        let list = [quota(&[1_000, 10], &[&[250, 1], &[0, 1]]), quota(&[3_500], &[&[500], &[]])];
        let mut quotas = Quotas::default();
        quotas.reset(&list);
        assert_eq!((quotas.left(&list, 0), quotas.left(&list, 1)), (4, 10));
        assert_eq!(quotas.left(&list, 2), u32::MAX, "no quota counts it");
        quotas.charge(&list, 0, 3);
        assert_eq!((quotas.left(&list, 0), quotas.left(&list, 1)), (1, 7));
        quotas.charge(&list, 0, 1);
        assert_eq!((quotas.left(&list, 0), quotas.left(&list, 1)), (0, 6));
        quotas.release(&list, 0);
        assert_eq!((quotas.left(&list, 0), quotas.left(&list, 1)), (1, 7));
        assert!(count(&list, 0) && count(&list, 1) && !count(&list, 2));
    }

    /// Found pods may take more than a quota has that was made later: upstream refuses only what adds to it.
    #[test]
    fn a_quota_that_is_over_full_refuses_only_pods_that_add_to_it() {
        let list = [quota(&[500, 10], &[&[200, 1], &[0, 1]])];
        let mut quotas = Quotas::default();
        quotas.reset(&list);
        quotas.charge(&list, 0, 4);
        assert_eq!((quotas.left(&list, 0), quotas.left(&list, 1)), (0, 6));
        quotas.reset(&list);
        assert_eq!(quotas.left(&list, 0), 2, "a run begins with nothing used");
    }
}
