//! Old and new ReplicaSets, scaling, status and history.
//!
//! Upstream: `pkg/controller/deployment/sync.go`.

use std::cmp::Reverse;

use super::util::{
    annotations_need_update, ascending, is_saturated, new_replica_set_replicas, proportion, set_progressing,
};
use super::view::{Action, DeploymentView, Held, OnError};
use crate::k8s::fenceposts::{max_replicas, max_unavailable};
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentStatus, ProgressReason, ReplicaSet, ReplicaSetStatus,
};
use crate::time::SimTime;

/// A copy of a ReplicaSet, and where it came from.
#[derive(Clone, Copy)]
pub(super) struct Copied {
    pub(super) set: ReplicaSet,
    pub(super) held: Held,
}

/// One sync under way.
pub(super) struct Sync<'a> {
    view: DeploymentView<'a>,
    /// The controller's own copy: its status changes before the write that publishes it.
    pub(super) deployment: Deployment,
    /// Where the new ReplicaSet stands in the view, if it does; all others are old.
    position: Option<usize>,
    pub(super) new: Option<Copied>,
    pub(super) now: SimTime,
    pub(super) actions: &'a mut Vec<Action>,
}

impl<'a> Sync<'a> {
    pub(super) fn new(view: &DeploymentView<'a>, now: SimTime, actions: &'a mut Vec<Action>) -> Self {
        let deployment = *view.deployment;
        let position = view.replica_sets.iter().position(|set| set.template == deployment.spec.template);
        Self { view: *view, deployment, position, new: None, now, actions }
    }

    /// The old ReplicaSets as cached, oldest first (`FindOldReplicaSets`).
    pub(super) fn old(&self) -> impl DoubleEndedIterator<Item = &'a ReplicaSet> + Clone + use<'a> {
        let position = self.position;
        self.view.replica_sets.iter().enumerate().filter(move |(i, _)| Some(*i) != position).map(|(_, set)| set)
    }

    /// The old ReplicaSets that should have pods.
    pub(super) fn active_old(&self) -> impl DoubleEndedIterator<Item = Copied> + Clone + use<'a> {
        self.old().filter(|set| set.replicas > 0).map(|&set| Copied { set, held: Held::Cached })
    }

    /// Sum over all ReplicaSets.
    pub(super) fn sum(&self, count: impl Fn(&ReplicaSet) -> i32) -> i32 {
        self.old().map(&count).sum::<i32>() + self.new.map_or(0, |new| count(&new.set))
    }

    /// Whether an old ReplicaSet says it has pods, or a pod of one has not ended (`recreate.go: oldPodsRunning`).
    pub(super) fn old_pods_running(&self) -> bool {
        let live = self.view.live_pods.iter().enumerate().any(|(i, &pods)| Some(i) != self.position && pods > 0);
        live || self.old().map(|set| set.status.replicas).sum::<i32>() > 0
    }

    fn next_revision(&self) -> i64 {
        1 + self.old().map(|set| set.revision).max().unwrap_or(0).max(0)
    }

    /// Finds the new ReplicaSet, and brings its revision and `minReadySeconds`, or else the Deployment's revision, up
    /// to date; true if it wrote the ReplicaSet (`getNewReplicaSet` without creation).
    pub(super) fn sync_revision(&mut self) -> bool {
        let Some(&cached) = self.position.and_then(|position| self.view.replica_sets.get(position)) else {
            return false;
        };
        let mut set = cached;
        set.revision = cached.revision.max(self.next_revision());
        set.min_ready_seconds = self.deployment.spec.min_ready_seconds;
        if set != cached {
            self.update(Copied { set, held: Held::Cached }, OnError::Abort);
            self.new = Some(Copied { set, held: Held::Returned });
            return true;
        }
        self.new = Some(Copied { set, held: Held::Cached });
        let mut status = self.deployment.status;
        status.revision = set.revision;
        if self.has_deadline() && status.progressing.is_none() {
            set_progressing(&mut status, ConditionStatus::True, ProgressReason::FoundNewReplicaSet, self.now);
        }
        if status != self.deployment.status {
            self.update_status(status);
        }
        false
    }

    /// Creates the new ReplicaSet with as many pods as it may have at once (`getNewReplicaSet`).
    pub(super) fn create_new_replica_set(&mut self) {
        let spec = self.deployment.spec;
        let set = ReplicaSet {
            id: self.view.replica_sets.iter().map(|set| set.id).max().map_or(0, |id| id.saturating_add(1)),
            template: spec.template,
            created: self.now.whole_seconds(),
            generation: 1,
            resource_version: 0,
            deleting: false,
            replicas: new_replica_set_replicas(&spec, self.sum(|set| set.replicas), 0),
            min_ready_seconds: spec.min_ready_seconds,
            revision: self.next_revision(),
            desired_replicas: Some(spec.replicas),
            max_replicas: Some(max_replicas(&spec)),
            status: ReplicaSetStatus::default(),
        };
        self.actions.push(Action::CreateReplicaSet {
            template: set.template,
            replicas: set.replicas,
            revision: set.revision,
            desired_replicas: spec.replicas,
            max_replicas: max_replicas(&spec),
            min_ready_seconds: set.min_ready_seconds,
        });
        self.new = Some(Copied { set, held: Held::Returned });
        let mut status = self.deployment.status;
        status.revision = set.revision;
        if self.has_deadline() {
            set_progressing(&mut status, ConditionStatus::True, ProgressReason::NewReplicaSetCreated, self.now);
        }
        if self.has_deadline() || status.revision != self.deployment.status.revision {
            self.update_status(status);
        }
    }

    pub(super) fn has_deadline(&self) -> bool {
        self.deployment.spec.progress_deadline_seconds.is_some()
    }

    /// Whether an active ReplicaSet was last scaled for another size of the Deployment (`isScalingEvent`).
    pub(super) fn is_scaling_event(&self) -> bool {
        let replicas = self.deployment.spec.replicas;
        self.active().any(|copied| copied.set.desired_replicas.is_some_and(|desired| desired != replicas))
    }

    /// All that a sync does while paused or after a change of `replicas` (`sync`).
    pub(super) fn scale_only(&mut self) {
        self.scale();
        if self.deployment.spec.paused {
            self.cleanup_deployment();
        }
        let status = self.calculate_status();
        if status != self.deployment.status {
            self.update_status(status);
        }
    }

    /// Active ReplicaSets: the old ones from the newest to the oldest, then the new one, as `FindActiveOrLatest` leaves
    /// them sorted.
    fn active(&self) -> impl Iterator<Item = Copied> + Clone + use<'a> {
        self.active_old().rev().chain(self.new.filter(|new| new.set.replicas > 0))
    }

    /// The only active ReplicaSet or, where none is, the latest (`FindActiveOrLatest`).
    fn active_or_latest(&self) -> Option<Copied> {
        let mut active = self.active();
        match (active.next(), active.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) => None,
            (None, _) => {
                let newest = || self.old().next_back().map(|&set| Copied { set, held: Held::Cached });
                self.new.or_else(newest)
            }
        }
    }

    /// `scale`
    pub(super) fn scale(&mut self) {
        let replicas = self.deployment.spec.replicas;
        if let Some(target) = self.active_or_latest() {
            self.scale_replica_set(target, replicas, OnError::Abort);
        } else if self.new.is_some_and(|new| is_saturated(replicas, &new.set)) {
            for old in self.active_old().rev() {
                self.scale_replica_set(old, 0, OnError::Abort);
            }
        } else if self.deployment.spec.is_rolling_update() {
            self.scale_proportionally();
        }
    }

    /// Shares a change of size among the active ReplicaSets, the largest first; the rest falls to that one.
    fn scale_proportionally(&mut self) {
        let spec = self.deployment.spec;
        let active = self.active();
        let allowed = if spec.replicas > 0 { max_replicas(&spec) } else { 0 };
        let add = allowed - active.clone().map(|copied| copied.set.replicas).sum::<i32>();
        if add == 0 {
            for copied in active {
                self.write_size(copied, copied.set.replicas, OnError::Abort);
            }
            return;
        }
        // Among equal ones the newest grows first and the oldest shrinks first.
        let sign = if add > 0 { -1 } else { 1 };
        let by_size = |copied: &Copied| {
            let set = copied.set;
            (Reverse(set.replicas), sign * set.created as i64, sign * i64::from(set.id))
        };
        let shares = |deployment: &Deployment, set: &ReplicaSet, added: &mut i32| {
            let share = proportion(deployment, set, add, *added);
            *added += share;
            share
        };
        let mut added = 0;
        for copied in ascending(active.clone(), by_size) {
            shares(&self.deployment, &copied.set, &mut added);
        }
        let mut leftover = Some(add - added);
        added = 0;
        for copied in ascending(active, by_size) {
            let size = copied.set.replicas + shares(&self.deployment, &copied.set, &mut added);
            let size = leftover.take().map_or(size, |leftover| (size + leftover).max(0));
            self.write_size(copied, size, OnError::Abort);
        }
    }

    /// Gives a ReplicaSet another size; true if that is another (`scaleReplicaSet`, not forced).
    pub(super) fn scale_replica_set(&mut self, target: Copied, replicas: i32, errors: OnError) -> bool {
        let differs = target.set.replicas != replicas;
        if differs {
            self.write_size(target, replicas, errors);
        }
        differs
    }

    /// Writes size and annotations if either is out of date (`scaleReplicaSet`, forced).
    fn write_size(&mut self, target: Copied, replicas: i32, errors: OnError) {
        let spec = &self.deployment.spec;
        let mut set = target.set;
        if set.replicas == replicas && !annotations_need_update(&set, spec) {
            return;
        }
        set.replicas = replicas;
        set.desired_replicas = Some(spec.replicas);
        set.max_replicas = Some(max_replicas(spec));
        self.update(Copied { set, held: target.held }, errors);
    }

    fn update(&mut self, Copied { set, held }: Copied, errors: OnError) {
        self.actions.push(Action::UpdateReplicaSet {
            id: set.id,
            replicas: set.replicas,
            desired_replicas: set.desired_replicas,
            max_replicas: set.max_replicas,
            revision: set.revision,
            min_ready_seconds: set.min_ready_seconds,
            held,
            errors,
        });
    }

    pub(super) fn update_status(&mut self, status: DeploymentStatus) {
        self.deployment.status = status;
        self.actions.push(Action::UpdateStatus { status });
    }

    /// Deletes old ReplicaSets beyond the history limit that are empty; one that is not uses up its place all the same
    /// (`cleanupDeployment`).
    pub(super) fn cleanup_deployment(&mut self) {
        let Some(limit) = self.deployment.spec.revision_history_limit else { return };
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
        let Deployment { generation, ref spec, status, .. } = self.deployment;
        let new = self.new.map(|new| new.set);
        let (mut size, mut sum) = (0, ReplicaSetStatus::default());
        for set in self.old().chain(&new) {
            size += set.replicas;
            sum.replicas += set.status.replicas;
            sum.ready_replicas += set.status.ready_replicas;
            sum.available_replicas += set.status.available_replicas;
            sum.terminating_replicas += set.status.terminating_replicas;
        }
        DeploymentStatus {
            observed_generation: generation,
            replicas: sum.replicas,
            updated_replicas: new.map_or(0, |new| new.status.replicas),
            ready_replicas: sum.ready_replicas,
            available_replicas: sum.available_replicas,
            unavailable_replicas: (size - sum.available_replicas).max(0),
            terminating_replicas: sum.terminating_replicas,
            available: Some(sum.available_replicas >= spec.replicas - max_unavailable(spec)),
            ..status
        }
    }
}
