//! The ReplicaSet controller's state: its ReplicaSets, and what is on its way to its cache.

use crate::engine::Agenda;
use crate::engine::queue::Queue;
use crate::k8s::objects::{ReplicaSet, ReplicaSetId};
use crate::scenario::{ControlPlane, WorkloadId};
use crate::sim::observation::{NodeId, PodId};
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::sim::state::replica_set_work::{PodChange, ReplicaSetWork};
use crate::sim::state::throttle::Bucket;
use crate::sim::state::watch::Watch;
use crate::sim::state::work_queue::WorkQueue;
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
    #[allow(
        clippy::manual_contains,
        reason = "`contains` is not inlined, and a rollout asks it for each change of a pod"
    )]
    pub(crate) fn add(&mut self, set: ReplicaSetId) {
        if self.sets[..self.count].iter().any(|known| *known == set) {
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
    /// Only where there are several workloads.
    pub(crate) queue: WorkQueue,
    /// Some pod has a deletion cost.
    pub(crate) costs: bool,
}

/// ReplicaSets and pods of one workload on their way to the controller's cache.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    workload: WorkloadId,
    pub(crate) sets: Watch<SetChange>,
    specs: Queue<ReplicaSet>,
    pub(crate) pods: Watch<(PodId, PodChange)>,
}

impl Watches {
    /// Begins a run.
    pub(crate) fn reset(&mut self, workload: WorkloadId) {
        self.workload = workload;
        self.sets.reset();
        self.specs.clear();
        self.pods.reset();
    }

    /// Sends a change of a pod; it arrives at `at`.
    #[inline(always)]
    pub(crate) fn send_pod(&mut self, pod: PodId, change: PodChange, at: SimTime, agenda: &mut Agenda<Event>) {
        self.pods.send(at, (pod, change), agenda, Event::PodWatch { workload: self.workload });
    }

    #[inline(always)]
    fn delivery(&self) -> Event {
        Event::ReplicaSetWatch { workload: self.workload }
    }
}

impl ReplicaSetController {
    /// Begins a run.
    pub(crate) fn reset(&mut self, control_plane: &ControlPlane) {
        self.used = 0;
        self.costs = false;
        self.bucket = Bucket::new(control_plane.controller_qps.shared(control_plane.fleet));
        self.queue.reset(control_plane.replica_set_workers);
    }

    /// Takes up a ReplicaSet of a workload that the cache already shows.
    pub(crate) fn adopt(&mut self, set: ReplicaSet, workload: WorkloadId) {
        let worker = self.open(set.id);
        worker.cached = Some(set);
        worker.workload = workload;
    }

    /// Takes up an owner of pods that is no ReplicaSet: only its workload and its pods are known here.
    pub(crate) fn adopt_other(&mut self, id: ReplicaSetId, workload: WorkloadId) {
        self.open(id).workload = workload;
    }

    /// Gives a ReplicaSet the `count` pods of the run from `first` on, all available.
    pub(crate) fn start_with(&mut self, id: ReplicaSetId, first: PodId, count: u32) {
        let worker = self.open(id);
        worker.members.extend(first..first + count);
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

    /// The number of active pods on a node has changed, which pods of all ReplicaSets are ranked by.
    #[inline(always)]
    pub(crate) fn node_changed(&mut self, node: NodeId) {
        for worker in &mut self.sets[..self.used] {
            worker.node_changed(node);
        }
    }

    /// The same, where only pods of these ReplicaSets are ranked by it.
    pub(crate) fn node_changed_for(&mut self, sets: &[ReplicaSet], node: NodeId) {
        for set in sets {
            self.worker(set.id).node_changed(node);
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
    pub(crate) fn receive(&mut self, change: SetChange, watches: &mut Watches) -> Option<ReplicaSetId> {
        match change {
            SetChange::Spec => self.receive_spec(watches),
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

    /// Takes the next spec into the cache. It is copied once, from where it lies to where it goes.
    #[inline(never)]
    fn receive_spec(&mut self, watches: &mut Watches) -> Option<ReplicaSetId> {
        let set = watches.specs.first()?;
        let id = set.id;
        self.worker(id).cached = Some(*set);
        watches.specs.drop_first();
        Some(id)
    }

    /// Whether the cache shows the last status written. If that is still on its way, its delivery will wake the sync.
    #[inline(always)]
    pub(crate) fn sees_own_status(
        &mut self,
        id: ReplicaSetId,
        watches: &mut Watches,
        agenda: &mut Agenda<Event>,
    ) -> bool {
        !self.worker(id).is_behind() || self.catches_up(id, watches, agenda)
    }

    #[inline(never)]
    fn catches_up(&mut self, id: ReplicaSetId, watches: &mut Watches, agenda: &mut Agenda<Event>) -> bool {
        while let Some(change) = watches.sets.catch_up(agenda) {
            self.receive(change, watches);
        }
        let worker = self.worker(id);
        if !worker.is_behind() {
            return true;
        }
        worker.dirty = false;
        watches.sets.wake(agenda, watches.delivery());
        false
    }

    /// Sends the spec of a workload's ReplicaSet; it arrives at `at`.
    pub(crate) fn send_spec(
        &mut self,
        set: ReplicaSet,
        watches: &mut Watches,
        at: SimTime,
        agenda: &mut Agenda<Event>,
    ) {
        self.open(set.id).workload = watches.workload;
        watches.specs.push(set);
        let delivery = watches.delivery();
        watches.sets.send(at, SetChange::Spec, agenda, delivery);
    }

    /// Sends a status that the controller has written itself, of a ReplicaSet that is to have `replicas` pods.
    #[inline(always)]
    pub(crate) fn send_own_status(
        &mut self,
        id: ReplicaSetId,
        replicas: i32,
        watches: &mut Watches,
        at: SimTime,
        agenda: &mut Agenda<Event>,
    ) {
        let (change, delivery) = (SetChange::OwnStatus(id), watches.delivery());
        if self.worker(id).would_change_nothing(replicas) {
            watches.sets.send_quietly(at, change, agenda, delivery);
        } else {
            watches.sets.send(at, change, agenda, delivery);
        }
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

    /// The workload that a ReplicaSet belongs to.
    #[inline(always)]
    pub(crate) fn workload_of(&self, id: ReplicaSetId) -> WorkloadId {
        self.sets[usize::from(id)].workload
    }

    /// The state of a ReplicaSet that has been opened.
    pub(crate) fn worker(&mut self, id: ReplicaSetId) -> &mut ReplicaSetWork {
        &mut self.sets[usize::from(id)]
    }
}
