//! Containers: those that a pod runs, and those that run before them or beside them.

use super::table::{
    Gap, Key, Object, Standing, decides, harmless, inner, key, keys, modelled, modelled_by, moves, refers,
};
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

const START_ORDER: &str = "pkg/kubelet/kuberuntime/kuberuntime_container.go: computeInitContainerActions";
const INIT_IMAGE: &str = "its image is taken to be on the nodes; how long it is pulled belongs into pods.initContainers or \
    pods.sidecarStart";

/// An init container, or a sidecar (`restartPolicy: Always`).
pub(super) const INIT_CONTAINER: Object = Object::like(
    &CONTAINER,
    &[
        modelled("args"),
        modelled("command"),
        harmless("image", INIT_IMAGE),
        harmless("imagePullPolicy", INIT_IMAGE),
        inner("lifecycle", &SIDECAR_LIFECYCLE),
        moves(
            "livenessProbe",
            Direction::TooGood,
            "a sidecar's liveness probe may restart it; it is taken to succeed always",
        ),
        modelled_by(
            "readinessProbe",
            "pkg/kubelet/status/generate.go: GenerateContainersReadyCondition",
            "tests/it/lifecycle.rs: a_pod_is_ready_when_its_sidecars_are",
        ),
        modelled_by("restartPolicy", START_ORDER, "tests/it/lifecycle.rs: init_containers_take_their_turns"),
        modelled_by("startupProbe", START_ORDER, "tests/it/lifecycle.rs: a_sidecar_holds_the_containers_back"),
    ],
);

const SIDECAR_LIFECYCLE: Object = Object::like(
    &LIFECYCLE,
    &[
        moves(
            "postStart",
            Direction::TooGood,
            "the containers after a sidecar wait for its hook, which belongs into pods.sidecarStart",
        ),
        modelled_by(
            "preStop",
            "pkg/kubelet/kuberuntime/kuberuntime_termination_order.go: waitForTurn",
            "tests/it/lifecycle.rs: sidecars_end_last",
        ),
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
        modelled_by(
            "postStart",
            "pkg/kubelet/kuberuntime/kuberuntime_container.go: startContainer",
            "tests/it/lifecycle.rs: post_start_hooks_hold_the_probes_back",
        ),
        inner("preStop", &HOOK),
        moves("stopSignal", Direction::Either, "another signal than SIGTERM ends the container"),
    ],
);

const HOOK: Object = Object::new(
    "LifecycleHandler",
    &[
        modelled("exec"),
        modelled("httpGet"),
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
        modelled_by(
            "terminationGracePeriodSeconds",
            "pkg/kubelet/kuberuntime/kuberuntime_container.go: setTerminationGracePeriod",
            "tests/it/lifecycle.rs: a_probe_may_give_a_container_less_time_to_end",
        ),
        harmless("timeoutSeconds", ASKED),
    ],
);

const ONE_PER_NODE: &str = "src/input/kubernetes/pod_template.rs: a_port_of_the_host_leaves_room_for_one_pod";
const CLASH: (&str, &str) =
    ("plugins/nodeports/node_ports.go: fitsPorts", "src/input/kubernetes/host_ports.rs: upstreams_table");

const PORT: Object = Object::new(
    "ContainerPort",
    &[
        modelled_by("containerPort", "pkg/apis/core/v1/defaults.go: defaultHostNetworkPorts", ONE_PER_NODE),
        modelled_by("hostIP", CLASH.0, CLASH.1),
        modelled_by("hostPort", CLASH.0, CLASH.1),
        harmless("name", "it is a name"),
        modelled_by("protocol", CLASH.0, CLASH.1),
    ],
);

const REQUEST: Standing = Standing::ModelledBy {
    rule: "component-helpers/resource/helpers.go: PodRequests",
    test: "src/input/kubernetes/requests.rs: upstreams_table",
};

/// A resource of which the default node has an amount that nobody knows.
const DEVICE: Standing = Standing::ModelledWhere {
    known: "Node objects or `cluster.allocatable` say how much a node has",
    rule: "plugins/noderesources/fit.go: Filter",
    test: "src/input/experiment/cluster/tests.rs: upstreams_table_of_fits",
    gap: Gap {
        effect: "the scheduler finds room only where this resource is free, and neither a Node object nor cluster.allocatable \
                 says how much of it a node has; the pods are taken to find enough",
        direction: Direction::TooGood,
        decides: true,
        unless: &["0"],
    },
};

const COUNTED: &[Key] = &[key("cpu", REQUEST), key("memory", REQUEST), key("*", DEVICE)];

/// Resources of a container, and of the pod as a whole.
pub(super) const RESOURCES: Object = Object::new(
    "ResourceRequirements",
    &[
        decides("claims", "the scheduler finds room only where the claimed device is free"),
        keys("limits", COUNTED),
        keys("requests", COUNTED),
    ],
);
