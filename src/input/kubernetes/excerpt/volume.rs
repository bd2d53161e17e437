//! What is copied of a volume of a pod.

use super::fields::{field, is_empty};
use super::metadata::reduce_metadata;
use crate::input::tree::yaml::{Node, Value};

/// Sources of volumes that only refer to something; of others their kind is kept.
const REFERRING: &[&str] = &[
    "configMap",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "hostPath",
    "image",
    "name",
    "nfs",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

pub(super) fn reduce_volume(volume: &mut Node) -> bool {
    let mut left_out = false;
    if let Value::Map(entries) = &mut volume.value {
        for entry in entries.iter_mut().filter(|entry| !REFERRING.contains(&entry.key.as_str())) {
            left_out |= !is_empty(&entry.value);
            entry.value.value = Value::Map(Vec::new());
        }
    }
    let claim = field(volume, "ephemeral").and_then(|source| field(source, "volumeClaimTemplate"));
    left_out | claim.is_some_and(|claim| reduce_metadata(field(claim, "metadata")))
}
