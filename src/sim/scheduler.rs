//! The scheduler's work: one pod after the other goes to the best node that has room.
//!
//! Upstream: `pkg/scheduler/schedule_one.go`. Which pod is next is [`SchedulingQueue`]'s to say, which node is best
//! [`crate::sim::placement`]'s.

use std::collections::VecDeque;

use crate::random::Purpose;
use crate::scenario::ControlPlane;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::{Run, State};
use crate::sim::scheduling_queue::{Queued, SchedulingQueue};
use crate::sim::throttle::Bucket;
use crate::time::SimTime;

/// The scheduler.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    /// Created, not yet seen.
    arriving: VecDeque<PodId>,
    queue: SchedulingQueue,
    /// Whose cycle is under way.
    trying: Option<Tried>,
    cycles: u64,
    bucket: Bucket,
}

/// A pod that the scheduler looks for a node for.
#[derive(Clone, Copy, Debug)]
enum Tried {
    Own(Queued),
    /// One of lower priority.
    Displaced,
}

impl Scheduler {
    pub(super) fn reset(&mut self, control_plane: &ControlPlane) {
        self.arriving.clear();
        self.queue.reset();
        self.trying = None;
        self.cycles = 0;
        self.bucket = Bucket::new(control_plane.scheduler_qps.shared(control_plane.fleet));
    }

    /// Pods that found no node may find one now.
    pub(super) fn wake(&mut self, now: SimTime) {
        self.queue.wake(now);
    }

    /// A pod was created and will be seen.
    pub(super) fn expect(&mut self, pod: PodId) {
        self.arriving.push_back(pod);
    }
}

impl<O: Observer> Run<'_, O> {
    pub(super) fn scheduler_watch(&mut self, count: u32) {
        let now = self.now();
        let scheduler = &mut self.state.scheduler;
        let count = (count as usize).min(scheduler.arriving.len());
        for pod in scheduler.arriving.drain(..count) {
            scheduler.queue.add(pod, now);
        }
        self.start_cycle();
    }

    /// Pods that found no node may find one now.
    pub(super) fn room_appeared(&mut self) {
        let now = self.now();
        self.state.scheduler.wake(now);
        self.state.lower_priority.wake();
        self.start_cycle();
    }

    /// Pods that fit nowhere, those left out that room is being made for.
    pub(super) fn unschedulable_pods(&self) -> u32 {
        let scheduler = &self.state.scheduler;
        let trying = match &scheduler.trying {
            Some(Tried::Own(queued)) if queued.is_unplaced() => Some(queued.pod),
            _ => None,
        };
        let unplaced = scheduler.queue.unplaced().chain(trying);
        unplaced.filter(|&pod| !self.state.pods[pod as usize].terminating).count() as u32
    }

    fn start_cycle(&mut self) {
        if self.state.scheduler.trying.is_some() {
            return;
        }
        self.state.scheduler.trying = self.next_to_try();
        if self.state.scheduler.trying.is_none() {
            return;
        }
        let scheduler = &mut self.state.scheduler;
        scheduler.cycles += 1;
        let cycle = scheduler.cycles;
        let length = self.draws.duration(&self.scenario.control_plane.scheduling, 0, Purpose::Scheduling, cycle);
        // Between two of its pods the scheduler takes one of every other Deployment.
        let at = self.now() + length.times(u64::from(self.scenario.control_plane.fleet.max(1)));
        self.schedule(at, Event::Scheduled);
    }

    fn next_to_try(&mut self) -> Option<Tried> {
        let now = self.now();
        while let Some(queued) = self.state.scheduler.queue.next(now) {
            if !self.state.pods[queued.pod as usize].terminating {
                return Some(Tried::Own(queued));
            }
            self.drop_from_queue(&queued);
        }
        self.state.lower_priority.has_one_to_try().then_some(Tried::Displaced)
    }

    /// A pod needs no node any more; what was kept for it may serve others.
    fn drop_from_queue(&mut self, queued: &Queued) {
        if let Some(node) = queued.nominated {
            self.give_up_room(node);
        }
    }

    pub(super) fn scheduled(&mut self) {
        match self.state.scheduler.trying.take() {
            Some(Tried::Own(queued)) if self.state.pods[queued.pod as usize].terminating => {
                self.drop_from_queue(&queued)
            }
            Some(Tried::Own(queued)) => self.try_node(queued),
            Some(Tried::Displaced) => self.try_displaced(),
            None => {}
        }
        self.start_cycle();
    }

    fn try_node(&mut self, queued: Queued) {
        let id = queued.pod;
        let template = self.state.pods[id as usize].template;
        let model = &self.scenario.pods[usize::from(template)];
        let Some(node) = self.find_node(&queued) else { return self.found_no_node(queued) };
        let now = self.now();
        let granted = self.state.scheduler.bucket.take(now);
        self.state.nodes.occupy(node, template);
        if !model.constraints.is_empty() {
            // One more pod there may be what others have been waiting for elsewhere.
            self.state.scheduler.wake(now);
        }
        let active = self.state.nodes.states[node as usize].active;
        self.state.sets.node_changed(node, active);
        let pod = &mut self.state.pods[id as usize];
        pod.node = node;
        pod.unschedulable = false;
        let epoch = pod.epoch;
        let committed = granted + self.api_latency();
        // Recordings count a pod's times from the instant at which it was bound.
        let scripted = self.scenario.script.is_some();
        if scripted && granted <= now {
            self.bound(id, epoch);
        } else {
            self.schedule(if scripted { granted } else { committed }, Event::Bound { pod: id, epoch });
        }
    }

    fn find_node(&mut self, queued: &Queued) -> Option<NodeId> {
        if let Some(node) = queued.nominated
            && self.take_kept_room(queued.pod, node)
        {
            return Some(node);
        }
        let template = self.state.pods[queued.pod as usize].template;
        let State { nodes, search, .. } = &mut *self.state;
        let node = search.place_for(nodes, template, &self.scenario.pods[usize::from(template)]);
        if let (Some(_), Some(kept)) = (node, queued.nominated) {
            self.give_up_room(kept);
        }
        node
    }

    fn found_no_node(&mut self, mut queued: Queued) {
        let now = self.now();
        let pod = &mut self.state.pods[queued.pod as usize];
        if !pod.unschedulable {
            pod.unschedulable = true;
            // The pod's condition is written once: later attempts find the same.
            self.state.scheduler.bucket.take(now);
            self.tell(Fact::PodUnschedulable(queued.pod));
        }
        queued.nominated = self.preempt(&queued);
        self.state.scheduler.queue.put_back(queued, now);
        self.wake_autoscaler();
    }

    /// The binding of a pod has been accepted; until then only its room was taken.
    pub(super) fn bound(&mut self, id: PodId, epoch: u16) {
        let pod = &mut self.state.pods[id as usize];
        if pod.epoch != epoch {
            return;
        }
        pod.bound = true;
        let node = pod.node;
        self.tell(Fact::PodScheduled { pod: id, node });
        let seen = self.now() + self.watch_latency();
        if self.scenario.script.is_none() {
            self.pod_updated(id);
        }
        self.start_pod(id, seen);
    }
}
