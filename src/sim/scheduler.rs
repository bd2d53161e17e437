//! The scheduler's work: one pod after the other goes to the node with the least load that has room.
//!
//! Upstream: `pkg/scheduler/schedule_one.go`, `backend/queue/scheduling_queue.go`. A pod that fits nowhere waits until a
//! pod leaves a node or a node returns; then the one that has waited longest tries again at once, as the scheduler does when
//! its active queue is empty (`SchedulerPopFromBackoffQ`).

use std::collections::VecDeque;

use crate::random::Purpose;
use crate::scenario::ControlPlane;
use crate::sim::event::Event;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::throttle::Bucket;

/// The scheduler's queues.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    /// Created, not yet seen.
    arriving: VecDeque<PodId>,
    active: VecDeque<PodId>,
    unschedulable: VecDeque<PodId>,
    busy: bool,
    cycles: u64,
    bucket: Bucket,
}

impl Scheduler {
    pub(super) fn reset(&mut self, control_plane: &ControlPlane) {
        self.arriving.clear();
        self.active.clear();
        self.unschedulable.clear();
        self.busy = false;
        self.cycles = 0;
        self.bucket = Bucket::new(control_plane.scheduler_qps.shared(control_plane.fleet));
    }

    /// A pod was created and will be seen.
    pub(super) fn expect(&mut self, pod: PodId) {
        self.arriving.push_back(pod);
    }
}

impl<O: Observer> Run<'_, O> {
    pub(super) fn scheduler_watch(&mut self, count: u32) {
        let scheduler = &mut self.state.scheduler;
        let count = (count as usize).min(scheduler.arriving.len());
        scheduler.active.extend(scheduler.arriving.drain(..count));
        self.start_cycle();
    }

    /// Room for `count` pods has appeared: as many of those that found none try again.
    pub(super) fn room_appeared(&mut self, mut count: u32) {
        let scheduler = &mut self.state.scheduler;
        while count > 0
            && let Some(pod) = scheduler.unschedulable.pop_front()
        {
            if !self.state.pods[pod as usize].terminating {
                scheduler.active.push_back(pod);
                count -= 1;
            }
        }
        self.start_cycle();
    }

    /// Pods that fit nowhere.
    pub(super) fn unschedulable_pods(&self) -> u32 {
        let waiting = self.state.scheduler.unschedulable.iter();
        waiting.filter(|&&pod| !self.state.pods[pod as usize].terminating).count() as u32
    }

    fn start_cycle(&mut self) {
        let scheduler = &mut self.state.scheduler;
        if scheduler.busy || scheduler.active.is_empty() {
            return;
        }
        scheduler.busy = true;
        scheduler.cycles += 1;
        let cycle = scheduler.cycles;
        let length = self.draws.duration(&self.scenario.control_plane.scheduling, 0, Purpose::Scheduling, cycle);
        // Between two of its pods the scheduler takes one of every other Deployment.
        let at = self.now() + length.times(u64::from(self.scenario.control_plane.fleet.max(1)));
        self.schedule(at, Event::Scheduled);
    }

    pub(super) fn scheduled(&mut self) {
        self.state.scheduler.busy = false;
        if let Some(pod) = self.state.scheduler.active.pop_front() {
            if self.state.pods[pod as usize].terminating {
                // The room that woke it may serve another.
                self.room_appeared(1);
            } else {
                self.try_node(pod);
            }
        }
        self.start_cycle();
    }

    fn place(&mut self, id: PodId) -> Option<NodeId> {
        if self.scenario.script.is_some() {
            return self.place_scripted(id);
        }
        let template = self.state.pods[id as usize].template;
        self.state.nodes.place_within(template, &self.scenario.pods[usize::from(template)].constraints)
    }

    fn try_node(&mut self, id: PodId) {
        let now = self.now();
        let granted = self.state.scheduler.bucket.take(now);
        let Some(node) = self.place(id) else {
            self.state.scheduler.unschedulable.push_back(id);
            self.wake_autoscaler();
            let pod = &mut self.state.pods[id as usize];
            if !pod.unschedulable {
                pod.unschedulable = true;
                self.tell(Fact::PodUnschedulable(id));
            }
            return;
        };
        let template = self.state.pods[id as usize].template;
        self.state.nodes.occupy(node, template);
        if self.state.nodes.constrained() {
            // One more pod there may be what others have been waiting for elsewhere.
            self.room_appeared(u32::MAX);
        }
        let active = self.state.nodes.states[node as usize].active;
        self.state.sets.node_changed(node, active);
        let pod = &mut self.state.pods[id as usize];
        pod.node = node;
        pod.unschedulable = false;
        let epoch = pod.epoch;
        let committed = granted + self.api_latency();
        if self.scenario.script.is_some() {
            // Recordings count a pod's times from the instant at which it was bound.
            self.bound(id, epoch);
        } else {
            self.schedule(committed, Event::Bound { pod: id, epoch });
        }
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
