//! Deployment and its spec, down to the pod template.

use super::metadata::{METADATA, STATUS};
use super::pod::POD_SPEC;
use super::table::{Gap, Key, Object, Standing, harmless, inner, key, keys, modelled, moves_unless};
use super::unmodelled::Direction;

pub(crate) const DEPLOYMENT: Object = Object::new(
    "Deployment",
    &[
        harmless("apiVersion", "it must be apps/v1"),
        harmless("kind", "it must be Deployment"),
        inner("metadata", &METADATA),
        inner("spec", &SPEC),
        inner("status", &STATUS_OF_DEPLOYMENT),
    ],
);

pub(crate) const SPEC: Object = Object::new(
    "DeploymentSpec",
    &[
        modelled("minReadySeconds"),
        modelled("paused"),
        modelled("progressDeadlineSeconds"),
        modelled("replicas"),
        modelled("revisionHistoryLimit"),
        modelled("selector"),
        inner("strategy", &STRATEGY),
        inner("template", &TEMPLATE),
    ],
);

pub(crate) const STRATEGY: Object =
    Object::new("DeploymentStrategy", &[inner("rollingUpdate", &ROLLING_UPDATE), modelled("type")]);

const ROLLING_UPDATE: Object =
    Object::new("RollingUpdateDeployment", &[modelled("maxSurge"), modelled("maxUnavailable")]);

pub(super) const TEMPLATE: Object =
    Object::new("PodTemplateSpec", &[inner("metadata", &POD_METADATA), inner("spec", &POD_SPEC)]);

const FROM_TEMPLATE: &str = "the API server sets it on each pod itself";

/// Metadata of a pod: annotations and labels by which an admission webhook adds a container.
const POD_METADATA: Object = Object::new(
    "ObjectMeta",
    &[
        keys("annotations", INJECTION),
        harmless("creationTimestamp", FROM_TEMPLATE),
        harmless("deletionGracePeriodSeconds", FROM_TEMPLATE),
        harmless("deletionTimestamp", FROM_TEMPLATE),
        harmless("finalizers", "they hold back the deletion of the pod object, not the end of its containers"),
        harmless("generateName", FROM_TEMPLATE),
        harmless("generation", FROM_TEMPLATE),
        keys("labels", LABELS),
        harmless("managedFields", FROM_TEMPLATE),
        harmless("name", FROM_TEMPLATE),
        harmless("namespace", "pods are in the Deployment's namespace"),
        harmless("ownerReferences", FROM_TEMPLATE),
        harmless("resourceVersion", FROM_TEMPLATE),
        harmless("selfLink", FROM_TEMPLATE),
        harmless("uid", FROM_TEMPLATE),
    ],
);

const INJECTED: Standing = Standing::Gap(Gap {
    effect: "a webhook adds a container to each pod, with requests, probes and a start of its own",
    direction: Direction::TooGood,
    decides: false,
    unless: &["false", "disabled", "no"],
});

const PROXIED: Standing = Standing::Gap(Gap {
    effect: "a webhook adds a proxy to each pod: what it asks for is counted, its probes and a start of its own are not (write it \
             into the template as a sidecar)",
    direction: Direction::TooGood,
    decides: false,
    unless: &["false", "disabled", "no"],
});

const INJECTION: &[Key] = &[
    key("linkerd.io/inject", PROXIED),
    key("sidecar.istio.io/inject", PROXIED),
    key("sidecar.istio.io/proxyCPU", Standing::Modelled),
    key("sidecar.istio.io/proxyCPULimit", Standing::Modelled),
    key("sidecar.istio.io/proxyMemory", Standing::Modelled),
    key("sidecar.istio.io/proxyMemoryLimit", Standing::Modelled),
    key("config.linkerd.io/proxy-cpu-limit", Standing::Modelled),
    key("config.linkerd.io/proxy-cpu-request", Standing::Modelled),
    key("config.linkerd.io/proxy-memory-limit", Standing::Modelled),
    key("config.linkerd.io/proxy-memory-request", Standing::Modelled),
    key("vault.hashicorp.com/agent-inject", INJECTED),
    key("dapr.io/enabled", INJECTED),
    key("consul.hashicorp.com/connect-inject", INJECTED),
    key("sidecar.opentelemetry.io/inject", INJECTED),
    key("openservicemesh.io/sidecar-injection", INJECTED),
    key("kuma.io/sidecar-injection", INJECTED),
    key(
        "controller.kubernetes.io/pod-deletion-cost",
        Standing::Gap(Gap {
            effect: "the ReplicaSet controller deletes the pods with the lower cost first",
            direction: Direction::Either,
            decides: false,
            unless: &["0"],
        }),
    ),
    key("*", Standing::Harmless("no controller of a rollout reads it")),
];

const LABELS: &[Key] = &[
    key("sidecar.istio.io/inject", PROXIED),
    key("istio.io/rev", PROXIED),
    key("kuma.io/sidecar-injection", INJECTED),
    key("*", Standing::Modelled),
];

const STATUS_OF_DEPLOYMENT: Object = Object::new(
    "DeploymentStatus",
    &[
        modelled("availableReplicas"),
        harmless("collisionCount", STATUS),
        modelled("conditions"),
        modelled("observedGeneration"),
        modelled("readyReplicas"),
        modelled("replicas"),
        moves_unless(
            "terminatingReplicas",
            Direction::TooGood,
            "pods that terminate now still take room when the rollout begins",
            &["0"],
        ),
        modelled("unavailableReplicas"),
        modelled("updatedReplicas"),
    ],
);
