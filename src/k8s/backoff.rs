//! How long a work queue waits before it tries a key again.
//!
//! Upstream: `client-go/util/workqueue/default_rate_limiters.go: DefaultTypedControllerRateLimiter`. Its second
//! limiter (10 retries per second over all keys, burst 100) never binds with the few keys of one Deployment.

use crate::time::SimDuration;

/// Retries of one key after which the Deployment controller forgets it until the next event
/// (`deployment_controller.go: maxRetries`). The ReplicaSet controller never gives up.
pub const DEPLOYMENT_MAX_RETRIES: u32 = 15;

const BASE: SimDuration = SimDuration::from_millis(5);
const CAP: SimDuration = SimDuration::from_secs(1000);

/// Wait before the next try after `failures` earlier ones in a row: 5 ms, doubled each time, at most 1000 s.
#[must_use]
pub fn rate_limited_delay(failures: u32) -> SimDuration {
    BASE.times(1 << failures.min(32)).min(CAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_from_five_milliseconds_to_a_thousand_seconds() {
        let wanted = [(0, 5), (1, 10), (2, 20), (14, 81_920), (17, 655_360), (18, 1_000_000), (u32::MAX, 1_000_000)];
        for (failures, millis) in wanted {
            assert_eq!(rate_limited_delay(failures), SimDuration::from_millis(millis), "{failures}");
        }
    }
}
