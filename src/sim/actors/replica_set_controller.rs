//! The ReplicaSet controller: its queue of keys, its requests for pods, and its status writes.
//!
//! Upstream: `replicaset/replica_set.go: syncReplicaSet, manageReplicas, slowStartBatch`; the decisions are
//! [`crate::k8s::replica_set`]. Since 1.36 a sync waits until the cache shows the controller's own last writes
//! (`pkg/controller/util/consistency`); the change it waits for wakes it, so waiting costs nothing here.

use crate::k8s::backoff;
use crate::k8s::objects::{ReplicaSetId, Template};
use crate::k8s::replica_set::{self, BURST_REPLICAS, Manage, ReplicaSetView};
use crate::random::Purpose;
use crate::scenario::SUBJECT;
use crate::sim::actors::{api_server, past_scheduler, pod_lifecycle};
use crate::sim::observation::{Fact, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::sim::state::replica_set_cache::Touched;
use crate::sim::state::replica_set_work::PodChange;

/// ReplicaSets arrive in the cache.
pub(crate) fn receive_sets<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    while let Some((change, quiet)) = run.state.sets.set_watch.receive(now) {
        let set = run.state.sets.receive(change);
        if let Some(id) = set.filter(|_| !quiet) {
            enqueue(run, id);
        }
    }
}

/// Pods arrive in the cache; each ReplicaSet that has news is queued once.
pub(crate) fn receive_pods<O: Observer>(run: &mut Run<'_, O>) {
    let now = run.now();
    let mut touched = Touched::default();
    while let Some(((id, change), _)) = run.state.sets.pod_watch.receive(now) {
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
        (0..run.state.sets.used).for_each(|set| enqueue(run, set as ReplicaSetId));
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
    } else {
        sync(run, id);
    }
}

fn sync<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let now = run.now();
    let costs = run.state.sets.costs;
    if !run.state.sets.sees_own_status(id, &mut run.state.agenda) {
        return;
    }
    let Some(worker) = run.state.sets.sets.get_mut(usize::from(id)) else { return };
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
            send_batch(run, id);
        }
        Manage::Delete(count) => {
            worker.choose_pods_to_delete(count, now, &run.state.pods, &run.state.nodes.states, costs);
            let count = worker.to_delete.len() as u32;
            if count == 0 {
                return write_status(run, id);
            }
            send_requests(run, count, |count| Event::DeletePods { id, count });
            run.state.sets.worker(id).in_flight = count;
        }
        Manage::None => write_status(run, id),
    }
}

/// Sends the next batch of the slow start: 1, 2, 4, … requests at a time.
fn send_batch<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let worker = run.state.sets.worker(id);
    let count = worker.batch.min(worker.to_create);
    worker.to_create -= count;
    worker.batch *= 2;
    worker.in_flight = count;
    send_requests(run, count, |count| Event::CreatePods { id, count });
}

/// Sends `count` requests at once; those that the throttle lets out together are answered together.
fn send_requests<O: Observer>(run: &mut Run<'_, O>, count: u32, event: impl Fn(u32) -> Event) {
    let now = run.now();
    let mut left = count;
    while left > 0 {
        let granted = run.state.sets.bucket.take(now);
        let mut together = 1;
        while together < left && run.state.sets.bucket.next(now) == granted {
            run.state.sets.bucket.take(now);
            together += 1;
        }
        left -= together;
        let at = granted + run.api_latency();
        run.schedule(at, event(together));
    }
}

/// The API server answers requests to create pods; a quota may refuse some of them.
pub(crate) fn create_pods<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId, count: u32) {
    let Some(template) = run.replica_set(id).map(|set| set.template) else { return };
    let granted = count.min(run.quota_left());
    let first = run.state.pods.len() as PodId;
    for _ in 0..granted {
        create_pod(run, id, template);
    }
    if granted > 0 {
        api_server::send_created(run, first, granted);
        send_to_scheduler(run, template, first, granted);
    }
    let worker = run.state.sets.worker(id);
    worker.in_flight -= count;
    worker.failed |= granted < count;
    worker.status.replica_failure |= worker.failed;
    if worker.in_flight == 0 {
        if worker.to_create > 0 && !worker.failed {
            send_batch(run, id);
        } else {
            write_status(run, id);
        }
    }
}

/// The scheduler learns of created pods, unless these are none of its business.
fn send_to_scheduler<O: Observer>(run: &mut Run<'_, O>, template: Template, first: PodId, count: u32) {
    if !past_scheduler::has_scheduler(run, template) {
        return past_scheduler::receive_pods(run, template, first, count);
    }
    (first..first + count).for_each(|pod| run.state.scheduler.pod_created(pod));
    let at = run.now() + run.watch_latency();
    run.schedule(at, Event::SchedulerWatch { count });
}

fn create_pod<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId, template: u16) {
    let number = run.state.pods_of[usize::from(template)];
    run.state.pods_of[usize::from(template)] += 1;
    let uid = uid(run, template, number);
    let now = run.now();
    let pod = run.state.pods.len() as PodId;
    run.state.pods.push(Pod::new(id, template, number, uid, now));
    let worker = run.state.sets.worker(id);
    worker.members.push(pod);
    worker.live += 1;
    worker.unseen += 1;
    if worker.events.lets_through(now) {
        run.state.sets.bucket.write_event(now);
    }
    run.emit(Fact::PodCreated { pod, workload: SUBJECT, owner: id, template });
}

/// The UID of a pod to be created.
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
        write_status(run, id);
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

/// Last part of a sync: writes the status that was true at its start, if that differs from the cached one.
fn write_status<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let now = run.now();
    let worker = run.state.sets.worker(id);
    if worker.cached.as_ref().is_none_or(|cached| cached.status == worker.status) {
        return finish_sync(run, id);
    }
    let at = run.state.sets.bucket.take(now) + run.api_latency();
    run.schedule(at, Event::ReplicaSetStatus { id });
}

/// A status write has reached the API server; after a conflict the controller reads the ReplicaSet and writes again.
pub(crate) fn status_committed<O: Observer>(run: &mut Run<'_, O>, id: ReplicaSetId) {
    let now = run.now();
    let version = run.next_version();
    let worker = &mut run.state.sets.sets[usize::from(id)];
    let Some(set) = run.state.replica_sets.iter_mut().find(|set| set.id == id) else {
        return finish_sync(run, id);
    };
    if worker.reading {
        worker.reading = false;
        worker.held = set.resource_version;
        let at = run.state.sets.bucket.take(now) + run.api_latency();
        run.schedule(at, Event::ReplicaSetStatus { id });
        return;
    }
    if set.resource_version != worker.held {
        // The controller reads the ReplicaSet again and tries once more.
        worker.reading = true;
        let at = run.state.sets.bucket.take(now) + run.api_latency();
        run.emit(Fact::Conflict);
        run.schedule(at, Event::ReplicaSetStatus { id });
        return;
    }
    let status = worker.status;
    worker.written = version;
    set.status = status;
    set.resource_version = version;
    let replicas = set.replicas;
    run.emit(Fact::ReplicaSetStatus { id, status });
    api_server::send_replica_set_status(run, id, version, status, replicas);
    finish_sync(run, id);
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
    let worker = run.state.sets.worker(id);
    if worker.dirty {
        sync(run, id);
    }
}

/// Pods that became Ready in the same second become available together, and the controller counts them at once.
pub(crate) fn pods_available<O: Observer>(run: &mut Run<'_, O>, first: PodId) {
    let mut touched = Touched::default();
    let mut next = Some(first);
    while let Some(id) = next {
        pod_available(run, id, &mut touched);
        next = run.state.agenda.next_now(|event| match event {
            Event::PodAvailable { pod } => Some(*pod),
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
        if see_available(run, id) && !run.state.sets.was_refused(pod.owner) {
            touched.add(pod.owner);
        }
    }
}
