//! Keys of `cluster`: nodes, what changes them, and how they are lost.

use super::key::{Form, Key, Section, given};
use crate::input::kubernetes::disruption_budget::EVICTION_POLICIES;

/// Most nodes of a cluster; Kubernetes supports 5000.
pub(crate) const MAX_NODES: u64 = 20_000;

const KUBERNETES_LOSS: &str = "node-monitor-grace-period 40–50 s, heartbeats each 10 s (Kubernetes defaults)";
const OLDER_LOSS: &str = "node-monitor-grace-period 40 s, heartbeats each 10 s (Kubernetes defaults up to 1.31)";

pub(crate) const CLUSTER: Section = Section::new(&[
    Key::new(
        "nodes",
        Form::Either(&[Form::Whole(1, MAX_NODES), Form::List(&POOL)]),
        "The number of nodes, or a list of pools. Without it the Node objects of the manifest count, or enough default nodes.",
    ).noun("nodes")
    .example("[{count: 3, zone: a, allocatable: {cpu: 4}, used: {cpu: 50%}}]"),
    Key::new(
        "spare",
        Form::Whole(0, MAX_NODES),
        "The number of nodes that are free besides those that today's pods fill exactly; in place of `nodes`. Their size is that \
         of `allocatable` and `used`.",
    )
    .noun("spare nodes")
    .example("3"),
    Key::new("zones", Form::Whole(1, 1000), "The number of zones that the nodes are spread over.").noun("zones")
        .default("3", "Chosen: zones of a usual cloud region")
    // The rule for the number of nodes is listed after the zones, which it depends on.
    .more(&[
        ("[cluster.nodes: least]", given("3", "Chosen: one node in each zone")),
        (
            "[cluster.nodes: room for replicas]",
            given(
                "2",
                "Chosen: nodes for twice the replicas, so that maxSurge 100% fits and capacity binds only where you say so",
            ),
        ),
    ]),
    Key::new("allocatable", Form::Map(&ALLOCATABLE), "What each node offers to pods."),
    Key::new("used", Form::Map(&USED), "What other pods use on each node, as amounts or as shares such as 50%."),
    Key::new("quota", Form::MapOrNone(&QUOTA), "What a ResourceQuota allows the pods of the Deployment.").noun("quota")
        .default("none", "Chosen: off. ResourceQuota objects beside the Deployment count")
        .example("{pods: 20}"),
    Key::new("maxParallelImagePulls", Form::Whole(1, 100), "How many images a node pulls at the same time.")
        .default("1", "Kubernetes default (kubelet serializeImagePulls)"),
    Key::new("slowNodes", Form::MapOrNone(&SLOW_NODES), "Nodes on which pulls and start-ups take longer.").noun("slow nodes")
        .default("none", "Chosen: off: opt in, such as {share: 10%, factor: 3}")
        .example("{share: 10%, factor: 3}"),
    Key::new("badNodes", Form::Share, "Share of nodes on which no pod becomes Ready.").noun("bad nodes").default("0", "Chosen: off: opt in"),
    Key::new(
        "lowerPriority",
        Form::MapOrNone(&LOWER_PRIORITY),
        "Pods of lower priority on each node, as large as these, which the scheduler removes to make room.",
    )
    .default("none", "Chosen: off: opt in, such as {pods: 2}")
    .example("{pods: 2}"),
    Key::new(
        "defaultSpread",
        Form::Words(&["none", "system"]),
        "Whether the scheduler spreads pods that have no spread constraints of their own.",
    )
    .default("system", "Kubernetes default (PodTopologySpread defaultingType); for pods without spread constraints"),
    Key::new("autoscaler", Form::MapOrNone(&AUTOSCALER), "A cluster autoscaler, which adds nodes where pods fit nowhere.")
        .default("none", "Chosen: off: opt in with maxNodes")
        .example("{maxNodes: 12}"),
    Key::new("upgrade", Form::MapOrNone(&UPGRADE), "An upgrade, which drains and replaces node after node.")
        .default("none", "Chosen: off: opt in")
        .example("{takes: 3m}"),
    Key::new("disruptionBudget", Form::MapOrNone(&BUDGET), "What a PodDisruptionBudget makes evictions leave.")
        .default("none", "Chosen: off. The PodDisruptionBudget beside the Deployment counts")
        .example("{minAvailable: 90%}"),
    Key::new("volumes", Form::Map(&VOLUMES), "How long persistent volumes take; it counts where pods use some."),
    Key::new("loss", Form::MapOrNone(&LOSS), "How nodes and zones are lost.")
        .default("none", "Chosen: off. About one loss per machine in two years (Google 2007): opt in")
        .example("{meanTimeToLoss: 30d}"),
]);

/// Keys of a pool of nodes.
pub(crate) const POOL: Section = Section::new(&[
    Key::new("count", Form::Whole(1, MAX_NODES), "The number of nodes in the pool; 1 where it is left out.")
        .example("3"),
    Key::new("zone", Form::Text, "The zone that the nodes are in.").example("a"),
    Key::new("allocatable", Form::Map(&AMOUNTS), "What each node of the pool offers, in place of cluster.allocatable."),
    Key::new("used", Form::Map(&AMOUNTS), "What other pods use on each of them, in place of cluster.used."),
]);

const LARGE_ENOUGH: &str = "Chosen: a usual cloud node; room for two pods where one asks for more than it has";
const NOTHING_ELSE: &str = "Chosen: nothing else runs there";

const ALLOCATABLE: Section = Section::new(&[
    Key::new("cpu", Form::Amount, "CPU of a node, such as 4 or 3500m.")
        .noun("CPU of a node")
        .default("4", LARGE_ENOUGH),
    Key::new("memory", Form::Amount, "Memory of a node, such as 16Gi.")
        .noun("memory of a node")
        .default("16Gi", LARGE_ENOUGH),
    Key::new("pods", Form::Amount, "How many pods a node takes.")
        .default("110", "Kubernetes default (kubelet maxPods)"),
])
.and(&OTHERS);

const USED: Section = Section::new(&[
    Key::new("cpu", Form::Amount, "CPU that other pods request, as an amount or a share.").default("0", NOTHING_ELSE),
    Key::new("memory", Form::Amount, "Memory that other pods request, as an amount or a share.")
        .default("0", NOTHING_ELSE),
    Key::new("pods", Form::Amount, "How many other pods run there.").default("0", NOTHING_ELSE),
])
.and(&OTHERS);

/// Amounts without a default of their own.
pub(crate) const AMOUNTS: Section = Section::new(&[
    Key::new("cpu", Form::Amount, "CPU, such as 4 or 500m.").example("10"),
    Key::new("memory", Form::Amount, "Memory, such as 16Gi.").example("20Gi"),
    Key::new("pods", Form::Amount, "A number of pods.").example("20"),
])
.and(&OTHERS);

/// What a quota may limit.
pub(crate) const QUOTA: Section = Section::new(&[
    Key::new("cpu", Form::Amount, "CPU, such as 4 or 500m.").example("10"),
    Key::new("memory", Form::Amount, "Memory, such as 16Gi.").example("20Gi"),
    Key::new("pods", Form::Amount, "A number of pods.").example("20"),
    Key::new("ephemeral-storage", Form::Amount, "Room on the nodes' own disks, such as 100Gi.").example("100Gi"),
    Key::new("hugepages-*", Form::Amount, "Huge pages of a size, such as hugepages-2Mi.").example("1Gi"),
    Key::new("requests.*", Form::Amount, "What pods request of a resource, such as requests.nvidia.com/gpu.")
        .example("4"),
    Key::new("limits.*", Form::Amount, "The limits of pods for a resource, such as limits.cpu.").example("20"),
]);

/// Resources of which a node has an amount that nobody knows, unless it is written.
const OTHERS: Section = Section::new(&[
    Key::new("ephemeral-storage", Form::Amount, "Room on the node's own disk, such as 100Gi.").example("100Gi"),
    Key::new("hugepages-*", Form::Amount, "Huge pages of a size, such as hugepages-2Mi.").example("1Gi"),
    Key::new("*/*", Form::Amount, "Any other resource by its full name, such as nvidia.com/gpu.").example("4"),
]);

pub(crate) const SLOW_NODES: Section = Section::new(&[
    Key::new("share", Form::Share, "Share of the nodes that are slow.").example("10%"),
    Key::new("factor", Form::Factor(1, 1000), "How many times longer pulls and start-ups take there.").example("3"),
]);

pub(crate) const LOWER_PRIORITY: Section = Section::new(&[
    Key::new("pods", Form::Whole(0, 10_000), "The number of such pods on each node.").example("2"),
    Key::new("termination", Form::Distribution, "Time that such a pod takes to end.").default(
        "lognormal: {median: 2s, sigma: 0.8}",
        "As pods.termination; a placeholder pod stops at once: write 0s",
    ),
]);

pub(crate) const AUTOSCALER: Section = Section::new(&[
    Key::new("maxNodes", Form::Whole(1, MAX_NODES), "The largest number of nodes that the autoscaler makes.").noun("most nodes")
        .example("12"),
    Key::new("scanInterval", Form::Duration, "Time between two looks of the autoscaler at pods that fit nowhere.")
        .default("10s", "Cluster autoscaler default (--scan-interval)"),
    Key::new("provisioning", Form::Distribution, "Time from the request for a node until it is Ready.").noun("a new node").default(
        "lognormal: {median: 72s, sigma: 0.25}",
        "AKS, asked for to Ready: 72 s (two published observations); 60 s with Karpenter, 3-4 min on GCE by the FAQ",
    ),
    Key::new("scaleDown", Form::Map(&SCALE_DOWN), "How the autoscaler takes nodes away; without it never."),
]);

const CLUSTER_AUTOSCALER: &str = "Cluster autoscaler default";

pub(crate) const SCALE_DOWN: Section = Section::new(&[
    Key::new("unneededTime", Form::Duration, "How long a node must not have been needed (--scale-down-unneeded-time).")
        .default("10m", CLUSTER_AUTOSCALER),
    Key::new(
        "delayAfterAdd",
        Form::Duration,
        "How long after a node came none is taken away (--scale-down-delay-after-add).",
    )
    .default("10m", CLUSTER_AUTOSCALER),
    Key::new(
        "utilizationThreshold",
        Form::Share,
        "A node whose requests of CPU and memory are both below this share of it may be taken away \
         (--scale-down-utilization-threshold).",
    )
    .default("50%", CLUSTER_AUTOSCALER),
    Key::new("minNodes", Form::Whole(0, MAX_NODES), "The number of nodes that stay; as a rule those at the start.")
        .example("3"),
]);

pub(crate) const UPGRADE: Section = Section::new(&[
    Key::new("start", Form::Duration, "Time from the start of the rollout until the first node is drained.")
        .default("0s", "Chosen: the upgrade and the rollout start together"),
    Key::new("atOnce", Form::Whole(1, MAX_NODES), "How many nodes are replaced at the same time.")
        .default("1", "Chosen: node after node, as managed node pools upgrade by default (maxSurge 1)"),
    Key::new("takes", Form::Distribution, "Time from when a node is drained until it is back, without images.")
        .noun("a node replaced in")
        .default("3m", "Chosen: a new machine boots and joins"),
]);

/// Keys of a budget in an experiment. An object has a selector besides.
pub(crate) const BUDGET: Section = Section::new(&[
    Key::new("minAvailable", Form::IntOrPercent, "How many pods evictions must leave available.").example("90%"),
    Key::new("maxUnavailable", Form::IntOrPercent, "How many pods evictions may make unavailable.").example("1"),
    Key::new(
        "unhealthyPodEvictionPolicy",
        Form::Words(EVICTION_POLICIES),
        "Whether pods that run and are not Ready may always be evicted.",
    )
    .api_default("IfHealthyBudget"),
]);

pub(crate) const VOLUMES: Section = Section::new(&[
    Key::new(
        "attach",
        Form::Distribution,
        "Time from when a pod's volume is free until it is attached to the pod's node.",
    )
    .noun("volume attached in")
    .default("9s", ONE_MOVE),
    Key::new("detach", Form::Distribution, "Time from when the last pod on a node has ended until its volume is free.")
        .noun("volume detached in")
        .default("8s", ONE_MOVE),
    Key::new("provision", Form::Distribution, "Time to make a volume for a pod that has been given a node.")
        .noun("volume made in")
        .default("5s", "Chosen: no published figure was found"),
    Key::new(
        "forceDetach",
        Form::Duration,
        "How long a volume stays attached to a lost node that has no pods any more.",
    )
    .default("6m", "Kubernetes default (attach-detach controller, maxWaitForUnmountDuration)"),
]);

const ONE_MOVE: &str = "One published move of a cloud disk (kubernetes/kubernetes#100555: detached in 8 s, attached in 9 s); \
    #89313 has 7 s of waiting for the kubelet's node status in it";

pub(crate) const LOSS: Section = Section::new(&[
    Key::new("timeToLoss", Form::DistributionOrNever, "Time until a node is lost.")
        .noun("a node lost after")
        .example("30d"),
    Key::new("meanTimeToLoss", Form::Duration, "The mean of that time, which is then exponential.")
        .noun("a node lost every")
        .example("30d"),
    Key::new("timeToZoneLoss", Form::DistributionOrNever, "Time until a zone is lost with all its nodes.")
        .example("365d"),
    Key::new("meanTimeToZoneLoss", Form::Duration, "The mean of that time, which is then exponential.").example("365d"),
    Key::new("notice", Form::Duration, "How long before its loss a node is announced and drained, as spot nodes are.")
        .example("2m"),
    Key::new("detection", Form::Distribution, "Time until the control plane notices that a node is lost.")
        .noun("loss noticed after")
        .default("uniform: {low: 40s, high: 60s}", KUBERNETES_LOSS)
        .more(&[(
            "[cluster.loss.detection: up to Kubernetes 1.31]",
            given("uniform: {low: 30s, high: 50s}", OLDER_LOSS),
        )]),
    Key::new("toleration", Form::Duration, "How long pods stay bound to a node that is lost.")
        .default("300s", "Kubernetes default (DefaultTolerationSeconds)"),
    Key::new("recovery", Form::DistributionOrNever, "Time until a lost node is back.")
        .default("never", "Chosen: not within a rollout"),
]);
