//! DaemonSet and its spec; its pod template is that of Deployments.

use super::deployment::TEMPLATE;
use super::metadata::{METADATA, STATUS};
use super::table::{Object, harmless, inner, modelled};

pub(crate) const DAEMON_SET: Object = Object::new(
    "DaemonSet",
    &[
        harmless("apiVersion", "it must be apps/v1"),
        harmless("kind", "it must be DaemonSet"),
        inner("metadata", &METADATA),
        inner("spec", &DAEMON_SET_SPEC),
        inner("status", &STATUS_OF_SET),
    ],
);

pub(crate) const DAEMON_SET_SPEC: Object = Object::new(
    "DaemonSetSpec",
    &[
        modelled("minReadySeconds"),
        harmless("revisionHistoryLimit", "old ControllerRevisions have no pods"),
        modelled("selector"),
        inner("template", &TEMPLATE),
        inner("updateStrategy", &UPDATE_STRATEGY),
    ],
);

const UPDATE_STRATEGY: Object =
    Object::new("DaemonSetUpdateStrategy", &[inner("rollingUpdate", &ROLLING_UPDATE), modelled("type")]);

const ROLLING_UPDATE: Object =
    Object::new("RollingUpdateDaemonSet", &[modelled("maxSurge"), modelled("maxUnavailable")]);

const COUNTED: &str = "each node that should run a pod is taken to have one of the old version at the start";

const STATUS_OF_SET: Object = Object::new(
    "DaemonSetStatus",
    &[
        harmless("collisionCount", STATUS),
        harmless("conditions", "the controller sets none"),
        harmless("currentNumberScheduled", COUNTED),
        harmless("desiredNumberScheduled", COUNTED),
        harmless("numberAvailable", COUNTED),
        harmless("numberMisscheduled", COUNTED),
        harmless("numberReady", COUNTED),
        harmless("numberUnavailable", COUNTED),
        harmless("observedGeneration", STATUS),
        harmless("updatedNumberScheduled", COUNTED),
    ],
);
