//! The lease that one pod of the Deployment holds, where only its holder is Ready.

use crate::sim::observation::PodId;
use crate::time::SimTime;

/// The lease, and who waits for it.
#[derive(Debug, Default)]
pub(crate) struct Leader {
    /// Some template's pods need the lease to be Ready.
    pub(crate) in_use: bool,
    /// The pod that holds it, or takes it next.
    pub(crate) holder: Option<PodId>,
    /// From when on another pod may take it.
    pub(crate) free_at: SimTime,
    /// Pods that lack nothing but the lease to be Ready.
    pub(crate) waiting: Vec<PodId>,
    /// Elections so far: a part of the address of their random numbers.
    pub(crate) elections: u32,
}

impl Leader {
    /// Begins a run.
    pub(crate) fn reset(&mut self, in_use: bool) {
        self.in_use = in_use;
        self.holder = None;
        self.free_at = SimTime::ZERO;
        self.waiting.clear();
        self.elections = 0;
    }

    /// A pod lacks nothing but the lease.
    pub(crate) fn wait(&mut self, pod: PodId) {
        if !self.waiting.contains(&pod) {
            self.waiting.push(pod);
        }
    }

    /// A pod does not wait any more.
    pub(crate) fn leave(&mut self, pod: PodId) {
        self.waiting.retain(|waiting| *waiting != pod);
    }
}
