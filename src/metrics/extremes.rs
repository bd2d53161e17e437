//! The least and greatest value that a rollout of a scenario can have of a metric.

use crate::scenario::{MeasuredEvent, Rollback, Scenario};
use crate::stats::Known;
use crate::time::SimDuration;

/// What bounds the metrics of a scenario, which the ranges of [`METRICS`](super::METRICS) are made of.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Extremes {
    /// Longest rollout that is watched, in seconds.
    pub horizon_s: f64,
    /// Longest time for which a rollout is followed after its end, in seconds.
    pub window_s: f64,
    /// Wanted pods at the start.
    pub desired: f64,
    /// Most pods that are wanted at any time.
    pub most_desired: f64,
    /// Most pods at once. The strategy allows half as many; pods that fail, and decisions from a cache that lags, can
    /// add some to these.
    pub most_pods: f64,
    /// Most surge, in pod-seconds.
    pub surge: f64,
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
            window_s: open,
            desired: open,
            most_desired: open,
            most_pods: open,
            surge: open,
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
        let cluster = &scenario.cluster;
        let (horizon_s, capacity) =
            (scenario.horizon.as_secs_f64(), cluster.nodes.iter().map(|node| f64::from(node.slots)).sum());
        Self {
            horizon_s,
            // Requests may make it longer, until the horizon.
            window_s: scenario.longest_window().as_secs_f64().max(if scenario.traffic.is_some() {
                horizon_s
            } else {
                0.0
            }),
            desired: f64::from(scenario.target().desired),
            most_desired: f64::from(scenario.most_desired()),
            most_pods: 2.0 * f64::from(scenario.most_pods()),
            surge: surge(scenario, capacity),
            capacity,
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

/// A length of time after the end of a rollout.
pub(super) const fn time_after(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.window_s)
}

/// A length of time within a rollout and what is followed of what comes after it.
pub(super) fn time_followed(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.horizon_s + extremes.window_s)
}

/// Wanted pods that are missing after the end, over time.
pub(super) fn missing_after(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.most_desired * extremes.window_s)
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

/// Pods on nodes above the wanted number, over time.
pub(super) const fn surplus(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.surge)
}

/// Nodes that are lost.
pub(super) const fn losses(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.losses)
}

/// Nodes that are added.
pub(super) const fn added(extremes: &Extremes) -> Known {
    Known::between(0.0, extremes.added)
}

/// Seconds that a pod on its way out stays beyond its grace period: what the kubelet and the API take.
const SLACK: f64 = 60.0;

/// The most pod-seconds of surge. Nodes bound it by their room. Where a rollout and nothing else happens, it is also no more than
/// what the strategy allows all the time, and every old and every new pod on its way out for its grace period.
fn surge(scenario: &Scenario, capacity: f64) -> f64 {
    let seconds = scenario.horizon.as_secs_f64();
    let cluster = &scenario.cluster;
    let calm = scenario.event == MeasuredEvent::Rollout
        && scenario.timeline.is_empty()
        && scenario.horizontal_autoscaler.is_none()
        && cluster.loss.is_none()
        && cluster.upgrade.is_none()
        && scenario.rollback == Rollback::default();
    let room = capacity * seconds;
    if !calm {
        return room;
    }
    let (wanted, allowed) = (f64::from(scenario.most_desired()), f64::from(scenario.most_pods()));
    let grace = scenario.pods.iter().map(|pods| pods.grace.as_secs_f64() + SLACK).fold(0.0, f64::max);
    let leaving = (wanted * seconds).min((wanted + allowed) * grace);
    room.min((allowed - wanted) * seconds + leaving)
}
