//! Until when each part of the control plane does not work.

use crate::time::{SimDuration, SimTime};

/// Until when what is not working. Times that have passed mean that all is well.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outages {
    pub(crate) controllers: SimTime,
    pub(crate) scheduler: SimTime,
    pub(crate) api: SimTime,
    pub(crate) api_by: SimDuration,
    /// When the last of those that stop work is over.
    pub(crate) stopped: SimTime,
}

impl Outages {
    /// When controllers that do not run at `now` are back.
    pub(crate) fn controllers_back(&self, now: SimTime) -> Option<SimTime> {
        (now < self.controllers).then_some(self.controllers)
    }

    /// From now on nobody's work is put off.
    pub(crate) fn end_all_stops(&mut self) {
        self.stopped = SimTime::ZERO;
    }

    /// How much longer a request takes at `now`.
    pub(crate) fn api_delay(&self, now: SimTime) -> SimDuration {
        if now < self.api { self.api_by } else { SimDuration::ZERO }
    }
}
