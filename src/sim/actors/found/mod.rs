//! The start of a run from a snapshot: everything as the snapshot shows it, and what cannot be seen drawn so that it agrees.
//!
//! What the API server has is taken as it is. Controllers, scheduler and kubelets are as after a restart, from which upstream goes
//! on by itself: their caches show what the API server has, nothing is under way, every key is due, and limits of clients are full.
//! What a pod has done so far is known in part. How long a length of time will be of which a part has passed is drawn from what
//! is left of its distribution ([`lives`]); whether a pod, a version or a node is one that never becomes Ready is drawn with what the
//! snapshot says for and against it ([`evidence`]).

mod clock;

mod objects;

mod pods;

mod evidence;

mod lives;

use crate::k8s::kubectl::{self, RolloutPhase, SetPhase};
use crate::k8s::objects::ProgressReason;
use crate::scenario::{Found, Until, WorkloadId};
use crate::sim::actors::{bare_pods, pipeline, preemption, release, scheduler};
use crate::sim::observation::Observer;
use crate::sim::run::Run;
use crate::sim::state::event::Event;

pub(crate) use clock::BEFORE_SNAPSHOT;

/// Puts everything where the snapshot shows it, and lets every controller look.
pub(crate) fn start<O: Observer>(run: &mut Run<'_, O>, found: &Found) {
    run.state.next_replica_set = found.owners();
    for (w, own) in (0..).zip(&found.workloads) {
        objects::adopt(run, w, found, &own.object);
        pods::place_all(run, w, found, own);
    }
    preemption::start(run);
    lives::know_images(run, found);
    lives::silence_nodes(run, found);
    if run.scenario.script.is_some() {
        // What comes next is known, and nothing is drawn.
        bare_pods::start(run);
        lives::follow_script(run, found);
    } else {
        evidence::judge(run);
        lives::go_on(run, found);
    }
    for w in 0..found.workloads.len() as WorkloadId {
        objects::queue_keys(run, w, found);
    }
    scheduler::start_cycle(run);
}

/// After what is measured has begun: tells of a Deployment that has exceeded its deadline before, and ends the rollout of a workload
/// that is complete.
pub(crate) fn take_stock<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let exceeded = |reason| reason == ProgressReason::ProgressDeadlineExceeded;
    let deployment = run.workload(w).deployment;
    let progressing = deployment.and_then(|deployment| deployment.status.progressing);
    if let Some(deployment) = deployment
        && progressing.is_some_and(|progressing| exceeded(progressing.reason))
    {
        pipeline::note_stall(run, w, deployment.spec.template);
    }
    if is_complete(run, w) {
        if O::MANY && run.world.is_some() {
            release::status_written(run, w, true);
        } else {
            run.state.done |= matches!(run.scenario.until, Until::Success { .. });
        }
        // The run ends behind an event, and this one changes nothing.
        let now = run.now();
        run.schedule(now, Event::DeploymentTimer { workload: w });
    }
}

/// Whether `kubectl rollout status` would report success at once.
fn is_complete<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) -> bool {
    if let Some(set) = run.stateful_set_object(w) {
        return kubectl::stateful_set_status(&set.spec, set.generation, &set.status) == SetPhase::Done;
    }
    if let Some(set) = run.daemon_set_object(w) {
        return kubectl::daemon_set_status(&set.spec, set.generation, &set.status) == SetPhase::Done;
    }
    run.workload(w).deployment.is_some_and(|deployment| kubectl::rollout_status(&deployment) == RolloutPhase::Done)
}
