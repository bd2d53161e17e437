//! The objects of a snapshot as the simulator finds them: a Deployment with its ReplicaSets, a StatefulSet or a DaemonSet with its
//! revisions.

use super::Snapshot;
use super::found::{Versions, signed};
use super::set::Set;
use crate::k8s::controller_revision::ControllerRevision;
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::objects::{
    ConditionStatus, DeploymentSpec, DeploymentStatus, ProgressReason, ReplicaSetStatus, Template,
};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};
use crate::scenario::{
    FoundDaemonSet, FoundDeployment, FoundProgressing, FoundRefused, FoundReplicaSet, FoundStatefulSet, NEW_TEMPLATE,
};

impl Snapshot {
    pub(super) fn found_deployment(&self, spec: DeploymentSpec, versions: &Versions) -> FoundDeployment {
        let sets = versions.each().map(|(set, template)| self.found_set(&self.sets[set], template));
        let spec = DeploymentSpec { template: NEW_TEMPLATE, ..spec };
        let mut deployment = FoundDeployment::new(spec, sets.collect());
        deployment.generation = i64::from(self.workload.generation);
        deployment.status = self.status();
        deployment.progressing = self.progressing();
        deployment
    }

    pub(super) fn found_stateful_set(&self, spec: StatefulSetSpec, versions: &Versions) -> FoundStatefulSet {
        let workload = &self.workload;
        let named = |name: &Option<String>| self.template_named(name.as_deref(), versions);
        let status = StatefulSetStatus {
            observed_generation: i64::from(workload.observed_generation),
            replicas: signed(workload.total),
            ready_replicas: signed(workload.ready),
            available_replicas: signed(workload.available),
            current_replicas: signed(workload.current),
            updated_replicas: signed(workload.updated),
            current_revision: named(&workload.current_revision).or_else(|| versions.old()),
            update_revision: named(&workload.update_revision).or_else(|| versions.updated()),
        };
        let spec = StatefulSetSpec { template: NEW_TEMPLATE, ..spec };
        let mut found = FoundStatefulSet::new(spec, status, self.revisions(versions));
        found.generation = i64::from(workload.generation);
        found
    }

    pub(super) fn found_daemon_set(&self, spec: DaemonSetSpec, versions: &Versions) -> FoundDaemonSet {
        let workload = &self.workload;
        let status = DaemonSetStatus {
            observed_generation: i64::from(workload.observed_generation),
            desired_number_scheduled: signed(workload.desired),
            current_number_scheduled: signed(workload.total),
            number_misscheduled: 0,
            number_ready: signed(workload.ready),
            number_available: signed(workload.available),
            updated_number_scheduled: signed(workload.updated),
        };
        let spec = DaemonSetSpec { template: NEW_TEMPLATE, ..spec };
        let mut found = FoundDaemonSet::new(spec, status, self.revisions(versions));
        found.generation = i64::from(workload.generation);
        found
    }

    /// The template of the set with a name, if it counts.
    fn template_named(&self, name: Option<&str>, versions: &Versions) -> Option<Template> {
        let mut each = versions.each();
        each.find(|(set, _)| Some(self.sets[*set].name.as_str()) == name).map(|(_, template)| template)
    }

    /// The revisions that count. One that only its pods tell of has no number; it is then as old as its place says.
    fn revisions(&self, versions: &Versions) -> Vec<ControllerRevision> {
        let is_numbered = versions.each().all(|(set, _)| self.sets[set].revision > 0);
        let number = |place: usize, set: usize| match is_numbered {
            true => i64::try_from(self.sets[set].revision).unwrap_or(i64::MAX),
            false => place as i64 + 1,
        };
        let each = versions.each().enumerate();
        each.map(|(place, (set, template))| ControllerRevision { template, number: number(place, set) }).collect()
    }

    fn found_set(&self, set: &Set, template: Template) -> FoundReplicaSet {
        let [replicas, ready, available, terminating] = set.counts.map(signed);
        let mut found = FoundReplicaSet::new(template, set.replicas);
        found.created = set.created - self.at;
        found.generation = i64::from(set.generation.max(1));
        found.min_ready_seconds = signed(set.min_ready_seconds);
        found.revision = i64::try_from(set.revision).unwrap_or(i64::MAX);
        found.desired_replicas = set.desired_replicas;
        found.max_replicas = set.max_replicas;
        found.status = ReplicaSetStatus {
            observed_generation: i64::from(set.observed_generation),
            replicas,
            ready_replicas: ready,
            available_replicas: available,
            terminating_replicas: terminating,
            replica_failure: set.failure.is_some(),
        };
        found.refused = self.refused(set);
        found
    }

    /// Since when the API server refuses the pods of a set, by its events, else by the condition.
    fn refused(&self, set: &Set) -> Option<FoundRefused> {
        let (since, _) = set.failure.as_ref()?;
        let mut events = self.events.iter().filter(|event| event.object == set.name && event.reason == "FailedCreate");
        let first = events.clone().map(|event| event.first).filter(|first| first >= since).min();
        let last = events.next_back().map(|event| event.last);
        Some(FoundRefused {
            first: self.second(first.unwrap_or(*since)),
            last: last.map(|last| self.second(last.max(*since))),
        })
    }

    fn status(&self) -> DeploymentStatus {
        let workload = &self.workload;
        let sum = |of: fn(&Set) -> u32| signed(self.sets.iter().map(of).sum());
        let wanted: i32 = self.sets.iter().map(|set| set.replicas).sum();
        let available = signed(workload.available);
        DeploymentStatus {
            observed_generation: i64::from(workload.observed_generation),
            replicas: signed(workload.total),
            updated_replicas: signed(workload.updated),
            ready_replicas: signed(workload.ready),
            available_replicas: available,
            unavailable_replicas: (wanted - available).max(0),
            terminating_replicas: sum(|set| set.counts[3]),
            available: workload.condition("Available").map(|condition| condition.holds),
            progressing: None,
            replica_failure: workload.condition("ReplicaFailure").is_some_and(|condition| condition.holds),
            revision: workload.revision.and_then(|revision| i64::try_from(revision).ok()).unwrap_or(0),
        }
    }

    fn progressing(&self) -> Option<FoundProgressing> {
        let condition = self.workload.condition("Progressing")?;
        let reason = match condition.reason.as_str() {
            "NewReplicaSetCreated" => ProgressReason::NewReplicaSetCreated,
            "FoundNewReplicaSet" => ProgressReason::FoundNewReplicaSet,
            "NewReplicaSetAvailable" => ProgressReason::NewReplicaSetAvailable,
            "ProgressDeadlineExceeded" => ProgressReason::ProgressDeadlineExceeded,
            "ReplicaSetCreateError" => ProgressReason::ReplicaSetCreateError,
            "DeploymentPaused" => ProgressReason::DeploymentPaused,
            "DeploymentResumed" => ProgressReason::DeploymentResumed,
            _ => ProgressReason::ReplicaSetUpdated,
        };
        let status = match (condition.holds, reason) {
            (true, _) => ConditionStatus::True,
            (false, ProgressReason::DeploymentPaused | ProgressReason::DeploymentResumed) => ConditionStatus::Unknown,
            (false, _) => ConditionStatus::False,
        };
        let updated = condition.updated.or(condition.changed)?;
        Some(FoundProgressing {
            status,
            reason,
            last_update: updated - self.at,
            last_transition: condition.changed.unwrap_or(updated) - self.at,
        })
    }
}
