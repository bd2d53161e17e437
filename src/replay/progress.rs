//! How far a Deployment of a run has come, as `kubectl rollout status` would judge it.

use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::kubectl::{self, SetPhase};
use crate::k8s::objects::{ConditionStatus, DeploymentStatus, ProgressReason, Progressing};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};
use crate::time::SimTime;

/// How far a Deployment has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    desired: i32,
    generation: i64,
    status: Option<DeploymentStatus>,
    /// Since when the status has been complete.
    pub(super) complete_since: Option<SimTime>,
    last: Option<Progressing>,
    /// Of a StatefulSet: its spec and its status.
    set: Option<StatefulSetSpec>,
    set_status: StatefulSetStatus,
    /// Of a DaemonSet: its spec, how often that has changed, and its status.
    daemon_set: Option<DaemonSetSpec>,
    specs: i64,
    daemon_set_status: DaemonSetStatus,
}

impl Progress {
    /// The spec of a StatefulSet, whose target has been taken.
    pub(super) fn take_stateful_set(&mut self, at: SimTime, spec: StatefulSetSpec) {
        self.set = Some(spec);
        self.judge_stateful_set(at);
    }

    /// Its status has changed.
    pub(super) fn take_stateful_set_status(&mut self, at: SimTime, status: StatefulSetStatus) {
        self.set_status = status;
        self.judge_stateful_set(at);
    }

    fn judge_stateful_set(&mut self, at: SimTime) {
        let Some(spec) = &self.set else { return };
        if kubectl::stateful_set_status(spec, self.generation, &self.set_status) != SetPhase::Done {
            self.complete_since = None;
        } else if self.complete_since.is_none() {
            self.complete_since = Some(at);
        }
    }

    /// The spec of a DaemonSet, whose target has been taken.
    pub(super) fn take_daemon_set(&mut self, at: SimTime, spec: DaemonSetSpec) {
        self.daemon_set = Some(spec);
        self.specs += 1;
        self.judge_daemon_set(at);
    }

    /// Its status has changed.
    pub(super) fn take_daemon_set_status(&mut self, at: SimTime, status: DaemonSetStatus) {
        self.daemon_set_status = status;
        self.judge_daemon_set(at);
    }

    fn judge_daemon_set(&mut self, at: SimTime) {
        let Some(spec) = &self.daemon_set else { return };
        let phase = kubectl::daemon_set_status(spec, self.specs, &self.daemon_set_status);
        if phase != SetPhase::Done {
            self.complete_since = None;
        } else if self.complete_since.is_none() {
            self.complete_since = Some(at);
        }
    }

    /// Its spec has changed.
    pub(super) fn take_target(&mut self, at: SimTime, desired: i32) {
        self.desired = desired;
        self.generation += 1;
        self.judge(at);
    }

    /// Its status has changed; gives status and reason of the Progressing condition.
    pub(super) fn take_status(&mut self, at: SimTime, status: DeploymentStatus) -> Option<(String, String)> {
        self.status = Some(status);
        self.judge(at);
        self.last = status.progressing;
        let progressing = status.progressing?;
        Some((status_word(progressing.status).to_owned(), reason_word(progressing.reason).to_owned()))
    }

    fn judge(&mut self, at: SimTime) {
        let Some(status) = &self.status else { return };
        let counts = [status.updated_replicas, status.replicas, status.available_replicas];
        let behind = status.observed_generation < self.generation;
        if behind || counts.iter().any(|&count| count != self.desired) {
            self.complete_since = None;
        } else if self.complete_since.is_none() {
            self.complete_since = Some(at);
        }
    }

    /// How it has ended, once the run has.
    pub(super) fn outcome(&self) -> &'static str {
        let exceeded = |last: Progressing| last.reason == ProgressReason::ProgressDeadlineExceeded;
        if self.complete_since.is_some() {
            "complete"
        } else if self.last.is_some_and(exceeded) {
            "progress-deadline-exceeded"
        } else {
            "incomplete"
        }
    }

    /// Its revision.
    pub(super) fn revision(&self) -> Option<String> {
        let revision = self.status.map(|status| status.revision).filter(|&revision| revision > 0);
        revision.map(|revision| revision.to_string())
    }
}

pub(super) fn status_word(status: ConditionStatus) -> &'static str {
    match status {
        ConditionStatus::True => "True",
        ConditionStatus::False => "False",
        ConditionStatus::Unknown => "Unknown",
    }
}

pub(super) fn reason_word(reason: ProgressReason) -> &'static str {
    match reason {
        ProgressReason::NewReplicaSetCreated => "NewReplicaSetCreated",
        ProgressReason::FoundNewReplicaSet => "FoundNewReplicaSet",
        ProgressReason::ReplicaSetUpdated => "ReplicaSetUpdated",
        ProgressReason::NewReplicaSetAvailable => "NewReplicaSetAvailable",
        ProgressReason::ProgressDeadlineExceeded => "ProgressDeadlineExceeded",
        ProgressReason::ReplicaSetCreateError => "ReplicaSetCreateError",
        ProgressReason::DeploymentPaused => "DeploymentPaused",
        ProgressReason::DeploymentResumed => "DeploymentResumed",
    }
}
