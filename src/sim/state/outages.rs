//! When each part of the control plane works again.

use crate::time::{SimDuration, SimTime};

/// When each part of the control plane works again. A time that has passed means that the part works.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outages {
    pub(crate) controllers: SimTime,
    pub(crate) scheduler: SimTime,
    pub(crate) api: SimTime,
    /// How much longer each request takes until then.
    pub(crate) api_by: SimDuration,
    /// When the last outage that stops an actor is over: the later of the first two.
    pub(crate) stopped: SimTime,
}

impl Outages {
    /// When controllers that do not run at `now` are back.
    pub(crate) fn controllers_back(&self, now: SimTime) -> Option<SimTime> {
        (now < self.controllers).then_some(self.controllers)
    }

    /// Whether some actor does not work at `now`. It is asked for every event, so that an event is passed on only where it is so: one
    /// that is passed to a function would be written to memory first.
    #[inline(always)]
    pub(crate) fn stop_at(&self, now: SimTime) -> bool {
        now < self.stopped
    }

    /// From now on no event is put off.
    pub(crate) fn end_all_stops(&mut self) {
        self.stopped = SimTime::ZERO;
    }

    /// Events are put off again.
    pub(crate) fn resume_stops(&mut self) {
        self.stopped = self.controllers.max(self.scheduler);
    }

    /// How much longer a request takes at `now`.
    pub(crate) fn api_delay(&self, now: SimTime) -> SimDuration {
        if now < self.api { self.api_by } else { SimDuration::ZERO }
    }
}
