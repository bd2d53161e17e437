//! How the control plane treats nodes that stop reporting.
//!
//! Upstream: `pkg/controller/nodelifecycle/node_lifecycle_controller.go: ComputeZoneState, setLimiterInZone,
//! handleDisruption`, `pkg/controller/nodelifecycle/scheduler/rate_limited_queue.go`.

use crate::time::{SimDuration, SimTime};

/// Time between two checks of the nodes (`--node-monitor-period`).
pub const MONITOR_PERIOD: SimDuration = SimDuration::from_secs(5);
/// Silence after which a node counts as unreachable (`--node-monitor-grace-period`).
pub const MONITOR_GRACE_PERIOD: SimDuration = SimDuration::from_secs(50);
/// How often a kubelet renews its lease.
pub const LEASE_RENEW_INTERVAL: SimDuration = SimDuration::from_secs(10);
/// Nodes per second and zone that get the NoExecute taint (`--node-eviction-rate`).
pub const EVICTION_RATE: f64 = 0.1;
/// The rate in a large zone with many unhealthy nodes (`--secondary-node-eviction-rate`).
pub const SECONDARY_EVICTION_RATE: f64 = 0.01;
/// A zone is large with more nodes than this (`--large-cluster-size-threshold`).
pub const LARGE_ZONE: usize = 50;
/// Share of unhealthy nodes from which a zone is partially disrupted (`--unhealthy-zone-threshold`).
pub const UNHEALTHY_ZONE_THRESHOLD: f32 = 0.55;
/// How long pods tolerate the NoExecute taint by default (`DefaultTolerationSeconds`).
pub const DEFAULT_TOLERATION: SimDuration = SimDuration::from_secs(300);
/// Time between two checks of the queue of nodes to taint (`NodeEvictionPeriod`).
pub const TAINT_PERIOD: SimDuration = SimDuration::from_millis(100);

/// The health of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneState {
    /// Few nodes are unhealthy.
    Normal,
    /// More than two nodes are unhealthy, and they are at least 55 % of the zone.
    PartialDisruption,
    /// No node is Ready.
    FullDisruption,
}

/// State of a zone with these numbers of nodes.
#[must_use]
pub fn zone_state(ready: usize, not_ready: usize) -> ZoneState {
    let share = not_ready as f32 / (ready + not_ready) as f32;
    if ready == 0 && not_ready > 0 {
        ZoneState::FullDisruption
    } else if not_ready > 2 && share >= UNHEALTHY_ZONE_THRESHOLD {
        ZoneState::PartialDisruption
    } else {
        ZoneState::Normal
    }
}

/// Nodes per second that the controller taints in a zone of `nodes` nodes, where `rate` is the normal rate. Where every
/// zone is fully disrupted the controller assumes that the control plane is at fault: it evicts no pod and removes the
/// taints.
#[must_use]
pub fn eviction_rate(state: ZoneState, nodes: usize, rate: f64, all_zones_fully_disrupted: bool) -> f64 {
    match state {
        _ if all_zones_fully_disrupted => 0.0,
        ZoneState::PartialDisruption if nodes > LARGE_ZONE => SECONDARY_EVICTION_RATE,
        ZoneState::PartialDisruption => 0.0,
        ZoneState::Normal | ZoneState::FullDisruption => rate,
    }
}

/// How long after the check that found its last heartbeat a node counts as unreachable: at the first check at which
/// more than the grace period has passed. Consecutive checks are a little more than a period apart.
#[must_use]
pub fn noticed_after(grace: SimDuration, period: SimDuration) -> SimDuration {
    grace.rounded_up(period.max(SimDuration::from_nanos(1)))
}

/// When a node queued at `queued` gets the NoExecute taint: at once, or one interval of `rate` after the zone's `last`
/// taint. [`SimTime::NEVER`] at rate 0.
#[must_use]
pub fn taint_at(queued: SimTime, last: Option<SimTime>, rate: f64) -> SimTime {
    if rate <= 0.0 {
        return SimTime::NEVER;
    }
    last.map_or(queued, |last| queued.max(last + SimDuration::from_secs_f64(1.0 / rate)))
}

/// When the last token of a zone's limiter counts as taken after its rate has changed from `before` to another at
/// `now`: the new limiter is empty if the old one was.
///
/// Upstream: `rate_limited_queue.go: SwapLimiter`; at rate 0 there is never a token.
#[must_use]
pub fn last_after_swap(now: SimTime, last: Option<SimTime>, before: f64) -> Option<SimTime> {
    (taint_at(now, last, before) > now).then_some(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_noticed_at_a_look() {
        let after = |grace, period| noticed_after(SimDuration::from_secs(grace), SimDuration::from_secs(period));
        let table = [(8, 1, 8), (50, 5, 50), (8, 5, 10), (10, 3, 12), (0, 5, 0)];
        for (grace, period, expected) in table {
            assert_eq!(after(grace, period), SimDuration::from_secs(expected), "{grace} {period}");
        }
        assert_eq!(noticed_after(SimDuration::from_nanos(7), SimDuration::ZERO), SimDuration::from_nanos(7));
    }

    #[test]
    fn a_limiter_that_takes_the_place_of_an_empty_one_is_empty() {
        let (now, tainted) = (SimTime::from_secs(30), Some(SimTime::from_secs(25)));
        assert_eq!(last_after_swap(now, None, 0.0), Some(now), "evictions had been stopped");
        assert_eq!(last_after_swap(now, tainted, EVICTION_RATE), Some(now), "the next token would come at 35 s");
        assert_eq!(last_after_swap(now, tainted, 1.0), None);
        assert_eq!(last_after_swap(now, None, EVICTION_RATE), None);
    }

    #[test]
    fn states_and_rates() {
        use ZoneState::{FullDisruption, Normal, PartialDisruption};
        let table = [
            (0, 0, Normal, 0.1),
            (0, 1, FullDisruption, 0.1),
            (1, 2, Normal, 0.1),
            (2, 3, PartialDisruption, 0.0),
            (9, 11, PartialDisruption, 0.0),
            (10, 12, Normal, 0.1),
            (10, 50, PartialDisruption, 0.01),
        ];
        for (ready, not_ready, state, rate) in table {
            assert_eq!(zone_state(ready, not_ready), state, "{ready} {not_ready}");
            assert_eq!(eviction_rate(state, ready + not_ready, EVICTION_RATE, false), rate, "{ready} {not_ready}");
            assert_eq!(eviction_rate(state, ready + not_ready, EVICTION_RATE, true), 0.0);
        }
    }

    #[test]
    fn nodes_of_a_zone_are_tainted_one_by_one() {
        let mut last = None;
        for _ in 0..11 {
            last = Some(taint_at(SimTime::from_secs(5), last, EVICTION_RATE));
        }
        assert_eq!(last, Some(SimTime::from_secs(105)));
        assert_eq!(
            taint_at(SimTime::from_secs(50), Some(SimTime::from_secs(5)), EVICTION_RATE),
            SimTime::from_secs(50)
        );
        assert_eq!(taint_at(SimTime::ZERO, None, 0.0), SimTime::NEVER);
    }
}
