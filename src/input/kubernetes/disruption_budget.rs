//! PodDisruptionBudgets: the spec of an object, or what an experiment writes in its place.

use crate::input::tree::error::InputError;
use crate::input::tree::fields::Map;
use crate::input::tree::near::unknown;
use crate::input::tree::quantity::int_or_percent;
use crate::input::tree::yaml::Node;
use crate::scenario::{Amount, Budget, UnhealthyPodEvictionPolicy};

/// Values of `unhealthyPodEvictionPolicy`.
pub(crate) const EVICTION_POLICIES: &[&str] = &["IfHealthyBudget", "AlwaysAllow"];

/// The spec of a PodDisruptionBudget, or what an experiment writes in its place.
pub(crate) fn budget(map: &Map<'_>) -> Result<Budget, InputError> {
    map.only(&["minAvailable", "maxUnavailable", "selector", "unhealthyPodEvictionPolicy"])?;
    let amount = match (map.read("minAvailable", int_or_percent)?, map.read("maxUnavailable", int_or_percent)?) {
        (Some(_), Some(_)) => return Err(map.at.error("write either `minAvailable` or `maxUnavailable`, not both")),
        (Some(amount), None) => Amount::MinAvailable(amount),
        (None, Some(amount)) => Amount::MaxUnavailable(amount),
        (None, None) => return Err(map.at.error("the budget is missing: add minAvailable or maxUnavailable")),
    };
    Ok(Budget { amount, unhealthy: map.read("unhealthyPodEvictionPolicy", eviction_policy)?.unwrap_or_default() })
}

fn eviction_policy(node: &Node) -> Result<UnhealthyPodEvictionPolicy, InputError> {
    match node.text()? {
        "IfHealthyBudget" => Ok(UnhealthyPodEvictionPolicy::IfHealthyBudget),
        "AlwaysAllow" => Ok(UnhealthyPodEvictionPolicy::AlwaysAllow),
        other => Err(node.at.error(unknown("unhealthyPodEvictionPolicy", other, EVICTION_POLICIES))),
    }
}
