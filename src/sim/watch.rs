//! A watch: what one actor has been sent and not yet seen, in order.

use std::collections::VecDeque;

use crate::time::SimTime;

/// Changes on their way to one actor's cache. A watch delivers in order, whatever each change's own latency.
#[derive(Debug)]
pub(super) struct Watch<T> {
    on_the_way: VecDeque<(SimTime, T)>,
    last: SimTime,
}

impl<T> Default for Watch<T> {
    fn default() -> Self {
        Self { on_the_way: VecDeque::new(), last: SimTime::ZERO }
    }
}

impl<T> Watch<T> {
    pub(super) fn reset(&mut self) {
        self.on_the_way.clear();
        self.last = SimTime::ZERO;
    }

    /// Sends a change that arrives at `at`, or with the one sent before it where that arrives later. Gives the instant
    /// for which a delivery must be scheduled, if none is yet.
    #[must_use]
    pub(super) fn send(&mut self, at: SimTime, change: T) -> Option<SimTime> {
        let at = at.max(self.last);
        let scheduled = self.on_the_way.back().is_some_and(|(last, _)| *last == at);
        self.last = at;
        self.on_the_way.push_back((at, change));
        (!scheduled).then_some(at)
    }

    /// The next change that has arrived by `now`.
    pub(super) fn receive(&mut self, now: SimTime) -> Option<T> {
        let (at, _) = self.on_the_way.front()?;
        if *at > now {
            return None;
        }
        self.on_the_way.pop_front().map(|(_, change)| change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_delivery_for_each_instant_and_never_out_of_order() {
        let mut watch = Watch::default();
        let at = SimTime::from_secs;
        assert_eq!(watch.send(at(5), 'a'), Some(at(5)));
        assert_eq!(watch.send(at(5), 'b'), None);
        assert_eq!(watch.send(at(3), 'c'), None, "overtakes nobody");
        assert_eq!(watch.send(at(6), 'd'), Some(at(6)));
        assert_eq!(watch.receive(at(4)), None);
        let seen: String = std::iter::from_fn(|| watch.receive(at(5))).collect();
        assert_eq!(seen, "abc");
    }
}
