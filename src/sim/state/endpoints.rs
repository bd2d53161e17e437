//! The pods as endpoints of requests.

use crate::sim::observation::PodId;
use crate::time::SimTime;
use crate::traffic::Listed;

/// The endpoints of a run.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    pub(crate) pods: Vec<Endpoint>,
    /// After the rollout's end: how many of its changes are not known yet to those who send requests, or are still warming
    /// up. `None` before the end.
    pub(crate) unsettled: Option<u32>,
}

/// A pod as an endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint {
    /// As the API server has it, and since when.
    pub(crate) published: Listed,
    pub(crate) published_at: SimTime,
    /// As those who send requests know it.
    pub(crate) known: Listed,
    /// When the last change becomes known; none overtakes another.
    pub(crate) arrives: SimTime,
    pub(crate) changes: u32,
    pub(crate) answers: bool,
    pub(crate) answers_since: SimTime,
    /// The rollout is over, and its last change of this endpoint is not known yet.
    pub(crate) unsettled: bool,
}

/// A pod that has never been published.
pub(crate) const UNKNOWN: Endpoint = Endpoint {
    published: Listed::No,
    published_at: SimTime::ZERO,
    known: Listed::No,
    arrives: SimTime::ZERO,
    changes: 0,
    answers: false,
    answers_since: SimTime::ZERO,
    unsettled: false,
};

impl Endpoints {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.pods.clear();
        self.unsettled = None;
    }

    /// The endpoint of a pod.
    pub(crate) fn of(&self, id: PodId) -> Endpoint {
        self.pods.get(id as usize).copied().unwrap_or(UNKNOWN)
    }

    /// The endpoint of a pod, to be changed.
    pub(crate) fn of_mut(&mut self, id: PodId) -> &mut Endpoint {
        if self.pods.len() <= id as usize {
            self.pods.resize(id as usize + 1, UNKNOWN);
        }
        &mut self.pods[id as usize]
    }

    /// Whether the rollout is over.
    pub(crate) fn is_over(&self) -> bool {
        self.unsettled.is_some()
    }

    /// Whether everything that the rollout did is known.
    pub(crate) fn settled(&self) -> bool {
        self.unsettled == Some(0)
    }
}
