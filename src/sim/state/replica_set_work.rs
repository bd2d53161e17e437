//! What the ReplicaSet controller has of one ReplicaSet: what its cache shows, and the sync under way.

use crate::engine::Agenda;
use crate::k8s::objects::{ReplicaSet, ReplicaSetId, ReplicaSetStatus};
use crate::k8s::pod_rank::{self, ActivePhase, RankedPod};
use crate::scenario::WorkloadId;
use crate::sim::observation::{NodeId, PodId};
use crate::sim::state::event::Event;
use crate::sim::state::nodes::Nodes;
use crate::sim::state::pods::{Pod, UNSCHEDULED};
use crate::sim::state::throttle::SpamFilter;
use crate::sim::state::victims::Victims;
use crate::time::{SimDuration, SimTime};

/// What the API server sends to the ReplicaSet controller about a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PodChange {
    /// The pod and those numbered after it, `pods` in all, were created.
    Created {
        pods: u32,
    },
    Ready,
    NotReady,
    /// It got its deletion timestamp.
    Terminating,
    /// The same, and the controller itself asked for it.
    Deleted,
    Gone,
    /// Its phase is Failed: it does not count any more, and its object stays.
    Failed,
    /// Something that no count depends on; a sync that keeps failing is tried again.
    Updated,
}

/// What the controller has of one ReplicaSet.
#[derive(Debug, Default)]
pub(crate) struct ReplicaSetWork {
    pub(crate) workload: WorkloadId,
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
    /// The key waits for a worker.
    pub(crate) waits: bool,
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
    pub(crate) order: Victims,
    pub(crate) events: SpamFilter,
}

impl ReplicaSetWork {
    pub(crate) fn reset(&mut self) {
        let Self { members, to_delete, order, .. } = std::mem::take(self);
        *self = Self { members, to_delete, order, ..Self::default() };
        self.members.clear();
        self.to_delete.clear();
        self.order.invalidate();
    }

    /// The number of active pods on a node has changed.
    #[inline(always)]
    pub(crate) fn node_changed(&mut self, node: NodeId) {
        if self.order.is_in_use() {
            self.order.node_changed(node);
        }
    }

    /// Notes a change of a pod; true where the numbers that a sync looks at have moved.
    #[inline(always)]
    pub(crate) fn receive(&mut self, pod: &mut Pod, change: PodChange) {
        match change {
            PodChange::Created { pods } => {
                self.active += pods as i32;
                self.unseen -= pods;
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
            PodChange::Terminating => self.see_terminating(pod),
            PodChange::Deleted => {
                self.unseen -= 1;
                self.see_terminating(pod);
            }
            PodChange::Gone => self.terminating -= 1,
            PodChange::Failed => self.see_failed(pod),
            PodChange::Ready | PodChange::Updated => {}
        }
    }

    /// Whether a sync would change nothing when this status comes back: no pod has changed since, and either the size is right
    /// or the sync would wait for pods to appear.
    pub(crate) fn would_change_nothing(&self, replicas: i32) -> bool {
        !self.dirty && !self.failed && (self.unseen > 0 || self.active == replicas)
    }

    /// Whether the cache does not show the own last status yet.
    pub(crate) fn is_behind(&self) -> bool {
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

    #[inline(always)]
    fn see_terminating(&mut self, pod: &mut Pod) {
        if !pod.seen_terminating {
            pod.seen_terminating = true;
            self.active -= 1;
            self.terminating += 1;
            self.ready -= i32::from(pod.seen_ready);
            self.available -= i32::from(pod.seen_available);
            pod.seen_available = false;
        }
    }

    fn see_failed(&mut self, pod: &mut Pod) {
        if !pod.seen_terminating {
            pod.seen_terminating = true;
            self.active -= 1;
            self.ready -= i32::from(pod.seen_ready);
            self.available -= i32::from(pod.seen_available);
            pod.seen_available = false;
            self.order.invalidate();
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
    pub(crate) fn choose_pods_to_delete(&mut self, count: u32, now: SimTime, pods: &[Pod], nodes: &Nodes, costs: bool) {
        let template = self.cached.as_ref().map(|set| set.template);
        match template.and_then(|template| nodes.active_of_siblings(template)) {
            None => self.choose(count, now, pods, costs, (nodes.states.len(), |node| nodes.states[node].active)),
            Some(active) => self.choose(count, now, pods, costs, (nodes.states.len(), active)),
        }
    }

    /// The same, with the number of nodes and that of the Deployment's active pods on each.
    fn choose(
        &mut self,
        count: u32,
        now: SimTime,
        pods: &[Pod],
        costs: bool,
        (nodes, active): (usize, impl Fn(usize) -> u32),
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
                self.to_delete.sort_by_cached_key(|&id| pod_rank::victim_key(&ranked(id, pods, &active, now), now));
            }
            self.to_delete.truncate(count as usize);
        }
        if !all && self.to_delete.len() < count as usize {
            if self.order.is_valid(now) {
                self.order.refresh(nodes, active);
            } else {
                self.order.rebuild(now, pods, &self.members, nodes, active);
            }
            while self.to_delete.len() < count as usize
                && let Some(pod) = self.order.pop(pods)
            {
                self.to_delete.push(pod);
            }
        }
    }
}

fn ranked(id: PodId, pods: &[Pod], active: impl Fn(usize) -> u32, now: SimTime) -> RankedPod {
    let pod = &pods[id as usize];
    RankedPod {
        assigned: pod.is_scheduled(),
        phase: if pod.is_pending(now) { ActivePhase::Pending } else { ActivePhase::Running },
        ready: pod.seen_ready,
        deletion_cost: pod.deletion_cost,
        rank: if pod.node == UNSCHEDULED { 0 } else { active(pod.node as usize) },
        ready_since: pod.seen_ready.then(|| pod.ready_at.truncated()),
        restarts: u32::from(pod.restarts),
        sidecar_restarts: 0,
        created: Some(pod.created.truncated()),
        uid: pod.uid,
    }
}
