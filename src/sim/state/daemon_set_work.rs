//! The DaemonSet controller's state: its DaemonSets, what its cache shows of each, and the sync under way.

use std::cell::LazyCell;

use crate::engine::Agenda;
use crate::k8s::controller_revision::{ControllerRevision, RevisionWrite, make_newest};
use crate::k8s::daemon_set::{
    self, Action, DaemonNode, DaemonPod, DaemonPodPhase, DaemonSet, DaemonSetStatus, DaemonSetView,
};
use crate::k8s::objects::Template;
use crate::scenario::{ControlPlane, TaintEffect, WorkloadId};
use crate::sim::observation::{NodeId, PodId};
use crate::sim::state::daemon_back_off::BackOffs;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::sim::state::replica_set_work::PodChange;
use crate::sim::state::throttle::{Bucket, SpamFilter};
use crate::sim::state::watch::Watch;
use crate::sim::state::work_queue::WorkQueue;
use crate::time::{SimDuration, SimTime};

/// The DaemonSet controller.
#[derive(Debug, Default)]
pub(crate) struct DaemonSetController {
    /// By workload; those that are no DaemonSets have no object.
    pub(crate) sets: Vec<DaemonSetWork>,
    pub(crate) bucket: Bucket,
    pub(crate) queue: WorkQueue,
    /// By node: the taint that somebody has given it.
    pub(crate) taints: Vec<Option<TaintEffect>>,
    /// By node: there is no Node object, although the machine may run.
    pub(crate) without_object: Vec<bool>,
}

impl DaemonSetController {
    /// Begins a run of so many workloads on so many nodes.
    pub(crate) fn reset(&mut self, workloads: usize, nodes: usize, control_plane: &ControlPlane) {
        self.bucket = Bucket::new(control_plane.controller_qps);
        self.queue.reset(daemon_set::WORKERS);
        self.sets.resize_with(workloads, DaemonSetWork::default);
        for set in &mut self.sets {
            set.reset(nodes as u32);
        }
        self.taints.clear();
        self.taints.resize(nodes, None);
        self.without_object.clear();
        self.without_object.resize(nodes, false);
    }
}

/// A pod as the controller's cache shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CachedPod {
    pub(crate) id: PodId,
    pub(crate) node: NodeId,
    template: Template,
    pub(crate) ended: bool,
    /// Since when it has been Ready; `None`: it is not.
    ready_since: Option<SimTime>,
    terminating: bool,
    bound: bool,
    created: SimTime,
    /// It had failed, and the controller has deleted its object.
    pub(crate) removed: bool,
}

/// What a sync still has to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A pod for a node.
    Create(NodeId),
    /// The end of a pod.
    Delete(PodId),
}

/// What the API server has of one DaemonSet, and what the controller has.
#[derive(Debug, Default)]
pub(crate) struct DaemonSetWork {
    /// As the API server has it.
    pub(crate) object: Option<DaemonSet>,
    /// How many nodes there may be.
    count: u32,
    /// By template and node: how many pods there have been.
    incarnations: Vec<Vec<u32>>,
    /// The node that each pod is for, in order of creation.
    asked: Vec<(PodId, NodeId)>,
    pub(crate) cached: Option<DaemonSet>,
    pub(crate) watch: Watch<DaemonSet>,
    pub(crate) pods: Vec<CachedPod>,
    /// The same for a sync.
    seen: Vec<DaemonPod>,
    pub(crate) nodes: Vec<DaemonNode>,
    /// The order of the nodes in a sync, and the place of each in it, where a sync asks for them.
    order: Vec<usize>,
    places: Vec<usize>,
    actions: Vec<Action>,
    pub(crate) revisions: Vec<ControllerRevision>,
    pub(crate) back_offs: BackOffs,
    /// Syncs so far that have looked at all nodes.
    pub(crate) syncs: u64,
    pub(crate) busy: bool,
    pub(crate) dirty: bool,
    /// The key waits for a worker.
    pub(crate) waits: bool,
    /// Creations and deletions that were asked for and that the cache does not show yet; less than nothing where it has shown more.
    pub(crate) expected_creations: i32,
    pub(crate) expected_deletions: i32,
    /// Pods that it has created and that the cache does not show yet.
    pub(crate) unseen: u32,
    /// Resource version of the last own status write.
    pub(crate) written: u64,
    pub(crate) requests: Vec<Request>,
    /// The first request that has not been answered, how many are under way, and how many creations the next batch has.
    pub(crate) next: usize,
    pub(crate) in_flight: u32,
    pub(crate) batch: u32,
    /// A request of this sync was refused, and how many syncs in a row ended so.
    pub(crate) failed: bool,
    pub(crate) failures: u32,
    /// It has looked at the pods and the nodes, and nothing has happened since.
    pub(crate) looked: bool,
    /// This sync has looked at what the generation that it has seen asks for.
    pub(crate) observed: bool,
    /// The status that this sync writes; the version that it was made from, whether it reads the object again, and whether it has.
    pub(crate) status: DaemonSetStatus,
    pub(crate) held: u64,
    pub(crate) reading: bool,
    pub(crate) retried: bool,
    /// When the key comes back by itself; of several dates only the earliest counts.
    pub(crate) timer: Option<SimTime>,
    /// How many pods it has last told that it asks for.
    pub(crate) told: i32,
    pub(crate) events: SpamFilter,
}

impl DaemonSetWork {
    fn reset(&mut self, count: u32) {
        let old = std::mem::take(self);
        let Self { mut incarnations, mut asked, mut watch, mut pods, mut revisions, mut requests, .. } = old;
        let Self { seen, nodes, places, order, actions, .. } = old;
        incarnations.iter_mut().for_each(Vec::clear);
        asked.clear();
        watch.reset();
        pods.clear();
        revisions.clear();
        requests.clear();
        *self = Self {
            count,
            seen,
            nodes,
            places,
            order,
            actions,
            incarnations,
            asked,
            watch,
            pods,
            revisions,
            requests,
            ..Self::default()
        };
    }

    /// Takes up a DaemonSet that has been complete for a long time, with its pods from `first` on, one on each of these nodes.
    pub(crate) fn adopt(&mut self, object: DaemonSet, first: PodId, on: &[NodeId]) {
        self.object = Some(object);
        self.cached = Some(object);
        let template = object.spec.template;
        self.revisions.push(ControllerRevision { template, number: 1 });
        for (id, &node) in (first..).zip(on) {
            self.number(template, node);
            self.asked.push((id, node));
            let ready_since = Some(SimTime::ZERO);
            self.pods.push(CachedPod { ready_since, bound: true, ..CachedPod::new(id, node, template, SimTime::ZERO) });
        }
    }

    /// Takes up a pod that the cache shows and that is for a node.
    pub(crate) fn show(&mut self, id: PodId, pod: &Pod, node: NodeId) {
        self.asked.push((id, node));
        self.pods.push(CachedPod {
            ready_since: pod.ready.then_some(pod.ready_at),
            terminating: pod.terminating,
            bound: pod.bound,
            ..CachedPod::new(id, node, pod.template, pod.created)
        });
    }

    /// The place of the next pod of a template for a node among all its pods: its address for random numbers.
    pub(crate) fn number(&mut self, template: Template, node: NodeId) -> u32 {
        let template = usize::from(template);
        self.incarnations.resize_with(self.incarnations.len().max(template + 1), Vec::new);
        let of = &mut self.incarnations[template];
        of.resize(self.count as usize, 0);
        of[node as usize] += 1;
        (of[node as usize] - 1) * self.count + node
    }

    /// A pod has been created for a node.
    pub(crate) fn asked_for(&mut self, pod: PodId, node: NodeId) {
        self.asked.push((pod, node));
        self.unseen += 1;
    }

    /// The node that a pod is for.
    pub(crate) fn node_of(&self, pod: PodId) -> Option<NodeId> {
        let place = self.asked.binary_search_by_key(&pod, |(known, _)| *known).ok()?;
        Some(self.asked[place].1)
    }

    /// Takes a change of a pod into the cache; true where it has become Ready.
    pub(crate) fn receive(&mut self, id: PodId, pod: &Pod, change: PodChange) -> bool {
        if let PodChange::Created { .. } = change {
            self.unseen -= 1;
            self.expected_creations -= 1;
            if let Some(node) = self.node_of(id) {
                self.pods.push(CachedPod::new(id, node, pod.template, pod.created));
            }
            return false;
        }
        let Some(at) = self.pods.iter().position(|cached| cached.id == id) else { return false };
        let cached = &mut self.pods[at];
        let mut became_ready = false;
        match change {
            PodChange::Ready => became_ready = cached.ready_since.replace(pod.ready_at).is_none(),
            PodChange::NotReady => cached.ready_since = None,
            PodChange::Terminating | PodChange::Deleted => {
                cached.terminating = true;
                self.expected_deletions -= 1;
            }
            PodChange::Failed => (cached.ended, cached.ready_since) = (true, None),
            PodChange::Gone => {
                // Whoever deletes a pod that no kubelet has is told once, of all others twice.
                self.expected_deletions -= i32::from(cached.ended || pod.bound);
                self.pods.remove(at);
            }
            PodChange::Created { .. } | PodChange::Updated => {}
        }
        became_ready
    }

    /// A pod that the cache shows.
    pub(crate) fn pod(&mut self, id: PodId) -> Option<&mut CachedPod> {
        self.pods.iter_mut().find(|pod| pod.id == id)
    }

    /// Whether it shows one for a node.
    pub(crate) fn has_pod_for(&self, node: NodeId) -> bool {
        self.pods.iter().any(|pod| pod.node == node)
    }

    /// Whether the cache does not show the controller's own last writes yet. A delivery of them wakes the sync.
    pub(crate) fn is_behind(&self) -> bool {
        self.unseen > 0 || self.cached.is_some_and(|cached| cached.resource_version < self.written)
    }

    /// Whether the cache has shown all that was asked for.
    pub(crate) fn is_satisfied(&self) -> bool {
        self.expected_creations <= 0 && self.expected_deletions <= 0
    }

    /// Puts the pods into the order in which the controller looks at those of a node.
    pub(crate) fn look_at_pods(&mut self, pods: &[Pod], window: SimDuration, now: SimTime) {
        self.pods.iter_mut().for_each(|cached| cached.bound = pods[cached.id as usize].bound);
        let key = |pod: &CachedPod| (pod.node, !pod.bound, pod.created.truncated(), pod.id);
        if !self.pods.is_sorted_by(|one, other| one.node < other.node || key(one) <= key(other)) {
            self.pods.sort_by_key(key);
        }
        self.seen.clear();
        self.seen.extend(self.pods.iter().map(|pod| DaemonPod {
            node: pod.node as usize,
            template: pod.template,
            phase: if pod.ended { DaemonPodPhase::Failed } else { DaemonPodPhase::Live },
            ready: pod.ready_since.is_some(),
            available: pod.ready_since.is_some_and(|since| since.truncated() + window <= now),
            terminating: pod.terminating,
        }));
    }

    /// Decides what a sync asks for, once [`Self::look_at_pods`] has been called. `put_in_order` puts the numbers of the nodes into the
    /// order of this sync, where that decides anything.
    pub(crate) fn decide(&mut self, cached: &DaemonSet, now: SimTime, put_in_order: impl FnOnce(&mut [usize])) {
        let generation = cached.status.observed_generation;
        let Self { pods, nodes, back_offs, order, places, seen, actions, .. } = self;
        for failed in pods.iter().filter(|pod| pod.ended) {
            nodes[failed.node as usize].in_backoff = back_offs.holds(generation, failed.node, now);
        }
        let count = nodes.len();
        let places = LazyCell::new(move || {
            order.clear();
            order.extend(0..count);
            put_in_order(order);
            places.resize(count, 0);
            order.iter().enumerate().for_each(|(at, &node)| places[node] = at);
            &places[..]
        });
        let places = || *places;
        let view =
            DaemonSetView { spec: &cached.spec, nodes, places: &places, pods: seen, expectations_satisfied: true };
        daemon_set::sync(&view, actions);
        // Pods are created in that order too.
        view.sort(actions, |action| match action {
            Action::CreatePod { node } => *node,
            Action::DeletePod { pod } => seen[*pod].node,
        });
        actions.sort_by_key(|action| matches!(action, Action::DeletePod { .. }));
        self.requests.clear();
        for action in &self.actions {
            self.requests.push(match action {
                Action::CreatePod { node } => Request::Create(*node as NodeId),
                Action::DeletePod { pod } => Request::Delete(self.pods[*pod].id),
            });
        }
        let failed = self.actions.iter().filter_map(|action| match action {
            Action::DeletePod { pod } if self.pods[*pod].ended => Some(self.pods[*pod].node),
            _ => None,
        });
        failed.for_each(|node| self.back_offs.next(generation, node, now));
        (self.next, self.in_flight, self.batch) = (0, 0, 1);
        let creations = self.requests.iter().filter(|request| matches!(request, Request::Create(_))).count() as i32;
        self.expected_creations = creations;
        self.expected_deletions = self.requests.len() as i32 - creations;
    }

    /// The status that the cache shows, once [`Self::look_at_pods`] has been called.
    pub(crate) fn find_status(&mut self, cached: &DaemonSet) {
        let view = DaemonSetView {
            spec: &cached.spec,
            nodes: &self.nodes,
            places: &|| &[],
            pods: &self.seen,
            expectations_satisfied: true,
        };
        let generation = if self.observed { cached.generation } else { cached.status.observed_generation };
        self.status = daemon_set::status(&view, generation);
        self.held = cached.resource_version;
    }

    /// What is written so that the revision of `template` is the newest.
    pub(crate) fn revision_to_write(&self, template: Template) -> RevisionWrite {
        make_newest(&self.revisions, template)
    }

    /// The key comes back at `at`, if it does not come back earlier.
    pub(crate) fn requeue_at(&mut self, workload: WorkloadId, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.timer.is_none_or(|timer| at < timer) {
            self.timer = Some(at);
            agenda.schedule(at, Event::DaemonSetTimer { workload });
        }
    }
}

impl CachedPod {
    fn new(id: PodId, node: NodeId, template: Template, created: SimTime) -> Self {
        Self {
            id,
            node,
            template,
            ended: false,
            ready_since: None,
            terminating: false,
            bound: false,
            created,
            removed: false,
        }
    }
}

/// `minReadySeconds` of a DaemonSet.
pub(crate) fn window(set: &DaemonSet) -> SimDuration {
    SimDuration::from_secs(set.spec.min_ready_seconds.max(0) as u64)
}

/// Puts items into an order that `drawn` decides.
pub(crate) fn shuffle(items: &mut [usize], mut drawn: u64) {
    for left in (1..items.len()).rev() {
        // SplitMix64 (Steele, Lea, Flood 2014).
        drawn = drawn.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = drawn;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        items.swap(left, ((bits ^ (bits >> 31)) % (left as u64 + 1)) as usize);
    }
}
