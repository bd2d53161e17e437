//! Why a rollout stalled: what most of the new pods that are not available are waiting for.

use crate::k8s::objects::Template;
use crate::k8s::prober::KillingProbe;
use crate::scenario::WorkloadId;
use crate::sim::actors::no_node;
use crate::sim::observation::{Fact, Observer, PodId, StallCause};
use crate::sim::run::Run;
use crate::sim::state::pods::{Next, Phase, Pod};
use crate::sim::state::stages::Stages;
use crate::time::SimTime;

/// What most of the new pods that are not available are waiting for.
pub(crate) fn of<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, template: Template) -> Fact {
    let (mut of, mut unschedulable) = (0, None);
    let mut counts = [0_u32; StallCause::ALL.len()];
    let mut refused_by_kubelets = false;
    for (number, pod) in run.state.pods.iter().enumerate() {
        if pod.template != template || pod.terminating || pod.available {
            refused_by_kubelets |= pod.template == template && pod.gone && pod.next == Next::Refused;
            continue;
        }
        of += 1;
        if let Some(cause) = of_pod(pod, &run.state.stages.of(number as PodId), run.now()) {
            counts[cause as usize] += 1;
            let placeless = !pod.is_scheduled() && matches!(cause, StallCause::Capacity | StallCause::Volume);
            unschedulable = unschedulable.or(placeless.then_some(number as PodId));
        }
    }
    let refusals = unschedulable.map(|pod| no_node::refusals(run, pod)).unwrap_or_default();
    let refused = refused_by_quota(run, w, template);
    counts[StallCause::Quota as usize] = refused;
    of += refused;
    let most = counts.iter().copied().max().unwrap_or(0);
    if most == 0 && loses_pods(run, w) {
        // Lost old pods hold a rollout up too: no other one may be deleted, and Recreate waits for them.
        return Fact::Stalled { workload: w, cause: StallCause::NodeLoss, held: 0, of, refusals };
    }
    if most == 0 && refused_by_kubelets {
        // Each of them was replaced at once, and so will the next one be.
        return Fact::Stalled { workload: w, cause: StallCause::Capacity, held: 0, of, refusals };
    }
    let largest = |cause: &StallCause| most > 0 && counts[*cause as usize] == most;
    let cause = StallCause::ALL.into_iter().find(largest).unwrap_or(StallCause::ControlPlane);
    Fact::Stalled { workload: w, cause, held: most, of, refusals }
}

/// Whether a pod of a workload is lost and not gone.
fn loses_pods<O: Observer>(run: &Run<'_, O>, w: WorkloadId) -> bool {
    (0..).zip(&run.state.pods).any(|(id, pod)| pod.lost && !pod.gone && run.workload_of(id) == w)
}

/// What a pod that is not available is waiting for; `None`: the scheduler has not tried it yet.
fn of_pod(pod: &Pod, stages: &Stages, now: SimTime) -> Option<StallCause> {
    if pod.lost {
        return Some(StallCause::NodeLoss);
    }
    if pod.is_scheduled() && stages.mounted_at > now {
        return Some(StallCause::Volume);
    }
    match pod.phase(now) {
        Phase::Unscheduled if stages.held.is_some() => Some(StallCause::Volume),
        Phase::Unscheduled => pod.unschedulable.then_some(StallCause::Capacity),
        Phase::Pulling if pod.next == Next::Refused => Some(StallCause::Capacity),
        Phase::Pulling => Some(StallCause::ImagePull),
        Phase::Initializing => Some(StallCause::Readiness),
        Phase::Starting | Phase::Running if !pod.failed || pod.ready => Some(StallCause::Readiness),
        Phase::BackingOff | Phase::Starting | Phase::Running => Some(match pod.last_killed_by {
            None => StallCause::Crash,
            Some(KillingProbe::Startup) => StallCause::StartupProbe,
            Some(KillingProbe::Liveness) => StallCause::LivenessProbe,
        }),
    }
}

/// Pods of a template that are missing while the quota is used up, or not asked for again since it was.
fn refused_by_quota<O: Observer>(run: &Run<'_, O>, w: WorkloadId, template: Template) -> u32 {
    let sets = || run.state.workloads.of(O::MANY, w).replica_sets.iter().filter(|set| set.template == template);
    if run.quota_left(template) > 0 && !sets().any(|set| run.state.sets.was_refused(set.id)) {
        return 0;
    }
    let wanted = sets().map(|set| set.replicas);
    let there = run.state.pods.iter().filter(|pod| pod.template == template && !pod.terminating).count();
    (wanted.sum::<i32>().max(0) as u32).saturating_sub(there as u32)
}
