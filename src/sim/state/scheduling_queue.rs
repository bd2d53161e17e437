//! The scheduler's queues: which pod is tried next.
//!
//! Upstream: `pkg/scheduler/backend/queue: active_queue.go, backoff_queue.go, scheduling_queue.go`. A pod that fits nowhere
//! waits for an event that could help. Then all that wait are tried again, each after its back-off; where no other pod is
//! there to be tried, the one whose back-off ends first is tried at once (`SchedulerPopFromBackoffQ`). Schedulers without that
//! look each second which back-offs are over.

use std::collections::VecDeque;

use crate::k8s::scheduler::unschedulable_backoff;
use crate::sim::observation::{NodeId, PodId};
use crate::time::{SimDuration, SimTime};

const SECOND: SimDuration = SimDuration::from_secs(1);

/// A pod that wants a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Queued {
    pub(crate) pod: PodId,
    /// Attempts that found no node.
    pub(crate) failures: u32,
    /// When it came, or when it last found no node.
    since: SimTime,
    /// Where room is being made for it.
    pub(crate) nominated: Option<NodeId>,
}

impl Queued {
    /// When its back-off is over.
    fn back_off_over(&self) -> SimTime {
        self.since + unschedulable_backoff(self.failures)
    }

    /// Start of the second in which its back-off ends: the queue looks once a second.
    fn backs_off_until(&self) -> SimTime {
        self.back_off_over().truncated()
    }

    /// When a scheduler that looks each second sees that its back-off is over.
    fn flushed_at(&self) -> SimTime {
        let over = self.back_off_over();
        if over == over.truncated() { over } else { over.truncated() + SECOND }
    }

    /// Whether it has found no node, and no room is being made for it.
    pub(crate) fn is_unplaced(&self) -> bool {
        self.failures > 0 && self.nominated.is_none()
    }

    fn backs_off(&self, now: SimTime) -> bool {
        self.failures > 0 && self.backs_off_until() >= now.truncated()
    }
}

/// All pods that want a node.
#[derive(Debug, Default)]
pub(crate) struct SchedulingQueue {
    /// To be tried, longest waiting first.
    active: VecDeque<Queued>,
    /// To be tried after their back-off, which ends first for the first.
    backing_off: VecDeque<Queued>,
    /// Found no node, and nothing has happened since.
    unschedulable: VecDeque<Queued>,
    /// A pod that backs off waits until that is over also where no other pod is there.
    waits_always: bool,
    /// When the queue looks next which back-offs are over, where it always waits for them.
    next_flush: SimTime,
}

impl SchedulingQueue {
    /// Begins a run. `waits_always`: without `SchedulerPopFromBackoffQ`.
    pub(crate) fn reset(&mut self, waits_always: bool) {
        self.active.clear();
        self.backing_off.clear();
        self.unschedulable.clear();
        (self.waits_always, self.next_flush) = (waits_always, SimTime::NEVER);
    }

    /// A new pod.
    #[inline]
    pub(crate) fn add(&mut self, pod: PodId, now: SimTime) {
        self.active.push_back(Queued { pod, failures: 0, since: now, nominated: None });
    }

    /// A pod that was tried found no node.
    pub(crate) fn put_back(&mut self, pod: Queued, now: SimTime) {
        self.unschedulable.push_back(Queued { failures: pod.failures + 1, since: now, ..pod });
    }

    /// Something happened that may help pods that found no node.
    pub(crate) fn wake(&mut self, now: SimTime) {
        while let Some(pod) = self.unschedulable.pop_front() {
            if self.backs_off(&pod, now) {
                insert(&mut self.backing_off, pod, |queued| (queued.backs_off_until(), queued.since));
            } else {
                insert(&mut self.active, pod, |queued| queued.since);
            }
        }
    }

    /// The pod to be tried now.
    #[inline(always)]
    pub(crate) fn next(&mut self, now: SimTime) -> Option<Queued> {
        if self.active.is_empty() && self.backing_off.is_empty() {
            return None;
        }
        if self.waits_always {
            return self.next_in_time(now);
        }
        while let Some(first) = self.backing_off.front().filter(|first| !first.backs_off(now)) {
            insert(&mut self.active, *first, |queued| queued.since);
            self.backing_off.pop_front();
        }
        self.active.pop_front().or_else(|| self.backing_off.pop_front())
    }

    /// The same for a scheduler that looks each second which back-offs are over.
    #[cold]
    fn next_in_time(&mut self, now: SimTime) -> Option<Queued> {
        while let Some(first) = self.backing_off.front().filter(|first| first.flushed_at() <= now) {
            insert(&mut self.active, *first, |queued| queued.since);
            self.backing_off.pop_front();
        }
        self.active.pop_front()
    }

    fn backs_off(&self, pod: &Queued, now: SimTime) -> bool {
        if self.waits_always { pod.failures > 0 && pod.back_off_over() > now } else { pod.backs_off(now) }
    }

    /// When the queue looks which back-offs are over, where it has to be woken for that.
    pub(crate) fn flush_to_schedule(&mut self, now: SimTime) -> Option<SimTime> {
        if !self.waits_always {
            return None;
        }
        let at = self.backing_off.front()?.flushed_at();
        let is_scheduled = self.next_flush > now && self.next_flush <= at;
        self.next_flush = if is_scheduled { self.next_flush } else { at };
        (!is_scheduled).then_some(at)
    }

    /// Pods that have found no node so far and that no room is being made for.
    pub(crate) fn unplaced(&self) -> impl Iterator<Item = PodId> {
        let queues = [&self.unschedulable, &self.backing_off, &self.active];
        queues.into_iter().flatten().filter(|queued| queued.is_unplaced()).map(|queued| queued.pod)
    }
}

/// Puts a pod behind those whose key is not larger.
fn insert<K: PartialOrd>(queue: &mut VecDeque<Queued>, pod: Queued, key: impl Fn(&Queued) -> K) {
    let place = queue.partition_point(|queued| key(queued) <= key(&pod));
    queue.insert(place, pod);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SimTime {
        SimTime::from_nanos(1_000_000_000_000 + millis * 1_000_000)
    }

    fn order(queue: &mut SchedulingQueue, now: SimTime) -> Vec<PodId> {
        std::iter::from_fn(|| queue.next(now)).map(|queued| queued.pod).collect()
    }

    /// Fails a pod's next attempt at `now`.
    fn fail(queue: &mut SchedulingQueue, now: SimTime) {
        let pod = queue.next(now).expect("a pod is waiting");
        queue.put_back(pod, now);
    }

    #[test]
    fn a_pod_that_found_no_node_waits_for_an_event() {
        let mut queue = SchedulingQueue::default();
        queue.add(1, at(0));
        fail(&mut queue, at(5));
        assert_eq!(queue.next(at(60_000)), None);
        assert_eq!(queue.unplaced().collect::<Vec<_>>(), [1]);
        queue.wake(at(60_000));
        assert_eq!(order(&mut queue, at(60_000)), [1]);
    }

    /// Before 1.33: the queue looks each second, and nobody is tried before that.
    #[test]
    fn without_its_gate_a_pod_always_waits_for_the_end_of_its_back_off() {
        let mut queue = SchedulingQueue::default();
        queue.reset(true);
        queue.add(1, at(500));
        fail(&mut queue, at(600));
        queue.wake(at(700));
        assert_eq!(queue.next(at(700)), None, "nobody else is there, and it waits");
        assert_eq!(queue.flush_to_schedule(at(700)), Some(at(2_000)), "the back-off ends at 1.6 s");
        assert_eq!(queue.flush_to_schedule(at(800)), None, "that is scheduled");
        assert_eq!(queue.next(at(1_999)), None);
        assert_eq!(order(&mut queue, at(2_000)), [1]);
        queue.add(2, at(2_000));
        fail(&mut queue, at(2_000));
        queue.wake(at(2_999));
        assert_eq!(queue.flush_to_schedule(at(2_999)), Some(at(3_000)));
        assert_eq!(order(&mut queue, at(3_000)), [2]);
        queue.add(3, at(3_000));
        fail(&mut queue, at(3_000));
        queue.wake(at(4_000));
        assert_eq!(order(&mut queue, at(4_000)), [3], "a back-off that is over holds nobody");
        assert_eq!(queue.flush_to_schedule(at(4_000)), None);
    }

    /// Upstream: `backoff_queue.go: isPodBackingoff`: a back-off that ends within this second is not over.
    #[test]
    fn a_pod_that_backs_off_waits_only_for_others() {
        let mut queue = SchedulingQueue::default();
        queue.add(1, at(500));
        fail(&mut queue, at(600));
        queue.wake(at(700));
        queue.add(2, at(700));
        queue.add(3, at(1_700));
        assert_eq!(queue.next(at(700)).map(|queued| queued.pod), Some(2), "the back-off ends at 1.6 s");
        assert_eq!(queue.next(at(1_999)).map(|queued| queued.pod), Some(3), "in whose second it still holds");
        assert_eq!(
            queue.next(at(1_999)).map(|queued| queued.pod),
            Some(1),
            "with nobody else there it does not matter"
        );
    }

    #[test]
    fn a_pod_whose_back_off_is_over_goes_before_those_that_came_later() {
        let mut queue = SchedulingQueue::default();
        queue.add(1, at(0));
        fail(&mut queue, at(600));
        queue.add(2, at(700));
        queue.wake(at(2_000));
        assert_eq!(order(&mut queue, at(2_000)), [1, 2]);
    }

    #[test]
    fn of_those_that_back_off_the_one_that_failed_less_often_comes_first() {
        let mut queue = SchedulingQueue::default();
        queue.add(1, at(0));
        for millis in [0, 1, 2] {
            queue.wake(at(millis));
            fail(&mut queue, at(millis));
        }
        queue.add(2, at(3));
        fail(&mut queue, at(3));
        queue.wake(at(4));
        assert_eq!(order(&mut queue, at(4)), [2, 1]);
    }
}
