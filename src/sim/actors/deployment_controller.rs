//! The Deployment controller: its queue of keys, and the writes of each sync, one after the other.
//!
//! Upstream: `deployment_controller.go: processNextWorkItem, handleErr`; the decisions are [`crate::k8s::deployment`].

use crate::k8s::backoff;
use crate::k8s::deployment::{self, Action, DeploymentView, Held, OnError, deployment_progressing};
use crate::k8s::kubectl::{self, RolloutPhase};
use crate::k8s::objects::{DeploymentStatus, ProgressReason, ReplicaSet, ReplicaSetId};
use crate::scenario::{Until, WorkloadId};
use crate::sim::actors::{api_server, pipeline, pod_lifecycle, release, tools};
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::deployment_work::AfterWrite;
use crate::sim::state::event::Event;
use crate::sim::state::workload::Workload;
use crate::time::SimDuration;

fn deadline_exceeded(status: &DeploymentStatus) -> bool {
    status.progressing.is_some_and(|progressing| progressing.reason == ProgressReason::ProgressDeadlineExceeded)
}

/// Objects arrive in the cache; the key is queued unless all of them are quiet.
pub(crate) fn receive_changes<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let work = &mut run.workload(w).work;
    let mut news = false;
    while let Some((change, quiet)) = work.watch.receive(now) {
        news |= !quiet;
        work.receive(change);
    }
    if news {
        enqueue(run, w);
    }
}

/// A delayed look is due.
pub(crate) fn timer_due<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let work = &mut run.workload(w).work;
    if work.timer.is_some_and(|timer| timer <= now) {
        work.timer = None;
        enqueue(run, w);
    }
}

fn enqueue<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = &mut run.workload(w).work;
    if work.busy {
        work.dirty = true;
    } else if O::MANY {
        enqueue_among_others(run, w);
    } else {
        sync(run, w);
    }
}

/// A worker takes the key now, or it waits for one.
fn enqueue_among_others<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if run.workload(w).work.waits {
        return;
    }
    if run.state.deployments.queue.take(w) {
        work_on(run, w);
    } else {
        run.workload(w).work.waits = true;
    }
}

/// A worker syncs keys until it has to wait for an answer, or no key is left.
fn work_on<O: Observer>(run: &mut Run<'_, O>, first: WorkloadId) {
    let mut next = Some(first);
    while let Some(w) = next {
        run.workload(w).work.waits = false;
        sync(run, w);
        next = next_key(run, w);
    }
}

/// After an answer: the worker that has had this key goes on with others where its sync has ended.
fn free_worker<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if let Some(next) = next_key(run, w) {
        work_on(run, next);
    }
}

/// What the worker that has had a key does next; `None`: it still has that key, or there is none.
fn next_key<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) -> Option<WorkloadId> {
    let work = &mut run.workload(w).work;
    if work.busy {
        return None;
    }
    let again = std::mem::take(&mut work.dirty);
    work.waits = again;
    run.state.deployments.queue.done(again.then_some(w))
}

fn sync<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let State { workloads, agenda, .. } = &mut *run.state;
    workloads.of_mut(O::MANY, w).work.catch_up(agenda);
    if is_settled(run, w) {
        return;
    }
    count_live_pods(run, w);
    let work = &mut run.workload(w).work;
    let Some(cached) = &work.deployment else { return };
    work.busy = true;
    work.dirty = false;
    work.skip_scaling = false;
    work.settled = None;
    work.next = 0;
    work.actions.clear();
    work.held_deployment = cached.resource_version;
    // Under Recreate the pods decide too, and they are not in the cache.
    let rolls = cached.spec.is_rolling_update();
    let view = DeploymentView {
        deployment: cached,
        limits: work.limits,
        replica_sets: &work.replica_sets,
        live_pods: &work.live_pods,
    };
    deployment::sync(&view, now, &mut work.actions);
    work.only_publishes = matches!(work.actions.as_slice(), [Action::UpdateStatus { .. }]);
    match work.actions.as_slice() {
        [] | [Action::UpdateStatus { .. }] => {}
        [Action::RequeueAfter(delay)] => work.settled = rolls.then_some(now + *delay),
        _ => work.hold_versions(),
    }
    carry_out(run, w);
}

/// Whether a sync would find again that there is nothing to do before the same later time; then only the timer is set.
fn is_settled<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) -> bool {
    let State { workloads, agenda, .. } = &mut *run.state;
    let work = &mut workloads.of_mut(O::MANY, w).work;
    // Near the progress deadline the result of a sync depends on the clock.
    let later = agenda.now() + SimDuration::from_secs(2);
    let Some(at) = work.settled.filter(|&at| later <= at) else { return false };
    work.dirty = false;
    work.retries = 0;
    work.requeue_at(at, agenda);
    true
}

/// Pods that a Recreate rollout waits for, by cached ReplicaSet. The controller's pod cache is taken to be up to date.
fn count_live_pods<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let State { workloads, sets, pods, .. } = &mut *run.state;
    let work = &mut workloads.of_mut(O::MANY, w).work;
    let Some(spec) = work.deployment.as_ref().map(|deployment| &deployment.spec) else { return };
    if spec.is_rolling_update() {
        return;
    }
    work.live_pods.clear();
    let stays = |&&id: &&PodId| !pods[id as usize].terminating;
    work.live_pods.extend(work.replica_sets.iter().map(|set| {
        if spec.recreate_waits_for_terminating() {
            sets.live_pods(set.id)
        } else {
            sets.members(set.id).iter().filter(stays).count() as u32
        }
    }));
}

/// Carries out the decisions of the sync up to its next write, whose answer comes later.
fn carry_out<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let State { workloads, agenda, .. } = &mut *run.state;
    let work = &mut workloads.of_mut(O::MANY, w).work;
    loop {
        match work.actions.get(work.next) {
            None => return finish_sync(run, w, true),
            Some(Action::RequeueAfter(delay)) => {
                let at = now + *delay;
                work.requeue_at(at, agenda);
            }
            Some(Action::RequeueRateLimited) => {
                work.requeue_at(now + backoff::rate_limited_delay(0), agenda);
            }
            Some(Action::UpdateReplicaSet { errors: OnError::SkipScaling, .. }) if work.skip_scaling => {}
            Some(_) => break,
        }
        work.next += 1;
    }
    let granted = run.state.deployments.bucket.take(now);
    let at = granted + run.api_latency(w);
    run.schedule(at, Event::DeploymentWrite { workload: w });
}

/// Ends the sync; after an error the rate limiter queues the key again.
fn finish_sync<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, succeeded: bool) {
    let now = run.now();
    let State { workloads, agenda, .. } = &mut *run.state;
    let work = &mut workloads.of_mut(O::MANY, w).work;
    work.busy = false;
    if succeeded || work.retries >= backoff::DEPLOYMENT_MAX_RETRIES {
        work.retries = 0;
    } else {
        let at = now + backoff::rate_limited_delay(work.retries);
        work.retries += 1;
        work.requeue_at(at, agenda);
    }
    // Among others it goes to the end of the queue, once its worker sees that it is done.
    if !O::MANY && work.dirty {
        sync(run, w);
    }
}

/// A write has reached the API server, which accepts or refuses it; then the sync goes to its next write.
pub(crate) fn write_committed<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let paused = run.workload(w).work.paused.take();
    let AfterWrite { accepted, continues } = paused.unwrap_or_else(|| carry_out_write(run, w));
    if !run.is_watching() {
        run.workload(w).work.paused = Some(AfterWrite { accepted, continues });
        return;
    }
    if !accepted {
        run.emit(Fact::Conflict);
        run.workload(w).work.skip_scaling = true;
    }
    if continues {
        carry_out(run, w)
    } else {
        finish_sync(run, w, false)
    }
    if O::MANY {
        free_worker(run, w);
    }
}

/// The controller, which has waited, works again, from where its last write left it.
#[cold]
pub(crate) fn resume<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if run.workload(w).work.paused.is_some() {
        let now = run.now();
        run.schedule(now, Event::DeploymentWrite { workload: w });
    }
}

/// Carries out the write that has reached the API server.
#[inline(always)]
fn carry_out_write<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) -> AfterWrite {
    let work = &mut run.workload(w).work;
    let place = work.next;
    work.next += 1;
    let accepted = write(run, w, place);
    let goes_on = |action: &Action| matches!(action, Action::UpdateReplicaSet { errors: OnError::SkipScaling, .. });
    AfterWrite { accepted, continues: accepted || goes_on(&run.workload(w).work.actions[place]) }
}

/// Applies a write of the sync; false where the API server refuses it because of a conflict.
fn write<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, place: usize) -> bool {
    match run.workload(w).work.actions[place] {
        Action::UpdateStatus { .. } => return write_status(run, w, place),
        action @ Action::CreateReplicaSet { .. } => return create_replica_set(run, w, action),
        action @ Action::UpdateReplicaSet { .. } => return update_replica_set(run, w, action),
        Action::DeleteReplicaSet { id } => delete_replica_set(run, w, id),
        Action::RequeueAfter(_) | Action::RequeueRateLimited => {}
    }
    true
}

/// The API server accepts the Deployment controller's status; `kubectl rollout status` watches it.
fn write_status<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, place: usize) -> bool {
    let State { workloads, resource_version, .. } = &mut *run.state;
    // The status is read where it lies: it is large, and what it is moved by is most of what a write costs.
    let Workload { work, deployment, .. } = workloads.of_mut(O::MANY, w);
    let (Some(deployment), Action::UpdateStatus { status }) = (deployment, &work.actions[place]) else { return true };
    if deployment.resource_version != work.held_deployment {
        return false;
    }
    if deployment.status == *status {
        return true;
    }
    *resource_version += 1;
    let progress = deployment_progressing(&deployment.spec, &deployment.status, status);
    let stalls = deadline_exceeded(status) && !deadline_exceeded(&deployment.status);
    deployment.status = *status;
    deployment.resource_version = *resource_version;
    let (status, template) = (deployment.status, deployment.spec.template);
    let done = kubectl::rollout_status(deployment) == RolloutPhase::Done;
    run.emit(Fact::DeploymentStatus { workload: w, status, progress });
    tools::look(run, w);
    if stalls {
        pipeline::note_stall(run, w, template);
    }
    if O::MANY && run.world.is_some() {
        release::status_written(run, w, done);
    } else {
        run.state.done |= done && matches!(run.scenario.until, Until::Success { .. });
    }
    api_server::send_deployment_status(run, w);
    true
}

fn create_replica_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, action: Action) -> bool {
    let Action::CreateReplicaSet { template, replicas, revision, desired_replicas, max_replicas, min_ready_seconds } =
        action
    else {
        return true;
    };
    if run.workload(w).replica_sets.iter().any(|set| set.template == template) {
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
    run.workload(w).replica_sets.push(set);
    if replicas > 0 {
        report_scaling(run, w);
    }
    run.emit(Fact::ReplicaSetCreated { workload: w, id, template, replicas });
    api_server::send_replica_set(run, w, set);
    true
}

fn update_replica_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, action: Action) -> bool {
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
    let State { workloads, resource_version, .. } = &mut *run.state;
    let Workload { work, replica_sets, .. } = workloads.of_mut(O::MANY, w);
    let Some((_, cached, returned)) = work.held.iter_mut().find(|(known, ..)| *known == id) else {
        return false;
    };
    let Some(set) = replica_sets.iter_mut().find(|set| set.id == id) else { return false };
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
    *resource_version += 1;
    set.resource_version = *resource_version;
    *returned = set.resource_version;
    let (from, old_window) = (before.replicas, before.min_ready_seconds);
    set.generation += i64::from(from != replicas || old_window != min_ready_seconds);
    let set = *set;
    if from != replicas {
        report_scaling(run, w);
        run.emit(Fact::ReplicaSetScaled { id, from, to: replicas });
    }
    if old_window != min_ready_seconds {
        pod_lifecycle::change_window(run, id);
    }
    api_server::send_replica_set(run, w, set);
    true
}

/// Writes an Event about the scaled ReplicaSet, which takes a token of the client's limit.
fn report_scaling<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    if run.workload(w).work.events.lets_through(now) {
        run.state.deployments.bucket.write_event(now);
    }
}

fn delete_replica_set<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, id: ReplicaSetId) {
    run.workload(w).replica_sets.retain(|set| set.id != id);
    run.state.sets.drop_set(id);
    run.emit(Fact::ReplicaSetDeleted(id));
    api_server::send_removed_set(run, w, id);
}
