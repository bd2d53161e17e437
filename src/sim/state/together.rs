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
                agenda.schedule_at_newest(place, event);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_secs(seconds)
    }

    /// Schedules pods, each with an instant and an epoch, and something else before the pods named in `others`; gives the pods
    /// of each event.
    fn events(scheduled: &[(u64, u16)], others: &[usize]) -> Vec<Vec<PodId>> {
        let (mut together, mut agenda) = (Together::default(), Agenda::default());
        let mut pods: Vec<Pod> = (0..scheduled.len() as u32).map(|number| Pod::new(0, 0, number, 0, at(0))).collect();
        for (id, &(seconds, epoch)) in scheduled.iter().enumerate() {
            pods[id].epoch = epoch;
            if others.contains(&id) {
                agenda.schedule(at(seconds), Event::DeploymentTimer { workload: 0 });
            }
            let event = Event::PodGone { pod: id as PodId };
            together.schedule(at(seconds), id as PodId, event, &mut pods, &mut agenda);
        }
        assert_eq!(agenda.scheduled() as usize, scheduled.len() + others.len(), "each counts");
        let mut found = Vec::new();
        while let Some(event) = agenda.pop() {
            let Event::PodGone { pod } = event else { continue };
            found.push(std::iter::successors(Some(pod), |&pod| pods[pod as usize].joined).collect());
        }
        found
    }

    #[test]
    fn pods_share_an_event_where_nothing_comes_between_them() {
        assert_eq!(events(&[(5, 0), (5, 0), (5, 0), (6, 0), (5, 0)], &[]), [vec![0, 1, 2], vec![4], vec![3]]);
        assert_eq!(events(&[(5, 0), (5, 0), (5, 0)], &[1]), [vec![0], vec![1, 2]]);
        assert_eq!(events(&[(5, 0), (5, 1), (5, 1)], &[]), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn an_event_that_has_come_out_takes_no_more_pods() {
        let (mut together, mut agenda) = (Together::default(), Agenda::default());
        let mut pods = [0, 1, 2].map(|number| Pod::new(0, 0, number, 0, at(0)));
        for pod in [0, 1] {
            together.schedule(at(5), pod, Event::PodGone { pod }, &mut pods, &mut agenda);
            assert_eq!(agenda.pop(), Some(Event::PodGone { pod }));
        }
        assert_eq!(pods[0].joined, None);
        // What is overlooked does not keep pods apart.
        together.schedule(at(7), 1, Event::PodGone { pod: 1 }, &mut pods, &mut agenda);
        agenda.schedule(at(6), Event::DeploymentTimer { workload: 0 });
        together.overlook(&agenda);
        together.schedule(at(7), 2, Event::PodGone { pod: 2 }, &mut pods, &mut agenda);
        assert_eq!((pods[1].joined, agenda.len()), (Some(2), 2));
    }
}
