//! The ReplicaSet controller's work: for each ReplicaSet what it has seen, its key in the queue, its pod requests and
//! its status writes.
//!
//! Upstream: `replicaset/replica_set.go: syncReplicaSet, manageReplicas, slowStartBatch`; decisions are
//! [`crate::k8s::replica_set`]. Since 1.36 a sync waits until the cache shows the controller's own last writes
//! (`pkg/controller/util/consistency`); the change it waits for wakes it, so waiting costs nothing here.

use crate::engine::Agenda;
use crate::k8s::backoff;
use crate::k8s::objects::{ReplicaSet, ReplicaSetId, ReplicaSetStatus};
use crate::k8s::pod_rank::{self, ActivePhase, RankedPod};
use crate::k8s::replica_set::{self, BURST_REPLICAS, Manage, ReplicaSetView};
use crate::queue::Queue;
use crate::scenario::ControlPlane;
use crate::sim::event::Event;
use crate::sim::nodes::NodeState;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::pods::Pod;
use crate::sim::run::{Run, State};
use crate::sim::throttle::{Bucket, SpamFilter};
use crate::sim::victims::Victims;
use crate::sim::watch::Watch;
use crate::time::{SimDuration, SimTime};

/// ReplicaSets whose keys wait in the queue while the changes of one instant come in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Touched {
    sets: [ReplicaSetId; 4],
    count: usize,
    /// There are more than four; then all are looked at.
    more: bool,
}

impl Touched {
    pub(super) fn add(&mut self, set: ReplicaSetId) {
        if self.sets[..self.count].contains(&set) {
            return;
        }
        match self.sets.get_mut(self.count) {
            Some(place) => {
                *place = set;
                self.count += 1;
            }
            None => self.more = true,
        }
    }
}

/// What the API server sends to the ReplicaSet controller about a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PodChange {
    Created,
    Ready,
    NotReady,
    /// It got its deletion timestamp; `own`: the controller itself asked for it.
    Terminating {
        own: bool,
    },
    Gone,
    /// Something that no count depends on; a sync that keeps failing is tried again.
    Updated,
}

/// What it sends about a ReplicaSet. New specs travel beside it, in the same order.
#[derive(Clone, Copy, Debug)]
enum SetChange {
    Spec,
    /// The controller's own last status.
    OwnStatus(ReplicaSetId),
}

/// The ReplicaSet controller.
#[derive(Debug, Default)]
pub(super) struct ReplicaSetController {
    sets: Vec<Worker>,
    used: usize,
    bucket: Bucket,
    /// Some pod has a deletion cost.
    costs: bool,
    set_watch: Watch<SetChange>,
    sets_sent: Queue<ReplicaSet>,
    pod_watch: Watch<(PodId, PodChange)>,
}

/// What the controller has of one ReplicaSet.
#[derive(Debug, Default)]
struct Worker {
    cached: Option<ReplicaSet>,
    /// Every pod it ever had, in order of creation.
    members: Vec<PodId>,
    /// Pods that have not ended, in truth.
    live: u32,
    /// Pods as the cache shows them.
    active: i32,
    ready: i32,
    available: i32,
    terminating: i32,
    busy: bool,
    dirty: bool,
    /// Own pod requests that the cache does not show yet.
    unseen: u32,
    /// Resource version of the last own status write.
    written: u64,
    /// Pods of the current sync still to be asked for, the size of the next batch, and requests not yet answered.
    to_create: u32,
    batch: u32,
    in_flight: u32,
    condemned: Vec<PodId>,
    executed: usize,
    /// A request of this sync was refused, and how many syncs in a row ended so.
    failed: bool,
    failures: u32,
    /// While syncs fail, when the key comes back from the queue of delayed keys; of several dates only the earliest counts.
    retry: Option<SimTime>,
    /// The status that this sync writes, if it differs.
    status: ReplicaSetStatus,
    held: u64,
    /// After a conflict, the request under way is to read the ReplicaSet again.
    reading: bool,
    order: Victims,
    events: SpamFilter,
}

impl Worker {
    fn reset(&mut self) {
        let Self { members, condemned, order, .. } = std::mem::take(self);
        *self = Self { members, condemned, order, ..Self::default() };
        self.members.clear();
        self.condemned.clear();
        self.order.invalidate();
    }

    /// Notes a change of a pod; true where the numbers that a sync looks at have moved.
    fn receive(&mut self, pod: &mut Pod, change: PodChange) {
        match change {
            PodChange::Created => {
                self.active += 1;
                self.unseen -= 1;
            }
            PodChange::Ready if !pod.seen_ready && !pod.seen_terminating => {
                pod.seen_ready = true;
                self.ready += 1;
                self.order.invalidate();
                if pod.available {
                    self.see_available(pod);
                }
            }
            PodChange::NotReady => self.see_not_ready(pod),
            PodChange::Terminating { own } => {
                self.unseen -= u32::from(own);
                if !pod.seen_terminating {
                    let was_ready = pod.seen_ready;
                    pod.seen_terminating = true;
                    self.active -= 1;
                    self.terminating += 1;
                    self.ready -= i32::from(was_ready);
                    self.available -= i32::from(pod.seen_available);
                    pod.seen_available = false;
                }
            }
            PodChange::Gone => self.terminating -= 1,
            PodChange::Ready | PodChange::Updated => {}
        }
    }

    /// Whether a sync would make nothing of this status coming back: no pod has changed since, and either the size is right
    /// or the sync would wait for pods to appear.
    fn would_ignore(&self, replicas: i32) -> bool {
        !self.dirty && !self.failed && (self.unseen > 0 || self.active == replicas)
    }

    /// Whether the cache does not show the own last status yet.
    fn is_behind(&self) -> bool {
        self.cached.as_ref().is_some_and(|set| set.resource_version < self.written)
    }

    /// A pod has become Ready: when it has been so for `minReadySeconds` the key comes back.
    ///
    /// While syncs fail this is the only date for that, and the retry of the next failure may take its place: both are the one
    /// entry of the key. After a sync that succeeds every pod's date is kept (`replica_set.go: updatePod, syncReplicaSet`,
    /// `delaying_queue.go: insert`).
    fn look_when_available(&mut self, id: ReplicaSetId, now: SimTime, agenda: &mut Agenda<Event>) {
        let seconds = self.cached.as_ref().map_or(0, |set| set.min_ready_seconds);
        if seconds > 0 {
            self.come_back(id, now + SimDuration::from_secs(seconds as u64), agenda);
        }
    }

    /// The key comes back at `at`, if it does not come back earlier.
    fn come_back(&mut self, id: ReplicaSetId, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.retry.is_none_or(|retry| at < retry) {
            self.retry = Some(at);
            agenda.schedule(at, Event::ReplicaSetRetry { id });
        }
    }

    fn see_available(&mut self, pod: &mut Pod) {
        if !pod.seen_available {
            pod.seen_available = true;
            self.available += 1;
        }
    }

    fn see_not_ready(&mut self, pod: &mut Pod) {
        if pod.seen_ready && !pod.seen_terminating {
            pod.seen_ready = false;
            self.ready -= 1;
            self.available -= i32::from(pod.seen_available);
            pod.seen_available = false;
            self.order.invalidate();
        }
    }

    /// Chooses `count` pods to delete, foremost first.
    /// `costs`: deletion costs come before the rules that the order of Ready pods is kept by.
    fn condemn(&mut self, count: u32, now: SimTime, pods: &[Pod], nodes: &[NodeState], costs: bool) {
        self.condemned.clear();
        self.executed = 0;
        let all = count as i32 >= self.active;
        let each = all || costs;
        if each || self.ready < self.active {
            let unready = self.members.iter().copied().filter(|&id| {
                let pod = &pods[id as usize];
                !pod.seen_terminating && (each || !pod.seen_ready)
            });
            self.condemned.extend(unready);
            if !all {
                self.condemned.sort_by_cached_key(|&id| pod_rank::victim_key(&ranked(id, pods, nodes, now), now));
            }
            self.condemned.truncate(count as usize);
        }
        if !all && self.condemned.len() < count as usize {
            if !self.order.is_valid(now) {
                self.order.rebuild(now, pods, &self.members, nodes);
            }
            while self.condemned.len() < count as usize
                && let Some(pod) = self.order.pop(pods)
            {
                self.condemned.push(pod);
            }
        }
    }
}

fn ranked(id: PodId, pods: &[Pod], nodes: &[NodeState], now: SimTime) -> RankedPod {
    let pod = &pods[id as usize];
    RankedPod {
        assigned: pod.is_scheduled(),
        phase: if pod.is_pending(now) { ActivePhase::Pending } else { ActivePhase::Running },
        ready: pod.seen_ready,
        deletion_cost: pod.deletion_cost,
        rank: nodes.get(pod.node as usize).map_or(0, |node| node.active),
        ready_since: pod.seen_ready.then(|| pod.ready_at.truncated()),
        restarts: u32::from(pod.restarts),
        sidecar_restarts: 0,
        created: Some(pod.created.truncated()),
        uid: pod.uid,
    }
}

impl ReplicaSetController {
    pub(super) fn reset(&mut self, control_plane: &ControlPlane) {
        self.used = 0;
        self.costs = false;
        self.bucket = Bucket::new(control_plane.controller_qps.shared(control_plane.fleet));
        self.set_watch.reset();
        self.sets_sent.clear();
        self.pod_watch.reset();
    }

    /// Takes up a ReplicaSet that the cache already shows.
    pub(super) fn adopt(&mut self, set: ReplicaSet) {
        self.open(set.id).cached = Some(set);
    }

    /// Gives a ReplicaSet the first `count` pods of the run, all available.
    pub(super) fn start_with(&mut self, id: ReplicaSetId, count: u32) {
        let worker = self.open(id);
        worker.members.extend(0..count);
        worker.live = count;
        worker.active = count as i32;
        worker.ready = count as i32;
        worker.available = count as i32;
    }

    /// The worker of a ReplicaSet, cleared at its first use in a run.
    fn open(&mut self, id: ReplicaSetId) -> &mut Worker {
        let place = usize::from(id);
        while self.used <= place {
            if self.used == self.sets.len() {
                self.sets.push(Worker::default());
            }
            self.sets[self.used].reset();
            self.used += 1;
        }
        &mut self.sets[place]
    }

    /// A ReplicaSet was deleted; its pods had gone before.
    pub(super) fn drop_set(&mut self, id: ReplicaSetId) {
        self.worker(id).cached = None;
    }

    /// Pods of a ReplicaSet that have not ended.
    pub(super) fn live_pods(&self, id: ReplicaSetId) -> u32 {
        self.sets[..self.used].get(usize::from(id)).map_or(0, |worker| worker.live)
    }

    /// The number of active pods on a node has changed.
    pub(super) fn node_changed(&mut self, node: NodeId, active: u32) {
        for worker in &mut self.sets[..self.used] {
            if worker.order.is_in_use() {
                worker.order.node_changed(node, active);
            }
        }
    }

    /// All pods of a ReplicaSet so far.
    pub(super) fn members(&self, id: ReplicaSetId) -> &[PodId] {
        self.sets[..self.used].get(usize::from(id)).map_or(&[], |worker| &worker.members)
    }

    /// From now on deletion costs are looked at.
    pub(super) fn mind_costs(&mut self) {
        self.costs = true;
    }

    /// Takes a change into the cache; tells whose it is.
    fn receive(&mut self, change: SetChange) -> Option<ReplicaSetId> {
        match change {
            SetChange::Spec => {
                let set = self.sets_sent.pop()?;
                self.worker(set.id).cached = Some(set);
                Some(set.id)
            }
            SetChange::OwnStatus(id) => {
                // No other status is written before this one is seen.
                let worker = self.worker(id);
                let cached = worker.cached.as_mut()?;
                cached.status = worker.status;
                cached.resource_version = worker.written;
                Some(id)
            }
        }
    }

    /// Whether the cache shows the last status written. If that is still on its way, its delivery will wake the sync.
    fn sees_own_status(&mut self, id: ReplicaSetId, agenda: &mut Agenda<Event>) -> bool {
        !self.worker(id).is_behind() || self.catches_up(id, agenda)
    }

    #[inline(never)]
    fn catches_up(&mut self, id: ReplicaSetId, agenda: &mut Agenda<Event>) -> bool {
        while let Some(change) = self.set_watch.catch_up(agenda) {
            self.receive(change);
        }
        let worker = self.worker(id);
        if !worker.is_behind() {
            return true;
        }
        worker.dirty = false;
        self.set_watch.wake(agenda, Event::ReplicaSetWatch);
        false
    }

    /// A pod's containers have ended.
    pub(super) fn forget_pod(&mut self, id: ReplicaSetId) {
        self.worker(id).live -= 1;
    }

    fn worker(&mut self, id: ReplicaSetId) -> &mut Worker {
        &mut self.sets[usize::from(id)]
    }
}

impl<O: Observer> Run<'_, O> {
    pub(super) fn send_to_sets(&mut self, set: ReplicaSet) {
        self.state.sets.open(set.id);
        let at = self.now() + self.watch_latency();
        let State { sets, agenda, .. } = &mut *self.state;
        sets.sets_sent.push(set);
        sets.set_watch.send(at, SetChange::Spec, agenda, Event::ReplicaSetWatch);
    }

    /// Sends a ReplicaSet's status back to the controller, which has just written it.
    fn send_status_back_to_sets(&mut self, id: ReplicaSetId, replicas: i32) {
        let at = self.now() + self.watch_latency();
        let State { sets, agenda, .. } = &mut *self.state;
        let change = SetChange::OwnStatus(id);
        if sets.worker(id).would_ignore(replicas) {
            sets.set_watch.send_quietly(at, change, agenda, Event::ReplicaSetWatch);
        } else {
            sets.set_watch.send(at, change, agenda, Event::ReplicaSetWatch);
        }
    }

    /// Tells the controller of a pod's change, which reaches the API server at `at`.
    pub(super) fn send_pod(&mut self, at: SimTime, pod: PodId, change: PodChange) {
        let at = at + self.watch_latency();
        let state = &mut *self.state;
        state.sets.pod_watch.send(at, (pod, change), &mut state.agenda, Event::PodWatch);
    }

    pub(super) fn replica_set_watch(&mut self) {
        let now = self.now();
        while let Some((change, quiet)) = self.state.sets.set_watch.receive(now) {
            let set = self.state.sets.receive(change);
            if let Some(id) = set.filter(|_| !quiet) {
                self.enqueue_set(id);
            }
        }
    }

    pub(super) fn pod_watch(&mut self) {
        let now = self.now();
        let mut touched = Touched::default();
        while let Some(((id, change), _)) = self.state.sets.pod_watch.receive(now) {
            let pod = &mut self.state.pods[id as usize];
            let set = pod.replica_set;
            let worker = &mut self.state.sets.sets[usize::from(set)];
            worker.receive(pod, change);
            if worker.failures > 0 && change == PodChange::Ready {
                worker.look_when_available(set, now, &mut self.state.agenda);
            }
            touched.add(set);
        }
        self.enqueue_touched(touched);
    }

    pub(super) fn enqueue_touched(&mut self, touched: Touched) {
        for number in 0..touched.count {
            self.enqueue_set(touched.sets[number]);
        }
        if touched.more {
            (0..self.state.sets.used).for_each(|set| self.enqueue_set(set as ReplicaSetId));
        }
    }

    /// A pod has been Ready for long enough: the controller's own timer has come. False if it does not see the pod so.
    pub(super) fn see_available(&mut self, id: PodId) -> bool {
        let pod = &mut self.state.pods[id as usize];
        let seen = pod.seen_ready && !pod.seen_terminating;
        if seen {
            self.state.sets.sets[usize::from(pod.replica_set)].see_available(pod);
        }
        seen
    }

    /// A longer `minReadySeconds` has taken a pod's availability away.
    pub(super) fn see_unavailable(&mut self, id: PodId) {
        let pod = &mut self.state.pods[id as usize];
        if pod.seen_available {
            pod.seen_available = false;
            self.state.sets.worker(pod.replica_set).available -= 1;
        }
    }

    /// A sync that failed is tried again.
    pub(super) fn retry_set(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let worker = self.state.sets.worker(id);
        if worker.retry.is_some_and(|retry| retry <= now) {
            worker.retry = None;
            self.enqueue_set(id);
        }
    }

    fn enqueue_set(&mut self, id: ReplicaSetId) {
        if let Some(back) = self.state.outages.controllers_back(self.now()) {
            self.state.sets.worker(id).retry = Some(back);
            return self.schedule(back, Event::ReplicaSetRetry { id });
        }
        let worker = self.state.sets.worker(id);
        if worker.busy {
            worker.dirty = true;
        } else {
            self.sync_set(id);
        }
    }

    fn sync_set(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let costs = self.state.sets.costs;
        if !self.state.sets.sees_own_status(id, &mut self.state.agenda) {
            return;
        }
        let Some(worker) = self.state.sets.sets.get_mut(usize::from(id)) else { return };
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
                self.send_batch(id);
            }
            Manage::Delete(count) => {
                worker.condemn(count, now, &self.state.pods, &self.state.nodes.states, costs);
                let count = worker.condemned.len() as u32;
                if count == 0 {
                    return self.write_set_status(id);
                }
                self.send_requests(count, |count| Event::DeletePods { id, count });
                self.state.sets.worker(id).in_flight = count;
            }
            Manage::None => self.write_set_status(id),
        }
    }

    /// Sends the next batch of the slow start: 1, 2, 4, … requests at a time.
    fn send_batch(&mut self, id: ReplicaSetId) {
        let worker = self.state.sets.worker(id);
        let count = worker.batch.min(worker.to_create);
        worker.to_create -= count;
        worker.batch *= 2;
        worker.in_flight = count;
        self.send_requests(count, |count| Event::CreatePods { id, count });
    }

    /// Sends `count` requests at once; those that the throttle lets out together are answered together.
    fn send_requests(&mut self, count: u32, event: impl Fn(u32) -> Event) {
        let now = self.now();
        let mut left = count;
        while left > 0 {
            let granted = self.state.sets.bucket.take(now);
            let mut together = 1;
            while together < left && self.state.sets.bucket.next(now) == granted {
                self.state.sets.bucket.take(now);
                together += 1;
            }
            left -= together;
            let at = granted + self.api_latency();
            self.schedule(at, event(together));
        }
    }

    pub(super) fn create_pods(&mut self, id: ReplicaSetId, count: u32) {
        let Some(template) = self.replica_set(id).map(|set| set.template) else { return };
        let granted = count.min(self.quota_left());
        for _ in 0..granted {
            self.create_pod(id, template);
        }
        if granted > 0 {
            let at = self.now() + self.watch_latency();
            self.schedule(at, Event::SchedulerWatch { count: granted });
        }
        let worker = self.state.sets.worker(id);
        worker.in_flight -= count;
        worker.failed |= granted < count;
        worker.status.replica_failure |= worker.failed;
        if worker.in_flight == 0 {
            if worker.to_create > 0 && !worker.failed {
                self.send_batch(id);
            } else {
                self.write_set_status(id);
            }
        }
    }

    /// Pods that a ResourceQuota still allows; those that have not ended count.
    pub(super) fn quota_left(&self) -> u32 {
        self.state.quota.map_or(u32::MAX, |quota| {
            let sets = &self.state.sets;
            quota.saturating_sub(sets.sets[..sets.used].iter().map(|worker| worker.live).sum())
        })
    }

    /// Whether the last sync of a ReplicaSet failed, because a quota refused pods: its key comes back later and later.
    pub(super) fn was_refused(&self, id: ReplicaSetId) -> bool {
        self.state.sets.sets[usize::from(id)].failures > 0
    }

    fn create_pod(&mut self, id: ReplicaSetId, template: u16) {
        let number = self.state.pods_of[usize::from(template)];
        self.state.pods_of[usize::from(template)] += 1;
        let uid = self.uid(template, number);
        let now = self.now();
        let pod = self.state.pods.len() as PodId;
        self.state.pods.push(Pod::new(id, template, number, uid, now));
        let worker = self.state.sets.worker(id);
        worker.members.push(pod);
        worker.live += 1;
        worker.unseen += 1;
        if worker.events.lets_through(now) {
            self.state.sets.bucket.write_event(now);
        }
        self.state.scheduler.expect(pod);
        self.tell(Fact::PodCreated { pod, replica_set: id });
        self.send_pod(now, pod, PodChange::Created);
    }

    pub(super) fn delete_pods(&mut self, id: ReplicaSetId, count: u32) {
        for _ in 0..count {
            let worker = self.state.sets.worker(id);
            let pod = worker.condemned[worker.executed];
            worker.executed += 1;
            if self.terminate(pod, true) {
                self.state.sets.worker(id).unseen += 1;
                self.report_deletion(id);
            }
        }
        let worker = self.state.sets.worker(id);
        worker.in_flight -= count;
        if worker.in_flight == 0 {
            self.write_set_status(id);
        }
    }

    /// An Event tells people of a deleted pod.
    fn report_deletion(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let sets = &mut self.state.sets;
        if sets.sets[usize::from(id)].events.lets_through(now) {
            sets.bucket.write_event(now);
        }
    }

    /// Last part of a sync: writes the status that was true at its start, if that differs from the cached one.
    fn write_set_status(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let worker = self.state.sets.worker(id);
        if worker.cached.as_ref().is_none_or(|cached| cached.status == worker.status) {
            return self.finish_set(id);
        }
        let at = self.state.sets.bucket.take(now) + self.api_latency();
        self.schedule(at, Event::ReplicaSetStatus { id });
    }

    pub(super) fn replica_set_status(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let version = self.next_version();
        let worker = &mut self.state.sets.sets[usize::from(id)];
        let Some(set) = self.state.replica_sets.iter_mut().find(|set| set.id == id) else {
            return self.finish_set(id);
        };
        if worker.reading {
            worker.reading = false;
            worker.held = set.resource_version;
            let at = self.state.sets.bucket.take(now) + self.api_latency();
            self.schedule(at, Event::ReplicaSetStatus { id });
            return;
        }
        if set.resource_version != worker.held {
            // The controller reads the ReplicaSet again and tries once more.
            worker.reading = true;
            let at = self.state.sets.bucket.take(now) + self.api_latency();
            self.tell(Fact::Conflict);
            self.schedule(at, Event::ReplicaSetStatus { id });
            return;
        }
        let status = worker.status;
        worker.written = version;
        set.status = status;
        set.resource_version = version;
        let replicas = set.replicas;
        self.tell(Fact::ReplicaSetStatus { id, status });
        self.send_replica_set_status(id, version, status);
        self.send_status_back_to_sets(id, replicas);
        self.finish_set(id);
    }

    fn finish_set(&mut self, id: ReplicaSetId) {
        let now = self.now();
        let worker = self.state.sets.worker(id);
        worker.busy = false;
        if worker.failed {
            let at = now + backoff::rate_limited_delay(worker.failures);
            worker.failures += 1;
            let State { sets, agenda, .. } = &mut *self.state;
            sets.worker(id).come_back(id, at, agenda);
        } else {
            worker.failures = 0;
        }
        let worker = self.state.sets.worker(id);
        if worker.dirty {
            self.sync_set(id);
        }
    }
}
