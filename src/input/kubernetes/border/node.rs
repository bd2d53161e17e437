//! Nodes.

use super::metadata::METADATA;
use super::table::{Gap, Object, Rule, Standing, harmless, inner, key, keys, modelled, moves, row};
use super::unmodelled::Direction;

const NETWORK: &str = "it is an address";
const MACHINE: &str = "it describes the machine; the scheduler does not read it";

pub(crate) const NODE: Object = Object::new(
    "Node",
    &[
        harmless("apiVersion", "it must be v1"),
        harmless("kind", "it must be Node"),
        inner("metadata", &METADATA),
        inner("spec", &SPEC),
        inner("status", &STATUS),
    ],
);

const SPEC: Object = Object::new(
    "NodeSpec",
    &[
        harmless("configSource", "Kubernetes reads it no more"),
        harmless("externalID", MACHINE),
        harmless("podCIDR", NETWORK),
        harmless("podCIDRs", NETWORK),
        moves("podPreemptionPolicy", Direction::Either, "it says which pods the node may preempt"),
        harmless("providerID", MACHINE),
        inner("taints", &TAINT),
        modelled("unschedulable"),
    ],
);

const TAINT: Object = Object::new(
    "Taint",
    &[
        row(
            "effect",
            Rule::Whole(Standing::Gap(Gap {
                effect: "the scheduler would rather not use the node",
                direction: Direction::Either,
                decides: false,
                unless: &["NoSchedule", "NoExecute"],
            })),
        ),
        modelled("key"),
        harmless("timeAdded", "pods that are placed anew find the taint there"),
        modelled("value"),
    ],
);

const STATUS: Object = Object::new(
    "NodeStatus",
    &[
        harmless("addresses", NETWORK),
        keys(
            "allocatable",
            &[
                key("cpu", Standing::Modelled),
                key("memory", Standing::Modelled),
                key("pods", Standing::Modelled),
                key("*", Standing::Harmless("a pod that asks for it is named by its own field")),
            ],
        ),
        harmless("capacity", "pods are placed by allocatable"),
        harmless("conditions", "the control plane turns them into taints, which are read"),
        harmless("config", "Kubernetes reads it no more"),
        harmless("daemonEndpoints", NETWORK),
        harmless("declaredFeatures", MACHINE),
        harmless("features", MACHINE),
        harmless("images", "pods.pull says which images are there; the scheduler's score for it is small"),
        harmless("nodeInfo", MACHINE),
        harmless("phase", "Kubernetes writes it no more"),
        harmless("runtimeHandlers", MACHINE),
        harmless("volumesAttached", "volumes are named by the pods' own fields"),
        harmless("volumesInUse", "volumes are named by the pods' own fields"),
    ],
);
