//! What the HorizontalPodAutoscaler has measured and remembers.

use crate::k8s::horizontal::Memory;
use crate::k8s::replica_calculator::Sample;
use crate::sim::observation::Fact;
use crate::time::SimTime;
use crate::traffic::Flow;

/// The autoscaler.
#[derive(Debug, Default)]
pub(crate) struct HorizontalAutoscaler {
    /// Which pod answers which requests; `None`: there is no autoscaler.
    pub(crate) flow: Option<Flow>,
    pub(crate) memory: Memory,
    /// What has been measured, by pod.
    pub(crate) measured: Vec<Measured>,
    /// It was created in this run, and has not looked yet.
    pub(crate) is_new: bool,
}

/// What is known of a pod.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    /// Requests answered until the last time that was measured.
    pub(crate) answered: f64,
    pub(crate) sample: Option<Sample>,
}

impl HorizontalAutoscaler {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.flow = None;
        self.measured.clear();
        self.is_new = false;
    }

    /// Measures the requests that pods answer.
    pub(crate) fn take_note(&mut self, at: SimTime, fact: &Fact) {
        if let Some(flow) = &mut self.flow {
            fact.pass_to(flow, at);
        }
    }
}
