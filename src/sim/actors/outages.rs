//! Parts of the control plane that stop for a while: their events wait until they are back.
//!
//! Upstream: `client-go/tools/leaderelection`: lease 15 s, renew deadline 10 s, retry 2 s. The next leader starts from what
//! the API server has. So do these: their watches and timers wait, and are handled when the outage ends.

use crate::sim::observation::{Fact, Observer, Outage};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::time::SimDuration;

/// From now on every request takes longer by `by`, for `length`.
pub(crate) fn slow_api<O: Observer>(run: &mut Run<'_, O>, by: SimDuration, length: SimDuration) {
    run.state.outages.api_by = by;
    begin(run, Outage::Api, length);
}

/// A part of the control plane does not work for `length`.
pub(crate) fn begin<O: Observer>(run: &mut Run<'_, O>, outage: Outage, length: SimDuration) {
    let end = run.now() + length;
    let outages = &mut run.state.outages;
    let until = match outage {
        Outage::Controllers => &mut outages.controllers,
        Outage::Scheduler => &mut outages.scheduler,
        Outage::Api => &mut outages.api,
    };
    *until = end.max(*until);
    outages.stopped = outages.controllers.max(outages.scheduler);
    run.emit(Fact::Outage(outage, length));
}

/// While some actor does not work: puts off an event if it is one of that actor's; false where its actor works.
#[cold]
#[inline(never)]
pub(crate) fn put_off<O: Observer>(run: &mut Run<'_, O>, event: Event) -> bool {
    let now = run.now();
    let until = match event {
        Event::DeploymentWatch { .. }
        | Event::DeploymentTimer { .. }
        | Event::DeploymentWrite { .. }
        | Event::ReplicaSetWatch { .. }
        | Event::PodWatch { .. }
        | Event::CreatePods { .. }
        | Event::DeletePods { .. }
        | Event::ReplicaSetRetry { .. }
        | Event::ReplicaSetStatus { .. }
        | Event::StatefulSetWatch { .. }
        | Event::StatefulSetTimer { .. }
        | Event::StatefulSetRevision { .. }
        | Event::StatefulSetPods { .. }
        | Event::StatefulSetStatus { .. }
        | Event::StatefulSetStatusRetry { .. }
        | Event::DaemonSetWatch { .. }
        | Event::DaemonSetNode { .. }
        | Event::DaemonSetTimer { .. }
        | Event::DaemonSetRevision { .. }
        | Event::DaemonSetPods { .. }
        | Event::DaemonSetStatus { .. }
        | Event::NodeUnreachable { .. }
        | Event::NodeTainted { .. }
        | Event::NodeEvicted { .. } => run.state.outages.controllers,
        Event::SchedulerWatch { .. } | Event::GatesLifted { .. } | Event::Scheduled | Event::BackOffOver => {
            run.state.outages.scheduler
        }
        _ => return false,
    };
    let waits = now < until;
    if waits {
        run.schedule(until, event);
    }
    waits
}
