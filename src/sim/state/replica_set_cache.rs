//! The ReplicaSet controller's state: for each ReplicaSet what its cache shows, and the sync under way.

use crate::engine::Agenda;
use crate::engine::queue::Queue;
use crate::k8s::objects::{ReplicaSet, ReplicaSetId, ReplicaSetStatus};
use crate::k8s::pod_rank::{self, ActivePhase, RankedPod};
use crate::scenario::ControlPlane;
use crate::sim::observation::{NodeId, PodId};
use crate::sim::state::event::Event;
use crate::sim::state::nodes::NodeState;
use crate::sim::state::pods::Pod;
use crate::sim::state::throttle::{Bucket, SpamFilter};
use crate::sim::state::victims::Victims;
use crate::sim::state::watch::Watch;
use crate::time::{SimDuration, SimTime};

/// ReplicaSets whose keys wait in the queue while the changes of one instant come in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Touched {
    pub(crate) sets: [ReplicaSetId; 4],
    pub(crate) count: usize,
    /// There are more than four; then all are looked at.
    pub(crate) more: bool,
}

impl Touched {
    /// Adds a ReplicaSet, once.
    pub(crate) fn add(&mut self, set: ReplicaSetId) {
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
pub(crate) enum PodChange {
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
pub(crate) enum SetChange {
    Spec,
    /// The controller's own last status.
    OwnStatus(ReplicaSetId),
}

/// The ReplicaSet controller.
#[derive(Debug, Default)]
pub(crate) struct ReplicaSetController {
    pub(crate) sets: Vec<ReplicaSetWork>,
    pub(crate) used: usize,
    pub(crate) bucket: Bucket,
    /// Some pod has a deletion cost.
    pub(crate) costs: bool,
    pub(crate) set_watch: Watch<SetChange>,
    sets_sent: Queue<ReplicaSet>,
    pub(crate) pod_watch: Watch<(PodId, PodChange)>,
}

/// What the controller has of one ReplicaSet.
#[derive(Debug, Default)]
pub(crate) struct ReplicaSetWork {
    pub(crate) cached: Option<ReplicaSet>,
    /// Every pod it ever had, in order of creation.
    pub(crate) members: Vec<PodId>,
    /// Pods that have not ended, in truth.
    pub(crate) live: u32,
    /// Pods as the cache shows them.
    pub(crate) active: i32,
    pub(crate) ready: i32,
    pub(crate) available: i32,
    pub(crate) terminating: i32,
    pub(crate) busy: bool,
    pub(crate) dirty: bool,
    /// Own pod requests that the cache does not show yet.
    pub(crate) unseen: u32,
    /// Resource version of the last own status write.
    pub(crate) written: u64,
    /// Pods of the current sync still to be asked for, the size of the next batch, and requests not yet answered.
    pub(crate) to_create: u32,
    pub(crate) batch: u32,
    pub(crate) in_flight: u32,
    pub(crate) to_delete: Vec<PodId>,
    pub(crate) executed: usize,
    /// A request of this sync was refused, and how many syncs in a row ended so.
    pub(crate) failed: bool,
    pub(crate) failures: u32,
    /// While syncs fail, when the key comes back from the queue of delayed keys; of several dates only the earliest counts.
    pub(crate) retry: Option<SimTime>,
    /// The status that this sync writes, if it differs.
    pub(crate) status: ReplicaSetStatus,
    pub(crate) held: u64,
    /// After a conflict, the request under way is to read the ReplicaSet again.
    pub(crate) reading: bool,
    order: Victims,
    pub(crate) events: SpamFilter,
}

impl ReplicaSetWork {
    fn reset(&mut self) {
        let Self { members, to_delete, order, .. } = std::mem::take(self);
        *self = Self { members, to_delete, order, ..Self::default() };
        self.members.clear();
        self.to_delete.clear();
        self.order.invalidate();
    }

    /// Notes a change of a pod; true where the numbers that a sync looks at have moved.
    pub(crate) fn receive(&mut self, pod: &mut Pod, change: PodChange) {
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

    /// Whether a sync would change nothing when this status comes back: no pod has changed since, and either the size is right
    /// or the sync would wait for pods to appear.
    fn would_change_nothing(&self, replicas: i32) -> bool {
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
    pub(crate) fn requeue_when_available(&mut self, id: ReplicaSetId, now: SimTime, agenda: &mut Agenda<Event>) {
        let seconds = self.cached.as_ref().map_or(0, |set| set.min_ready_seconds);
        if seconds > 0 {
            self.requeue_at(id, now + SimDuration::from_secs(seconds as u64), agenda);
        }
    }

    /// The key comes back at `at`, if it does not come back earlier.
    pub(crate) fn requeue_at(&mut self, id: ReplicaSetId, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.retry.is_none_or(|retry| at < retry) {
            self.retry = Some(at);
            agenda.schedule(at, Event::ReplicaSetRetry { id });
        }
    }

    /// The controller sees that a pod is available.
    pub(crate) fn see_available(&mut self, pod: &mut Pod) {
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
    pub(crate) fn choose_pods_to_delete(
        &mut self,
        count: u32,
        now: SimTime,
        pods: &[Pod],
        nodes: &[NodeState],
        costs: bool,
    ) {
        self.to_delete.clear();
        self.executed = 0;
        let all = count as i32 >= self.active;
        let each = all || costs;
        if each || self.ready < self.active {
            let unready = self.members.iter().copied().filter(|&id| {
                let pod = &pods[id as usize];
                !pod.seen_terminating && (each || !pod.seen_ready)
            });
            self.to_delete.extend(unready);
            if !all {
                self.to_delete.sort_by_cached_key(|&id| pod_rank::victim_key(&ranked(id, pods, nodes, now), now));
            }
            self.to_delete.truncate(count as usize);
        }
        if !all && self.to_delete.len() < count as usize {
            if !self.order.is_valid(now) {
                self.order.rebuild(now, pods, &self.members, nodes);
            }
            while self.to_delete.len() < count as usize
                && let Some(pod) = self.order.pop(pods)
            {
                self.to_delete.push(pod);
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
    /// Begins a run.
    pub(crate) fn reset(&mut self, control_plane: &ControlPlane) {
        self.used = 0;
        self.costs = false;
        self.bucket = Bucket::new(control_plane.controller_qps.shared(control_plane.fleet));
        self.set_watch.reset();
        self.sets_sent.clear();
        self.pod_watch.reset();
    }

    /// Takes up a ReplicaSet that the cache already shows.
    pub(crate) fn adopt(&mut self, set: ReplicaSet) {
        self.open(set.id).cached = Some(set);
    }

    /// Gives a ReplicaSet the first `count` pods of the run, all available.
    pub(crate) fn start_with(&mut self, id: ReplicaSetId, count: u32) {
        let worker = self.open(id);
        worker.members.extend(0..count);
        worker.live = count;
        worker.active = count as i32;
        worker.ready = count as i32;
        worker.available = count as i32;
    }

    /// The worker of a ReplicaSet, cleared at its first use in a run.
    fn open(&mut self, id: ReplicaSetId) -> &mut ReplicaSetWork {
        let place = usize::from(id);
        while self.used <= place {
            if self.used == self.sets.len() {
                self.sets.push(ReplicaSetWork::default());
            }
            self.sets[self.used].reset();
            self.used += 1;
        }
        &mut self.sets[place]
    }

    /// A ReplicaSet was deleted; its pods had gone before.
    pub(crate) fn drop_set(&mut self, id: ReplicaSetId) {
        self.worker(id).cached = None;
    }

    /// Pods of a ReplicaSet that have not ended.
    pub(crate) fn live_pods(&self, id: ReplicaSetId) -> u32 {
        self.sets[..self.used].get(usize::from(id)).map_or(0, |worker| worker.live)
    }

    /// The number of active pods on a node has changed.
    pub(crate) fn node_changed(&mut self, node: NodeId, active: u32) {
        for worker in &mut self.sets[..self.used] {
            if worker.order.is_in_use() {
                worker.order.node_changed(node, active);
            }
        }
    }

    /// All pods of a ReplicaSet so far.
    pub(crate) fn members(&self, id: ReplicaSetId) -> &[PodId] {
        self.sets[..self.used].get(usize::from(id)).map_or(&[], |worker| &worker.members)
    }

    /// From now on deletion costs are looked at.
    pub(crate) fn rank_by_deletion_cost(&mut self) {
        self.costs = true;
    }

    /// Takes a change into the cache and returns the ReplicaSet that it is about.
    pub(crate) fn receive(&mut self, change: SetChange) -> Option<ReplicaSetId> {
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
    pub(crate) fn sees_own_status(&mut self, id: ReplicaSetId, agenda: &mut Agenda<Event>) -> bool {
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

    /// Sends a ReplicaSet's spec; it arrives at `at`.
    pub(crate) fn send_spec(&mut self, set: ReplicaSet, at: SimTime, agenda: &mut Agenda<Event>) {
        self.open(set.id);
        self.sets_sent.push(set);
        self.set_watch.send(at, SetChange::Spec, agenda, Event::ReplicaSetWatch);
    }

    /// Sends a status that the controller has written itself, of a ReplicaSet that is to have `replicas` pods.
    pub(crate) fn send_own_status(&mut self, id: ReplicaSetId, replicas: i32, at: SimTime, agenda: &mut Agenda<Event>) {
        let change = SetChange::OwnStatus(id);
        if self.worker(id).would_change_nothing(replicas) {
            self.set_watch.send_quietly(at, change, agenda, Event::ReplicaSetWatch);
        } else {
            self.set_watch.send(at, change, agenda, Event::ReplicaSetWatch);
        }
    }

    /// Sends a change of a pod.
    pub(crate) fn send_pod(&mut self, pod: PodId, change: PodChange, at: SimTime, agenda: &mut Agenda<Event>) {
        self.pod_watch.send(at, (pod, change), agenda, Event::PodWatch);
    }

    /// A longer `minReadySeconds` has taken a pod's availability away, and the controller sees that at once.
    pub(crate) fn see_unavailable(&mut self, pod: &mut Pod) {
        if pod.seen_available {
            pod.seen_available = false;
            self.worker(pod.owner).available -= 1;
        }
    }

    /// Whether the last sync of a ReplicaSet failed because a quota refused pods: its key comes back later and later.
    pub(crate) fn was_refused(&self, id: ReplicaSetId) -> bool {
        self.sets[usize::from(id)].failures > 0
    }

    /// All pods that have not ended.
    pub(crate) fn all_live_pods(&self) -> u32 {
        self.sets[..self.used].iter().map(|worker| worker.live).sum()
    }

    /// A pod's containers have ended.
    pub(crate) fn forget_pod(&mut self, id: ReplicaSetId) {
        self.worker(id).live -= 1;
    }

    /// The state of a ReplicaSet that has been opened.
    pub(crate) fn worker(&mut self, id: ReplicaSetId) -> &mut ReplicaSetWork {
        &mut self.sets[usize::from(id)]
    }
}
