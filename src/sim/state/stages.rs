//! What only few pods have in their lives: kept beside the pods, so that those do not grow.

use crate::sim::observation::PodId;
use crate::sim::state::pods::Held;
use crate::time::SimTime;

/// What one pod has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stages {
    /// Its postStart hooks begin; never where there are none.
    pub(crate) hooks_from: SimTime,
    /// All its sidecars are Ready.
    pub(crate) sidecars_ready_at: SimTime,
    /// Its containers have ended because the kubelet has evicted it; never, mostly.
    pub(crate) evicted_at: SimTime,
    /// It has its volumes from then on; never: it waits for one that is on another node. Zero where it needs none.
    pub(crate) mounted_at: SimTime,
    /// The volumes that are made for it alone are attached from then on; zero: not asked for yet.
    pub(crate) own_volumes_at: SimTime,
    /// Its volumes alone left it no node when the scheduler tried it last.
    pub(crate) held: Option<Held>,
}

const NONE: Stages = Stages {
    hooks_from: SimTime::NEVER,
    sidecars_ready_at: SimTime::ZERO,
    evicted_at: SimTime::NEVER,
    mounted_at: SimTime::ZERO,
    own_volumes_at: SimTime::ZERO,
    held: None,
};

/// The same of all pods that have any.
#[derive(Debug, Default)]
pub(crate) struct AllStages {
    pods: Vec<Stages>,
}

impl AllStages {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.pods.clear();
    }

    /// Those of a pod.
    pub(crate) fn of(&self, pod: PodId) -> Stages {
        self.pods.get(pod as usize).copied().unwrap_or(NONE)
    }

    /// Those of a pod, to be changed.
    pub(crate) fn of_mut(&mut self, pod: PodId) -> &mut Stages {
        let place = pod as usize;
        if self.pods.len() <= place {
            self.pods.resize(place + 1, NONE);
        }
        &mut self.pods[place]
    }
}
