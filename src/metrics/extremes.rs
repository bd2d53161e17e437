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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::Distribution;
    use crate::k8s::int_or_percent::IntOrPercent;
    use crate::k8s::objects::Strategy;
    use crate::scenario::{Autoscaler, Cluster, Node, NodeLoss, Step, StepAction, Upgrade};

    fn seconds(seconds: u64) -> SimDuration {
        SimDuration::from_secs(seconds)
    }

    fn constant(length: u64) -> Distribution {
        Distribution::constant(seconds(length))
    }

    /// Four replicas with a surge of 2 and 10 s of grace, on nodes that have this room each.
    fn scenario(slots: &[u32], horizon: u64) -> Scenario {
        let node = |slots: &u32| Node { zone: 0, slots: *slots, base_load: 0.0, pod_load: 0.1 };
        let strategy =
            Strategy::RollingUpdate { max_surge: IntOrPercent::Int(2), max_unavailable: IntOrPercent::Int(1) };
        let builder = Scenario::builder(4).unwrap().strategy(strategy).horizon(seconds(horizon));
        builder.cluster(Cluster::of(slots.iter().map(node).collect())).pods(|pods| pods.grace = seconds(10)).build()
    }

    #[test]
    fn a_scenario_bounds_what_its_rollouts_can_show() {
        let mut calm = scenario(&[10, 20], 100);
        let found = Extremes::of(&calm);
        let expected = Extremes {
            horizon_s: 100.0,
            window_s: 0.0,
            desired: 4.0,
            most_desired: 4.0,
            most_pods: 12.0,
            // Two more pods all the time, and four pods on their way out all the time.
            surge: 2.0 * 100.0 + 4.0 * 100.0,
            capacity: 30.0,
            losses: 0.0,
            added: 0.0,
        };
        assert_eq!(found, expected);
        assert_eq!(found.up_to(seconds(40)), Extremes { horizon_s: 40.0, ..expected });
        assert_eq!(found.up_to(seconds(140)), expected);

        let autoscaler =
            Autoscaler { nodes: 1, scan_interval: seconds(10), provisioning: constant(60), scale_down: None };
        calm.cluster.autoscaler = Some(autoscaler);
        assert_eq!(Extremes::of(&calm), Extremes { added: 1.0, ..expected });
    }

    #[test]
    fn the_surge_is_bounded_by_the_strategy_or_by_the_room() {
        // In 1000 s each of 4 old and 6 new pods may be on its way out for 10 + 60 s.
        assert_eq!(Extremes::of(&scenario(&[10, 20], 1000)).surge, 2.0 * 1000.0 + 10.0 * 70.0);
        assert_eq!(Extremes::of(&scenario(&[1, 1], 1000)).surge, 2000.0, "two pods have room");
        let room = 30.0 * 100.0;
        let changed = |change: &dyn Fn(&mut Scenario)| {
            let mut scenario = scenario(&[10, 20], 100);
            change(&mut scenario);
            Extremes::of(&scenario)
        };
        assert_eq!(changed(&|of| of.event = MeasuredEvent::Scale { from: 2 }).surge, room);
        assert_eq!(changed(&|of| of.timeline.push(Step { at: seconds(5), action: StepAction::Pause })).surge, room);
        let upgrade = Upgrade { start: seconds(0), at_once: 1, takes: constant(60) };
        assert_eq!(changed(&|of| of.cluster.upgrade = Some(upgrade.clone())).surge, room);
        assert_eq!(changed(&|of| of.rollback.after = Some(seconds(50))).surge, room);
        let loss = NodeLoss {
            time_to_loss: constant(50),
            time_to_zone_loss: None,
            notice: None,
            detection: constant(40),
            toleration: seconds(300),
            recovery: None,
        };
        let lost = changed(&|of| of.cluster.loss = Some(loss.clone()));
        assert_eq!((lost.surge, lost.losses), (room, 2.0));
        let again = NodeLoss { recovery: Some(constant(60)), ..loss };
        assert_eq!(changed(&|of| of.cluster.loss = Some(again.clone())).losses, f64::INFINITY);
    }

    #[test]
    fn ranges_are_made_of_what_a_scenario_bounds() {
        let extremes = Extremes {
            horizon_s: 100.0,
            window_s: 30.0,
            desired: 4.0,
            most_desired: 5.0,
            most_pods: 12.0,
            surge: 700.0,
            capacity: 40.0,
            losses: 2.0,
            added: 1.0,
        };
        type Range = fn(&Extremes) -> Known;
        let table: [(Range, f64); 14] = [
            (unbounded, f64::INFINITY),
            (share, 1.0),
            (time, 100.0),
            (time_after, 30.0),
            (time_followed, 130.0),
            (missing_after, 150.0),
            (remaining, 4.0),
            (missing, 500.0),
            (pods, 12.0),
            (waiting, 1200.0),
            (placed, 40.0),
            (surplus, 700.0),
            (losses, 2.0),
            (added, 1.0),
        ];
        for (range, most) in table {
            assert_eq!(range(&extremes), Known::between(0.0, most));
        }
    }
}
