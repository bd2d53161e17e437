//! Which evictions a PodDisruptionBudget allows.
//!
//! Upstream: `pkg/controller/disruption/disruption.go: getExpectedPodCount, updatePdbStatus`;
//! `pkg/registry/core/pod/storage/eviction.go: canIgnorePDB, checkAndDecrement`. Only evictions consult the budget:
//! rollouts, scaling, taints and lost nodes do not. A pod is healthy for the budget when it is Ready, whether or not it
//! is available.

use crate::k8s::fenceposts::IntOrPercent;

/// How long `kubectl drain` waits after an eviction was refused (`kubectl/pkg/drain/drain.go: evictPods`).
pub const RETRY_SECONDS: u64 = 5;

/// A PodDisruptionBudget for the Deployment's pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The number of healthy pods that evictions must leave.
    pub amount: Amount,
    /// The rule for pods that run and are not Ready.
    pub unhealthy: UnhealthyPodEvictionPolicy,
}

/// The number of healthy pods that a budget protects, as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// `minAvailable`
    MinAvailable(IntOrPercent),
    /// `maxUnavailable`
    MaxUnavailable(IntOrPercent),
}

/// `unhealthyPodEvictionPolicy`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnhealthyPodEvictionPolicy {
    /// A pod that is not Ready may be evicted as long as there are enough healthy pods.
    #[default]
    IfHealthyBudget,
    /// A pod that is not Ready may always be evicted.
    AlwaysAllow,
}

impl Budget {
    /// A budget of `minAvailable`, with the API's default for pods that are not Ready.
    #[must_use]
    pub const fn min_available(pods: IntOrPercent) -> Self {
        Self { amount: Amount::MinAvailable(pods), unhealthy: UnhealthyPodEvictionPolicy::IfHealthyBudget }
    }

    /// A budget of `maxUnavailable`, with the API's default for pods that are not Ready.
    #[must_use]
    pub const fn max_unavailable(pods: IntOrPercent) -> Self {
        Self { amount: Amount::MaxUnavailable(pods), unhealthy: UnhealthyPodEvictionPolicy::IfHealthyBudget }
    }

    /// Number of healthy pods that must remain of a Deployment of `replicas`. Percentages round up, for both kinds.
    #[must_use]
    pub fn desired_healthy(self, replicas: u32) -> u32 {
        let of = |amount: IntOrPercent| match amount {
            IntOrPercent::Int(count) => u32::try_from(count).unwrap_or(0),
            IntOrPercent::Percent(percent) => {
                (u64::try_from(percent).unwrap_or(0) * u64::from(replicas)).div_ceil(100) as u32
            }
        };
        match self.amount {
            Amount::MinAvailable(amount) => of(amount),
            Amount::MaxUnavailable(amount) => replicas.saturating_sub(of(amount)),
        }
    }

    /// Whether a pod that is bound to a node and runs may be evicted while `healthy` pods are Ready.
    #[must_use]
    pub fn allows(self, replicas: u32, healthy: u32, pod_is_ready: bool) -> bool {
        let desired = self.desired_healthy(replicas);
        let unready_may_go = match self.unhealthy {
            UnhealthyPodEvictionPolicy::AlwaysAllow => true,
            UnhealthyPodEvictionPolicy::IfHealthyBudget => healthy >= desired && desired > 0,
        };
        healthy > desired || (!pod_is_ready && unready_may_go)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use IntOrPercent::{Int, Percent};

    #[test]
    fn percentages_round_up() {
        let table = [
            (Budget::min_available(Int(2)), 7, 2),
            (Budget::min_available(Percent(50)), 7, 4),
            (Budget::max_unavailable(Percent(30)), 7, 4),
            (Budget::max_unavailable(Int(1)), 7, 6),
            (Budget::max_unavailable(Int(9)), 7, 0),
            (Budget::min_available(Int(9)), 7, 9),
        ];
        for (budget, replicas, desired) in table {
            assert_eq!(budget.desired_healthy(replicas), desired, "{budget:?}");
        }
    }

    #[test]
    fn what_is_left_must_be_enough() {
        let budget = Budget::min_available(Int(3));
        let table = [(4, true, true), (3, true, false), (3, false, true), (2, false, false)];
        for (healthy, ready, allowed) in table {
            assert_eq!(budget.allows(4, healthy, ready), allowed, "{healthy} {ready}");
        }
        assert!(!Budget::min_available(Int(0)).allows(4, 0, false), "no budget, and nothing to protect it by");
        assert!(Budget::min_available(Int(0)).allows(4, 1, true));
    }
    /// `pkg/registry/core/pod/storage/eviction.go`: an unready pod is evicted before any budget is consulted.
    #[test]
    fn always_allow_lets_every_unready_pod_go_and_no_other() {
        let budget = Budget { unhealthy: UnhealthyPodEvictionPolicy::AlwaysAllow, ..Budget::min_available(Int(3)) };
        let table = [(4, true, true), (3, true, false), (3, false, true), (2, false, true), (0, false, true)];
        for (healthy, ready, allowed) in table {
            assert_eq!(budget.allows(4, healthy, ready), allowed, "{healthy} {ready}");
        }
        let none = Budget { amount: Amount::MaxUnavailable(Percent(100)), ..budget };
        assert!(none.allows(4, 0, false), "even where there is nothing to protect");
    }
}
