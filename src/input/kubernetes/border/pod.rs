//! The spec of a pod, without its containers and volumes.

use super::container::{CONTAINER, INIT_CONTAINER, RESOURCES};
use super::table::{Gap, Rule, Standing, row};
use super::table::{
    Object, decides, decides_unless, harmless, inner, modelled, modelled_by, moves, moves_unless, refers,
};
use super::unmodelled::Direction;
use super::volume::VOLUME;

const INSIDE: &str = "it changes what the containers see, not when they run";
const NETWORK: &str = "it changes names and addresses inside the pod, not when it runs";

pub(super) const POD_SPEC: Object = Object::new(
    "PodSpec",
    &[
        harmless("activeDeadlineSeconds", "the API server refuses it in a Deployment"),
        inner("affinity", &AFFINITY),
        harmless("automountServiceAccountToken", INSIDE),
        inner("containers", &CONTAINER),
        harmless("dnsConfig", NETWORK),
        harmless("dnsPolicy", NETWORK),
        harmless("enableServiceLinks", INSIDE),
        harmless("ephemeralContainers", "the API server refuses them in a template"),
        moves("evictionResponders", Direction::Either, "they may answer for an eviction and change when the pod goes"),
        harmless("hostAliases", NETWORK),
        harmless("hostIPC", INSIDE),
        modelled_by("hostNetwork", "pkg/apis/core/v1/defaults.go: defaultHostNetworkPorts", HOST_PORTS),
        harmless("hostPID", INSIDE),
        harmless("hostUsers", INSIDE),
        harmless("hostname", NETWORK),
        harmless("hostnameOverride", NETWORK),
        refers("imagePullSecrets", "Secret", "name"),
        inner("initContainers", &INIT_CONTAINER),
        modelled_by(
            "nodeName",
            "pkg/kubelet/lifecycle/predicate.go: Admit",
            "tests/it/placement.rs: pods_that_name_their_node_pass_the_scheduler_by",
        ),
        modelled("nodeSelector"),
        harmless("os", "the kubelet reads it; the scheduler does not"),
        modelled_by("overhead", REQUESTS.0, REQUESTS.1),
        moves_unless(
            "preemptionPolicy",
            Direction::Either,
            "it says whether the pods may take room from pods of lower priority (cluster.lowerPriority says what may be \
             taken)",
            &["PreemptLowerPriority"],
        ),
        moves_unless("priority", Direction::Either, PRIORITY, &["0"]),
        moves("priorityClassName", Direction::Either, PRIORITY),
        row("readinessGates", Rule::Whole(READINESS_GATES)),
        decides("resourceClaims", "the scheduler finds room only where the claimed device is free"),
        inner("resources", &RESOURCES),
        modelled("restartPolicy"),
        row(
            "runtimeClassName",
            Rule::Whole(Standing::ModelledWhere {
                known: "its RuntimeClass is in the input",
                rule: "plugin/pkg/admission/runtimeclass/admission.go: setOverhead, setScheduling",
                test: "src/input/kubernetes/admission.rs: a_runtime_class_adds_its_overhead",
                gap: Gap {
                    effect: "its RuntimeClass may add overhead to each pod and allow some nodes only",
                    direction: Direction::TooGood,
                    decides: true,
                    unless: &[],
                },
            }),
        ),
        decides_unless(
            "schedulerName",
            "another scheduler places the pods by rules of its own",
            &["default-scheduler"],
        ),
        modelled_by(
            "schedulingGates",
            "plugins/schedulinggates/scheduling_gates.go: PreEnqueue",
            "tests/it/placement.rs: gates_hold_pods_back_until_they_are_lifted",
        ),
        decides("schedulingGroup", "the pods are scheduled together with others, or not at all"),
        harmless(
            "securityContext",
            "it changes what the containers may do; that they may start with it is taken for granted",
        ),
        refers_to_account("serviceAccount"),
        refers_to_account("serviceAccountName"),
        harmless("setHostnameAsFQDN", NETWORK),
        harmless("shareProcessNamespace", INSIDE),
        harmless("subdomain", NETWORK),
        modelled("terminationGracePeriodSeconds"),
        inner("tolerations", &TOLERATION),
        inner("topologySpreadConstraints", &SPREAD),
        inner("volumes", &VOLUME),
    ],
);

const READINESS_GATES: Standing = Standing::ModelledWhere {
    known: "pods.readinessGate says how long they take",
    rule: "pkg/kubelet/status/generate.go: GeneratePodReadyCondition",
    test: "tests/it/lifecycle.rs: a_readiness_gate_comes_after_the_containers",
    gap: Gap {
        effect: "the pod is Ready only once another controller has set these conditions; they are taken as always true, and \
                 pods.readinessGate is to say how long that takes",
        direction: Direction::TooGood,
        decides: true,
        unless: &[],
    },
};

const HOST_PORTS: &str = "src/input/kubernetes/pod_template.rs: a_port_of_the_host_leaves_room_for_one_pod";
const REQUESTS: (&str, &str) =
    ("component-helpers/resource/helpers.go: PodRequests", "src/input/kubernetes/requests.rs: upstreams_table");

const PRIORITY: &str = "pods of a higher priority take room from lower ones and are taken last \
    (cluster.lowerPriority says what may be taken)";

const fn refers_to_account(name: &'static str) -> super::table::Field {
    refers(name, "ServiceAccount", "")
}

const AFFINITY: Object = Object::new(
    "Affinity",
    &[
        inner("nodeAffinity", &NODE_AFFINITY),
        inner("podAffinity", &POD_AFFINITY),
        inner("podAntiAffinity", &POD_ANTI_AFFINITY),
    ],
);

const NODE_AFFINITY: Object = Object::new(
    "NodeAffinity",
    &[
        modelled_by(
            "preferredDuringSchedulingIgnoredDuringExecution",
            "nodeaffinity/node_affinity.go: NormalizeScore",
            "src/k8s/scheduler.rs: preferred_nodes_and_taints",
        ),
        modelled("requiredDuringSchedulingIgnoredDuringExecution"),
    ],
);

const POD_AFFINITY: Object = Object::new(
    "PodAffinity",
    &[
        inner("preferredDuringSchedulingIgnoredDuringExecution", &PREFERRED_TERM),
        inner("requiredDuringSchedulingIgnoredDuringExecution", &REQUIRED_AFFINITY_TERM),
    ],
);

const POD_ANTI_AFFINITY: Object = Object::new(
    "PodAntiAffinity",
    &[
        inner("preferredDuringSchedulingIgnoredDuringExecution", &PREFERRED_TERM),
        inner("requiredDuringSchedulingIgnoredDuringExecution", &REQUIRED_TERM),
    ],
);

const PREFERRED_TERM: Object =
    Object::new("WeightedPodAffinityTerm", &[inner("podAffinityTerm", &REQUIRED_TERM), modelled("weight")]);

const REQUIRED_AFFINITY_TERM: Object = Object::like(
    &REQUIRED_TERM,
    &[modelled_by(
        "topologyKey",
        "interpodaffinity/filtering.go: satisfyPodAffinity",
        "src/k8s/scheduler.rs: the_first_of_a_group_needs_no_neighbour",
    )],
);

const REQUIRED_TERM: Object = Object::new(
    "PodAffinityTerm",
    &[
        modelled("labelSelector"),
        modelled("matchLabelKeys"),
        modelled_by(
            "mismatchLabelKeys",
            "pkg/registry/core/pod/strategy.go: applyMatchLabelKeysAndMismatchLabelKeys",
            "src/input/kubernetes/resolve/tests.rs: every_label_of_nodes_has_domains",
        ),
        modelled("namespaceSelector"),
        modelled("namespaces"),
        modelled_by(
            "topologyKey",
            "interpodaffinity/filtering.go: satisfyPodAntiAffinity, satisfyExistingPodsAntiAffinity",
            "src/input/kubernetes/resolve/tests.rs: pods_of_others_are_counted_by_term_and_namespace",
        ),
    ],
);

const TOLERATION: Object = Object::new(
    "Toleration",
    &[
        modelled("effect"),
        modelled("key"),
        modelled("operator"),
        moves(
            "tolerationSeconds",
            Direction::Either,
            "it says how long pods stay on a node that is lost (cluster.loss.toleration holds in its place)",
        ),
        modelled("value"),
    ],
);

const POLICIES: &str = "podtopologyspread/common.go: matchNodeInclusionPolicies";
const SPREAD_TABLE: &str =
    "src/input/kubernetes/resolve/tests.rs: spread_constraints_leave_the_nodes_that_upstream_s_table_leaves";

const SPREAD: Object = Object::new(
    "TopologySpreadConstraint",
    &[
        modelled("labelSelector"),
        modelled("matchLabelKeys"),
        modelled("maxSkew"),
        modelled("minDomains"),
        modelled_by("nodeAffinityPolicy", POLICIES, SPREAD_TABLE),
        modelled_by("nodeTaintsPolicy", POLICIES, SPREAD_TABLE),
        modelled_by("topologyKey", "podtopologyspread/filtering.go: Filter", SPREAD_TABLE),
        modelled("whenUnsatisfiable"),
    ],
);
