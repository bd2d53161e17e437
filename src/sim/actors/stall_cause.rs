//! Why a rollout stalled: what most of the new pods that are not available are waiting for.

use crate::k8s::objects::Template;
use crate::k8s::prober::KillingProbe;
use crate::scenario::SUBJECT;
use crate::sim::observation::{Fact, Observer, StallCause};
use crate::sim::run::Run;
use crate::sim::state::pods::{Phase, Pod};
use crate::time::SimTime;

/// What most of the new pods that are not available are waiting for.
pub(crate) fn of<O: Observer>(run: &Run<'_, O>, template: Template) -> Fact {
    let mut of = 0;
    let mut counts = [0_u32; StallCause::ALL.len()];
    for pod in &run.state.pods {
        if pod.template != template || pod.terminating || pod.available {
            continue;
        }
        of += 1;
        if let Some(cause) = of_pod(pod, run.now()) {
            counts[cause as usize] += 1;
        }
    }
    let refused = refused_by_quota(run, template);
    counts[StallCause::Quota as usize] = refused;
    of += refused;
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 && run.state.pods.iter().any(|pod| pod.lost && !pod.gone) {
        // Lost old pods hold a rollout up too: no other one may be deleted, and Recreate waits for them.
        return Fact::Stalled { workload: SUBJECT, cause: StallCause::NodeLoss, held: 0, of };
    }
    let largest = |cause: &StallCause| most > 0 && counts[*cause as usize] == most;
    let cause = StallCause::ALL.into_iter().find(largest).unwrap_or(StallCause::ControlPlane);
    Fact::Stalled { workload: SUBJECT, cause, held: most, of }
}

/// What a pod that is not available is waiting for; `None`: the scheduler has not tried it yet.
fn of_pod(pod: &Pod, now: SimTime) -> Option<StallCause> {
    if pod.lost {
        return Some(StallCause::NodeLoss);
    }
    match pod.phase(now) {
        Phase::Unscheduled => pod.unschedulable.then_some(StallCause::Capacity),
        Phase::Pulling => Some(StallCause::ImagePull),
        Phase::Starting | Phase::Running if !pod.failed || pod.ready => Some(StallCause::Readiness),
        Phase::BackingOff | Phase::Starting | Phase::Running => Some(match pod.last_killed_by {
            None => StallCause::Crash,
            Some(KillingProbe::Startup) => StallCause::StartupProbe,
            Some(KillingProbe::Liveness) => StallCause::LivenessProbe,
        }),
    }
}

/// Pods of a template that are missing while the quota is used up, or not asked for again since it was.
fn refused_by_quota<O: Observer>(run: &Run<'_, O>, template: Template) -> u32 {
    let sets = || run.state.replica_sets.iter().filter(|set| set.template == template);
    if run.quota_left() > 0 && !sets().any(|set| run.state.sets.was_refused(set.id)) {
        return 0;
    }
    let wanted = sets().map(|set| set.replicas);
    let there = run.state.pods.iter().filter(|pod| pod.template == template && !pod.terminating).count();
    (wanted.sum::<i32>().max(0) as u32).saturating_sub(there as u32)
}
