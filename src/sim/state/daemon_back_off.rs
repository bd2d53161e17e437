//! How long the DaemonSet controller waits before it deletes one more failed pod on a node.
//!
//! Upstream: `daemon_controller.go: failedPodsBackoff`, `client-go/util/flowcontrol/backoff.go: IsInBackOffSinceUpdate, Next`. The
//! key names the generation that the status has observed, so that a changed DaemonSet begins anew.

use crate::sim::observation::NodeId;
use crate::time::{SimDuration, SimTime};

const FIRST: SimDuration = SimDuration::from_secs(1);
const LONGEST: SimDuration = SimDuration::from_secs(15 * 60);

/// The waits of the nodes of one DaemonSet.
#[derive(Debug, Default)]
pub(crate) struct BackOffs {
    /// The generation that they are of.
    generation: i64,
    waits: Vec<Wait>,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    node: NodeId,
    since: SimTime,
    length: SimDuration,
}

impl BackOffs {
    fn of(&self, generation: i64, node: NodeId, now: SimTime) -> Option<&Wait> {
        if self.generation != generation {
            return None;
        }
        let known = self.waits.iter().find(|wait| wait.node == node)?;
        // What nobody has asked about for so long has expired.
        (now.since(known.since) <= LONGEST.times(2)).then_some(known)
    }

    /// When the next failed pod on a node is deleted; `None`: at once.
    pub(crate) fn until(&self, generation: i64, node: NodeId, now: SimTime) -> Option<SimTime> {
        let until = self.of(generation, node, now).map(|wait| wait.since + wait.length)?;
        (until > now).then_some(until)
    }

    /// Whether it waits.
    pub(crate) fn holds(&self, generation: i64, node: NodeId, now: SimTime) -> bool {
        self.until(generation, node, now).is_some()
    }

    /// A failed pod on a node is deleted: the next one waits, twice as long as the last one did.
    pub(crate) fn next(&mut self, generation: i64, node: NodeId, now: SimTime) {
        let length = self.of(generation, node, now).map_or(FIRST, |wait| wait.length.times(2).min(LONGEST));
        if self.generation != generation {
            self.generation = generation;
            self.waits.clear();
        }
        self.waits.retain(|wait| wait.node != node);
        self.waits.push(Wait { node, since: now, length });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_doubles_to_a_quarter_of_an_hour_and_begins_anew_with_each_generation() {
        let mut waits = BackOffs::default();
        let mut now = SimTime::from_secs(1000);
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert!(!waits.holds(1, 3, now));
            waits.next(1, 3, now);
            assert_eq!(waits.until(1, 3, now), Some(now + SimDuration::from_secs(seconds)));
            assert!(!waits.holds(1, 4, now), "each node waits by itself");
            now += SimDuration::from_secs(seconds);
        }
        waits.next(2, 3, now);
        assert_eq!(waits.until(2, 3, now), Some(now + FIRST));
        assert!(!waits.holds(1, 3, now));
    }

    #[test]
    fn a_wait_is_forgotten_after_half_an_hour() {
        let mut waits = BackOffs::default();
        let start = SimTime::from_secs(1000);
        waits.next(1, 0, start);
        waits.next(1, 0, start + LONGEST.times(2));
        assert_eq!(waits.until(1, 0, start + LONGEST.times(2)), Some(start + LONGEST.times(2) + FIRST.times(2)));
        waits.next(1, 0, start + LONGEST.times(5));
        assert_eq!(waits.until(1, 0, start + LONGEST.times(5)), Some(start + LONGEST.times(5) + FIRST));
    }
}
