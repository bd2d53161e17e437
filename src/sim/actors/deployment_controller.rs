//! The Deployment controller: its queue of one key, and its writes, one after the other.
//!
//! Upstream: `deployment_controller.go: processNextWorkItem, handleErr`; the decisions are [`crate::k8s::deployment`].

use crate::k8s::backoff;
use crate::k8s::deployment::{self, Action, DeploymentView, Held, OnError, deployment_progressing};
use crate::k8s::kubectl::{self, RolloutPhase};
use crate::k8s::objects::{DeploymentStatus, ProgressReason, ReplicaSet, ReplicaSetId};
use crate::scenario::{SUBJECT, Until};
use crate::sim::actors::{api_server, pipeline, pod_lifecycle};
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::deployment_cache::AfterWrite;
use crate::sim::state::event::Event;
use crate::time::SimDuration;

fn deadline_exceeded(status: &DeploymentStatus) -> bool {
    status.progressing.is_some_and(|progressing| progressing.reason == ProgressReason::ProgressDeadlineExceeded)
}

/// Objects arrive in the cache; the key is queued unless all of them are quiet.
pub(crate) fn receive_changes<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    let controller = &mut run.state.deployments;
    let mut news = false;
    while let Some((change, quiet)) = controller.watch.receive(now) {
        news |= !quiet;
        controller.receive(change);
    }
    if news {
        enqueue(run);
    }
}

/// A delayed look is due.
pub(crate) fn timer_due<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    if run.state.deployments.timer.is_some_and(|timer| timer <= now) {
        run.state.deployments.timer = None;
        enqueue(run);
    }
}

fn enqueue<O: Observer>(run: &mut Run<'_, O>) {
    if run.state.deployments.busy {
        run.state.deployments.dirty = true;
    } else {
        sync(run);
    }
}

fn sync<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    run.state.deployments.catch_up(&mut run.state.agenda);
    if is_settled(run) {
        return;
    }
    count_live_pods(run);
    let controller = &mut run.state.deployments;
    let Some(cached) = &controller.deployment else { return };
    controller.busy = true;
    controller.dirty = false;
    controller.skip_scaling = false;
    controller.settled = None;
    controller.next = 0;
    controller.actions.clear();
    controller.held_deployment = cached.resource_version;
    // Under Recreate the pods decide too, and they are not in the cache.
    let rolls = cached.spec.is_rolling_update();
    let view = DeploymentView {
        deployment: cached,
        limits: controller.limits,
        replica_sets: &controller.replica_sets,
        live_pods: &controller.live_pods,
    };
    deployment::sync(&view, now, &mut controller.actions);
    controller.only_publishes = matches!(controller.actions.as_slice(), [Action::UpdateStatus { .. }]);
    match controller.actions.as_slice() {
        [] | [Action::UpdateStatus { .. }] => {}
        [Action::RequeueAfter(delay)] => controller.settled = rolls.then_some(now + *delay),
        _ => controller.hold_versions(),
    }
    carry_out(run);
}

/// Whether a sync would find again that there is nothing to do before the same later time; then only the timer is set.
fn is_settled<O: Observer>(run: &mut Run<'_, O>) -> bool {
    let controller = &mut run.state.deployments;
    // Near the progress deadline the result of a sync depends on the clock.
    let later = run.state.agenda.now() + SimDuration::from_secs(2);
    let Some(at) = controller.settled.filter(|&at| later <= at) else { return false };
    controller.dirty = false;
    controller.retries = 0;
    controller.requeue_at(at, &mut run.state.agenda);
    true
}

/// Pods that a Recreate rollout waits for, by cached ReplicaSet. The controller's pod cache is taken to be up to date.
fn count_live_pods<O: Observer>(run: &mut Run<'_, O>) {
    let controller = &mut run.state.deployments;
    let Some(spec) = controller.deployment.as_ref().map(|deployment| &deployment.spec) else { return };
    if spec.is_rolling_update() {
        return;
    }
    controller.live_pods.clear();
    let (sets, pods) = (&run.state.sets, &run.state.pods);
    let stays = |&&id: &&PodId| !pods[id as usize].terminating;
    controller.live_pods.extend(controller.replica_sets.iter().map(|set| {
        if spec.recreate_waits_for_terminating() {
            sets.live_pods(set.id)
        } else {
            sets.members(set.id).iter().filter(stays).count() as u32
        }
    }));
}

/// Carries out the decisions of the sync up to its next write, whose answer comes later.
fn carry_out<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    loop {
        let controller = &mut run.state.deployments;
        match controller.actions.get(controller.next) {
            None => return finish_sync(run, true),
            Some(Action::RequeueAfter(delay)) => {
                let at = now + *delay;
                controller.requeue_at(at, &mut run.state.agenda);
            }
            Some(Action::RequeueRateLimited) => {
                controller.requeue_at(now + backoff::rate_limited_delay(0), &mut run.state.agenda);
            }
            Some(Action::UpdateReplicaSet { errors: OnError::SkipScaling, .. }) if controller.skip_scaling => {}
            Some(_) => break,
        }
        run.state.deployments.next += 1;
    }
    let granted = run.state.deployments.bucket.take(now);
    let at = granted + run.api_latency();
    run.schedule(at, Event::DeploymentWrite);
}

/// Ends the sync; after an error the rate limiter queues the key again.
fn finish_sync<O: Observer>(run: &mut Run<'_, O>, succeeded: bool) {
    let now = run.now();
    let controller = &mut run.state.deployments;
    controller.busy = false;
    if succeeded || controller.retries >= backoff::DEPLOYMENT_MAX_RETRIES {
        controller.retries = 0;
    } else {
        let at = now + backoff::rate_limited_delay(controller.retries);
        controller.retries += 1;
        controller.requeue_at(at, &mut run.state.agenda);
    }
    if controller.dirty {
        sync(run);
    }
}

/// A write has reached the API server, which accepts or refuses it; then the sync goes to its next write.
pub(crate) fn write_committed<O: Observer>(run: &mut Run<'_, O>) {
    let paused = run.state.deployments.paused.take();
    let AfterWrite { accepted, continues } = paused.unwrap_or_else(|| carry_out_write(run));
    if !run.is_watching() {
        run.state.deployments.paused = Some(AfterWrite { accepted, continues });
        return;
    }
    if !accepted {
        run.emit(Fact::Conflict);
        run.state.deployments.skip_scaling = true;
    }
    if continues { carry_out(run) } else { finish_sync(run, false) }
}

/// The controller, which has waited, works again, from where its last write left it.
#[cold]
pub(crate) fn resume<O: Observer>(run: &mut Run<'_, O>) {
    if run.state.deployments.paused.is_some() {
        let now = run.now();
        run.schedule(now, Event::DeploymentWrite);
    }
}

/// Carries out the write that has reached the API server.
#[inline(always)]
fn carry_out_write<O: Observer>(run: &mut Run<'_, O>) -> AfterWrite {
    let controller = &mut run.state.deployments;
    let actions = std::mem::take(&mut controller.actions);
    let action = &actions[controller.next];
    controller.next += 1;
    let accepted = write(run, action);
    let after = AfterWrite {
        accepted,
        continues: accepted || matches!(action, Action::UpdateReplicaSet { errors: OnError::SkipScaling, .. }),
    };
    run.state.deployments.actions = actions;
    after
}

/// Applies a write; false where the API server refuses it because of a conflict.
fn write<O: Observer>(run: &mut Run<'_, O>, action: &Action) -> bool {
    match action {
        Action::UpdateStatus { status } => {
            if run.deployment().resource_version != run.state.deployments.held_deployment {
                return false;
            }
            accept_status(run, status);
        }
        Action::CreateReplicaSet { .. } => return create_replica_set(run, *action),
        Action::UpdateReplicaSet { .. } => return update_replica_set(run, *action),
        Action::DeleteReplicaSet { id } => delete_replica_set(run, *id),
        Action::RequeueAfter(_) | Action::RequeueRateLimited => {}
    }
    true
}

/// The API server accepts the Deployment controller's status; `kubectl rollout status` watches it.
fn accept_status<O: Observer>(run: &mut Run<'_, O>, status: &DeploymentStatus) {
    if run.deployment().status == *status {
        return;
    }
    let version = run.next_version();
    let deployment = run.deployment();
    let progress = deployment_progressing(&deployment.spec, &deployment.status, status);
    let stalls = deadline_exceeded(status) && !deadline_exceeded(&deployment.status);
    deployment.status = *status;
    deployment.resource_version = version;
    let template = deployment.spec.template;
    let done = kubectl::rollout_status(deployment) == RolloutPhase::Done;
    run.emit(Fact::DeploymentStatus { workload: SUBJECT, status: *status, progress });
    if stalls {
        pipeline::note_stall(run, template);
    }
    run.state.done |= done && matches!(run.scenario.until, Until::Success { .. });
    api_server::send_deployment_status(run);
}

fn create_replica_set<O: Observer>(run: &mut Run<'_, O>, action: Action) -> bool {
    let Action::CreateReplicaSet { template, replicas, revision, desired_replicas, max_replicas, min_ready_seconds } =
        action
    else {
        return true;
    };
    if run.state.replica_sets.iter().any(|set| set.template == template) {
        return false;
    }
    let id = run.state.next_replica_set;
    run.state.next_replica_set += 1;
    let set = ReplicaSet {
        id,
        template,
        created: run.now().whole_seconds(),
        generation: 1,
        resource_version: run.next_version(),
        deleting: false,
        replicas,
        min_ready_seconds,
        revision,
        desired_replicas: Some(desired_replicas),
        max_replicas: Some(max_replicas),
        replicas_before_scale: None,
        status: Default::default(),
    };
    run.state.replica_sets.push(set);
    if replicas > 0 {
        report_scaling(run);
    }
    run.emit(Fact::ReplicaSetCreated { workload: SUBJECT, id, template, replicas });
    api_server::send_replica_set(run, set);
    true
}

fn update_replica_set<O: Observer>(run: &mut Run<'_, O>, action: Action) -> bool {
    let Action::UpdateReplicaSet {
        id,
        replicas,
        desired_replicas,
        max_replicas,
        replicas_before_scale,
        revision,
        min_ready_seconds,
        held,
        ..
    } = action
    else {
        return true;
    };
    let Some((_, cached, returned)) = run.state.deployments.held.iter_mut().find(|(known, ..)| *known == id) else {
        return false;
    };
    let Some(set) = run.state.replica_sets.iter_mut().find(|set| set.id == id) else { return false };
    if set.resource_version != if held == Held::Returned { *returned } else { *cached } {
        return false;
    }
    let before = *set;
    *set = ReplicaSet {
        replicas,
        min_ready_seconds,
        revision,
        desired_replicas,
        max_replicas,
        replicas_before_scale,
        ..before
    };
    if *set == before {
        return true;
    }
    run.state.resource_version += 1;
    set.resource_version = run.state.resource_version;
    *returned = set.resource_version;
    let (from, old_window) = (before.replicas, before.min_ready_seconds);
    set.generation += i64::from(from != replicas || old_window != min_ready_seconds);
    let set = *set;
    if from != replicas {
        report_scaling(run);
        run.emit(Fact::ReplicaSetScaled { id, from, to: replicas });
    }
    if old_window != min_ready_seconds {
        pod_lifecycle::change_window(run, id);
    }
    api_server::send_replica_set(run, set);
    true
}

/// Writes an Event about the scaled ReplicaSet, which takes a token of the client's limit.
fn report_scaling<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    let controller = &mut run.state.deployments;
    if controller.events.lets_through(now) {
        controller.bucket.write_event(now);
    }
}

fn delete_replica_set<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    run.state.replica_sets.retain(|set| set.id != id);
    run.state.sets.drop_set(id);
    run.emit(Fact::ReplicaSetDeleted(id));
    api_server::send_removed_set(run, id);
}
