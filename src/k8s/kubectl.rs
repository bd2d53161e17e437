//! What `kubectl rollout` reports about a Deployment, and what it changes.
//!
//! Upstream: `kubectl/pkg/polymorphichelpers/rollout_status.go, rollback.go`.

use crate::k8s::objects::{Deployment, ProgressReason, ReplicaSet, Template};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s::tests::vectors::{NEW, OLD, boolean, cases, deployment, replica_set};
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
}
