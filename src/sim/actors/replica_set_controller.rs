//! The ReplicaSet controller: its queue of keys, its requests for pods, and its status writes.
//!
//! Upstream: `replicaset/replica_set.go: syncReplicaSet, manageReplicas, slowStartBatch`; the decisions are
//! [`crate::k8s::replica_set`]. Since 1.36 a sync waits until the cache shows the controller's own last writes
//! (`pkg/controller/util/consistency`); the change it waits for wakes it, so waiting costs nothing here.

use crate::k8s::backoff;
use crate::k8s::objects::{ReplicaSetId, Template};
use crate::k8s::replica_set::{self, BURST_REPLICAS, Manage, ReplicaSetView};
use crate::random::Purpose;
use crate::scenario::WorkloadId;
use crate::sim::actors::{api_server, past_scheduler, pod_lifecycle, tools};
use crate::sim::observation::{Fact, Observer, OwnerId, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::pods::{Pod, UID_NOT_DRAWN};
use crate::sim::state::replica_set_cache::Touched;
use crate::sim::state::replica_set_work::PodChange;

/// ReplicaSets of a workload arrive in the cache.
pub(crate) fn receive_sets<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    while let Some((change, quiet)) = run.workload(w).watches.sets.receive(now) {
        let State { workloads, sets, .. } = &mut *run.state;
        let set = sets.receive(change, &mut workloads.of_mut(O::MANY, w).watches);
        if let Some(id) = set.filter(|_| !quiet) {
            enqueue(run, id);
        }
    }
}

/// Pods of a workload arrive in the cache; each ReplicaSet that has news is queued once.
pub(crate) fn receive_pods<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let mut touched = Touched::default();
    while let Some(((id, change), _)) = run.workload(w).watches.pods.receive(now) {
        let pod = &mut run.state.pods[id as usize];
        let set = pod.owner;
        let worker = &mut run.state.sets.sets[usize::from(set)];
        worker.receive(pod, change);
        if worker.failures > 0 && change == PodChange::Ready {
            worker.requeue_when_available(set, now, &mut run.state.agenda);
        }
        touched.add(set);
    }
    enqueue_touched(run, touched);
}

fn enqueue_touched<O: Observer>(run: &mut Run<'_, O>, touched: Touched) {
    for number in 0..touched.count {
        enqueue(run, touched.sets[number]);
    }
    if touched.more {
        let w = run.workload_of_set(touched.sets[0]);
        for set in 0..run.state.sets.used as ReplicaSetId {
            if run.workload_of_set(set) == w {
                enqueue(run, set);
            }
        }
    }
}

/// A pod has been Ready for `minReadySeconds`, and the controller's own timer is due. False where the controller does not see
/// the pod as Ready.
fn see_available<O: Observer>(run: &mut Run<'_, O>, id: PodId) -> bool {
    let pod = &mut run.state.pods[id as usize];
    let seen = pod.seen_ready && !pod.seen_terminating;
    if seen {
        run.state.sets.sets[usize::from(pod.owner)].see_available(pod);
    }
    seen
}

/// A sync that failed is tried again.
pub(crate) fn retry_due<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let now = run.now();
    let worker = run.state.sets.worker(id);
    if worker.retry.is_some_and(|retry| retry <= now) {
        worker.retry = None;
        enqueue(run, id);
    }
}

fn enqueue<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    if let Some(back) = run.state.outages.controllers_back(run.now()) {
        run.state.sets.worker(id).retry = Some(back);
        return run.schedule(back, Event::ReplicaSetRetry { id });
    }
    let worker = run.state.sets.worker(id);
    if worker.busy {
        worker.dirty = true;
    } else if O::MANY {
        enqueue_among_others(run, id);
    } else {
        sync(run, id);
    }
}

/// A worker takes the key now, or it waits for one.
fn enqueue_among_others<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    if run.state.sets.worker(id).waits {
        return;
    }
    if run.state.sets.queue.take(id) {
        work_on(run, id);
    } else {
        run.state.sets.worker(id).waits = true;
    }
}

/// A worker syncs keys until it has to wait for an answer, or no key is left.
fn work_on<O: Observer>(run: &mut Run<'_, O>, first: ReplicaSetId) {
    let mut next = Some(first);
    while let Some(id) = next {
        run.state.sets.worker(id).waits = false;
        sync(run, id);
        next = next_key(run, id);
    }
}

/// After an answer: the worker that has had this key goes on with others where its sync has ended.
fn free_worker<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    if let Some(next) = next_key(run, id) {
        work_on(run, next);
    }
}

/// What the worker that has had a key does next; `None`: it still has that key, or there is none.
fn next_key<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) -> Option<ReplicaSetId> {
    let worker = run.state.sets.worker(id);
    if worker.busy {
        return None;
    }
    let again = std::mem::take(&mut worker.dirty);
    worker.waits = again;
    run.state.sets.queue.done(again.then_some(id))
}

fn sync<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let now = run.now();
    let costs = run.state.sets.costs;
    let w = run.workload_of_set(id);
    let State { workloads, sets, agenda, .. } = &mut *run.state;
    if !sets.sees_own_status(id, &mut workloads.of_mut(O::MANY, w).watches, agenda) {
        return;
    }
    let Some(worker) = sets.sets.get_mut(usize::from(id)) else { return };
    let Some(cached) = &worker.cached else { return };
    worker.dirty = false;
    if worker.unseen > 0 {
        return;
    }
    let view = ReplicaSetView {
        replicas: cached.replicas,
        generation: cached.generation,
        deleting: cached.deleting,
        active: worker.active,
        ready: worker.ready,
        available: worker.available,
        terminating: worker.terminating,
        expectations_satisfied: true,
        status: cached.status,
    };
    let decision = replica_set::sync(&view, BURST_REPLICAS);
    worker.busy = true;
    worker.failed = false;
    worker.status = decision.status;
    worker.held = cached.resource_version;
    match decision.manage {
        Manage::Create(count) => {
            worker.to_create = count;
            worker.batch = 1;
            return send_batch(run, id);
        }
        Manage::Delete(count) => {
            draw_uids(run, id);
            let State { sets, pods, nodes, .. } = &mut *run.state;
            let worker = sets.worker(id);
            worker.choose_pods_to_delete(count, now, pods, nodes, costs);
            let count = worker.to_delete.len() as u32;
            if count > 0 {
                send_requests(run, id, count, |count| Event::DeletePods { id, count });
                run.state.sets.worker(id).in_flight = count;
                return;
            }
        }
        Manage::None => {}
    }
    write_status(run, id);
}

/// Sends the next batch of the slow start: 1, 2, 4, … requests at a time.
fn send_batch<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let worker = run.state.sets.worker(id);
    let count = worker.batch.min(worker.to_create);
    worker.to_create -= count;
    worker.batch *= 2;
    worker.in_flight = count;
    send_requests(run, id, count, |count| Event::CreatePods { id, count });
}

/// Sends `count` requests at once; those that the throttle lets out together are answered together.
fn send_requests<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId, count: u32, event: impl Fn(u32) -> Event) {
    let now = run.now();
    let w = run.workload_of_set(id);
    let mut left = count;
    while left > 0 {
        let granted = run.state.sets.bucket.take(now);
        let mut together = 1;
        while together < left && run.state.sets.bucket.next(now) == granted {
            run.state.sets.bucket.take(now);
            together += 1;
        }
        left -= together;
        let at = granted + run.api_latency(w);
        run.schedule(at, event(together));
    }
}

/// The API server answers requests to create pods; a quota may refuse some of them.
pub(crate) fn create_pods<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId, count: u32) {
    let Some(template) = run.replica_set(id).map(|set| set.template) else { return };
    let granted = count.min(run.quota_left(template));
    let first = run.state.pods.len() as PodId;
    for _ in 0..granted {
        create_pod(run, id, template);
    }
    if granted > 0 {
        run.charge_quotas(template, granted);
        api_server::send_created(run, first, granted);
        send_to_scheduler(run, template, first, granted);
    }
    if run.world.is_some() && granted < count {
        let workload = run.workload_of_set(id);
        run.emit(Fact::QuotaRefused { workload, owner: id, pods: count - granted });
    }
    let worker = run.state.sets.worker(id);
    worker.in_flight -= count;
    worker.failed |= granted < count;
    worker.status.replica_failure |= worker.failed;
    if worker.in_flight == 0 {
        if worker.to_create > 0 && !worker.failed {
            send_batch(run, id);
        } else {
            requests_answered(run, id);
        }
    }
    if O::MANY {
        free_worker(run, id);
    }
}

/// The scheduler learns of created pods, unless these are none of its business.
#[inline(always)]
pub(crate) fn send_to_scheduler<O: Observer>(run: &mut Run<'_, O>, template: Template, first: PodId, count: u32) {
    if !past_scheduler::has_scheduler(run, template) {
        return past_scheduler::receive_pods(run, template, first, count);
    }
    let w = run.workload_of(first);
    run.workload(w).arriving.extend(first..first + count);
    let at = run.now() + run.watch_latency(w);
    run.schedule(at, Event::SchedulerWatch { workload: w, count });
}

fn create_pod<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId, template: u16) {
    let number = run.state.pods_of[usize::from(template)];
    run.state.pods_of[usize::from(template)] += 1;
    let now = run.now();
    let pod = make_pod(run, id, template, number);
    let worker = run.state.sets.worker(id);
    worker.unseen += 1;
    if worker.events.lets_through(now) {
        run.state.sets.bucket.write_event(now);
    }
    let workload = run.workload_of_set(id);
    run.emit(Fact::PodCreated { pod, workload, owner: id, template, ordinal: None });
}

/// A pod begins to exist, which `owner` owns; `number` is its address for random numbers.
#[inline(always)]
pub(crate) fn make_pod<O: Observer>(run: &mut Run<'_, O>, owner: OwnerId, template: Template, number: u32) -> PodId {
    let now = run.now();
    let pod = run.state.pods.len() as PodId;
    run.state.pods.push(Pod::new(owner, template, number, UID_NOT_DRAWN, now));
    let worker = run.state.sets.worker(owner);
    worker.members.push(pod);
    worker.live += 1;
    pod
}

/// Draws the UIDs of a ReplicaSet's newest pods, which only a choice among equal pods asks for.
#[inline(always)]
fn draw_uids<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let mut place = run.state.sets.worker(id).members.len();
    while let Some(before) = place.checked_sub(1) {
        let pod = run.state.sets.worker(id).members[before] as usize;
        let Pod { template, number, uid: UID_NOT_DRAWN, .. } = run.state.pods[pod] else { return };
        run.state.pods[pod].uid = uid(run, template, number);
        place = before;
    }
}

/// The UID of a pod.
#[inline(never)]
fn uid<O: Observer>(run: &mut Run<'_, O>, template: Template, number: u32) -> u64 {
    let drawn = run.draws.bits(template, Purpose::Uid, u64::from(number));
    match run.scenario.script.as_ref().and_then(|script| script.pods.get(usize::from(template))) {
        None => drawn,
        Some(pods) => pods.uids.get(&number).map_or(drawn | 1 << 63, |&uid| u64::from(uid)),
    }
}

/// The API server answers requests to delete the pods that the sync has chosen.
pub(crate) fn delete_pods<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId, count: u32) {
    for _ in 0..count {
        let worker = run.state.sets.worker(id);
        let pod = worker.to_delete[worker.executed];
        worker.executed += 1;
        if pod_lifecycle::terminate(run, pod, true) {
            run.state.sets.worker(id).unseen += 1;
            report_deletion(run, id);
        }
    }
    let worker = run.state.sets.worker(id);
    worker.in_flight -= count;
    if worker.in_flight == 0 {
        requests_answered(run, id);
    }
    if O::MANY {
        free_worker(run, id);
    }
}

/// Writes an Event about a deleted pod, which takes a token of the client's limit.
fn report_deletion<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let now = run.now();
    let sets = &mut run.state.sets;
    if sets.sets[usize::from(id)].events.lets_through(now) {
        sets.bucket.write_event(now);
    }
}

/// All requests of a sync for pods are answered.
#[inline(never)]
fn requests_answered<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    write_status(run, id);
}

/// Last part of a sync: writes the status that was true at its start, if that differs from the cached one.
#[inline(always)]
fn write_status<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let worker = run.state.sets.worker(id);
    if worker.cached.as_ref().is_none_or(|cached| cached.status == worker.status) {
        return finish_sync(run, id);
    }
    request_status(run, id);
}

/// Sends a request about the status, a write or, after a conflict, a read.
#[inline(always)]
fn request_status<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let (now, w) = (run.now(), run.workload_of_set(id));
    let at = run.state.sets.bucket.take(now) + run.api_latency(w);
    run.schedule(at, Event::ReplicaSetStatus { id });
}

/// A status write has reached the API server; after a conflict the controller reads the ReplicaSet and writes again.
pub(crate) fn status_committed<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    answer_status(run, id);
    if O::MANY {
        free_worker(run, id);
    }
}

#[inline(always)]
fn answer_status<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let version = run.next_version();
    let w = run.workload_of_set(id);
    let State { workloads, sets, .. } = &mut *run.state;
    let worker = &mut sets.sets[usize::from(id)];
    let Some(set) = workloads.of_mut(O::MANY, w).replica_sets.iter_mut().find(|set| set.id == id) else {
        return finish_sync(run, id);
    };
    if worker.reading {
        worker.reading = false;
        worker.held = set.resource_version;
        return request_again(run, id);
    }
    if set.resource_version != worker.held {
        worker.reading = true;
        run.emit(Fact::Conflict);
        return request_again(run, id);
    }
    let status = worker.status;
    worker.written = version;
    set.status = status;
    set.resource_version = version;
    let replicas = set.replicas;
    run.emit(Fact::ReplicaSetStatus { id, status });
    tools::look(run, w);
    api_server::send_replica_set_status(run, id, version, status, replicas);
    finish_sync(run, id);
}

/// After a conflict the controller reads the ReplicaSet again and tries once more.
#[cold]
#[inline(never)]
fn request_again<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    request_status(run, id);
}

fn finish_sync<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let now = run.now();
    let worker = run.state.sets.worker(id);
    worker.busy = false;
    if worker.failed {
        let at = now + backoff::rate_limited_delay(worker.failures);
        worker.failures += 1;
        let State { sets, agenda, .. } = &mut *run.state;
        sets.worker(id).requeue_at(id, at, agenda);
    } else {
        worker.failures = 0;
    }
    // Among others it goes to the end of the queue, once its worker sees that it is done.
    if !O::MANY && run.state.sets.worker(id).dirty {
        sync(run, id);
    }
}

/// Pods that became Ready in the same second become available together, and the controller counts them at once.
pub(crate) fn pods_available<O: Observer>(run: &mut Run<'_, O>, first: PodId) {
    let mut touched = Touched::default();
    let mut next = Some(first);
    while let Some(id) = next {
        pod_available(run, id, &mut touched);
        let State { agenda, pods, sets, .. } = &mut *run.state;
        let of = |pod: PodId| sets.workload_of(pods[pod as usize].owner);
        next = agenda.next_now(|event| match event {
            Event::PodAvailable { pod } if !O::MANY || of(*pod) == of(id) => Some(*pod),
            _ => None,
        });
    }
    enqueue_touched(run, touched);
}

fn pod_available<O: Observer>(run: &mut Run<'_, O>, id: PodId, touched: &mut Touched) {
    let now = run.now();
    let pod = run.state.pods[id as usize];
    let due = pod.ready && !pod.available && !pod.terminating;
    if due && pod.ready_at.truncated() + pod_lifecycle::window(run, pod.owner) <= now {
        pod_lifecycle::set_available(run, id);
        if O::MANY && !run.has_replica_sets(run.workload_of(id)) {
            return;
        }
        if see_available(run, id) && !run.state.sets.was_refused(pod.owner) {
            touched.add(pod.owner);
        }
    }
}
