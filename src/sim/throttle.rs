//! A client's token bucket, in virtual time.
//!
//! Upstream: `client-go/util/flowcontrol/throttle.go` over `golang.org/x/time/rate`. Requests are granted in the order
//! in which they are made; each request books its token at once and waits for it.

use crate::scenario::Throttle;
use crate::time::{SimDuration, SimTime};

/// A token bucket that starts full.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    /// Time for one token to arrive; zero: no limit.
    interval: SimDuration,
    /// Time for an empty bucket to fill.
    depth: SimDuration,
    /// When the bucket would be full less the tokens booked: the token of the next request is there one interval later.
    booked: SimTime,
}

impl Bucket {
    pub(super) fn new(throttle: Throttle) -> Self {
        if throttle.qps <= 0.0 {
            return Self::default();
        }
        let interval = SimDuration::from_secs_f64(1.0 / throttle.qps);
        Self { interval, depth: interval.times(u64::from(throttle.burst.max(1))), booked: SimTime::ZERO }
    }

    /// Books a token at `now`; gives the instant at which the request may go out.
    pub(super) fn take(&mut self, now: SimTime) -> SimTime {
        let granted = self.next(now);
        self.booked = self.emptied(now) + self.interval;
        granted
    }

    /// The instant at which a request made at `now` would go out.
    pub(super) fn next(&self, now: SimTime) -> SimTime {
        now.max(self.emptied(now) + self.interval)
    }

    fn emptied(&self, now: SimTime) -> SimTime {
        let full = SimTime::ZERO + now.since(SimTime::ZERO + self.depth);
        self.booked.max(full)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bucket_gives_its_burst_at_once_and_then_its_rate() {
        let mut bucket = Bucket::new(Throttle { qps: 20.0, burst: 30 });
        let now = SimTime::from_secs(100);
        let grants: Vec<_> = (0..32).map(|_| bucket.take(now).since(now).as_nanos() / 1_000_000).collect();
        assert_eq!(grants[29], 0);
        assert_eq!(grants[30..], [50, 100]);
        let later = SimTime::from_secs(101);
        assert_eq!(bucket.take(later), later, "a second brings 20 tokens, of which 2 were booked");
    }

    #[test]
    fn no_rate_is_no_limit() {
        let mut bucket = Bucket::new(Throttle { qps: 0.0, burst: 0 });
        let now = SimTime::from_secs(1);
        assert!((0..1000).all(|_| bucket.take(now) == now));
    }
}
