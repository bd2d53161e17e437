//! Nodes.

use super::metadata::METADATA;
use super::table::{Object, Standing, harmless, inner, key, keys, modelled, modelled_by, moves};
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
        modelled_by(
            "unschedulable",
            "plugins/nodeunschedulable/node_unschedulable.go: Filter",
            "src/input/experiment/cluster/tests.rs: nodes_that_do_not_take_the_pods_are_left_out",
        ),
    ],
);

const TAINT: Object = Object::new(
    "Taint",
    &[
        modelled_by(
            "effect",
            "tainttoleration/taint_toleration.go: Filter, NormalizeScore",
            "src/input/kubernetes/resolve/tests.rs: nodes_have_points_of_their_own",
        ),
        modelled("key"),
        harmless("timeAdded", "pods that are placed anew find the taint there"),
        modelled("value"),
    ],
);

const FIT: Standing = Standing::ModelledBy {
    rule: "plugins/noderesources/fit.go: Filter",
    test: "src/input/experiment/cluster/tests.rs: upstreams_table_of_fits",
};

const STATUS: Object = Object::new(
    "NodeStatus",
    &[
        harmless("addresses", NETWORK),
        keys("allocatable", &[key("*", FIT)]),
        harmless("capacity", "pods are placed by allocatable"),
        harmless("conditions", "the control plane turns them into taints, which are read"),
        harmless("config", "Kubernetes reads it no more"),
        harmless("daemonEndpoints", NETWORK),
        harmless("declaredFeatures", MACHINE),
        harmless("features", MACHINE),
        harmless("images", "pods.pull says which images are there; the scheduler's score for it is small"),
        inner("nodeInfo", &INFO),
        harmless("phase", "Kubernetes writes it no more"),
        harmless("runtimeHandlers", MACHINE),
        harmless("volumesAttached", "volumes are named by the pods' own fields"),
        harmless("volumesInUse", "volumes are named by the pods' own fields"),
    ],
);

const INFO: Object = Object::new(
    "NodeSystemInfo",
    &[
        harmless("architecture", MACHINE),
        harmless("bootID", MACHINE),
        harmless("containerRuntimeVersion", MACHINE),
        harmless("kernelVersion", MACHINE),
        harmless("kubeProxyVersion", MACHINE),
        modelled("kubeletVersion"),
        harmless("machineID", MACHINE),
        harmless("operatingSystem", MACHINE),
        harmless("osImage", MACHINE),
        harmless("runningInUserNamespace", MACHINE),
        harmless("swap", MACHINE),
        harmless("systemUUID", MACHINE),
    ],
);
