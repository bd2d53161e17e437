//! The `Progressing` condition, and the timer of the deadline.
//!
//! Upstream: `pkg/controller/deployment/progress.go`, `sync.go: checkPausedConditions`.

use super::sync::Sync;
use super::util::{deadline_of, deployment_progressing, renew_progressing, set_progressing, timed_out};
use super::view::Action;
use crate::k8s::objects::{ConditionStatus, DeploymentStatus, ProgressReason};
use crate::time::SimDuration;

const SECOND: SimDuration = SimDuration::from_secs(1);

impl Sync<'_> {
    /// Records the start and the end of a pause, which stops the deadline and starts it afresh
    /// (`checkPausedConditions`).
    pub(super) fn check_paused_conditions(&mut self) {
        let reason = self.status.progressing.map(|progressing| progressing.reason);
        if !self.has_deadline() || reason == Some(ProgressReason::ProgressDeadlineExceeded) {
            return;
        }
        let marked = reason == Some(ProgressReason::DeploymentPaused);
        let reason = match (self.spec.paused, marked) {
            (true, false) => ProgressReason::DeploymentPaused,
            (false, true) => ProgressReason::DeploymentResumed,
            _ => return,
        };
        let mut status = self.status;
        set_progressing(&mut status, ConditionStatus::Unknown, reason, self.now);
        self.update_status(status);
    }

    /// Publishes the status with the progress that it shows; where it shows no progress, starts the timer
    /// (`syncRolloutStatus`).
    #[inline]
    pub(super) fn sync_rollout_status(&mut self) {
        let mut status = self.calculate_status();
        if self.has_deadline() {
            self.judge_progress(&mut status);
        } else {
            status.progressing = None;
        }
        status.replica_failure = self.replica_failure();
        if status == self.status {
            self.requeue_stuck_deployment(&status);
        } else {
            self.update_status(status);
        }
    }

    fn judge_progress(&self, status: &mut DeploymentStatus) {
        let current = self.status.progressing;
        let was_complete = current.is_some_and(|current| current.reason == ProgressReason::NewReplicaSetAvailable);
        if was_complete && status.replicas == status.updated_replicas {
            return;
        }
        if self.is_complete(status) {
            set_progressing(status, ConditionStatus::True, ProgressReason::NewReplicaSetAvailable, self.now);
        } else if deployment_progressing(self.spec, &self.status, status) {
            renew_progressing(status, ConditionStatus::True, ProgressReason::ReplicaSetUpdated, self.now);
        } else if timed_out(self.spec, current, self.now) {
            set_progressing(status, ConditionStatus::False, ProgressReason::ProgressDeadlineExceeded, self.now);
        }
    }

    /// Queues a check of the deadline for one second after it passes; at once when less than a second is left
    /// (`requeueStuckDeployment`).
    pub(super) fn requeue_stuck_deployment(&mut self, status: &DeploymentStatus) {
        let deadline = self.spec.progress_deadline_seconds;
        let (Some(seconds), Some(current)) = (deadline, self.status.progressing) else { return };
        let over = current.reason == ProgressReason::ProgressDeadlineExceeded;
        if over || self.is_complete(status) {
            return;
        }
        let left = deadline_of(current, seconds).since(self.now);
        self.actions.push(if left < SECOND { Action::RequeueRateLimited } else { Action::RequeueAfter(left + SECOND) });
    }
}
