//! The values that a criterion can have in a rollout.
//!
//! The choice reckons with events that no replication has shown, so it must know how much such an event could cost.

use super::criterion::{Criterion, Weight};
use crate::k8s::fenceposts::max_replicas;
use crate::k8s::objects::{DeploymentSpec, Strategy};
use crate::metrics::{Metric, Record, Unit, metric};
use crate::scenario::{Scenario, StepAction};
use crate::stats::Reach;
use crate::time::SimDuration;

/// How many times the greatest value that was seen is taken for the greatest possible where a metric has no bound.
const TAKEN: f64 = 10.0;
/// Seconds that a pod on its way out stays beyond its grace period: what the kubelet and the API take.
const SLACK: f64 = 60.0;

/// Whether a bound of every metric that `criterion` counts is known beforehand.
pub(super) fn is_known(criterion: &Criterion, scenario: &Scenario) -> bool {
    let known = |weight: &Weight| greatest(weight.metric, scenario).is_some();
    match criterion {
        Criterion::Duration | Criterion::Surge => true,
        Criterion::Cost(weights) => weights.iter().all(known),
    }
}

/// The most extreme sum of those terms of a cost that have no bound beforehand.
pub(super) fn unbounded(criterion: &Criterion, scenario: &Scenario, records: &[Record], horizon: SimDuration) -> f64 {
    let Criterion::Cost(weights) = criterion else { return 0.0 };
    let open = weights.iter().filter(|weight| greatest(weight.metric, scenario).is_none());
    open.map(|weight| {
        let seen = records.iter().map(|record| weight.of(record, horizon).abs()).fold(0.0, f64::max);
        seen.max(weight.factor.abs())
    })
    .sum()
}

/// What `criterion` can be in a rollout of `scenario`; `unbounded` is what its terms without a bound came to at most.
pub(super) fn of(criterion: &Criterion, scenario: &Scenario, horizon: SimDuration, unbounded: f64) -> Reach {
    let up_to = |greatest: f64| Reach { least: 0.0, greatest };
    match criterion {
        Criterion::Duration => up_to(horizon.as_secs_f64()),
        Criterion::Surge => up_to(surge(scenario)),
        Criterion::Cost(weights) => {
            let taken = TAKEN * unbounded;
            let any_negative = weights.iter().any(|one| one.factor < 0.0 && greatest(one.metric, scenario).is_none());
            let mut reach = Reach { least: if any_negative { -taken } else { 0.0 }, greatest: taken };
            for weight in weights {
                let term = weight.factor * greatest(weight.metric, scenario).unwrap_or(0.0);
                reach.least += term.min(0.0);
                reach.greatest += term.max(0.0);
            }
            reach
        }
    }
}

/// The most that a metric can be in a rollout; `None` where nothing bounds it that is known before.
fn greatest(metric: &Metric, scenario: &Scenario) -> Option<f64> {
    let pods = most_pods(scenario);
    let seconds = scenario.horizon.as_secs_f64();
    if *metric == metric::SURGE_POD_SECONDS {
        return Some(surge(scenario));
    }
    if [metric::PODS_CREATED, metric::PODS_FAILED].contains(metric) {
        return None;
    }
    match metric.unit {
        Unit::Seconds => Some(seconds),
        Unit::Share => Some(1.0),
        Unit::PodSeconds => Some(f64::from(pods.allowed) * seconds),
        Unit::Pods => Some(f64::from(pods.allowed + pods.wanted)),
        Unit::Nodes | Unit::Requests | Unit::Count(_) => None,
    }
}

/// The most pods of a Deployment at any time.
struct MostPods {
    /// That it wants.
    wanted: u32,
    /// That its strategy allows, without those on their way out.
    allowed: u32,
}

/// By the spec, by what the timeline makes of it, and by the autoscaler.
fn most_pods(scenario: &Scenario) -> MostPods {
    let spec = scenario.deployment;
    let steps = || scenario.timeline.iter().map(|step| step.action);
    let scaled = scenario.horizontal_autoscaler.iter().map(|one| one.max_replicas);
    let wanted = steps().filter_map(|action| action.replicas()).chain(scaled).fold(spec.replicas, i32::max);
    let changed = |action: StepAction| match action {
        StepAction::SetStrategy(strategy) => Some(strategy),
        StepAction::Patch(patch) => patch.strategy,
        _ => None,
    };
    let strategies = steps().filter_map(changed).chain([spec.strategy]);
    let allowed = |strategy: Strategy| max_replicas(&DeploymentSpec { replicas: wanted, strategy, ..spec });
    let allowed = strategies.map(allowed).fold(wanted, i32::max);
    MostPods { wanted: wanted.max(0) as u32, allowed: allowed.max(0) as u32 }
}

/// The most pod-seconds of surge. Pods on their way out count: where nothing holds them up, every old and every new pod for its
/// grace period, and otherwise as many as are wanted all the time.
fn surge(scenario: &Scenario) -> f64 {
    let MostPods { wanted, allowed } = most_pods(scenario);
    let seconds = scenario.horizon.as_secs_f64();
    let cluster = &scenario.cluster;
    let calm = scenario.timeline.is_empty()
        && scenario.horizontal_autoscaler.is_none()
        && cluster.loss.is_none()
        && cluster.upgrade.is_none();
    let grace = scenario.pods.iter().map(|pods| pods.grace.as_secs_f64() + SLACK).fold(0.0, f64::max);
    let leaving = f64::from(wanted) * seconds;
    let leaving = if calm { leaving.min(f64::from(wanted + allowed) * grace) } else { leaving };
    f64::from(allowed - wanted) * seconds + leaving
}
