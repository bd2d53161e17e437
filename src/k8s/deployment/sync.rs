//! Old and new ReplicaSets, scaling, status and history.
//!
//! Upstream: `pkg/controller/deployment/sync.go`.

use std::cmp::Reverse;

use super::util::{
    annotations_need_update, ascending, deployment_complete, is_saturated, new_replica_set_replicas, proportion,
    set_progressing, total,
};
use super::view::{Action, DeploymentView, Held, OnError};
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, ProgressReason, ReplicaSet, ReplicaSetId,
    ReplicaSetStatus,
};
use crate::time::SimTime;

/// Order in which ReplicaSets are scaled in proportion: the largest first. Among equal ones the newest grows first and the
/// oldest shrinks first.
pub(super) fn by_size(set: &ReplicaSet, grow: bool) -> (Reverse<i32>, i64, i64) {
    let sign = if grow { -1 } else { 1 };
    (Reverse(set.replicas), sign * set.created as i64, sign * i64::from(set.id))
}

/// The annotations that record a ReplicaSet's last scaling.
#[derive(Clone, Copy)]
pub(super) struct Scaling {
    pub(super) desired_replicas: Option<i32>,
    pub(super) max_replicas: Option<i32>,
    pub(super) replicas_before_scale: Option<i32>,
}

impl Scaling {
    pub(super) fn of(set: &ReplicaSet) -> Self {
        let ReplicaSet { desired_replicas, max_replicas, replicas_before_scale, .. } = *set;
        Self { desired_replicas, max_replicas, replicas_before_scale }
    }
}

/// A ReplicaSet as this sync knows it.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    /// The ReplicaSet as cached.
    pub(super) set: &'a ReplicaSet,
    /// `spec.replicas` after the writes of this sync.
    pub(super) replicas: i32,
    pub(super) revision: i64,
    pub(super) min_ready_seconds: i32,
    pub(super) held: Held,
}

impl<'a> Known<'a> {
    pub(super) fn cached(set: &'a ReplicaSet) -> Self {
        let ReplicaSet { replicas, revision, min_ready_seconds, .. } = *set;
        Self { set, replicas, revision, min_ready_seconds, held: Held::Cached }
    }
}

/// A ReplicaSet that no cache shows yet, except for the size and revision that it is created with.
static CREATED: ReplicaSet = ReplicaSet {
    id: ReplicaSetId::MAX,
    template: 0,
    created: u64::MAX,
    generation: 1,
    resource_version: 0,
    deleting: false,
    replicas: 0,
    min_ready_seconds: 0,
    revision: 0,
    desired_replicas: None,
    max_replicas: None,
    replicas_before_scale: None,
    status: ReplicaSetStatus {
        observed_generation: 0,
        replicas: 0,
        ready_replicas: 0,
        available_replicas: 0,
        terminating_replicas: 0,
        replica_failure: false,
    },
};

/// Sums over the old ReplicaSets, as cached.
#[derive(Clone, Copy, Default)]
struct Old {
    /// `spec.replicas`
    size: i32,
    status: ReplicaSetStatus,
    /// Available pods of the active old ReplicaSets alone.
    available_of_active: i32,
    /// Whether some are active, which means that they should have pods.
    active: bool,
    /// Whether an active one was last scaled for another size of the Deployment, or that scaling is incomplete.
    resized: bool,
    /// Highest revision.
    revision: i64,
}

impl Old {
    fn add(&mut self, set: &ReplicaSet, wanted: i32) {
        self.size = self.size.saturating_add(set.replicas);
        add(&mut self.status, &set.status);
        self.revision = self.revision.max(set.revision);
        if set.replicas > 0 {
            self.active = true;
            self.available_of_active = self.available_of_active.saturating_add(set.status.available_replicas);
            self.resized |= is_resized(set, wanted);
        }
    }
}

fn is_resized(set: &ReplicaSet, wanted: i32) -> bool {
    set.desired_replicas.is_some_and(|desired| desired != wanted) || set.replicas_before_scale.is_some()
}

fn add(sum: &mut ReplicaSetStatus, status: &ReplicaSetStatus) {
    let add = |sum: &mut i32, more: i32| *sum = sum.saturating_add(more);
    add(&mut sum.replicas, status.replicas);
    add(&mut sum.ready_replicas, status.ready_replicas);
    add(&mut sum.available_replicas, status.available_replicas);
    add(&mut sum.terminating_replicas, status.terminating_replicas);
    sum.replica_failure |= status.replica_failure;
}

/// One sync in progress.
pub(super) struct Sync<'a> {
    pub(super) view: &'a DeploymentView<'a>,
    pub(super) spec: &'a DeploymentSpec,
    /// The controller's own copy, which changes before the write that publishes it.
    pub(super) status: DeploymentStatus,
    /// The index of the new ReplicaSet in the view, if it is there; all others are old.
    position: Option<usize>,
    pub(super) new: Option<Known<'a>>,
    old: Old,
    pub(super) now: SimTime,
    pub(super) actions: &'a mut Vec<Action>,
}

impl<'a> Sync<'a> {
    #[inline]
    pub(super) fn new(view: &'a DeploymentView<'a>, now: SimTime, actions: &'a mut Vec<Action>) -> Self {
        let Deployment { spec, status, .. } = view.deployment;
        let (mut position, mut old) = (None, Old::default());
        for (place, set) in view.replica_sets.iter().enumerate() {
            if position.is_none() && set.template == spec.template {
                position = Some(place);
            } else {
                old.add(set, spec.replicas);
            }
        }
        Self { view, spec, status: *status, position, new: None, old, now, actions }
    }

    /// The old ReplicaSets as cached, oldest first (`FindOldReplicaSets`).
    pub(super) fn old(&self) -> impl DoubleEndedIterator<Item = &'a ReplicaSet> + Clone + use<'a> {
        let position = self.position;
        self.view.replica_sets.iter().enumerate().filter(move |(i, _)| Some(*i) != position).map(|(_, set)| set)
    }

    /// The old ReplicaSets whose size is above 0.
    pub(super) fn active_old(&self) -> impl DoubleEndedIterator<Item = Known<'a>> + Clone + use<'a> {
        self.old().filter(|set| set.replicas > 0).map(Known::cached)
    }

    pub(super) fn any_active_old(&self) -> bool {
        self.old.active
    }

    pub(super) fn available_of_active_old(&self) -> i32 {
        self.old.available_of_active
    }

    /// `spec.replicas` of all ReplicaSets together.
    pub(super) fn size(&self) -> i32 {
        self.old.size.saturating_add(self.new.map_or(0, |new| new.replicas))
    }

    /// `replicas` and the surge: the most pods that a rollout may have.
    pub(super) fn max_replicas(&self) -> i32 {
        self.spec.replicas.saturating_add(self.view.limits.max_surge)
    }

    /// Whether `status` shows the rollout complete.
    pub(super) fn is_complete(&self, status: &DeploymentStatus) -> bool {
        deployment_complete(self.view.deployment, status)
    }

    /// Whether the status of an old ReplicaSet counts pods, or a pod of one has not ended (`recreate.go:
    /// oldPodsRunning`).
    pub(super) fn old_pods_running(&self) -> bool {
        let live = self.view.live_pods.iter().enumerate().any(|(i, &pods)| Some(i) != self.position && pods > 0);
        live || self.old.status.replicas > 0
    }

    fn next_revision(&self) -> i64 {
        1 + self.old.revision.max(0)
    }

    /// Finds the new ReplicaSet and updates its revision and `minReadySeconds`, or else the Deployment's revision;
    /// returns true if it wrote the ReplicaSet (`getNewReplicaSet` without creation).
    #[inline(always)]
    pub(super) fn sync_revision(&mut self) -> bool {
        let Some(cached) = self.position.and_then(|position| self.view.replica_sets.get(position)) else {
            return false;
        };
        let mut new = Known::cached(cached);
        new.revision = cached.revision.max(self.next_revision());
        new.min_ready_seconds = self.spec.min_ready_seconds;
        if (new.revision, new.min_ready_seconds) != (cached.revision, cached.min_ready_seconds) {
            self.update(new, Scaling::of(cached), OnError::Abort);
            self.new = Some(Known { held: Held::Returned, ..new });
            return true;
        }
        self.new = Some(new);
        let unknown = self.has_deadline() && self.status.progressing.is_none();
        if unknown || self.status.revision != new.revision {
            let mut status = self.status;
            status.revision = new.revision;
            if unknown {
                set_progressing(&mut status, ConditionStatus::True, ProgressReason::FoundNewReplicaSet, self.now);
            }
            self.update_status(status);
        }
        false
    }

    /// Creates the new ReplicaSet with as many pods as it may have now (`getNewReplicaSet`).
    pub(super) fn create_new_replica_set(&mut self) {
        let spec = self.spec;
        let most = self.max_replicas();
        let new = Known {
            set: &CREATED,
            replicas: new_replica_set_replicas(spec, most, self.total(), 0),
            revision: self.next_revision(),
            min_ready_seconds: spec.min_ready_seconds,
            held: Held::Returned,
        };
        self.actions.push(Action::CreateReplicaSet {
            template: spec.template,
            replicas: new.replicas,
            revision: new.revision,
            desired_replicas: spec.replicas,
            max_replicas: most,
            min_ready_seconds: new.min_ready_seconds,
        });
        self.new = Some(new);
        let mut status = self.status;
        status.revision = new.revision;
        if self.has_deadline() {
            set_progressing(&mut status, ConditionStatus::True, ProgressReason::NewReplicaSetCreated, self.now);
        }
        if self.has_deadline() || status.revision != self.status.revision {
            self.update_status(status);
        }
    }

    pub(super) fn has_deadline(&self) -> bool {
        self.spec.progress_deadline_seconds.is_some()
    }

    /// Whether an active ReplicaSet was last scaled for another size of the Deployment (`isScalingEvent`), or that
    /// scaling is incomplete.
    pub(super) fn is_scaling_event(&self) -> bool {
        let wanted = self.spec.replicas;
        self.old.resized || self.new.is_some_and(|new| new.replicas > 0 && is_resized(new.set, wanted))
    }

    /// Everything that a sync does while the Deployment is paused or after a change of `replicas` (`sync`).
    pub(super) fn scale_only(&mut self) {
        self.scale();
        if self.spec.paused {
            self.cleanup_deployment();
        }
        let status = self.calculate_status();
        if status != self.status {
            self.update_status(status);
        }
    }

    /// Active ReplicaSets: the old ones from the newest to the oldest, then the new one, as `FindActiveOrLatest` leaves
    /// them sorted.
    pub(super) fn active(&self) -> impl Iterator<Item = Known<'a>> + Clone + use<'a> {
        self.active_old().rev().chain(self.new.filter(|new| new.replicas > 0))
    }

    /// The only active ReplicaSet or, where none is, the latest (`FindActiveOrLatest`).
    fn active_or_latest(&self) -> Option<Known<'a>> {
        let mut active = self.active();
        match (active.next(), active.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) => None,
            (None, _) => {
                let newest = || self.old().next_back().map(Known::cached);
                self.new.or_else(newest)
            }
        }
    }

    /// `scale`
    pub(super) fn scale(&mut self) {
        let replicas = self.spec.replicas;
        if let Some(target) = self.active_or_latest() {
            self.scale_alone(target);
        } else if self.new.is_some_and(|new| is_saturated(replicas, new.set)) {
            for old in self.active_old().rev() {
                self.scale_replica_set(old, 0, OnError::Abort);
            }
        } else if self.spec.is_rolling_update() {
            self.scale_proportionally();
        }
    }

    /// Shares a change of size among the active ReplicaSets, beginning with the largest, which also gets the remainder.
    fn scale_proportionally(&mut self) {
        let active = self.active();
        let allowed = if self.spec.replicas > 0 { self.max_replicas() } else { 0 };
        let add = allowed.saturating_sub(total(active.clone().map(|known| known.replicas)));
        if add == 0 {
            for known in active {
                self.write_size(known, known.replicas, OnError::Abort);
            }
            return;
        }
        if add > 0 && self.spec.counts_terminating() {
            return self.grow_into_room(add);
        }
        let by_size = |known: &Known<'_>| by_size(known.set, add > 0);
        let shares = |deployment: &Deployment, set: &ReplicaSet, added: &mut i32| {
            let share = proportion(deployment, set, add, *added);
            let share = if deployment.spec.counts_terminating() { share.min(0) } else { share };
            *added = added.saturating_add(share);
            share
        };
        let mut added = 0;
        for known in ascending(active.clone(), by_size) {
            shares(self.view.deployment, known.set, &mut added);
        }
        let mut leftover = Some(add.saturating_sub(added));
        added = 0;
        for known in ascending(active, by_size) {
            let size = known.replicas.saturating_add(shares(self.view.deployment, known.set, &mut added));
            let size = leftover.take().map_or(size, |leftover| size.saturating_add(leftover).max(0));
            self.write_size(known, size, OnError::Abort);
        }
    }

    /// Changes the size of a ReplicaSet; returns true if the size differs from before (`scaleReplicaSet`, not forced).
    pub(super) fn scale_replica_set(&mut self, target: Known<'_>, replicas: i32, errors: OnError) -> bool {
        let differs = target.replicas != replicas;
        if differs {
            self.write_size(target, replicas, errors);
        }
        differs
    }

    /// Writes size and annotations if either is out of date (`scaleReplicaSet`, forced).
    pub(super) fn write_size(&mut self, target: Known<'_>, replicas: i32, errors: OnError) {
        let up_to_date = !annotations_need_update(target.set, self.spec.replicas, self.max_replicas())
            && target.set.replicas_before_scale.is_none();
        if target.replicas != replicas || !up_to_date {
            self.update(Known { replicas, ..target }, self.through(), errors);
        }
    }

    /// The annotations of a ReplicaSet that has its full share of the Deployment's size.
    pub(super) fn through(&self) -> Scaling {
        Scaling {
            desired_replicas: Some(self.spec.replicas),
            max_replicas: Some(self.max_replicas()),
            replicas_before_scale: None,
        }
    }

    #[inline(never)]
    pub(super) fn update(&mut self, known: Known<'_>, scaling: Scaling, errors: OnError) {
        self.actions.push(Action::UpdateReplicaSet {
            id: known.set.id,
            replicas: known.replicas,
            desired_replicas: scaling.desired_replicas,
            max_replicas: scaling.max_replicas,
            replicas_before_scale: scaling.replicas_before_scale,
            revision: known.revision,
            min_ready_seconds: known.min_ready_seconds,
            held: known.held,
            errors,
        });
    }

    pub(super) fn update_status(&mut self, status: DeploymentStatus) {
        self.status = status;
        self.actions.push(Action::UpdateStatus { status });
    }

    /// Deletes old empty ReplicaSets beyond the history limit; a ReplicaSet that is not empty stays but counts towards
    /// the number to delete (`cleanupDeployment`).
    pub(super) fn cleanup_deployment(&mut self) {
        let Some(limit) = self.spec.revision_history_limit else { return };
        let cleanable = self.old().filter(|set| !set.deleting);
        let excess = cleanable.clone().count().saturating_sub(limit.max(0) as usize);
        for set in ascending(cleanable, |set| (set.revision, set.created, set.id)).take(excess) {
            let empty = set.replicas == 0 && set.status.replicas == 0;
            if empty && set.generation <= set.status.observed_generation {
                self.actions.push(Action::DeleteReplicaSet { id: set.id });
            }
        }
    }

    /// Counters from the ReplicaSets' cached statuses, and the `Available` condition (`calculateStatus`).
    pub(super) fn calculate_status(&self) -> DeploymentStatus {
        let mut sum = self.old.status;
        let new = self.new.map(|new| new.set.status);
        if let Some(new) = &new {
            add(&mut sum, new);
        }
        DeploymentStatus {
            observed_generation: self.view.deployment.generation,
            replicas: sum.replicas,
            updated_replicas: new.map_or(0, |new| new.replicas),
            ready_replicas: sum.ready_replicas,
            available_replicas: sum.available_replicas,
            unavailable_replicas: (self.size() - sum.available_replicas).max(0),
            terminating_replicas: sum.terminating_replicas,
            available: Some(sum.available_replicas >= self.spec.replicas - self.view.limits.max_unavailable),
            ..self.status
        }
    }

    /// Whether the API server refused to create pods of a ReplicaSet.
    pub(super) fn replica_failure(&self) -> bool {
        self.old.status.replica_failure || self.new.is_some_and(|new| new.set.status.replica_failure)
    }
}
