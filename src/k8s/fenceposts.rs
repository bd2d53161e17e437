//! `maxSurge` and `maxUnavailable` converted to pods.
//!
//! Upstream: `deployment/util/deployment_util.go: ResolveFenceposts, MaxSurge, MaxUnavailable, MinAvailable`.

pub use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};

/// Surge and unavailable in pods: the first rounds up, the second down. Where both would be 0 no pod could be replaced,
/// so unavailable is then 1.
#[must_use]
pub fn resolve_fenceposts(max_surge: IntOrPercent, max_unavailable: IntOrPercent, replicas: i32) -> (i32, i32) {
    let surge = max_surge.scaled(replicas, true);
    let unavailable = max_unavailable.scaled(replicas, false);
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

/// Both limits of a Deployment, in pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Pods above `replicas` that a rollout may have; 0 under `Recreate`.
    pub max_surge: i32,
    /// Pods below `replicas` that need not be available: at most `replicas`; 0 under `Recreate`.
    pub max_unavailable: i32,
}

impl Limits {
    /// The limits of this spec.
    #[must_use]
    pub fn of(spec: &DeploymentSpec) -> Self {
        match spec.strategy {
            Strategy::Recreate => Self { max_surge: 0, max_unavailable: 0 },
            Strategy::RollingUpdate { max_surge, max_unavailable } => {
                let (surge, unavailable) = resolve_fenceposts(max_surge, max_unavailable, spec.replicas);
                let unavailable = if spec.replicas == 0 { 0 } else { unavailable.min(spec.replicas) };
                Self { max_surge: surge, max_unavailable: unavailable }
            }
        }
    }
}

/// Pods above `replicas` that a rollout may have; 0 under `Recreate`.
#[must_use]
pub fn max_surge(spec: &DeploymentSpec) -> i32 {
    Limits::of(spec).max_surge
}

/// Pods below `replicas` that need not be available: at most `replicas`; 0 under `Recreate`.
#[must_use]
pub fn max_unavailable(spec: &DeploymentSpec) -> i32 {
    Limits::of(spec).max_unavailable
}

/// Pods that a rolling update keeps available; 0 under `Recreate`.
#[must_use]
pub fn min_available(spec: &DeploymentSpec) -> i32 {
    if spec.is_rolling_update() { spec.replicas - max_unavailable(spec) } else { 0 }
}

/// `replicas` and the surge: the most pods that a rollout may have, and the value of the `max-replicas` annotation.
#[must_use]
pub fn max_replicas(spec: &DeploymentSpec) -> i32 {
    spec.replicas.saturating_add(max_surge(spec))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::tests::vectors::{boolean, cases, deployment, int, int_or_percent};

    // pkg/controller/deployment/util/deployment_util_test.go: TestResolveFenceposts
    #[test]
    fn fenceposts() {
        for case in cases(include_str!("../../tests/vectors/resolve_fenceposts.json")) {
            let (input, expected) = (&case["input"], &case["expected"]);
            let limits = int_or_percent(&input["maxSurge"]).zip(int_or_percent(&input["maxUnavailable"]));
            assert_eq!(limits.is_none(), boolean(&expected["error"]), "{case}");
            if let Some((surge, unavailable)) = limits {
                let resolved = resolve_fenceposts(surge, unavailable, int(&input["replicas"]));
                assert_eq!(resolved, (int(&expected["surge"]), int(&expected["unavailable"])), "{case}");
            }
        }
    }

    // deployment_util_test.go: TestMaxUnavailable
    #[test]
    fn unavailable_pods() {
        for case in cases(include_str!("../../tests/vectors/max_unavailable.json")) {
            let deployment = deployment(&case["input"]["deployment"]);
            assert_eq!(max_unavailable(&deployment.spec), int(&case["expected"]["maxUnavailable"]), "{case}");
        }
    }

    // deployment_util_test.go: TestMinAvailable
    #[test]
    fn available_pods() {
        for case in cases(include_str!("../../tests/vectors/min_available.json")) {
            let deployment = deployment(&case["input"]["deployment"]);
            assert_eq!(min_available(&deployment.spec), int(&case["expected"]["minAvailable"]), "{case}");
        }
    }

    #[test]
    fn the_defaults_at_common_sizes() {
        let quarter = IntOrPercent::Percent(25);
        let sizes = [(1, 1, 0), (2, 1, 0), (3, 1, 0), (4, 1, 1), (5, 2, 1), (8, 2, 2), (10, 3, 2), (15, 4, 3)];
        for (replicas, surge, unavailable) in sizes {
            assert_eq!(resolve_fenceposts(quarter, quarter, replicas), (surge, unavailable), "{replicas}");
        }
    }
}
