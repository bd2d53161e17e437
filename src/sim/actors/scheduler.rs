//! The scheduler's cycles: which pod is tried next, and when.
//!
//! Upstream: `pkg/scheduler/schedule_one.go`, `pkg/scheduler/backend/queue`. [`super::schedule_one`]
//! decides where the pod that is tried goes.

use crate::random::Purpose;
use crate::scenario::WorkloadId;
use crate::sim::actors::preemption;
use crate::sim::observation::{NodeId, Observer};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::scheduler::Tried;
use crate::sim::state::scheduling_queue::Queued;
use crate::time::SimTime;

/// Created pods of a workload reach the scheduler's queue.
pub(crate) fn receive_pods<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, count: u32) {
    let now = run.now();
    let State { workloads, scheduler, .. } = &mut *run.state;
    let arriving = &mut workloads.of_mut(O::MANY, w).arriving;
    let count = (count as usize).min(arriving.len());
    for pod in arriving.drain(..count) {
        scheduler.queue.add(pod, now);
    }
    start_cycle(run);
}

/// Pods that found no node may find one now.
pub(crate) fn room_appeared<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    run.state.scheduler.wake(now);
    run.state.lower_priority.wake();
    start_cycle(run);
}

/// A pod of lower priority is gone: the pod that it made room for is tried again, and others with it.
pub(crate) fn victim_gone<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    preemption::victim_left(run, node);
    room_appeared(run);
}

/// Starts a cycle for the next pod, if none is running.
#[inline(always)]
pub(crate) fn start_cycle<O: Observer>(run: &mut Run<'_, O>) {
    if let Some(end) = begin_cycle(run) {
        run.schedule(end, Event::Scheduled);
    }
}

/// Takes up the next pod, if there is one and no cycle is running; gives the end of its cycle.
pub(crate) fn begin_cycle<O: Observer>(run: &mut Run<'_, O>) -> Option<SimTime> {
    if run.state.scheduler.trying.is_some() {
        return None;
    }
    run.state.scheduler.trying = next_to_try(run);
    run.state.scheduler.trying.as_ref()?;
    let scheduler = &mut run.state.scheduler;
    scheduler.cycles += 1;
    let cycle = scheduler.cycles;
    let length = run.draws.duration(&run.scenario.control_plane.scheduling, 0, Purpose::Scheduling, cycle);
    // Between two pods of this Deployment the scheduler tries one of every other Deployment of the fleet.
    Some(run.now() + length.times(u64::from(run.scenario.control_plane.fleet.max(1))))
}

fn next_to_try<O: Observer>(run: &mut Run<'_, O>) -> Option<Tried> {
    let now = run.now();
    while let Some(queued) = run.state.scheduler.queue.next(now) {
        if !run.state.pods[queued.pod as usize].terminating {
            return Some(Tried::Own(queued));
        }
        drop_from_queue(run, &queued);
    }
    if let Some(at) = run.state.scheduler.queue.flush_to_schedule(now) {
        run.schedule(at, Event::BackOffOver);
    }
    run.state.lower_priority.has_one_to_try().then_some(Tried::Displaced)
}

/// A pod that needs no node any more leaves the queue; room that was kept for it may serve others.
pub(crate) fn drop_from_queue<O: Observer>(run: &mut Run<'_, O>, queued: &Queued) {
    if let Some(node) = queued.nominated {
        preemption::give_up_room(run, node);
    }
}
