//! Reads the objects of `tests/vectors/*.json`; the README there describes their format.

use serde_json::Value;

use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, ProgressReason, Progressing, ReplicaSet,
    ReplicaSetId, ReplicaSetStatus, Strategy, Template,
};

/// Template of the Deployment in every vector.
pub(crate) const NEW: Template = 1;
/// Template of old ReplicaSets.
pub(crate) const OLD: Template = 0;
/// Condition times count from an origin, and creation times may lie before it; this second is that origin.
pub(crate) const ORIGIN: i64 = 1_000_000;

pub(crate) fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file["cases"].as_array().unwrap().clone()
}

/// A number; a missing one is 0.
pub(crate) fn int(value: &Value) -> i32 {
    value.as_i64().unwrap_or(0) as i32
}

pub(crate) fn boolean(value: &Value) -> bool {
    value.as_bool().unwrap_or(false)
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A second after the origin; a missing one is the zero time.
pub(crate) fn second(value: &Value) -> u64 {
    value.as_i64().map_or(0, |seconds| (ORIGIN + seconds) as u64)
}

/// `null` counts as 0; text that is not a percentage gives `None`.
pub(crate) fn int_or_percent(value: &Value) -> Option<IntOrPercent> {
    match value {
        Value::String(text) => IntOrPercent::parse_percent(text).ok(),
        number => Some(IntOrPercent::Int(int(number))),
    }
}

/// A limit for which both `null` and 2147483647 mean that there is none.
fn limit(value: &Value) -> Option<i32> {
    value.as_i64().map(|limit| limit as i32).filter(|&limit| limit != i32::MAX)
}

pub(crate) fn deployment(value: &Value) -> Deployment {
    let strategy = if value["strategy"] == "Recreate" {
        Strategy::Recreate
    } else {
        Strategy::RollingUpdate {
            max_surge: int_or_percent(&value["maxSurge"]).unwrap(),
            max_unavailable: int_or_percent(&value["maxUnavailable"]).unwrap(),
        }
    };
    Deployment {
        generation: i64::from(int(&value["generation"])),
        resource_version: 1,
        spec: DeploymentSpec {
            replicas: int(&value["replicas"]),
            strategy,
            min_ready_seconds: int(&value["minReadySeconds"]),
            progress_deadline_seconds: limit(&value["progressDeadlineSeconds"]),
            revision_history_limit: limit(&value["revisionHistoryLimit"]),
            paused: boolean(&value["paused"]),
            template: NEW,
            pod_replacement_policy: None,
        },
        status: deployment_status(&value["status"]),
    }
}

pub(crate) fn deployment_status(value: &Value) -> DeploymentStatus {
    DeploymentStatus {
        observed_generation: i64::from(int(&value["observedGeneration"])),
        replicas: int(&value["replicas"]),
        updated_replicas: int(&value["updatedReplicas"]),
        ready_replicas: int(&value["readyReplicas"]),
        available_replicas: int(&value["availableReplicas"]),
        unavailable_replicas: int(&value["unavailableReplicas"]),
        progressing: list(&value["conditions"]).iter().find(|c| c["type"] == "Progressing").map(progressing),
        ..DeploymentStatus::default()
    }
}

pub(crate) fn progressing(value: &Value) -> Progressing {
    Progressing {
        status: match value["status"].as_str() {
            Some("False") => ConditionStatus::False,
            Some("Unknown") => ConditionStatus::Unknown,
            _ => ConditionStatus::True,
        },
        reason: match value["reason"].as_str() {
            Some("NewReplicaSetAvailable") => ProgressReason::NewReplicaSetAvailable,
            Some("ProgressDeadlineExceeded") => ProgressReason::ProgressDeadlineExceeded,
            _ => ProgressReason::ReplicaSetUpdated,
        },
        last_update: second(&value["lastUpdateTimeSeconds"]),
        last_transition: second(&value["lastTransitionTimeSeconds"]),
    }
}

/// A ReplicaSet with the given number and template.
pub(crate) fn replica_set(value: &Value, id: usize, template: Template) -> ReplicaSet {
    let status = &value["status"];
    let annotation = |name: &str| {
        let annotation = &value["annotations"][name];
        annotation.as_str().map_or_else(|| annotation.as_i64().map(|n| n as i32), |text| text.parse().ok())
    };
    ReplicaSet {
        id: id as ReplicaSetId,
        template,
        created: second(&value["creationTimeSeconds"]),
        generation: i64::from(int(&value["generation"])),
        resource_version: 1,
        deleting: boolean(&value["deletionTimestampSet"]),
        replicas: int(&value["spec"]["replicas"]),
        min_ready_seconds: 0,
        revision: i64::from(int(&value["revision"])),
        desired_replicas: annotation("desiredReplicas"),
        max_replicas: annotation("maxReplicas"),
        replicas_before_scale: None,
        status: ReplicaSetStatus {
            observed_generation: i64::from(int(&status["observedGeneration"])),
            replicas: int(&status["replicas"]),
            ready_replicas: int(&status["readyReplicas"]),
            available_replicas: int(&status["availableReplicas"]),
            terminating_replicas: int(&status["terminatingReplicas"]),
            replica_failure: false,
        },
    }
}

/// Old and new ReplicaSets in one list, oldest first. Numbers are positions in the order "old ones, then the new one".
pub(crate) fn replica_sets(old: &Value, new: &Value) -> Vec<ReplicaSet> {
    let mut sets: Vec<_> = list(old).iter().enumerate().map(|(id, value)| replica_set(value, id, OLD)).collect();
    if new.is_object() {
        sets.push(replica_set(new, sets.len(), NEW));
    }
    sets.sort_by_key(|set| (set.created, set.id));
    sets
}
