//! The least and greatest value that a rollout of a scenario can have of a metric.

use crate::scenario::{Scenario, Target};
use crate::stats::Known;
use crate::time::SimDuration;

/// What bounds the metrics of a scenario, which the ranges of [`METRICS`](super::METRICS) are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Extremes {
    /// Longest rollout that is watched, in seconds.
    pub horizon_s: f64,
    /// Wanted pods at the start.
    pub desired: f64,
    /// Most pods that are wanted at any time.
    pub most_desired: f64,
    /// Most pods at once. The strategy allows half as many; pods that fail, and decisions from a cache that lags, can
    /// add some to these.
    pub most_pods: f64,
    /// Pods of the Deployment that all nodes together have room for.
    pub capacity: f64,
    /// Nodes that can be lost; infinite where a lost node comes back and can be lost again.
    pub losses: f64,
    /// Nodes that the autoscaler may add.
    pub added: f64,
}

impl Default for Extremes {
    /// Nothing is bounded.
    fn default() -> Self {
        let open = f64::INFINITY;
        Self {
            horizon_s: open,
            desired: open,
            most_desired: open,
            most_pods: open,
            capacity: open,
            losses: open,
            added: open,
        }
    }
}

impl Extremes {
    /// Those of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let most_desired = scenario.most_desired();
        let widest = Target::of_deployment(&crate::k8s::objects::DeploymentSpec {
            replicas: most_desired as i32,
            ..scenario.deployment
        });
        let cluster = &scenario.cluster;
        Self {
            horizon_s: scenario.horizon.as_secs_f64(),
            desired: f64::from(scenario.target().desired),
            most_desired: f64::from(most_desired),
            most_pods: 2.0 * f64::from(widest.ceiling.max(most_desired)),
            capacity: cluster.nodes.iter().map(|node| f64::from(node.slots)).sum(),
            losses: cluster.loss.as_ref().map_or(0.0, |loss| match loss.recovery {
                Some(_) => f64::INFINITY,
                None => cluster.nodes.len() as f64,
            }),
            added: cluster.autoscaler.as_ref().map_or(0.0, |autoscaler| f64::from(autoscaler.nodes)),
        }
    }

    /// The same where no rollout is watched for longer than `horizon`.
    #[must_use]
    pub fn up_to(self, horizon: SimDuration) -> Self {
        Self { horizon_s: self.horizon_s.min(horizon.as_secs_f64()), ..self }
    }
}

/// A number that nothing bounds above.
pub(super) const fn unbounded(_: &Extremes) -> Known {
    Known::between(0.0, f64::INFINITY)
}

/// A share.
pub(super) const fn share(_: &Extremes) -> Known {
    Known::between(0.0, 1.0)
}

/// A length of time within a rollout.
pub(super) const fn time(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.horizon_s)
}

/// The pods of the start, of which some may be missing.
pub(super) const fn remaining(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.desired)
}

/// Wanted pods that are missing, over time.
pub(super) fn missing(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.most_desired * extremes.horizon_s)
}

/// Pods at once.
pub(super) const fn pods(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.most_pods)
}

/// Pods that wait for a node, over time.
pub(super) fn waiting(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.most_pods * extremes.horizon_s)
}

/// Pods on nodes at once.
pub(super) const fn placed(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.capacity)
}

/// Pods on nodes, over time.
pub(super) fn placed_time(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.capacity * extremes.horizon_s)
}

/// Nodes that are lost.
pub(super) const fn losses(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.losses)
}

/// Nodes that are added.
pub(super) const fn added(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.added)
}
