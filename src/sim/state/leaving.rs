//! Pods that are to go when what is measured is over, for a run that is followed until they are gone.

use crate::k8s::objects::Template;
use crate::scenario::Scenario;
use crate::sim::observation::PodId;
use crate::sim::state::pods::Pod;
use crate::time::SimTime;

/// What is known of pods that go.
#[derive(Debug, Default)]
pub(crate) struct Leaving {
    /// When a pod of each version was gone last, by template number; never, where none is. Empty where nobody asks.
    last_gone: Vec<SimTime>,
    /// Those that were there when what is measured was over, and were to go.
    waited_for: Vec<PodId>,
    /// No more pods than this may be there at last, those on their way out counted.
    pub(crate) most: Option<u32>,
    /// It is known when the last one was gone.
    pub(crate) settled: bool,
}

impl Leaving {
    pub(crate) fn reset(&mut self, scenario: &Scenario) {
        self.last_gone.clear();
        self.waited_for.clear();
        self.most = None;
        self.settled = false;
        if scenario.observes() {
            self.last_gone.resize(scenario.pods.len(), SimTime::NEVER);
        }
    }

    /// A pod is gone.
    #[inline(always)]
    pub(crate) fn note_gone(&mut self, template: Template, at: SimTime) {
        if let Some(last) = self.last_gone.get_mut(usize::from(template)) {
            *last = at;
        }
    }

    /// When the last pod was gone of a version other than `kept`, or of any version for `None`.
    pub(crate) fn last_gone(&self, kept: Option<Template>) -> Option<SimTime> {
        let others = self.last_gone.iter().enumerate().filter(|(template, _)| kept.map(usize::from) != Some(*template));
        others.map(|(_, &at)| at).filter(|at| !at.is_never()).max()
    }

    /// From now on the pods are waited for that are to go where the version `kept` stays.
    pub(crate) fn wait_for(&mut self, pods: &[Pod], kept: Template) {
        let goes = |pod: &Pod| !pod.gone && (pod.terminating || pod.template != kept);
        let going = pods.iter().enumerate().filter(|(_, pod)| goes(pod));
        self.waited_for.extend(going.map(|(id, _)| id as PodId));
    }

    /// Whether all that are waited for are gone.
    pub(crate) fn are_gone(&mut self, pods: &[Pod]) -> bool {
        while self.waited_for.pop_if(|id| pods[*id as usize].gone).is_some() {}
        let enough = |most| pods.iter().filter(|pod| !pod.gone).count() <= most as usize;
        self.waited_for.is_empty() && self.most.is_none_or(enough)
    }
}
