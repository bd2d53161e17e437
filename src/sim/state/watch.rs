//! A watch: the changes that the API server has sent to one actor and that the actor has not seen yet, in order.

use crate::engine::queue::Queue;
use crate::engine::{Agenda, Place};
use crate::sim::state::event::Event;
use crate::time::SimTime;

/// Changes on their way to one actor's cache. A watch delivers in order, whatever each change's own latency.
///
/// A delivery is an event, with one exception: a quiet change is one that its actor would do nothing about, mostly because
/// it is the actor's own write that comes back. It waits without an event until the actor looks again for another reason.
/// If the actor comes to wait for it, the change is [woken](Self::wake) and delivered at the place in the order of events
/// that was kept for it. So no result depends on whether a change was quiet.
///
/// Why: a rollout writes a status after almost every change of a pod, and each status would come back as an event that
/// makes the controller compute the same status again. When quiet changes and the agenda's slots were introduced together, a
/// rollout of 10 pods took 22 % fewer instructions, and one of 1,000 took 27 % fewer.
#[derive(Debug)]
pub(crate) struct Watch<T> {
    on_the_way: Queue<Sent<T>>,
    quiet: u32,
}

#[derive(Clone, Copy, Debug)]
struct Sent<T> {
    place: Place,
    quiet: bool,
    change: T,
}

impl<T> Default for Watch<T> {
    fn default() -> Self {
        Self { on_the_way: Queue::default(), quiet: 0 }
    }
}

impl<T: Copy> Watch<T> {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.on_the_way.clear();
        self.quiet = 0;
    }

    /// Sends a change that arrives at `at`, or with the one sent before it where that arrives later. `delivery` is the
    /// event by which the actor receives; one serves all that arrives at its instant.
    #[inline(always)]
    pub(crate) fn send(&mut self, at: SimTime, change: T, agenda: &mut Agenda<Event>, delivery: Event) {
        if self.send_along(at, change, agenda, delivery) {
            return;
        }
        let place = agenda.reserve(at);
        agenda.schedule_at_newest(place, delivery);
        self.on_the_way.push(Sent { place, quiet: false, change });
    }

    /// Sends a change that the actor would do nothing about if it arrived now.
    #[inline]
    pub(crate) fn send_quietly(&mut self, at: SimTime, change: T, agenda: &mut Agenda<Event>, delivery: Event) {
        if self.send_along(at, change, agenda, delivery) {
            return;
        }
        let place = agenda.reserve(at);
        self.quiet += 1;
        self.on_the_way.push(Sent { place, quiet: true, change });
    }

    /// Sends a change with the one before it, if that does not arrive earlier: one event delivers both.
    #[inline(always)]
    fn send_along(&mut self, at: SimTime, change: T, agenda: &mut Agenda<Event>, delivery: Event) -> bool {
        let Some(last) = self.on_the_way.last_mut().filter(|last| at <= last.place.at()) else { return false };
        let place = last.place;
        if std::mem::take(&mut last.quiet) {
            self.quiet -= 1;
            agenda.schedule_at(place, delivery);
        }
        self.on_the_way.push(Sent { place, quiet: false, change });
        true
    }

    /// The next change that has arrived by `now`, and whether it is a quiet one.
    #[inline]
    pub(crate) fn receive(&mut self, now: SimTime) -> Option<(T, bool)> {
        let sent = self.on_the_way.first().filter(|sent| sent.place.at() <= now)?;
        let received = (sent.change, sent.quiet);
        self.quiet -= u32::from(sent.quiet);
        self.on_the_way.drop_first();
        Some(received)
    }

    /// The next quiet change whose place has passed; everything before it has been received.
    #[inline]
    pub(crate) fn catch_up(&mut self, agenda: &Agenda<Event>) -> Option<T> {
        if self.quiet == 0 {
            return None;
        }
        let sent = self.on_the_way.first().filter(|sent| sent.quiet && agenda.has_passed(sent.place))?;
        let change = sent.change;
        self.quiet -= 1;
        self.on_the_way.drop_first();
        Some(change)
    }

    /// Schedules deliveries of the quiet changes that are still on their way.
    #[inline]
    pub(crate) fn wake(&mut self, agenda: &mut Agenda<Event>, delivery: Event) {
        if self.quiet > 0 {
            self.wake_all(agenda, delivery);
        }
    }

    fn wake_all(&mut self, agenda: &mut Agenda<Event>, delivery: Event) {
        for sent in self.on_the_way.as_mut_slice().iter_mut().filter(|sent| sent.quiet) {
            sent.quiet = false;
            agenda.schedule_at(sent.place, delivery);
        }
        self.quiet = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELIVERY: Event = Event::PodWatch { workload: 0 };

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    #[test]
    fn one_delivery_for_each_instant_and_never_out_of_order() {
        let (mut watch, mut agenda) = (Watch::default(), Agenda::default());
        for (seconds, change, events) in [(5, 'a', 1), (5, 'b', 1), (3, 'c', 1), (6, 'd', 2)] {
            watch.send(at(seconds), change, &mut agenda, DELIVERY);
            assert_eq!(agenda.len(), events, "{change}");
        }
        assert_eq!(watch.receive(at(4)), None);
        let seen: String = std::iter::from_fn(|| watch.receive(at(5))).map(|(change, _)| change).collect();
        assert_eq!(seen, "abc");
    }

    #[test]
    fn a_quiet_change_waits_for_a_look() {
        let (mut watch, mut agenda) = (Watch::default(), Agenda::default());
        watch.send_quietly(at(5), 'a', &mut agenda, DELIVERY);
        agenda.schedule(at(5), Event::DeploymentTimer { workload: 0 });
        assert_eq!(watch.catch_up(&agenda), None);
        agenda.pop();
        assert_eq!(watch.catch_up(&agenda), Some('a'), "its place was before that of the timer");
        assert_eq!(watch.catch_up(&agenda), None);
    }

    #[test]
    fn a_woken_change_comes_at_its_own_place() {
        let (mut watch, mut agenda) = (Watch::default(), Agenda::default());
        watch.send_quietly(at(5), 'a', &mut agenda, DELIVERY);
        agenda.schedule(at(5), Event::DeploymentTimer { workload: 0 });
        watch.wake(&mut agenda, DELIVERY);
        watch.wake(&mut agenda, DELIVERY);
        assert_eq!(
            [agenda.pop(), agenda.pop(), agenda.pop()],
            [Some(DELIVERY), Some(Event::DeploymentTimer { workload: 0 }), None]
        );
        assert_eq!(watch.receive(at(5)), Some(('a', false)));
    }

    #[test]
    fn a_change_for_the_same_instant_wakes_a_quiet_one() {
        let (mut watch, mut agenda) = (Watch::default(), Agenda::default());
        watch.send_quietly(at(5), 'a', &mut agenda, DELIVERY);
        watch.send(at(5), 'b', &mut agenda, DELIVERY);
        assert_eq!(agenda.len(), 1);
        agenda.pop();
        assert_eq!([watch.receive(at(5)), watch.receive(at(5))], [Some(('a', false)), Some(('b', false))]);
    }
}
