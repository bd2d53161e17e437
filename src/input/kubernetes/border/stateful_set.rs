//! StatefulSet and its spec; its pod template is that of Deployments.

use super::deployment::TEMPLATE;
use super::metadata::{METADATA, STATUS};
use super::table::{Object, harmless, inner, modelled, moves};
use super::unmodelled::Direction;

pub(crate) const STATEFUL_SET: Object = Object::new(
    "StatefulSet",
    &[
        harmless("apiVersion", "it must be apps/v1"),
        harmless("kind", "it must be StatefulSet"),
        inner("metadata", &METADATA),
        inner("spec", &STATEFUL_SET_SPEC),
        inner("status", &STATUS_OF_SET),
    ],
);

pub(crate) const STATEFUL_SET_SPEC: Object = Object::new(
    "StatefulSetSpec",
    &[
        modelled("minReadySeconds"),
        inner("ordinals", &ORDINALS),
        harmless(
            "persistentVolumeClaimRetentionPolicy",
            "a rollout deletes no claim, and scaling up finds or makes them",
        ),
        modelled("podManagementPolicy"),
        modelled("replicas"),
        harmless("revisionHistoryLimit", "old ControllerRevisions have no pods"),
        modelled("selector"),
        harmless("serviceName", "the names of pods in DNS decide nothing about when they are Ready"),
        inner("template", &TEMPLATE),
        inner("updateStrategy", &UPDATE_STRATEGY),
        moves(
            "volumeClaimTemplates",
            Direction::TooGood,
            "each pod has a volume of its own, which is detached and attached again when the pod is replaced, and keeps it in the zone or \
             on the node of that volume",
        ),
    ],
);

const ORDINALS: Object = Object::new("StatefulSetOrdinals", &[modelled("start")]);

const UPDATE_STRATEGY: Object =
    Object::new("StatefulSetUpdateStrategy", &[inner("rollingUpdate", &ROLLING_UPDATE), modelled("type")]);

const ROLLING_UPDATE: Object =
    Object::new("RollingUpdateStatefulSetStrategy", &[modelled("maxUnavailable"), modelled("partition")]);

const COUNTED: &str = "the pods are taken to be complete at the start";

const STATUS_OF_SET: Object = Object::new(
    "StatefulSetStatus",
    &[
        harmless("availableReplicas", COUNTED),
        harmless("collisionCount", STATUS),
        harmless("conditions", "the controller sets none"),
        harmless("currentReplicas", COUNTED),
        harmless("currentRevision", COUNTED),
        harmless("observedGeneration", STATUS),
        harmless("readyReplicas", COUNTED),
        modelled("replicas"),
        harmless("updateRevision", COUNTED),
        harmless("updatedReplicas", COUNTED),
    ],
);
