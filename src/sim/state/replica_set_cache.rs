//! The ReplicaSet controller's state: its ReplicaSets, and what is on its way to its cache.

use crate::engine::Agenda;
use crate::engine::queue::Queue;
use crate::k8s::objects::{ReplicaSet, ReplicaSetId};
use crate::scenario::ControlPlane;
use crate::sim::observation::{NodeId, PodId};
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::sim::state::replica_set_work::{PodChange, ReplicaSetWork};
use crate::sim::state::throttle::Bucket;
use crate::sim::state::watch::Watch;
use crate::time::SimTime;

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
    #[inline(always)]
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
    #[inline(always)]
    pub(crate) fn node_changed(&mut self, node: NodeId) {
        for worker in &mut self.sets[..self.used] {
            if worker.order.is_in_use() {
                worker.order.node_changed(node);
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
    #[inline(always)]
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
    #[inline(always)]
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
    #[inline(always)]
    pub(crate) fn send_own_status(&mut self, id: ReplicaSetId, replicas: i32, at: SimTime, agenda: &mut Agenda<Event>) {
        let change = SetChange::OwnStatus(id);
        if self.worker(id).would_change_nothing(replicas) {
            self.set_watch.send_quietly(at, change, agenda, Event::ReplicaSetWatch);
        } else {
            self.set_watch.send(at, change, agenda, Event::ReplicaSetWatch);
        }
    }

    /// Sends a change of a pod.
    #[inline(always)]
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
