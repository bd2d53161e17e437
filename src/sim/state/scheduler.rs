//! The scheduler's state: its queues, the pod in its current cycle, and its client's limit.

use crate::k8s::version::Feature;
use crate::scenario::ControlPlane;
use crate::sim::observation::PodId;
use crate::sim::state::pods::{Held, Pod};
use crate::sim::state::scheduling_queue::{Queued, SchedulingQueue};
use crate::sim::state::stages::AllStages;
use crate::sim::state::throttle::Bucket;
use crate::time::SimTime;

/// The scheduler.
#[derive(Debug, Default)]
pub(crate) struct Scheduler {
    pub(crate) queue: SchedulingQueue,
    /// The pod in the current cycle.
    pub(crate) trying: Option<Tried>,
    pub(crate) cycles: u64,
    pub(crate) bucket: Bucket,
}

/// A pod that the scheduler looks for a node for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tried {
    Own(Queued),
    /// One of lower priority.
    Displaced,
}

impl Scheduler {
    /// Begins a run.
    pub(crate) fn reset(&mut self, control_plane: &ControlPlane) {
        self.queue.reset(!control_plane.kubernetes.has(Feature::SchedulerPopFromBackoffQ));
        self.trying = None;
        self.cycles = 0;
        self.bucket = Bucket::new(control_plane.scheduler_qps.shared(control_plane.fleet));
    }

    /// Pods that found no node may find one now.
    pub(crate) fn wake(&mut self, now: SimTime) {
        self.queue.wake(now);
    }

    /// Pods that fit nowhere and that another node could help, without those that room is being made for.
    pub(crate) fn unschedulable_pods<'a>(
        &'a self,
        pods: &'a [Pod],
        stages: &'a AllStages,
    ) -> impl Iterator<Item = PodId> + 'a {
        let trying = match &self.trying {
            Some(Tried::Own(queued)) if queued.is_unplaced() => Some(queued.pod),
            _ => None,
        };
        let unplaced = self.queue.unplaced().chain(trying);
        let helped = move |pod: PodId| !pods[pod as usize].terminating && stages.of(pod).held != Some(Held::Nowhere);
        unplaced.filter(move |&pod| helped(pod))
    }
}
