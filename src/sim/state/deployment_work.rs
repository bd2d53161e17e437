//! What the Deployment controller has of one Deployment: what its cache shows, what is on its way to it, and the sync under way.
//! What it has once for all of them: its client's limit and its workers.

use crate::engine::Agenda;
use crate::engine::queue::Queue;
use crate::k8s::deployment::{self, Action};
use crate::k8s::fenceposts::Limits;
use crate::k8s::objects::{Deployment, DeploymentStatus, ReplicaSet, ReplicaSetId, ReplicaSetStatus};
use crate::scenario::{ControlPlane, WorkloadId};
use crate::sim::state::event::Event;
use crate::sim::state::throttle::{Bucket, SpamFilter};
use crate::sim::state::watch::Watch;
use crate::sim::state::work_queue::WorkQueue;
use crate::time::{SimDuration, SimTime};

/// What the API server sends to the Deployment controller. Larger objects travel beside it, in the same order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Deployment,
    /// Its status alone.
    Status,
    ReplicaSet,
    /// With the resource version that it was accepted at.
    ReplicaSetStatus(ReplicaSetId, u64, ReplicaSetStatus),
    Removed(ReplicaSetId),
    /// A pod of a Recreate rollout is gone.
    PodGone,
}

/// How a write of a sync ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AfterWrite {
    /// The API server accepted it.
    pub(crate) accepted: bool,
    /// The sync continues.
    pub(crate) continues: bool,
}

/// The Deployment controller.
#[derive(Debug, Default)]
pub(crate) struct DeploymentController {
    pub(crate) bucket: Bucket,
    /// Only where there are several Deployments.
    pub(crate) queue: WorkQueue,
}

impl DeploymentController {
    /// Begins a run.
    pub(crate) fn reset(&mut self, control_plane: &ControlPlane) {
        self.bucket = Bucket::new(control_plane.controller_qps.shared(control_plane.fleet));
        self.queue.reset(control_plane.deployment_workers);
    }
}

/// What the Deployment controller has of one Deployment.
#[derive(Debug, Default)]
pub(crate) struct DeploymentWork {
    /// Which workload it is.
    pub(crate) workload: WorkloadId,
    pub(crate) deployment: Option<Deployment>,
    pub(crate) limits: Limits,
    pub(crate) replica_sets: Vec<ReplicaSet>,
    pub(crate) live_pods: Vec<u32>,
    pub(crate) watch: Watch<Change>,
    deployments_sent: Queue<Deployment>,
    replica_sets_sent: Queue<ReplicaSet>,
    /// With the resource version that each was accepted at.
    statuses_sent: Queue<(u64, DeploymentStatus)>,
    pub(crate) events: SpamFilter,
    /// The key waits for a worker.
    pub(crate) waits: bool,
    /// Whether a sync is running.
    pub(crate) busy: bool,
    /// Something changed during the sync, and another one follows.
    pub(crate) dirty: bool,
    pub(crate) retries: u32,
    /// When the key is queued again; of several delays the earliest.
    pub(crate) timer: Option<SimTime>,
    /// What the sync under way decided; [`Self::next`] is the first action that is not carried out yet.
    pub(crate) actions: Vec<Action>,
    /// The only action of the sync is a status.
    pub(crate) only_publishes: bool,
    pub(crate) next: usize,
    pub(crate) skip_scaling: bool,
    /// The controller was told to wait after a write.
    pub(crate) paused: Option<AfterWrite>,
    /// The last sync found nothing to do before this time, and nothing has been received since.
    pub(crate) settled: Option<SimTime>,
    /// Resource versions that the sync read: of the Deployment, and of each ReplicaSet beside the one its last write returned.
    pub(crate) held_deployment: u64,
    pub(crate) held: Vec<(ReplicaSetId, u64, u64)>,
}

impl DeploymentWork {
    /// Begins a run.
    pub(crate) fn reset(&mut self, workload: WorkloadId) {
        self.workload = workload;
        self.deployment = None;
        self.replica_sets.clear();
        self.watch.reset();
        self.events = SpamFilter::default();
        (self.waits, self.busy, self.dirty, self.skip_scaling) = (false, false, false, false);
        self.retries = 0;
        self.timer = None;
        self.actions.clear();
        self.next = 0;
        self.paused = None;
        self.settled = None;
        self.deployments_sent.clear();
        self.replica_sets_sent.clear();
        self.statuses_sent.clear();
    }

    /// Takes up a Deployment and its ReplicaSet that the cache already shows.
    pub(crate) fn adopt(&mut self, deployment: Deployment, set: ReplicaSet) {
        self.limits = Limits::of(&deployment.spec);
        self.deployment = Some(deployment);
        self.replica_sets.push(set);
    }

    /// Takes up a Deployment and its ReplicaSets, oldest first, likewise.
    pub(crate) fn adopt_all(&mut self, deployment: Deployment, sets: &[ReplicaSet]) {
        self.limits = Limits::of(&deployment.spec);
        self.deployment = Some(deployment);
        self.replica_sets.extend(sets);
    }

    /// Shows the Deployment and the only ReplicaSet as they are when the rollout starts.
    pub(crate) fn show_start(&mut self, deployment: Deployment, set: ReplicaSet) {
        self.deployment = Some(deployment);
        self.replica_sets.clear();
        self.replica_sets.push(set);
    }

    /// Takes a change into the cache.
    #[inline(always)]
    pub(crate) fn receive(&mut self, change: Change) {
        self.settled = None;
        match change {
            Change::Deployment => {
                self.deployment = self.deployments_sent.pop();
                self.limits = self.deployment.as_ref().map_or_else(Limits::default, |known| Limits::of(&known.spec));
            }
            Change::Status => {
                if let (Some(deployment), Some((version, status))) = (&mut self.deployment, self.statuses_sent.first())
                {
                    deployment.resource_version = *version;
                    deployment.status = *status;
                }
                self.statuses_sent.drop_first();
            }
            Change::ReplicaSetStatus(id, version, status) => {
                if let Some(set) = self.replica_sets.iter_mut().find(|known| known.id == id) {
                    set.resource_version = version;
                    set.status = status;
                }
            }
            Change::ReplicaSet => {
                let Some(set) = self.replica_sets_sent.first() else { return };
                match self.replica_sets.iter_mut().find(|known| known.id == set.id) {
                    Some(known) => *known = *set,
                    None => self.replica_sets.push(*set),
                }
                self.replica_sets_sent.drop_first();
            }
            Change::Removed(id) => self.replica_sets.retain(|set| set.id != id),
            Change::PodGone => {}
        }
    }

    /// Whether the controller would change nothing when its own status comes back at `at`: where this write is all that the
    /// sync does and nothing has changed since, the next sync would compute the same status, and ask to look again no
    /// earlier than the timer already does.
    #[inline]
    fn would_change_nothing(&self, written: &Deployment, at: SimTime) -> bool {
        if self.dirty || !self.only_publishes {
            return false;
        }
        let status = &written.status;
        let due = match (status.progressing, written.spec.progress_deadline_seconds) {
            (Some(progressing), Some(deadline)) => {
                let deadline = progressing.last_update + deadline.max(0) as u64;
                let look = SimTime::from_secs(deadline) + SimDuration::from_secs(1);
                self.timer.is_none_or(|timer| look < timer) || at.whole_seconds() + 2 > deadline
            }
            _ => false,
        };
        let as_seen = self.deployment.as_ref().is_some_and(|seen| seen.generation == written.generation);
        as_seen && !due && !deployment::deployment_complete(written, status)
    }

    /// Sends the Deployment; it arrives at `at`.
    pub(crate) fn send_deployment(&mut self, deployment: Deployment, at: SimTime, agenda: &mut Agenda<Event>) {
        self.deployments_sent.push(deployment);
        self.send(Change::Deployment, at, agenda);
    }

    /// Sends a status that the controller has written itself.
    #[inline(always)]
    pub(crate) fn send_own_status(&mut self, written: &Deployment, at: SimTime, agenda: &mut Agenda<Event>) {
        self.statuses_sent.push((written.resource_version, written.status));
        if self.would_change_nothing(written, at) {
            self.watch.send_quietly(at, Change::Status, agenda, Event::DeploymentWatch { workload: self.workload });
        } else {
            self.send(Change::Status, at, agenda);
        }
    }

    /// Sends a ReplicaSet, new or changed.
    pub(crate) fn send_replica_set(&mut self, set: ReplicaSet, at: SimTime, agenda: &mut Agenda<Event>) {
        self.replica_sets_sent.push(set);
        self.send(Change::ReplicaSet, at, agenda);
    }

    /// Sends the status of a ReplicaSet alone.
    #[inline(always)]
    pub(crate) fn send_replica_set_status(
        &mut self,
        id: ReplicaSetId,
        version: u64,
        status: ReplicaSetStatus,
        at: SimTime,
        agenda: &mut Agenda<Event>,
    ) {
        self.send(Change::ReplicaSetStatus(id, version, status), at, agenda);
    }

    /// A ReplicaSet is deleted.
    pub(crate) fn send_removed_set(&mut self, id: ReplicaSetId, at: SimTime, agenda: &mut Agenda<Event>) {
        self.send(Change::Removed(id), at, agenda);
    }

    /// A pod is gone.
    pub(crate) fn send_pod_gone(&mut self, at: SimTime, agenda: &mut Agenda<Event>) {
        self.send(Change::PodGone, at, agenda);
    }

    #[inline(always)]
    fn send(&mut self, change: Change, at: SimTime, agenda: &mut Agenda<Event>) {
        self.watch.send(at, change, agenda, Event::DeploymentWatch { workload: self.workload });
    }

    /// Notes the resource versions that the writes of this sync are based on.
    #[inline(always)]
    pub(crate) fn hold_versions(&mut self) {
        self.held.clear();
        let versions = self.replica_sets.iter().map(|set| (set.id, set.resource_version, set.resource_version));
        self.held.extend(versions);
    }

    /// Takes quiet changes that have arrived into the cache. Those still on their way will be delivered by events: now that
    /// the controller looks again, they may be news to it.
    #[inline(always)]
    pub(crate) fn catch_up(&mut self, agenda: &mut Agenda<Event>) {
        while let Some(change) = self.watch.catch_up(agenda) {
            self.receive(change);
        }
        self.watch.wake(agenda, Event::DeploymentWatch { workload: self.workload });
    }

    /// Queues the key again at `at`; of several delays only the earliest counts.
    #[inline(always)]
    pub(crate) fn requeue_at(&mut self, at: SimTime, agenda: &mut Agenda<Event>) {
        if self.timer.is_none_or(|timer| at < timer) {
            self.timer = Some(at);
            agenda.schedule(at, Event::DeploymentTimer { workload: self.workload });
        }
    }
}
