//! The DaemonSet controller: its queue of keys, its requests for revisions and pods, and its status writes.
//!
//! Upstream: `daemon/daemon_controller.go: syncDaemonSet, syncNodes, updateDaemonSetStatus`; the decisions are
//! [`crate::k8s::daemon_set`]. As of a StatefulSet, a sync waits until the cache shows the controller's own last writes. Which nodes
//! should run a pod is [`super::daemon_nodes`].

use crate::k8s::backoff;
use crate::k8s::controller_revision::RevisionWrite;
use crate::k8s::kubectl::{self, SetPhase};
use crate::random::Purpose;
use crate::scenario::WorkloadId;
use crate::sim::actors::{api_server, daemon_nodes, pod_lifecycle, release, replica_set_controller, tools};
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::State;
use crate::sim::state::daemon_set_work::{self, DaemonSetWork, Request};
use crate::sim::state::event::Event;
use crate::sim::state::replica_set_work::PodChange;
use crate::time::SimDuration;

/// The DaemonSet arrives in the cache.
pub(crate) fn receive_object<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let work = work(run, w);
    while let Some((object, _)) = work.watch.receive(now) {
        work.cached = Some(object);
    }
    enqueue(run, w);
}

/// Pods arrive in the cache. Of one that has become Ready the controller asks itself a second too late whether it is available.
pub(crate) fn receive_pods<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    while let Some(((id, change), _)) = run.workload(w).watches.pods.receive(now) {
        let State { daemon_sets, pods, agenda, .. } = &mut *run.state;
        let work = &mut daemon_sets.sets[usize::from(w)];
        let became_ready = work.receive(id, &pods[id as usize], change);
        let seconds = work.cached.map_or(0, |cached| cached.spec.min_ready_seconds.max(0));
        if became_ready && seconds > 0 {
            work.requeue_at(w, now + SimDuration::from_secs(seconds as u64 + 1), agenda);
        }
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

/// A node has come, gone, got a taint or lost one: DaemonSets ask for another number of pods, and their controller is told.
pub(crate) fn node_changed<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let workloads = run.world.filter(|_| O::MANY).map_or(0, |world| world.workloads.len());
    for w in 0..workloads as WorkloadId {
        if run.daemon_set(w).is_some() {
            api_server::emit_daemon_target(run, w);
            let at = run.now() + run.watch_latency(w);
            run.schedule(at, Event::DaemonSetNode { workload: w, node });
        }
    }
}

/// A node that has changed arrives in the cache.
///
/// Upstream: `daemon_controller.go: syncNodeUpdate`.
pub(crate) fn receive_node<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, node: NodeId) {
    let state = daemon_nodes::of(run, w, node);
    let work = work(run, w);
    let Some(cached) = work.cached else { return };
    let has_pod = work.has_pod_for(node);
    let concerns = match has_pod {
        false => state.should_run,
        true => !state.should_continue || cached.status.number_misscheduled > 0,
    };
    if concerns {
        enqueue(run, w);
    }
}

fn work<'r, O: Observer>(run: &'r mut Run<'_, O>, w: WorkloadId) -> &'r mut DaemonSetWork {
    &mut run.state.daemon_sets.sets[usize::from(w)]
}

/// A worker takes the key now, or it waits for one.
fn enqueue<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = work(run, w);
    if work.busy {
        work.dirty = true;
    } else if !work.waits {
        if run.state.daemon_sets.queue.take(w) {
            work_on(run, w);
        } else {
            run.state.daemon_sets.sets[usize::from(w)].waits = true;
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
    run.state.daemon_sets.queue.done(again.then_some(w))
}

fn sync<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = work(run, w);
    work.dirty = false;
    let Some(cached) = work.cached.filter(|_| !work.is_behind()) else { return };
    work.busy = true;
    (work.failed, work.observed, work.retried) = (false, false, false);
    if work.revision_to_write(cached.spec.template) == RevisionWrite::None {
        update(run, w);
    } else {
        send(run, w, 1, |_| Event::DaemonSetRevision { workload: w });
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
    update(run, w);
    free_worker(run, w);
}

/// Looks at all nodes, unless something that was asked for has not been seen yet.
fn update<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    if !work(run, w).is_satisfied() {
        return write_status(run, w);
    }
    look(run, w);
    work(run, w).syncs += 1;
    let (template, syncs) = (run.first_template(w), work(run, w).syncs);
    let (drawn, script) = (run.draws.bits(template, Purpose::MapOrder, syncs), run.scenario.script.as_ref());
    let since = now.since(run.state.start);
    let State { daemon_sets, agenda, .. } = &mut *run.state;
    let work = &mut daemon_sets.sets[usize::from(w)];
    let Some(cached) = work.cached else { return };
    let generation = cached.status.observed_generation;
    let failed = work.pods.iter().filter(|pod| pod.ended && !pod.removed);
    let again = failed.filter_map(|pod| work.back_offs.until(generation, pod.node, now)).min();
    if let Some(at) = again {
        work.requeue_at(w, at, agenda);
    }
    // The order in which this sync goes through the nodes is chance; a script has it.
    work.decide(&cached, now, |order| {
        daemon_set_work::shuffle(order, drawn);
        if let Some(script) = script {
            let turn = |node: &usize| script.next_turn(*node as u32, cached.spec.template, since);
            order.sort_by_key(|node| turn(node).unwrap_or(SimDuration::MAX));
        }
    });
    (work.observed, work.looked) = (true, true);
    send_batch(run, w);
    self::work(run, w).looked = false;
}

/// Looks at the pods and the nodes.
fn look<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let mut nodes = std::mem::take(&mut work(run, w).nodes);
    nodes.clear();
    nodes.extend((0..run.state.nodes.states.len()).map(|node| daemon_nodes::of(run, w, node as NodeId)));
    let State { daemon_sets, pods, .. } = &mut *run.state;
    let work = &mut daemon_sets.sets[usize::from(w)];
    work.nodes = nodes;
    let window = work.cached.as_ref().map_or(SimDuration::ZERO, daemon_set_work::window);
    work.look_at_pods(pods, window, now);
}

/// Sends the next batch of creations, then all deletions, and where nothing is left writes the status. After a refusal no more is
/// created.
fn send_batch<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let work = work(run, w);
    let is_creation = |request: &&Request| matches!(request, Request::Create(_));
    let mut creations = work.requests[work.next..].iter().take_while(is_creation).count() as u32;
    if work.failed {
        work.expected_creations -= creations as i32;
        work.next += creations as usize;
        creations = 0;
    }
    let left = (work.requests.len() - work.next) as u32;
    let count = if creations > 0 { creations.min(work.batch) } else { left };
    if count == 0 {
        return write_status(run, w);
    }
    work.batch = work.batch.saturating_mul(2);
    work.in_flight = count;
    send(run, w, count, |count| Event::DaemonSetPods { workload: w, count });
}

/// Sends `count` requests at once; those that the throttle lets out together are answered together.
fn send<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, count: u32, event: impl Fn(u32) -> Event) {
    let now = run.now();
    let mut left = count;
    while left > 0 {
        let granted = run.state.daemon_sets.bucket.take(now);
        let mut together = 1;
        while together < left && run.state.daemon_sets.bucket.next(now) == granted {
            run.state.daemon_sets.bucket.take(now);
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
        let request = work.requests[work.next];
        work.next += 1;
        work.in_flight -= 1;
        match request {
            Request::Create(node) => create_pod(run, w, node),
            Request::Delete(pod) => delete_pod(run, w, pod),
        }
    }
    if work(run, w).in_flight == 0 {
        send_batch(run, w);
    }
    free_worker(run, w);
}

/// A pod is created for a node, unless a quota refuses it.
fn create_pod<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, node: NodeId) {
    let Some(template) = work(run, w).cached.map(|cached| cached.spec.template) else { return };
    if run.quota_left(template) == 0 {
        run.emit(Fact::QuotaRefused { workload: w, owner: w, pods: 1 });
        let work = work(run, w);
        work.failed = true;
        work.expected_creations -= 1;
        return;
    }
    let number = if run.scenario.script.is_some() {
        // Recordings count the pods of a template in order of creation.
        run.state.pods_of[usize::from(template)] += 1;
        run.state.pods_of[usize::from(template)] - 1
    } else {
        work(run, w).number(template, node)
    };
    let pod = replica_set_controller::make_pod(run, w, template, number);
    work(run, w).asked_for(pod, node);
    report(run, w);
    run.emit(Fact::PodCreated { pod, workload: w, owner: w, template, ordinal: Some(node) });
    run.charge_quotas(template, 1);
    let now = run.now();
    api_server::send_pod(run, now, pod, PodChange::Created { pods: 1 });
    replica_set_controller::send_to_scheduler(run, template, pod, 1);
}

/// A pod is deleted. One that has failed is gone at once.
fn delete_pod<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId, id: PodId) {
    let Some(pod) = work(run, w).pod(id) else {
        // Somebody else has deleted it: the API server knows no such pod.
        work(run, w).expected_deletions -= 1;
        return;
    };
    if pod.ended && !std::mem::replace(&mut pod.removed, true) {
        run.emit(Fact::FailedPodDeleted(id));
        let now = run.now();
        api_server::send_pod(run, now, id, PodChange::Gone);
        report(run, w);
    } else if pod_lifecycle::terminate(run, id, true) {
        report(run, w);
    }
}

/// Writes an Event about a pod, which takes a token of the client's limit.
fn report<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let State { daemon_sets, .. } = &mut *run.state;
    if daemon_sets.sets[usize::from(w)].events.lets_through(now) {
        daemon_sets.bucket.write_event(now);
    }
}

/// Last part of a sync: writes the status that the cache shows now, if that differs from the cached one.
fn write_status<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    if !work(run, w).looked {
        look(run, w);
    }
    let work = work(run, w);
    let Some(cached) = work.cached else { return finish_sync(run, w) };
    work.find_status(&cached);
    if cached.status == work.status {
        return finish_sync(run, w);
    }
    send(run, w, 1, |_| Event::DaemonSetStatus { workload: w });
}

/// The API server accepts the status, or refuses it because the object has changed; then the controller reads the object and tries
/// once more.
pub(crate) fn status_committed<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let version = run.next_version();
    let work = work(run, w);
    let Some(object) = &mut work.object else { return };
    if std::mem::take(&mut work.reading) {
        work.held = object.resource_version;
        return send(run, w, 1, |_| Event::DaemonSetStatus { workload: w });
    }
    if object.resource_version == work.held {
        object.status = work.status;
        object.resource_version = version;
        work.written = version;
        accepted(run, w);
    } else {
        let again = !std::mem::replace(&mut work.retried, true);
        (work.reading, work.failed) = (again, work.failed || !again);
        run.emit(Fact::Conflict);
        if again {
            return send(run, w, 1, |_| Event::DaemonSetStatus { workload: w });
        }
    }
    finish_sync(run, w);
    free_worker(run, w);
}

/// `kubectl rollout status` sees a status that the API server has accepted.
fn accepted<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let Some(object) = work(run, w).object else { return };
    run.emit(Fact::DaemonSetStatus { workload: w, status: object.status });
    tools::look(run, w);
    let done = kubectl::daemon_set_status(&object.spec, object.generation, &object.status) == SetPhase::Done;
    release::status_written(run, w, done);
    api_server::send_daemon_set(run, w);
}

/// The sync is over. Where Ready pods are not available yet the controller looks again after `minReadySeconds`.
fn finish_sync<O: Observer>(run: &mut Run<'_, O>, w: WorkloadId) {
    let now = run.now();
    let State { daemon_sets, agenda, .. } = &mut *run.state;
    let work = &mut daemon_sets.sets[usize::from(w)];
    work.busy = false;
    let Some(cached) = work.cached else { return };
    if work.failed {
        let at = now + backoff::rate_limited_delay(work.failures);
        work.failures += 1;
        work.requeue_at(w, at, agenda);
    } else {
        work.failures = 0;
    }
    if cached.spec.min_ready_seconds > 0 && work.status.number_ready != work.status.number_available {
        work.requeue_at(w, now + daemon_set_work::window(&cached), agenda);
    }
}
