//! What of a scenario a person chooses, and the parameters that name it.

use crate::k8s::objects::Strategy;
use crate::scenario::Scenario;

/// What a person chooses for a rollout: the swept parameters that are a strategy. All others describe the world.
const CHOSEN: &[&str] = &["maxSurge", "maxUnavailable", "minReadySeconds", "progressDeadlineSeconds", "strategy"];

/// Parameters that name a strategy: path and value, as a sweep writes them.
#[must_use]
pub fn limits(strategy: &Strategy) -> Vec<(String, String)> {
    match strategy {
        Strategy::Recreate => vec![("strategy".into(), "Recreate".into())],
        Strategy::RollingUpdate { max_surge, max_unavailable } => {
            vec![("maxSurge".into(), max_surge.to_string()), ("maxUnavailable".into(), max_unavailable.to_string())]
        }
    }
}

/// Parameters that name how a scenario's pods are replaced.
#[must_use]
pub fn strategy_of(scenario: &Scenario) -> Vec<(String, String)> {
    if let Some(set) = scenario.daemon_set() {
        let (max_surge, max_unavailable) = (set.spec.max_surge, set.spec.max_unavailable);
        return limits(&Strategy::RollingUpdate { max_surge, max_unavailable });
    }
    let Some(set) = scenario.stateful_set() else { return limits(&scenario.deployment.strategy) };
    let policy = if set.spec.is_ordered() { "OrderedReady" } else { "Parallel" };
    let mut named = vec![("podManagementPolicy".to_owned(), policy.to_owned())];
    if set.spec.partition() > 0 {
        named.push(("partition".into(), set.spec.partition().to_string()));
    }
    if set.max_unavailable_gate {
        named.push(("maxUnavailable".into(), set.max_unavailable().to_string()));
    }
    named
}

/// Whether a swept parameter is part of a strategy, and not of the world in which one is chosen.
#[must_use]
pub fn is_chosen(path: &str) -> bool {
    let field = path.rsplit('.').next().unwrap_or(path);
    CHOSEN.contains(&field) && (field == path || path.starts_with("deployment."))
}
