//! What of a scenario a person chooses, and the parameters that name it.

use crate::k8s::objects::Strategy;

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

/// Whether a swept parameter is part of a strategy, and not of the world in which one is chosen.
#[must_use]
pub fn is_chosen(path: &str) -> bool {
    let field = path.rsplit('.').next().unwrap_or(path);
    CHOSEN.contains(&field) && (field == path || path.starts_with("deployment."))
}
