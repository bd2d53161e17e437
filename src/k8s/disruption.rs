//! What a PodDisruptionBudget lets an eviction do.
//!
//! Upstream: `pkg/controller/disruption/disruption.go: getExpectedPodCount, updatePdbStatus`;
//! `pkg/registry/core/pod/storage/eviction.go: canIgnorePDB, checkAndDecrement`. Only evictions ask it: rollouts, scaling,
//! taints and lost nodes do not. Its health is readiness, not availability.

use crate::k8s::fenceposts::IntOrPercent;

/// How long `kubectl drain` waits after an eviction was refused (`kubectl/pkg/drain/drain.go: evictPods`).
pub const RETRY_SECONDS: u64 = 5;

/// A PodDisruptionBudget for the Deployment's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// `minAvailable`
    MinAvailable(IntOrPercent),
    /// `maxUnavailable`
    MaxUnavailable(IntOrPercent),
}

impl Budget {
    /// Healthy pods that must remain of a Deployment of `replicas`. Percentages round up, for both kinds.
    #[must_use]
    pub fn desired_healthy(self, replicas: u32) -> u32 {
        let of = |amount: IntOrPercent| match amount {
            IntOrPercent::Int(count) => u32::try_from(count).unwrap_or(0),
            IntOrPercent::Percent(percent) => {
                (u64::try_from(percent).unwrap_or(0) * u64::from(replicas)).div_ceil(100) as u32
            }
        };
        match self {
            Self::MinAvailable(amount) => of(amount),
            Self::MaxUnavailable(amount) => replicas.saturating_sub(of(amount)),
        }
    }

    /// Whether a pod that is bound to a node may be evicted while `healthy` pods are Ready. One that is not Ready may go
    /// as long as the others are enough (`IfHealthyBudget`).
    #[must_use]
    pub fn allows(self, replicas: u32, healthy: u32, pod_is_ready: bool) -> bool {
        let desired = self.desired_healthy(replicas);
        healthy > desired || (!pod_is_ready && healthy >= desired && desired > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IntOrPercent::{Int, Percent};

    #[test]
    fn percentages_round_up() {
        let table = [
            (Budget::MinAvailable(Int(2)), 7, 2),
            (Budget::MinAvailable(Percent(50)), 7, 4),
            (Budget::MaxUnavailable(Percent(30)), 7, 4),
            (Budget::MaxUnavailable(Int(1)), 7, 6),
            (Budget::MaxUnavailable(Int(9)), 7, 0),
            (Budget::MinAvailable(Int(9)), 7, 9),
        ];
        for (budget, replicas, desired) in table {
            assert_eq!(budget.desired_healthy(replicas), desired, "{budget:?}");
        }
    }

    #[test]
    fn what_is_left_must_be_enough() {
        let budget = Budget::MinAvailable(Int(3));
        let table = [(4, true, true), (3, true, false), (3, false, true), (2, false, false)];
        for (healthy, ready, allowed) in table {
            assert_eq!(budget.allows(4, healthy, ready), allowed, "{healthy} {ready}");
        }
        assert!(!Budget::MinAvailable(Int(0)).allows(4, 0, false), "no budget, and nothing to protect it by");
        assert!(Budget::MinAvailable(Int(0)).allows(4, 1, true));
    }
}
