//! The keys that a recording may have. Any other is refused, because a misspelt key would change the answer unnoticed.

use serde_json::{Map, Value};

use super::stop::FieldError;
use crate::input::{METADATA_FIELDS, SPEC_FIELDS, unknown_field, unknown_word};

/// Keys allowed in every object, for human readers only.
const REMARKS: [&str; 2] = ["about", "note"];

/// The keys of one object of the file.
pub(super) struct Keys {
    /// Keys that are read.
    pub(super) read: &'static [&'static str],
    /// Keys that recorders write as well, and that have no effect here.
    pub(super) beside: &'static [&'static str],
}

pub(super) const ROOT: Keys = Keys {
    read: &[
        "name",
        "deployment",
        "statefulset",
        "daemonset",
        "feature_gates",
        "cluster",
        "pods",
        "proposals",
        "actions",
        "ended_at",
        "repeatable",
        "expect",
        "extra",
        "start",
        "began",
    ],
    beside: &[
        "kubernetes",
        "kind",
        "namespace",
        "runs",
        "skipped_actions",
        "other_runs_scaling",
        "other_runs_moves",
        "runs_dropped_for_latency_ms",
        "outcome_varies",
        "driver_errors",
        "sources",
        "unknown",
    ],
};

pub(super) const EXTRA: Keys = Keys {
    read: &[
        "spread",
        "anti_affinity",
        "allowed_nodes",
        "host_ports",
        "deployments",
        "priority",
        "fillers",
        "cpu",
        "claims",
        "own_volumes",
    ],
    // The actions about nodes say which of them come late.
    beside: &["late_nodes"],
};

pub(super) const CLUSTER: Keys = Keys {
    read: &[
        "nodes",
        "node_zones",
        "pods_per_node",
        "node_cpu",
        "pod_cpu_request",
        "node_memory",
        "pod_memory_request",
        "mode",
        "request_seconds",
        "kube_api_qps_burst",
        "scheduler_client_qps_burst",
        "node_monitor_grace_period_seconds",
        "node_monitor_period_seconds",
        "toleration_seconds",
        "volume_attach_seconds",
        "volume_detach_seconds",
        "volume_provision_seconds",
        "volume_force_detach_seconds",
        "volumes_per_node",
    ],
    beside: &["flags", "heartbeat_interval_seconds"],
};

pub(super) const PODS: Keys = Keys {
    read: &[
        "ready_after_seconds",
        "default_ready_after_seconds",
        "running_after_seconds",
        "running_after_by_index",
        "terminate_after_seconds",
        "grace_period_seconds",
        "readiness_toggles",
        "no_node_for_seconds",
        "attach_seconds",
    ],
    beside: &[],
};

pub(super) const ACTION: Keys = Keys {
    read: &[
        "at",
        "do",
        "name",
        "template",
        "index",
        "replicas",
        "to_revision",
        "budget",
        "resolved_template",
        "node",
        "effect",
        "down",
        "pods",
        "hard",
        "annotations",
        "spec",
    ],
    beside: &["code"],
};

pub(super) const EXPECT: Keys = Keys {
    read: &[
        "scaling",
        "instants_within_s",
        "outcome",
        "min_ready",
        "min_available",
        "max_spec_replicas_sum",
        "max_total_pods_sustained",
        "complete_at",
        "progressing",
        "revision",
        "deletions",
        "moves",
        "placement",
        "nodes",
        "fillers",
    ],
    beside: &["events", "evictions", "pdb", "hpa", "others", "moves_canonical", "status", "pods", "revisions"],
};

impl Keys {
    /// Refuses keys of the object at `path` that the format does not have.
    pub(super) fn only(&self, map: &Map<String, Value>, path: &str) -> Result<(), FieldError> {
        let known = |key: &str| [&REMARKS, self.read, self.beside].iter().any(|keys: &&[&str]| keys.contains(&key));
        match map.keys().find(|key| !known(key)) {
            Some(key) => Err(refused(path, key, self.read)),
            None => Ok(()),
        }
    }
}

/// Refuses keys that a Deployment's spec does not have, in its pod template too.
pub(super) fn only_in_spec(spec: &Map<String, Value>, path: &str) -> Result<(), FieldError> {
    only_fields(spec, path, &SPEC_FIELDS.names())?;
    let metadata = spec.get("template").and_then(|template| template.get("metadata")).and_then(Value::as_object);
    if let Some(metadata) = metadata {
        only_fields(metadata, &format!("{path}.template.metadata"), &METADATA_FIELDS.names())?;
    }
    match unknown_field(spec, path) {
        Some((inside, key, fields)) => Err(refused(&inside, &key, &fields)),
        None => Ok(()),
    }
}

/// The fields of a StatefulSet's spec, those included that have no effect on a rollout.
const STATEFUL_SET: [&str; 11] = [
    "replicas",
    "podManagementPolicy",
    "updateStrategy",
    "minReadySeconds",
    "ordinals",
    "revisionHistoryLimit",
    "selector",
    "serviceName",
    "template",
    "volumeClaimTemplates",
    "persistentVolumeClaimRetentionPolicy",
];

/// Refuses keys that a StatefulSet's spec does not have.
pub(super) fn only_in_stateful_set(spec: &Map<String, Value>, path: &str) -> Result<(), FieldError> {
    only_fields(spec, path, &STATEFUL_SET)?;
    let inside = |field: &str, fields: &[&str]| match spec.get(field).and_then(Value::as_object) {
        Some(map) => only_fields(map, &format!("{path}.{field}"), fields),
        None => Ok(()),
    };
    inside("updateStrategy", &["type", "rollingUpdate"])?;
    inside("ordinals", &["start"])?;
    match spec.get("updateStrategy").and_then(|strategy| strategy.get("rollingUpdate")).and_then(Value::as_object) {
        Some(block) => {
            only_fields(block, &format!("{path}.updateStrategy.rollingUpdate"), &["partition", "maxUnavailable"])
        }
        None => Ok(()),
    }
}

/// The fields of a DaemonSet's spec, those included that have no effect on a rollout.
const DAEMON_SET: [&str; 5] = ["minReadySeconds", "updateStrategy", "revisionHistoryLimit", "selector", "template"];

/// Refuses keys that a DaemonSet's spec does not have.
pub(super) fn only_in_daemon_set(spec: &Map<String, Value>, path: &str) -> Result<(), FieldError> {
    only_fields(spec, path, &DAEMON_SET)?;
    let Some(strategy) = spec.get("updateStrategy").and_then(Value::as_object) else { return Ok(()) };
    only_fields(strategy, &format!("{path}.updateStrategy"), &["type", "rollingUpdate"])?;
    match strategy.get("rollingUpdate").and_then(Value::as_object) {
        Some(block) => {
            only_fields(block, &format!("{path}.updateStrategy.rollingUpdate"), &["maxSurge", "maxUnavailable"])
        }
        None => Ok(()),
    }
}

fn only_fields(map: &Map<String, Value>, path: &str, fields: &[&str]) -> Result<(), FieldError> {
    match map.keys().find(|key| !fields.contains(&key.as_str())) {
        Some(key) => Err(refused(path, key, fields)),
        None => Ok(()),
    }
}

fn refused(path: &str, key: &str, valid: &[&str]) -> FieldError {
    let place = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    FieldError::new(place, unknown_word("key", key, valid))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The description of the format has a row for each key, and no row for a key that is not read.
    #[test]
    fn the_description_has_every_key() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/README.md");
        let text = std::fs::read_to_string(path).unwrap();
        let all = [&ROOT, &EXTRA, &CLUSTER, &PODS, &ACTION, &EXPECT];
        for key in all.iter().flat_map(|keys| keys.read) {
            let quoted = format!("`{key}`");
            assert!(text.contains(&quoted) || ["at", "do"].contains(key), "{key} is not in the description");
        }
        let section = |name: &str| text.split(&format!("### `{name}`")).nth(1).unwrap().split("\n### ").next().unwrap();
        for (name, keys) in [("cluster", &CLUSTER), ("pods", &PODS), ("expect", &EXPECT)] {
            let rows = section(name).lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
            for key in rows.flat_map(|row| row.trim_end_matches('`').split("`, `")) {
                assert!(keys.read.contains(&key), "{name}.{key} is described and not read");
            }
        }
    }
}
