//! Parts of the control plane that stop for a while: what they would have done waits until they are back.
//!
//! Upstream: `client-go/tools/leaderelection`: lease 15 s, renew deadline 10 s, retry 2 s. The next leader starts from what
//! the API server has, as these do: their watches and timers wait, and are looked at when the gap ends.

use crate::sim::event::Event;
use crate::sim::observation::{Fact, Observer, Outage};
use crate::sim::run::Run;
use crate::time::{SimDuration, SimTime};

/// Until when what is not working. Times that have passed mean that all is well.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Outages {
    controllers: SimTime,
    scheduler: SimTime,
    api: SimTime,
    api_by: SimDuration,
    /// When the last of those that stop work is over.
    stopped: SimTime,
}

impl Outages {
    /// When controllers that do not run at `now` are back.
    pub(super) fn controllers_back(&self, now: SimTime) -> Option<SimTime> {
        (now < self.controllers).then_some(self.controllers)
    }

    /// From now on nobody's work is put off.
    pub(super) fn let_work(&mut self) {
        self.stopped = SimTime::ZERO;
    }

    /// How much longer a request takes at `now`.
    pub(super) fn api_delay(&self, now: SimTime) -> SimDuration {
        if now < self.api { self.api_by } else { SimDuration::ZERO }
    }
}

impl<O: Observer> Run<'_, O> {
    /// From now on every request takes longer by `by`, for `length`.
    pub(super) fn slow_api(&mut self, by: SimDuration, length: SimDuration) {
        self.state.outages.api_by = by;
        self.outage(Outage::Api, length);
    }

    /// A part of the control plane does not work for `length`.
    pub(super) fn outage(&mut self, outage: Outage, length: SimDuration) {
        let end = self.now() + length;
        let outages = &mut self.state.outages;
        let until = match outage {
            Outage::Controllers => &mut outages.controllers,
            Outage::Scheduler => &mut outages.scheduler,
            Outage::Api => &mut outages.api,
        };
        *until = end.max(*until);
        outages.stopped = outages.controllers.max(outages.scheduler);
        self.tell(Fact::Outage(outage, length));
    }

    /// Puts off an event whose actor does not work; false: it does.
    #[inline]
    pub(super) fn put_off(&mut self, event: Event) -> bool {
        let now = self.now();
        if now >= self.state.outages.stopped {
            return false;
        }
        self.waits(event, now)
    }

    #[cold]
    fn waits(&mut self, event: Event, now: SimTime) -> bool {
        let until = match event {
            Event::DeploymentWatch
            | Event::DeploymentTimer
            | Event::DeploymentWrite
            | Event::ReplicaSetWatch
            | Event::PodWatch
            | Event::CreatePods { .. }
            | Event::DeletePods { .. }
            | Event::ReplicaSetRetry { .. }
            | Event::ReplicaSetStatus { .. }
            | Event::NodeUnreachable { .. }
            | Event::NodeTainted { .. }
            | Event::NodeEvicted { .. } => self.state.outages.controllers,
            Event::SchedulerWatch { .. } | Event::Scheduled => self.state.outages.scheduler,
            _ => return false,
        };
        let waits = now < until;
        if waits {
            self.schedule(until, event);
        }
        waits
    }
}
