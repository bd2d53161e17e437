//! A client's token bucket, in virtual time.
//!
//! Upstream: `client-go/util/flowcontrol/throttle.go` over `golang.org/x/time/rate`. Requests are granted in the order
//! in which they are made; each request books its token at once and waits for it.
//!
//! A controller's Events go through the same bucket, but only one of them waits for a token at a time: they are written
//! one after the other (`client-go/tools/record/event.go`), and of each object only the first few
//! (`events_cache.go: EventSourceObjectSpamFilter`). Nobody waits for them, so they are not events of the simulation:
//! they book their tokens when the next request comes. An Event is recorded as soon as its own request is answered, and
//! the next requests go out when all of a batch are: of the same instant, the Event is first.

use crate::scenario::Throttle;
use crate::time::{SimDuration, SimTime};

/// A token bucket that starts full.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bucket {
    /// Time for one token to arrive; zero: no limit.
    interval: SimDuration,
    /// Time for an empty bucket to fill.
    depth: SimDuration,
    /// When the bucket would be full less the tokens booked: the token of the next request is there one interval later.
    booked: SimTime,
    /// Events yet to be written, and when the one before them is.
    events: u32,
    written: SimTime,
}

/// How long writing an Event takes once it has its token.
const EVENT_LATENCY: SimDuration = SimDuration::from_millis(3);

/// Events about one object: 25 at once, and one more every five minutes.
const EVENTS_OF_AN_OBJECT: Throttle = Throttle { qps: 1.0 / 300.0, burst: 25 };

/// What the spam filter still lets through about one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpamFilter(Bucket);

impl Default for SpamFilter {
    fn default() -> Self {
        Self(Bucket::new(EVENTS_OF_AN_OBJECT))
    }
}

impl SpamFilter {
    /// Whether one more Event may be written at `now`.
    pub(crate) fn lets_through(&mut self, now: SimTime) -> bool {
        let granted = self.0.next(now) <= now;
        if granted {
            self.0.take(now);
        }
        granted
    }
}

impl Bucket {
    /// A full bucket; a rate of zero is no limit.
    pub(crate) fn new(throttle: Throttle) -> Self {
        if throttle.qps <= 0.0 {
            return Self::default();
        }
        let interval = SimDuration::from_secs_f64(1.0 / throttle.qps);
        Self { interval, depth: interval.times(u64::from(throttle.burst.max(1))), ..Self::default() }
    }

    /// Books a token at `now`; gives the instant at which the request may go out.
    #[inline(always)]
    pub(crate) fn take(&mut self, now: SimTime) -> SimTime {
        if self.events > 0 {
            self.write_events(now);
        }
        self.book(now)
    }

    /// The instant at which a request made at `now` would go out.
    #[inline(always)]
    pub(crate) fn next(&mut self, now: SimTime) -> SimTime {
        if self.events > 0 {
            self.write_events(now);
        }
        self.granted(now)
    }

    /// Writes an Event at `now`, or as soon as those before it are written.
    pub(crate) fn write_event(&mut self, now: SimTime) {
        self.write_events(now);
        if self.events == 0 {
            self.written = self.written.max(now);
        }
        self.events += 1;
    }

    /// Books the tokens of Events whose turn has come by `now`.
    fn write_events(&mut self, now: SimTime) {
        while self.events > 0 && self.written <= now {
            self.events -= 1;
            self.written = self.book(self.written) + EVENT_LATENCY;
        }
    }

    #[inline(always)]
    fn book(&mut self, now: SimTime) -> SimTime {
        self.booked = self.emptied(now) + self.interval;
        now.max(self.booked)
    }

    fn granted(&self, now: SimTime) -> SimTime {
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
    fn events_take_tokens_one_by_one_and_few_of_an_object() {
        let mut bucket = Bucket::new(Throttle { qps: 20.0, burst: 30 });
        let now = SimTime::from_secs(100_000);
        for _ in 0..30 {
            bucket.take(now);
        }
        for _ in 0..10 {
            bucket.write_event(now);
        }
        assert_eq!(bucket.take(now), now + SimDuration::from_millis(100), "behind the first Event only");
        let later = now + SimDuration::from_millis(60);
        assert_eq!(bucket.take(later), now + SimDuration::from_millis(200), "the second came at 53 ms");
        let mut filter = SpamFilter::default();
        assert_eq!((0..100).filter(|_| filter.lets_through(now)).count(), 25);
        assert!(filter.lets_through(now + SimDuration::from_secs(300)));
    }

    #[test]
    fn no_rate_is_no_limit() {
        let mut bucket = Bucket::new(Throttle { qps: 0.0, burst: 0 });
        let now = SimTime::from_secs(1);
        assert!((0..1000).all(|_| bucket.take(now) == now));
    }
}
