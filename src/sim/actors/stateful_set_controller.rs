//! The StatefulSet controller: its queue of keys, its requests for revisions and pods, and its status writes.
//!
//! Upstream: `statefulset/stateful_set.go: syncStatefulSet`, `stateful_set_control.go: performUpdate`; the decisions are
//! [`crate::k8s::stateful_set`]. Since 1.36 a sync waits until the cache shows the controller's own last writes
//! (`pkg/controller/util/consistency`); the change it waits for wakes it, so waiting costs nothing here. A deletion returns no
//! version that could be waited for.

use crate::k8s::backoff;
use crate::k8s::controller_revision::RevisionWrite;
use crate::k8s::kubectl::{self, SetPhase};
use crate::k8s::objects::Template;
use crate::k8s::stateful_set::Action;
use crate::k8s::version::Feature;
use crate::scenario::{StatefulSet, WorkloadId};
use crate::sim::actors::{api_server, pod_lifecycle, release, replica_set_controller, tools};
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::replica_set_work::PodChange;
use crate::sim::state::stateful_set_work::StatefulSetWork;
use crate::time::SimDuration;

/// Between two tries to write a status that was refused, and how many there are (`client-go/util/retry/util.go: DefaultRetry`).
const RETRY: SimDuration = SimDuration::from_millis(10);
const TRIES: u32 = 5;

/// The StatefulSet arrives in the cache.
pub(crate) fn receive_object<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let work = work(run, w);
    while let Some((object, _)) = work.watch.receive(now) {
        work.cached = Some(object);
    }
    enqueue(run, w);
}

/// Pods arrive in the cache.
pub(crate) fn receive_pods<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    while let Some(((id, change), _)) = run.workload(w).watches.pods.receive(now) {
        let State { stateful_sets, pods, .. } = &mut *run.state;
        stateful_sets.sets[usize::from(w)].receive(id, &pods[id as usize], change);
    }
    enqueue(run, w);
}

/// The key comes back by itself.
pub(crate) fn timer_due<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let work = work(run, w);
    if work.timer.is_some_and(|timer| timer <= now) {
        work.timer = None;
        enqueue(run, w);
    }
}

fn work<'r, O: Observer>(run: &'r mut Run<'_, O>, w: WorkloadId) -> &'r mut StatefulSetWork {
    &mut run.state.stateful_sets.sets[usize::from(w)]
}

/// A worker takes the key now, or it waits for one.
fn enqueue<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = work(run, w);
    if work.busy {
        work.dirty = true;
    } else if !work.waits {
        if run.state.stateful_sets.queue.take(w) {
            work_on(run, w);
        } else {
            run.state.stateful_sets.sets[usize::from(w)].waits = true;
        }
    }
}

/// A worker syncs keys until it has to wait for an answer, or no key is left.
fn work_on<O: Observer>(run: &mut Run<'_, O>, first: WorkloadId) {
    let mut next = Some(first);
    while let Some(w) = next {
        work(run, w).waits = false;
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
    let work = work(run, w);
    if work.busy {
        return None;
    }
    let again = std::mem::take(&mut work.dirty);
    work.waits = again;
    run.state.stateful_sets.queue.done(again.then_some(w))
}

fn sync<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let Some(StatefulSet { max_unavailable_gate: gate, .. }) = run.stateful_set(w) else { return };
    let work = work(run, w);
    work.dirty = false;
    let Some(cached) = work.cached.filter(|_| !work.is_behind()) else { return };
    work.busy = true;
    work.failed = false;
    work.conflicts = 0;
    work.decide(&cached, gate, now);
    if work.revision_to_write(cached.spec.template) == RevisionWrite::None {
        send_batch(run, w);
    } else {
        send(run, w, 1, |_| Event::StatefulSetRevision { workload: w });
    }
}

/// The API server has the revision of the template; the pods have their turn.
pub(crate) fn revision_written<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = work(run, w);
    let Some(template) = work.cached.map(|cached| cached.spec.template) else { return };
    match work.revision_to_write(template) {
        RevisionWrite::None => {}
        RevisionWrite::Create(revision) => work.revisions.push(revision),
        RevisionWrite::Renumber(revision) => {
            work.revisions.retain(|known| known.template != template);
            work.revisions.push(revision);
        }
    }
    send_batch(run, w);
    free_worker(run, w);
}

/// Sends the next batch of pod requests, or where there is none writes the status.
fn send_batch<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = work(run, w);
    let left = &work.actions[work.next..];
    let Some(batch) = left.first().map(|action| action.batch()).filter(|_| !work.failed) else {
        return write_status(run, w);
    };
    let count = left.iter().take_while(|action| action.batch() == batch).count() as u32;
    work.in_flight = count;
    send(run, w, count, |count| Event::StatefulSetPods { workload: w, count });
}

/// Sends `count` requests at once; those that the throttle lets out together are answered together.
fn send<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, count: u32, event: impl Fn(u32) -> Event) {
    let now = run.now();
    let bucket = |run: &mut Run<'_, O>| run.state.stateful_sets.bucket.take(now);
    let mut left = count;
    while left > 0 {
        let granted = bucket(run);
        let mut together = 1;
        while together < left && run.state.stateful_sets.bucket.next(now) == granted {
            bucket(run);
            together += 1;
        }
        left -= together;
        let at = granted + run.api_latency(w);
        run.schedule(at, event(together));
    }
}

/// The API server answers requests about pods.
pub(crate) fn pods_answered<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, count: u32) {
    for _ in 0..count {
        let work = work(run, w);
        let action = work.actions[work.next];
        work.next += 1;
        work.in_flight -= 1;
        match action {
            Action::CreatePod { ordinal, template, .. } => create_pod(run, w, ordinal, template),
            Action::DeletePod { ordinal, .. } => delete_pod(run, w, ordinal),
        }
    }
    if work(run, w).in_flight == 0 {
        send_batch(run, w);
    }
    free_worker(run, w);
}

/// A pod is created, unless a quota refuses it.
fn create_pod<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, ordinal: i32, template: Template) {
    if run.quota_left(template) == 0 {
        run.emit(Fact::QuotaRefused { workload: w, owner: w, pods: 1 });
        work(run, w).failed = true;
        return;
    }
    let work = work(run, w);
    let start = work.object.map_or(0, |object| object.spec.start_ordinal);
    let number = work.number(template, (ordinal - start).max(0) as u32);
    work.unseen += 1;
    let pod = replica_set_controller::make_pod(run, w, template, number);
    report(run, w);
    run.emit(Fact::PodCreated { pod, workload: w, owner: w, template, ordinal: Some(ordinal as u32) });
    run.charge_quotas(template, 1);
    let now = run.now();
    api_server::send_pod(run, now, pod, PodChange::Created { pods: 1 });
    replica_set_controller::send_to_scheduler(run, template, pod, 1);
}

/// A pod is deleted. One that has failed is gone at once.
fn delete_pod<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, ordinal: i32) {
    let Some(pod) = work(run, w).pod_at(ordinal) else { return };
    let id = pod.id;
    if pod.ended && !std::mem::replace(&mut pod.removed, true) {
        remove_failed(run, id);
        report(run, w);
    } else if pod_lifecycle::terminate(run, id, true) {
        report(run, w);
    }
}

/// The object of a pod whose phase is Failed goes; its containers ended when it failed.
fn remove_failed<O: Observer>(run: &mut Run<'_, O>, pod: PodId) {
    run.emit(Fact::FailedPodDeleted(pod));
    let now = run.now();
    api_server::send_pod(run, now, pod, PodChange::Gone);
}

/// Writes an Event about a pod, which takes a token of the client's limit.
fn report<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let State { stateful_sets, .. } = &mut *run.state;
    if stateful_sets.sets[usize::from(w)].events.lets_through(now) {
        stateful_sets.bucket.write_event(now);
    }
}

/// Last part of a sync: writes the status that was true at its start, if that differs from the cached one.
fn write_status<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = work(run, w);
    if work.cached.is_none_or(|cached| cached.status == work.status) {
        return finish_sync(run, w);
    }
    send(run, w, 1, |_| Event::StatefulSetStatus { workload: w });
}

/// The API server accepts the status, or refuses it because the object has changed; then the controller takes the object from its
/// cache and tries again.
pub(crate) fn status_committed<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let version = run.next_version();
    let work = work(run, w);
    let Some(object) = &mut work.object else { return };
    if object.resource_version != work.held {
        work.conflicts += 1;
        work.held = work.cached.map_or(0, |cached| cached.resource_version);
        let again = work.conflicts < TRIES;
        work.failed |= !again;
        run.emit(Fact::Conflict);
        if again {
            let at = run.now() + RETRY;
            return run.schedule(at, Event::StatefulSetStatusRetry { workload: w });
        }
    } else {
        object.status = work.status;
        object.resource_version = version;
        work.written = version;
        accepted(run, w);
    }
    finish_sync(run, w);
    free_worker(run, w);
}

/// The controller tries again to write its status.
pub(crate) fn retry_status<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    send(run, w, 1, |_| Event::StatefulSetStatus { workload: w });
}

/// `kubectl rollout status` sees a status that the API server has accepted.
fn accepted<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let Some(object) = work(run, w).object else { return };
    run.emit(Fact::StatefulSetStatus { workload: w, status: object.status });
    tools::look(run, w);
    let done = kubectl::stateful_set_status(&object.spec, object.generation, &object.status) == SetPhase::Done;
    release::status_written(run, w, done);
    api_server::send_stateful_set(run, w);
}

fn finish_sync<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let exact = run.scenario.control_plane.kubernetes.has(Feature::ExactAvailabilityOfStatefulSets);
    let State { stateful_sets, agenda, .. } = &mut *run.state;
    let work = &mut stateful_sets.sets[usize::from(w)];
    work.busy = false;
    let Some(cached) = work.cached else { return };
    if work.failed {
        let at = now + backoff::rate_limited_delay(work.failures);
        work.failures += 1;
        return work.requeue_at(w, at, agenda);
    }
    work.failures = 0;
    if let Some(at) = work.look_again_at(&cached, now, exact) {
        work.requeue_at(w, at, agenda);
    }
}
