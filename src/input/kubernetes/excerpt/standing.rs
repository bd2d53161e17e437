//! What is copied of the pods of others, and of the workloads that have them: where they are, what they ask for, and which other
//! pods they keep away.

use super::fields::{field, items, keep_only};
use super::metadata::reduce_metadata;
use super::volume::reduce_volume;
use crate::input::kubernetes::other_objects::belongs_to_a_workload;
use crate::input::kubernetes::standing::OtherWorkload;
use crate::input::tree::yaml::Node;

/// Fields of a pod's spec that say where it is and what it takes there.
const POD: &[&str] = &[
    "affinity",
    "containers",
    "hostNetwork",
    "initContainers",
    "nodeName",
    "nodeSelector",
    "overhead",
    "resources",
    "tolerations",
    "volumes",
];
const CONTAINER: &[&str] = &["name", "ports", "resources", "restartPolicy"];
const WORKLOAD: &[&str] = &["replicas", "template"];
/// Their names are nobody's business.
const METADATA: &[&str] = &["deletionTimestamp", "labels", "namespace"];

/// Whether an object of a kind is read for the pods that stand on the Nodes of the input.
pub(super) fn is_read(kind: &str, object: &Node) -> bool {
    let owned = || object.map().is_ok_and(|object| belongs_to_a_workload(&object));
    kind == "Pod" || (OtherWorkload::keeps_pods(kind) && !owned())
}

/// Reduces such an object. Says whether anything was left out.
pub(super) fn reduce(object: &mut Node, kind: &str) -> bool {
    let mut left_out = keep_only(object, &["apiVersion", "kind", "metadata", "spec", "status"]);
    left_out |= field(object, "metadata").is_some_and(|metadata| keep_only(metadata, METADATA));
    left_out |= field(object, "status").is_some_and(|status| keep_only(status, &["phase", "replicas"]));
    let Some(spec) = field(object, "spec") else { return left_out };
    if kind == "Pod" {
        return left_out | reduce_pod(spec);
    }
    left_out |= keep_only(spec, WORKLOAD);
    let Some(template) = field(spec, "template") else { return left_out };
    left_out |= reduce_metadata(field(template, "metadata"));
    left_out | field(template, "spec").is_some_and(reduce_pod)
}

fn reduce_pod(spec: &mut Node) -> bool {
    let mut left_out = keep_only(spec, POD);
    for key in ["containers", "initContainers"] {
        for container in items(field(spec, key)) {
            left_out |= keep_only(container, CONTAINER);
        }
    }
    for volume in items(field(spec, "volumes")) {
        left_out |= reduce_volume(volume);
    }
    left_out
}
