//! Containers: those that a pod runs, and those that run before them or beside them.

use super::table::{Key, Object, Standing, decides, harmless, inner, key, keys, modelled, moves, refers, uncounted};
use super::unmodelled::Direction;

const INSIDE: &str = "it changes what runs in the container; how long that takes is in pods.start and pods.warmUp";
const ASKED: &str = "what a probe asks, and how long it waits, is in the time until it passes (pods.warmUp)";
const RESTART: &str = "restarts follow the pod's restartPolicy in the forecast";

pub(super) const CONTAINER: Object = Object::new(
    "Container",
    &[
        harmless("args", INSIDE),
        harmless("command", INSIDE),
        inner("env", &VARIABLE),
        inner("envFrom", &VARIABLES_FROM),
        modelled("image"),
        modelled("imagePullPolicy"),
        inner("lifecycle", &LIFECYCLE),
        inner("livenessProbe", &PROBE),
        modelled("name"),
        inner("ports", &PORT),
        inner("readinessProbe", &PROBE),
        harmless("resizePolicy", "a rollout resizes nothing in place"),
        inner("resources", &RESOURCES),
        moves("restartPolicy", Direction::Either, RESTART),
        moves("restartPolicyRules", Direction::Either, RESTART),
        harmless("securityContext", "that the container may start with it is taken for granted"),
        inner("startupProbe", &PROBE),
        harmless("stdin", INSIDE),
        harmless("stdinOnce", INSIDE),
        harmless("terminationMessagePath", INSIDE),
        harmless("terminationMessagePolicy", INSIDE),
        harmless("tty", INSIDE),
        harmless("volumeDevices", "the volume behind it stands under volumes"),
        harmless("volumeMounts", "the volume behind it stands under volumes"),
        harmless("workingDir", INSIDE),
    ],
);

const SIDECAR_PROBE: &str = "a sidecar's probes hold back the containers after it and the pod's readiness";

/// An init container, or a sidecar (`restartPolicy: Always`).
pub(super) const INIT_CONTAINER: Object = Object::like(
    &CONTAINER,
    &[
        harmless("image", "how long it is pulled is in pods.start"),
        harmless("imagePullPolicy", "how long it is pulled is in pods.start"),
        moves("lifecycle", Direction::TooGood, "a sidecar's hooks hold back the start or the end of the pod"),
        moves("livenessProbe", Direction::TooGood, "a sidecar's liveness probe may restart it"),
        moves("readinessProbe", Direction::TooGood, SIDECAR_PROBE),
        modelled("restartPolicy"),
        moves("startupProbe", Direction::TooGood, SIDECAR_PROBE),
    ],
);

const VARIABLE: Object =
    Object::new("EnvVar", &[harmless("name", INSIDE), harmless("value", INSIDE), inner("valueFrom", &VALUE_FROM)]);

const VALUE_FROM: Object = Object::new(
    "EnvVarSource",
    &[
        refers("configMapKeyRef", "ConfigMap", "name"),
        harmless("fieldRef", INSIDE),
        harmless("fileKeyRef", INSIDE),
        harmless("resourceFieldRef", INSIDE),
        refers("secretKeyRef", "Secret", "name"),
    ],
);

const VARIABLES_FROM: Object = Object::new(
    "EnvFromSource",
    &[refers("configMapRef", "ConfigMap", "name"), harmless("prefix", INSIDE), refers("secretRef", "Secret", "name")],
);

const LIFECYCLE: Object = Object::new(
    "Lifecycle",
    &[
        moves(
            "postStart",
            Direction::TooGood,
            "the container is not running, and no probe begins, before the hook has ended",
        ),
        inner("preStop", &HOOK),
        moves("stopSignal", Direction::Either, "another signal than SIGTERM ends the container"),
    ],
);

const HOOK: Object = Object::new(
    "LifecycleHandler",
    &[
        modelled("exec"),
        moves("httpGet", Direction::TooGood, "how long the request takes is not known and counts as nothing"),
        modelled("sleep"),
        moves("tcpSocket", Direction::Either, "the kubelet does not support it as a hook"),
    ],
);

const PROBE: Object = Object::new(
    "Probe",
    &[
        harmless("exec", ASKED),
        modelled("failureThreshold"),
        harmless("grpc", ASKED),
        harmless("httpGet", ASKED),
        modelled("initialDelaySeconds"),
        modelled("periodSeconds"),
        modelled("successThreshold"),
        harmless("tcpSocket", ASKED),
        moves(
            "terminationGracePeriodSeconds",
            Direction::Either,
            "a container that the probe gives up has this time to end, in place of the pod's",
        ),
        harmless("timeoutSeconds", ASKED),
    ],
);

const PORT: Object = Object::new(
    "ContainerPort",
    &[
        modelled("containerPort"),
        harmless("hostIP", "all pods of the Deployment ask for the same one"),
        modelled("hostPort"),
        harmless("name", "it is a name"),
        harmless("protocol", "all pods of the Deployment ask for the same one"),
    ],
);

const DEVICE: &str = "the scheduler finds room only where this resource is free, and the forecast does not count it";

const COUNTED: &[Key] = &[
    key("cpu", Standing::Modelled),
    key("memory", Standing::Modelled),
    key("ephemeral-storage", uncounted(DEVICE)),
    key("hugepages-*", uncounted(DEVICE)),
    key("*", uncounted(DEVICE)),
];

const LIMITED: &[Key] = &[
    key("cpu", Standing::Modelled),
    key("memory", Standing::Modelled),
    key(
        "ephemeral-storage",
        uncounted("it is the request too where none is written, which the forecast does not count"),
    ),
    key("hugepages-*", uncounted(DEVICE)),
    key("*", uncounted(DEVICE)),
];

/// Resources of a container, and of the pod as a whole.
pub(super) const RESOURCES: Object = Object::new(
    "ResourceRequirements",
    &[
        decides("claims", "the scheduler finds room only where the claimed device is free"),
        keys("limits", LIMITED),
        keys("requests", COUNTED),
    ],
);
