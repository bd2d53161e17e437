//! Pods that the same thing happens to at the same instant, one after the other: one event for all of them.
//!
//! Why: the pods that a sync of a ReplicaSet creates or deletes are mostly bound together, and gone together. In a rollout of
//! 1,000 pods that is true of 93 of 100 such events.

use crate::engine::{Agenda, Place};
use crate::sim::observation::PodId;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::time::SimTime;

/// The event that was scheduled last, for as long as it takes more pods.
#[derive(Debug, Default)]
pub(crate) struct Together {
    event: Option<Place>,
    last: PodId,
    /// How many events had been scheduled when the last pod was added. Where more have been since, one of them may come
    /// between this event's pods and another one.
    scheduled: u32,
}

impl Together {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.event = None;
    }

    /// Schedules `event` for a pod at `at`, or adds the pod to the last event, if that is the same in effect. Who handles the
    /// event goes from the pod that it names to those that [joined](Pod::joined) it.
    #[inline(always)]
    pub(crate) fn schedule(
        &mut self,
        at: SimTime,
        pod: PodId,
        event: Event,
        pods: &mut [Pod],
        agenda: &mut Agenda<Event>,
    ) {
        if at.is_never() {
            return;
        }
        let open = self.event.filter(|&event| self.scheduled == agenda.scheduled() && !agenda.has_passed(event));
        let place = agenda.reserve(at);
        let epoch = pods[pod as usize].epoch;
        let joins = open.is_some_and(|open| open.at() == place.at());
        match pods.get_mut(self.last as usize).filter(|last| joins && last.epoch == epoch) {
            Some(last) => last.joined = Some(pod),
            None => {
                agenda.schedule_at(place, event);
                self.event = Some(place);
            }
        }
        self.last = pod;
        self.scheduled = agenda.scheduled();
    }

    /// What has been scheduled by now does not come between pods.
    pub(crate) fn overlook(&mut self, agenda: &Agenda<Event>) {
        self.scheduled = agenda.scheduled();
    }
}
