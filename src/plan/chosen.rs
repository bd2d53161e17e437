//! What of a scenario a person chooses, and the parameters that name it.

use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::k8s::stateful_set::{RollingUpdate, UpdateStrategy};
use crate::scenario::{DaemonSet, Scenario, SetSpec, StatefulSet};

/// What a person chooses for a rollout: the swept parameters that are a strategy. All others describe the world.
const CHOSEN: &[&str] =
    &["maxSurge", "maxUnavailable", "minReadySeconds", "podManagementPolicy", "progressDeadlineSeconds", "strategy"];

/// The last parameter of the scenarios of a world: the workload that each is about.
pub const WORKLOAD: &str = "workload";

/// Sections of an experiment whose fields go by their bare names too.
const WORKLOADS: [&str; 3] = ["deployment", "statefulSet", "daemonSet"];

/// The field of a StatefulSet that the API server lets nobody change.
pub const POLICY: &str = "podManagementPolicy";

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

/// Parameters that name what is chosen of a workload: of a Deployment the limits of its strategy, of a set what its kind has of them.
#[must_use]
pub fn chosen_of(deployment: &DeploymentSpec, set: Option<&SetSpec>) -> Vec<(String, String)> {
    match set {
        None => limits(&deployment.strategy),
        Some(SetSpec::DaemonSet(set)) => of_daemon_set(set),
        Some(SetSpec::StatefulSet(set)) => of_stateful_set(set),
    }
}

fn of_daemon_set(set: &DaemonSet) -> Vec<(String, String)> {
    let (max_surge, max_unavailable) = (set.spec.max_surge, set.spec.max_unavailable);
    limits(&Strategy::RollingUpdate { max_surge, max_unavailable })
}

fn of_stateful_set(set: &StatefulSet) -> Vec<(String, String)> {
    let mut named = vec![(POLICY.to_owned(), policy_of(set).to_owned())];
    if set.max_unavailable_gate {
        named.push(("maxUnavailable".into(), max_unavailable_of(set).to_string()));
    }
    named
}

/// The values of `podManagementPolicy`.
pub const POLICIES: [&str; 2] = ["OrderedReady", "Parallel"];

/// `podManagementPolicy` as it is written.
#[must_use]
pub fn policy_of(set: &StatefulSet) -> &'static str {
    POLICIES[usize::from(!set.spec.is_ordered())]
}

/// `maxUnavailable` of a StatefulSet as it is written, or as it is where nobody writes it.
#[must_use]
pub fn max_unavailable_of(set: &StatefulSet) -> IntOrPercent {
    match set.spec.update {
        UpdateStrategy::RollingUpdate(Some(RollingUpdate { max_unavailable: Some(written), .. })) => written,
        _ => IntOrPercent::Int(1),
    }
}

/// Parameters that name how a scenario's pods are replaced.
#[must_use]
pub fn strategy_of(scenario: &Scenario) -> Vec<(String, String)> {
    let mut named = chosen_of(&scenario.deployment, scenario.set().as_ref());
    if let Some(set) = scenario.stateful_set().filter(|set| set.spec.partition() > 0) {
        named.insert(1, ("partition".into(), set.spec.partition().to_string()));
    }
    named
}

/// Whether a swept parameter is part of a strategy, and not of the world in which one is chosen.
#[must_use]
pub fn is_chosen(path: &str) -> bool {
    let field = path.rsplit('.').next().unwrap_or(path);
    let of_workload = |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    CHOSEN.contains(&field) && (field == path || WORKLOADS.iter().any(|name| of_workload(name)))
}
