//! What `kubectl rollout` reports about a Deployment, and what it changes.
//!
//! Upstream: `kubectl/pkg/polymorphichelpers/rollout_status.go, rollback.go`.

use crate::k8s::controller_revision::ControllerRevision;
use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::objects::{Deployment, ProgressReason, ReplicaSet, Template};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus, UpdateStrategy};

/// The condition that `kubectl rollout status` waits for, or its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutPhase {
    /// The controller has not seen the last change.
    NotObserved,
    /// Error, exit code 1.
    DeadlineExceeded,
    /// New pods are missing.
    Updating,
    /// Old pods remain.
    OldPendingTermination,
    /// New pods are not available.
    WaitingAvailability,
    /// Success, exit code 0.
    Done,
}

/// What `kubectl rollout status` reports for a Deployment.
#[must_use]
pub fn rollout_status(deployment: &Deployment) -> RolloutPhase {
    let status = &deployment.status;
    let exceeded = |reason| reason == ProgressReason::ProgressDeadlineExceeded;
    if deployment.generation > status.observed_generation {
        RolloutPhase::NotObserved
    } else if status.progressing.is_some_and(|progressing| exceeded(progressing.reason)) {
        RolloutPhase::DeadlineExceeded
    } else if status.updated_replicas < deployment.spec.replicas {
        RolloutPhase::Updating
    } else if status.replicas > status.updated_replicas {
        RolloutPhase::OldPendingTermination
    } else if status.available_replicas < status.updated_replicas {
        RolloutPhase::WaitingAvailability
    } else {
        RolloutPhase::Done
    }
}

/// What `kubectl rollout status` waits for where it never reports a failure of the rollout, or its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetPhase {
    /// Error, exit code 1: the update strategy is OnDelete.
    OnDelete,
    /// The controller has not seen the last change.
    NotObserved,
    /// Of a StatefulSet: pods are not Ready.
    WaitingReady,
    /// New pods are missing.
    Updating,
    /// Of a DaemonSet: pods are not available.
    WaitingAvailability,
    /// Success, exit code 0.
    Done,
}

/// What `kubectl rollout status` reports for a StatefulSet. It does not wait for `minReadySeconds` of the last pod, and with a
/// partition of `replicas` or more it reports success at once.
#[must_use]
pub fn stateful_set_status(spec: &StatefulSetSpec, generation: i64, status: &StatefulSetStatus) -> SetPhase {
    let UpdateStrategy::RollingUpdate(block) = spec.update else { return SetPhase::OnDelete };
    let updated = match block {
        Some(block) => status.updated_replicas >= spec.replicas - block.partition,
        None => status.update_revision == status.current_revision,
    };
    if status.observed_generation == 0 || generation > status.observed_generation {
        SetPhase::NotObserved
    } else if status.ready_replicas < spec.replicas {
        SetPhase::WaitingReady
    } else if !updated {
        SetPhase::Updating
    } else {
        SetPhase::Done
    }
}

/// What `kubectl rollout status` reports for a DaemonSet. A dead node is none that should run a pod, so that it does not wait for it.
#[must_use]
pub fn daemon_set_status(spec: &DaemonSetSpec, generation: i64, status: &DaemonSetStatus) -> SetPhase {
    if spec.on_delete {
        SetPhase::OnDelete
    } else if generation > status.observed_generation {
        SetPhase::NotObserved
    } else if status.updated_number_scheduled < status.desired_number_scheduled {
        SetPhase::Updating
    } else if status.number_available < status.desired_number_scheduled {
        SetPhase::WaitingAvailability
    } else {
        SetPhase::Done
    }
}

/// The template that `kubectl rollout undo` sets: that of the second-highest revision. `None` where the command changes
/// nothing: the Deployment is paused, there is no earlier revision, or its template is the current one.
#[must_use]
pub fn undo_target(deployment: &Deployment, replica_sets: &[ReplicaSet]) -> Option<Template> {
    let latest = replica_sets.iter().map(|set| set.revision).max()?;
    let previous = replica_sets.iter().filter(|set| set.revision < latest).max_by_key(|set| set.revision)?;
    let changes = previous.template != deployment.spec.template;
    (changes && !deployment.spec.paused).then_some(previous.template)
}

/// The template that `kubectl rollout undo --to-revision` sets. `None` where the command changes nothing: the
/// Deployment is paused, there is no such revision, or its template is the current one.
#[must_use]
pub fn undo_target_of(deployment: &Deployment, replica_sets: &[ReplicaSet], revision: i64) -> Option<Template> {
    let wanted = replica_sets.iter().find(|set| set.revision == revision)?;
    let changes = wanted.template != deployment.spec.template;
    (changes && !deployment.spec.paused).then_some(wanted.template)
}

/// The template that `kubectl rollout undo` sets of a StatefulSet or a DaemonSet: that of this revision, without one that of the
/// second-highest. `None`: there is no such revision.
#[must_use]
pub fn undo_target_among(revisions: &[ControllerRevision], revision: Option<i64>) -> Option<Template> {
    let latest = revisions.iter().map(|known| known.number).max()?;
    let wanted = match revision {
        None | Some(0) => revisions.iter().filter(|known| known.number < latest).max_by_key(|known| known.number)?,
        Some(revision) => revisions.iter().find(|known| known.number == revision)?,
    };
    Some(wanted.template)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::int_or_percent::IntOrPercent;
    use crate::k8s::stateful_set::{PodManagementPolicy, RollingUpdate};
    use crate::k8s::tests::vectors::{NEW, OLD, boolean, cases, deployment, int, replica_set};
    use serde_json::json;

    // staging/src/k8s.io/kubectl/pkg/polymorphichelpers/rollout_status_test.go: TestDeploymentStatusViewerStatus
    #[test]
    fn phases() {
        for case in cases(include_str!("../../tests/vectors/rollout_status.json")) {
            let mut input = case["input"].clone();
            input["strategy"] = json!("Recreate");
            let phase = rollout_status(&deployment(&input));
            let word = match phase {
                RolloutPhase::NotObserved => "not-observed",
                RolloutPhase::DeadlineExceeded => "deadline-exceeded",
                RolloutPhase::Updating => "updating",
                RolloutPhase::OldPendingTermination => "old-pending-termination",
                RolloutPhase::WaitingAvailability => "waiting-availability",
                RolloutPhase::Done => "done",
            };
            assert_eq!(case["expected"]["phase"], word, "{case}");
            assert_eq!(boolean(&case["expected"]["done"]), phase == RolloutPhase::Done, "{case}");
        }
    }

    fn word(phase: SetPhase) -> &'static str {
        match phase {
            SetPhase::OnDelete => "error",
            SetPhase::NotObserved => "not-observed",
            SetPhase::WaitingReady => "waiting-ready",
            SetPhase::Updating => "updating",
            SetPhase::WaitingAvailability => "waiting-availability",
            SetPhase::Done => "done",
        }
    }

    // rollout_status_test.go: TestStatefulSetStatusViewerStatus
    #[test]
    fn phases_of_stateful_sets() {
        for case in cases(include_str!("../../tests/vectors/rollout_status_statefulset.json")) {
            let (input, status) = (&case["input"], &case["input"]["status"]);
            let block = boolean(&input["rollingUpdateBlockPresent"])
                .then(|| RollingUpdate { partition: int(&input["partition"]), max_unavailable: None });
            let spec = StatefulSetSpec {
                replicas: int(&input["replicas"]),
                start_ordinal: 0,
                pod_management_policy: PodManagementPolicy::OrderedReady,
                update: if input["strategy"] == "OnDelete" {
                    UpdateStrategy::OnDelete
                } else {
                    UpdateStrategy::RollingUpdate(block)
                },
                min_ready_seconds: 0,
                template: NEW,
            };
            let observed = StatefulSetStatus {
                observed_generation: status["observedGeneration"].as_i64().unwrap(),
                replicas: int(&status["replicas"]),
                ready_replicas: int(&status["readyReplicas"]),
                current_replicas: int(&status["currentReplicas"]),
                updated_replicas: int(&status["updatedReplicas"]),
                current_revision: Some(OLD),
                update_revision: Some(if status["currentRevision"] == status["updateRevision"] { OLD } else { NEW }),
                ..StatefulSetStatus::default()
            };
            let phase = stateful_set_status(&spec, input["generation"].as_i64().unwrap(), &observed);
            assert_eq!(case["expected"]["phase"], word(phase), "{case}");
        }
    }

    // rollout_status_test.go: TestDaemonSetStatusViewerStatus
    #[test]
    fn phases_of_daemon_sets() {
        for case in cases(include_str!("../../tests/vectors/rollout_status_daemonset.json")) {
            let (input, status) = (&case["input"], &case["input"]["status"]);
            let spec = DaemonSetSpec {
                on_delete: input["strategy"] == "OnDelete",
                max_surge: IntOrPercent::Int(0),
                max_unavailable: IntOrPercent::Int(1),
                min_ready_seconds: 0,
                template: NEW,
            };
            let observed = DaemonSetStatus {
                observed_generation: status["observedGeneration"].as_i64().unwrap(),
                desired_number_scheduled: int(&status["desiredNumberScheduled"]),
                number_available: int(&status["numberAvailable"]),
                updated_number_scheduled: int(&status["updatedNumberScheduled"]),
                ..DaemonSetStatus::default()
            };
            let phase = daemon_set_status(&spec, input["generation"].as_i64().unwrap(), &observed);
            assert_eq!(case["expected"]["phase"], word(phase), "{case}");
        }
        let on_delete = DaemonSetSpec {
            on_delete: true,
            max_surge: IntOrPercent::Int(0),
            max_unavailable: IntOrPercent::Int(1),
            min_ready_seconds: 0,
            template: NEW,
        };
        assert_eq!(daemon_set_status(&on_delete, 1, &DaemonSetStatus::default()), SetPhase::OnDelete);
    }

    #[test]
    fn undo_goes_to_the_second_highest_revision() {
        let mut deployment = deployment(&json!({"strategy": "Recreate", "replicas": 1}));
        let sets = [(2, 7, 1), (OLD, 3, 2), (NEW, 8, 3)]
            .map(|(template, revision, id)| replica_set(&json!({"revision": revision}), id, template));
        assert_eq!(undo_target(&deployment, &sets), Some(2));
        assert_eq!(undo_target(&deployment, &sets[..1]), None);
        deployment.spec.template = 2;
        assert_eq!(undo_target(&deployment, &sets), None);
        deployment.spec.template = NEW;
        deployment.spec.paused = true;
        assert_eq!(undo_target(&deployment, &sets), None);
    }

    #[test]
    fn undo_to_a_revision_takes_that_one() {
        let mut deployment = deployment(&json!({"strategy": "Recreate", "replicas": 1}));
        let sets = [(2, 7, 1), (OLD, 3, 2), (NEW, 8, 3)]
            .map(|(template, revision, id)| replica_set(&json!({"revision": revision}), id, template));
        let targets = |deployment: &Deployment| [3, 7, 8, 4].map(|number| undo_target_of(deployment, &sets, number));
        assert_eq!(targets(&deployment), [Some(OLD), Some(2), None, None]);
        deployment.spec.paused = true;
        assert_eq!(targets(&deployment), [None; 4]);
    }

    #[test]
    fn undo_of_a_set_goes_to_the_revision_before_the_latest_or_to_the_one_given() {
        let known = |number, template| ControllerRevision { number, template };
        let revisions = [known(4, OLD), known(9, NEW), known(6, 2)];
        for (revision, target) in
            [(None, Some(2)), (Some(0), Some(2)), (Some(4), Some(OLD)), (Some(9), Some(NEW)), (Some(5), None)]
        {
            assert_eq!(undo_target_among(&revisions, revision), target, "{revision:?}");
        }
        assert_eq!(undo_target_among(&revisions[..1], None), None);
        assert_eq!(undo_target_among(&[], None), None);
    }
}
