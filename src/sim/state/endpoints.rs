//! The pods as endpoints of requests.

use crate::sim::observation::PodId;
use crate::time::SimTime;
use crate::traffic::Listed;

/// The endpoints of a run.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    pub(crate) pods: Vec<Endpoint>,
    /// After the rollout's end: what is still to come of it, see [`Run::wait_for_endpoints`].
    pub(crate) open: Option<u32>,
}

/// A pod as an endpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Endpoint {
    /// As the API server has it, and since when.
    pub(crate) published: Listed,
    pub(crate) published_at: SimTime,
    /// As those know it who send requests.
    pub(crate) known: Listed,
    /// When the last change becomes known; none overtakes another.
    pub(crate) arrives: SimTime,
    pub(crate) changes: u32,
    pub(crate) answers: bool,
    pub(crate) answers_since: SimTime,
    /// The rollout is over, and what it did to this one is not known yet.
    pub(crate) open: bool,
}

pub(crate) const UNKNOWN: Endpoint = Endpoint {
    published: Listed::No,
    published_at: SimTime::ZERO,
    known: Listed::No,
    arrives: SimTime::ZERO,
    changes: 0,
    answers: false,
    answers_since: SimTime::ZERO,
    open: false,
};

impl Endpoints {
    pub(crate) fn reset(&mut self) {
        self.pods.clear();
        self.open = None;
    }

    pub(crate) fn of(&self, id: PodId) -> Endpoint {
        self.pods.get(id as usize).copied().unwrap_or(UNKNOWN)
    }

    pub(crate) fn of_mut(&mut self, id: PodId) -> &mut Endpoint {
        if self.pods.len() <= id as usize {
            self.pods.resize(id as usize + 1, UNKNOWN);
        }
        &mut self.pods[id as usize]
    }

    /// Whether the rollout is over.
    pub(crate) fn is_over(&self) -> bool {
        self.open.is_some()
    }

    /// Whether nothing is to come any more of what the rollout did.
    pub(crate) fn settled(&self) -> bool {
        self.open == Some(0)
    }
}
