//! The spec of a pod, without its containers and volumes.

use super::container::{CONTAINER, INIT_CONTAINER, RESOURCES};
use super::table::{Gap, Rule, Standing, row};
use super::table::{Object, decides, decides_unless, harmless, inner, modelled, moves, moves_unless, refers};
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
        modelled("hostNetwork"),
        harmless("hostPID", INSIDE),
        harmless("hostUsers", INSIDE),
        harmless("hostname", NETWORK),
        harmless("hostnameOverride", NETWORK),
        refers("imagePullSecrets", "Secret", "name"),
        inner("initContainers", &INIT_CONTAINER),
        decides(
            "nodeName",
            "the scheduler is passed by: every pod goes to this node, which refuses those that do not fit",
        ),
        modelled("nodeSelector"),
        harmless("os", "the kubelet reads it; the scheduler does not"),
        modelled("overhead"),
        moves_unless(
            "preemptionPolicy",
            Direction::Either,
            "it says whether the pods may take room from pods of lower priority (cluster.lowerPriority says what may be \
             taken)",
            &["PreemptLowerPriority"],
        ),
        moves_unless("priority", Direction::Either, PRIORITY, &["0"]),
        moves("priorityClassName", Direction::Either, PRIORITY),
        decides(
            "readinessGates",
            "the pod is Ready only once another controller has set these conditions; they are taken as always true",
        ),
        decides("resourceClaims", "the scheduler finds room only where the claimed device is free"),
        inner("resources", &RESOURCES),
        modelled("restartPolicy"),
        decides("runtimeClassName", "its RuntimeClass may add overhead to each pod and allow some nodes only"),
        decides_unless(
            "schedulerName",
            "another scheduler places the pods by rules of its own",
            &["default-scheduler"],
        ),
        decides("schedulingGates", "no pod is scheduled before somebody removes the gates"),
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
        moves(
            "preferredDuringSchedulingIgnoredDuringExecution",
            Direction::Either,
            "the scheduler prefers these nodes, so that the pods lie closer together than in the forecast",
        ),
        modelled("requiredDuringSchedulingIgnoredDuringExecution"),
    ],
);

const POD_AFFINITY: Object = Object::new(
    "PodAffinity",
    &[
        moves(
            "preferredDuringSchedulingIgnoredDuringExecution",
            Direction::Either,
            "the scheduler prefers the neighbourhood of these pods, so that the pods lie closer together than in the \
             forecast",
        ),
        decides("requiredDuringSchedulingIgnoredDuringExecution", "the pods fit only beside the pods that are named"),
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
    Object::new("WeightedPodAffinityTerm", &[inner("podAffinityTerm", &PREFERRED_AFFINITY_TERM), modelled("weight")]);

const PREFERRED_AFFINITY_TERM: Object = Object::new(
    "PodAffinityTerm",
    &[
        modelled("labelSelector"),
        modelled("matchLabelKeys"),
        moves("mismatchLabelKeys", Direction::Either, "the preference is left out"),
        modelled("namespaceSelector"),
        modelled("namespaces"),
        moves_unless("topologyKey", Direction::Either, "the preference is left out", DOMAINS),
    ],
);

const REQUIRED_TERM: Object = Object::new(
    "PodAffinityTerm",
    &[
        modelled("labelSelector"),
        modelled("matchLabelKeys"),
        decides("mismatchLabelKeys", "the term, which keeps pods apart, is left out"),
        modelled("namespaceSelector"),
        modelled("namespaces"),
        decides_unless("topologyKey", "pods are kept apart by this label of the nodes, which is not read", DOMAINS),
    ],
);

/// Labels of nodes whose values are the domains that are modelled.
pub(crate) const DOMAINS: &[&str] = &["kubernetes.io/hostname", "topology.kubernetes.io/zone"];

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

const SPREAD: Object = Object::new(
    "TopologySpreadConstraint",
    &[
        modelled("labelSelector"),
        modelled("matchLabelKeys"),
        modelled("maxSkew"),
        modelled("minDomains"),
        moves_unless(
            "nodeAffinityPolicy",
            Direction::TooGood,
            "nodes that the pods do not choose count as domains too",
            &["Honor"],
        ),
        modelled("nodeTaintsPolicy"),
        row(
            "topologyKey",
            Rule::Whole(Standing::Gap(Gap {
                effect: "pods are spread over the values of this label of the nodes, which is not read",
                direction: Direction::TooGood,
                decides: true,
                unless: DOMAINS,
            })),
        ),
        modelled("whenUnsatisfiable"),
    ],
);
