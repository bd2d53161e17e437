//! What is not kept of the objects of a large file: fields that nothing reads. `docs/reference/limits.md` lists them.
//!
//! ReplicaSets, ControllerRevisions and the workloads that are rolled are kept whole: their templates are held against one another.

use crate::input::tree::json::unread::{Row, Unread};

/// Fields of a pod's containers.
const CONTAINER: [&str; 17] = [
    "args",
    "command",
    "env",
    "envFrom",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "securityContext",
    "startupProbe",
    "stdin",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts",
    "workingDir",
];

/// Fields of a container's status.
const CONTAINER_STATUS: [&str; 7] =
    ["allocatedResources", "allocatedResourcesStatus", "containerID", "imageID", "resources", "user", "volumeMounts"];

/// Fields that are kept of objects of kinds without a row.
const OF_OTHERS: [&str; 3] = ["apiVersion", "kind", "metadata"];

const EVERYWHERE: &[&[&str]] = &[
    &["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"],
    &["metadata", "managedFields"],
    &["metadata", "selfLink"],
];

const POD: &[&[&str]] = &[
    &["metadata", "generateName"],
    &["metadata", "ownerReferences", "blockOwnerDeletion"],
    &["metadata", "resourceVersion"],
    &["spec", "automountServiceAccountToken"],
    &["spec", "dnsConfig"],
    &["spec", "dnsPolicy"],
    &["spec", "enableServiceLinks"],
    &["spec", "ephemeralContainers"],
    &["spec", "hostAliases"],
    &["spec", "imagePullSecrets"],
    &["spec", "preemptionPolicy"],
    &["spec", "restartPolicy"],
    &["spec", "securityContext"],
    &["spec", "serviceAccount"],
    &["spec", "serviceAccountName"],
    &["spec", "volumes", "configMap", "items"],
    &["spec", "volumes", "downwardAPI", "items"],
    &["spec", "volumes", "projected", "sources"],
    &["spec", "volumes", "secret", "items"],
    &["status", "conditions", "lastProbeTime"],
    &["status", "conditions", "observedGeneration"],
    &["status", "hostIP"],
    &["status", "hostIPs"],
    &["status", "podIP"],
    &["status", "podIPs"],
    &["status", "qosClass"],
];

const NODE: &[&[&str]] = &[
    &["metadata", "annotations"],
    &["spec", "podCIDR"],
    &["spec", "podCIDRs"],
    &["spec", "providerID"],
    &["status", "addresses"],
    &["status", "conditions", "lastHeartbeatTime"],
    &["status", "config"],
    &["status", "daemonEndpoints"],
    &["status", "features"],
    &["status", "images"],
    &["status", "runtimeHandlers"],
    &["status", "volumesAttached"],
];

const EVENT: &[&[&str]] = &[&["metadata", "annotations"], &["metadata", "labels"], &["source", "host"]];

/// Kinds that are kept but for what is left out everywhere.
const WHOLE: [&str; 21] = [
    "CSINode",
    "ControllerRevision",
    "CronJob",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Job",
    "LimitRange",
    "Namespace",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "PodDisruptionBudget",
    "PriorityClass",
    "ReplicaSet",
    "ReplicationController",
    "ResourceQuota",
    "Rollout",
    "RuntimeClass",
    "StatefulSet",
    "StorageClass",
    "VolumeAttachment",
];

/// What is not kept of the objects of a large file.
pub(crate) fn unread() -> Unread {
    let mut rows =
        vec![Row::new("*", EVERYWHERE), Row::new("Pod", POD), Row::new("Node", NODE), Row::new("Event", EVENT)];
    for list in ["containers", "initContainers"] {
        rows.extend(CONTAINER.map(|field| Row::of("Pod", vec!["spec", list, field])));
    }
    for list in ["containerStatuses", "initContainerStatuses"] {
        rows.extend(CONTAINER_STATUS.map(|field| Row::of("Pod", vec!["status", list, field])));
    }
    rows.extend(WHOLE.map(|kind| Row::new(kind, &[])));
    Unread::new(&rows, &OF_OTHERS)
}
