//! The StatefulSet controller's state: its StatefulSets, what its cache shows of each, and the sync under way.

use crate::engine::Agenda;
use crate::k8s::controller_revision::{ControllerRevision, RevisionWrite, make_newest};
use crate::k8s::objects::Template;
use crate::k8s::stateful_set::{self, Action, PodPhase, StatefulPod, StatefulSet, StatefulSetStatus, StatefulSetView};
use crate::scenario::{ControlPlane, WorkloadId};
use crate::sim::observation::PodId;
use crate::sim::state::event::Event;
use crate::sim::state::pods::Pod;
use crate::sim::state::replica_set_work::PodChange;
use crate::sim::state::throttle::{Bucket, SpamFilter};
use crate::sim::state::watch::Watch;
use crate::sim::state::work_queue::WorkQueue;
use crate::time::{SimDuration, SimTime};

/// The StatefulSet controller.
#[derive(Debug, Default)]
pub(crate) struct StatefulSetController {
    /// By workload; those that are no StatefulSets have no object.
    pub(crate) sets: Vec<StatefulSetWork>,
    pub(crate) bucket: Bucket,
    pub(crate) queue: WorkQueue,
}

impl StatefulSetController {
    /// Begins a run of so many workloads.
    pub(crate) fn reset(&mut self, workloads: usize, control_plane: &ControlPlane) {
        self.bucket = Bucket::new(control_plane.controller_qps);
        self.queue.reset(stateful_set::WORKERS);
        self.sets.resize_with(workloads, StatefulSetWork::default);
        for set in &mut self.sets {
            set.reset();
        }
    }
}

/// A pod as the controller's cache shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CachedPod {
    pub(crate) id: PodId,
    ordinal: i32,
    template: Template,
    pub(crate) ended: bool,
    /// Since when it has been Ready; `None`: it is not.
    ready_since: Option<SimTime>,
    terminating: bool,
    /// It had failed, and the controller has deleted its object.
    pub(crate) removed: bool,
}

/// What the API server has of one StatefulSet, and what the controller has.
#[derive(Debug, Default)]
pub(crate) struct StatefulSetWork {
    /// As the API server has it.
    pub(crate) object: Option<StatefulSet>,
    /// The most pods that are wanted at any time, from which the places of random numbers follow.
    pub(crate) most: u32,
    /// By template and ordinal: how many pods there have been.
    pub(crate) incarnations: Vec<Vec<u32>>,
    pub(crate) cached: Option<StatefulSet>,
    pub(crate) watch: Watch<StatefulSet>,
    /// The pods that the cache shows, in order of their ordinals.
    pub(crate) pods: Vec<CachedPod>,
    /// The same for a sync.
    seen: Vec<StatefulPod>,
    pub(crate) revisions: Vec<ControllerRevision>,
    pub(crate) busy: bool,
    pub(crate) dirty: bool,
    /// The key waits for a worker.
    pub(crate) waits: bool,
    /// Pods that it has created and that the cache does not show yet.
    pub(crate) unseen: u32,
    /// Resource version of the last own status write.
    pub(crate) written: u64,
    pub(crate) actions: Vec<Action>,
    /// The first action that has not been carried out, and requests not yet answered.
    pub(crate) next: usize,
    pub(crate) in_flight: u32,
    /// A request of this sync was refused, and how many syncs in a row ended so.
    pub(crate) failed: bool,
    pub(crate) failures: u32,
    /// The status that this sync writes, if it differs; the version that it was made from, and how often it was refused.
    pub(crate) status: StatefulSetStatus,
    pub(crate) held: u64,
    pub(crate) conflicts: u32,
    /// When the first of the pods is available that were Ready and not yet available at the sync.
    next_check: Option<SimTime>,
    /// When the key comes back by itself; of several dates only the earliest counts.
    pub(crate) timer: Option<SimTime>,
    pub(crate) events: SpamFilter,
}

impl StatefulSetWork {
    fn reset(&mut self) {
        let Self { mut incarnations, mut watch, mut pods, mut seen, mut revisions, mut actions, .. } =
            std::mem::take(self);
        incarnations.iter_mut().for_each(Vec::clear);
        watch.reset();
        pods.clear();
        seen.clear();
        revisions.clear();
        actions.clear();
        *self = Self { incarnations, watch, pods, seen, revisions, actions, ..Self::default() };
    }

    /// Takes up a StatefulSet that has been complete for a long time, with its pods from `first` on.
    pub(crate) fn adopt(&mut self, object: StatefulSet, first: PodId) {
        self.object = Some(object);
        self.cached = Some(object);
        let StatefulSet { spec, .. } = object;
        self.revisions.push(ControllerRevision { template: spec.template, number: 1 });
        for index in 0..spec.replicas.max(0) {
            self.number(spec.template, index as u32);
            self.pods.push(CachedPod {
                id: first + index as PodId,
                ordinal: spec.start_ordinal + index,
                template: spec.template,
                ended: false,
                ready_since: Some(SimTime::ZERO),
                terminating: false,
                removed: false,
            });
        }
    }

    /// Takes up a pod that the cache shows.
    pub(crate) fn show(&mut self, id: PodId, pod: &Pod) {
        let ordinal = self.ordinal_of(pod);
        let cached = CachedPod {
            id,
            ordinal,
            template: pod.template,
            ended: false,
            ready_since: pod.ready.then_some(pod.ready_at),
            terminating: pod.terminating,
            removed: false,
        };
        let at = self.pods.partition_point(|cached| cached.ordinal < ordinal);
        self.pods.insert(at, cached);
    }

    /// The place of the next pod of a template with an index among all its pods: its address for random numbers.
    pub(crate) fn number(&mut self, template: Template, index: u32) -> u32 {
        let (template, place) = (usize::from(template), index as usize);
        self.incarnations.resize_with(self.incarnations.len().max(template + 1), Vec::new);
        let of = &mut self.incarnations[template];
        of.resize(of.len().max(place + 1), 0);
        of[place] += 1;
        (of[place] - 1) * self.most + index
    }

    /// The ordinal of a pod.
    pub(crate) fn ordinal_of(&self, pod: &Pod) -> i32 {
        let start = self.object.as_ref().map_or(0, |object| object.spec.start_ordinal);
        start + (pod.number % self.most.max(1)) as i32
    }

    /// Takes a change of a pod into the cache.
    pub(crate) fn receive(&mut self, id: PodId, pod: &Pod, change: PodChange) {
        let ordinal = self.ordinal_of(pod);
        let known = self.pods.iter().position(|cached| cached.id == id);
        match (change, known) {
            (PodChange::Created { .. }, _) => {
                self.unseen -= 1;
                let template = pod.template;
                let new = CachedPod {
                    id,
                    ordinal,
                    template,
                    ended: false,
                    ready_since: None,
                    terminating: false,
                    removed: false,
                };
                let at = self.pods.partition_point(|cached| cached.ordinal < ordinal);
                self.pods.insert(at, new);
            }
            (PodChange::Ready, Some(at)) => self.pods[at].ready_since = Some(pod.ready_at),
            (PodChange::NotReady, Some(at)) => self.pods[at].ready_since = None,
            (PodChange::Terminating | PodChange::Deleted, Some(at)) => self.pods[at].terminating = true,
            (PodChange::Failed, Some(at)) => {
                self.pods[at].ended = true;
                self.pods[at].ready_since = None;
            }
            (PodChange::Gone, Some(at)) => {
                self.pods.remove(at);
            }
            (PodChange::Updated, _) | (_, None) => {}
        }
    }

    /// The pod that the cache shows with an ordinal.
    pub(crate) fn pod_at(&mut self, ordinal: i32) -> Option<&mut CachedPod> {
        self.pods.iter_mut().find(|pod| pod.ordinal == ordinal)
    }

    /// Whether the cache does not show the controller's own last writes yet. A delivery of them wakes the sync.
    pub(crate) fn is_behind(&self) -> bool {
        self.unseen > 0 || self.cached.is_some_and(|cached| cached.resource_version < self.written)
    }

    /// Decides what a sync does: fills [`Self::actions`] and [`Self::status`].
    pub(crate) fn decide(&mut self, cached: &StatefulSet, gate: bool, now: SimTime) {
        let window = window(cached);
        self.seen.clear();
        self.seen.extend(self.pods.iter().map(|pod| StatefulPod {
            ordinal: pod.ordinal,
            template: pod.template,
            phase: if pod.ended { PodPhase::Ended } else { PodPhase::Running },
            ready: pod.ready_since.is_some(),
            available: pod.ready_since.is_some_and(|since| available_from(since, window) <= now),
            terminating: pod.terminating,
        }));
        let view = StatefulSetView {
            spec: &cached.spec,
            generation: cached.generation,
            deleting: false,
            status: &cached.status,
            pods: &self.seen,
            max_unavailable_gate: gate,
        };
        self.status = stateful_set::sync(&view, &mut self.actions);
        self.held = cached.resource_version;
        self.next = 0;
        let ready = self.pods.iter().filter_map(|pod| pod.ready_since);
        self.next_check = ready.map(|since| available_from(since, window)).filter(|&from| from > now).min();
    }

    /// What is written so that the revision of `template` is the newest.
    pub(crate) fn revision_to_write(&self, template: Template) -> RevisionWrite {
        make_newest(&self.revisions, template)
    }

    /// When the controller looks again because a Ready pod is not available yet. `exact`: it knows when the next one will be.
    pub(crate) fn look_again_at(&self, cached: &StatefulSet, now: SimTime, exact: bool) -> Option<SimTime> {
        let next = self.next_check.map(|next| next.since(now));
        stateful_set::look_again_after(&cached.spec, &self.status, next, exact).map(|delay| now + delay)
    }

    /// The key comes back at `at`, if it does not come back earlier.
    pub(crate) fn requeue_at(&mut self, workload: WorkloadId, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.timer.is_none_or(|timer| at < timer) {
            self.timer = Some(at);
            agenda.schedule(at, Event::StatefulSetTimer { workload });
        }
    }
}

/// `minReadySeconds` of a StatefulSet.
pub(crate) fn window(set: &StatefulSet) -> SimDuration {
    SimDuration::from_secs(set.spec.min_ready_seconds.max(0) as u64)
}

/// When a pod that has been Ready `since` then is available. Without `minReadySeconds` nobody looks at the clock.
fn available_from(since: SimTime, window: SimDuration) -> SimTime {
    since.truncated() + window
}
