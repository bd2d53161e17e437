//! Keys at the top of the experiment file.

use super::cluster::CLUSTER;
use super::control_plane::CONTROL_PLANE;
use super::deployment::{DAEMON_SET, DEPLOYMENT, FEATURE_GATES, STATEFUL_SET};
use super::event::{EVENT, EVENTS, OBSERVED};
use super::horizontal::HORIZONTAL;
use super::key::{Form, Key, Section};
use super::pods::PODS;
use super::timeline::{ROLLBACK, STEP};
use super::traffic::TRAFFIC;
use super::workloads::{ENTRY, OF_FILES, RELEASE};

/// Most replications of a scenario.
pub(crate) const MAX_REPLICATIONS: u64 = 4_000_000_000;

/// Values of `sampling`.
pub(crate) const SAMPLINGS: &[&str] = &["plain", "stratified", "controlled"];

/// All keys at the top.
pub(crate) const ROOT: Section = Section::new(&[
    Key::new("name", Form::Text, "The name of the experiment; without one, that of the Deployment.")
        .example("my-service"),
    Key::new("deployment", Form::Deployment(&DEPLOYMENT), "The Deployment: the path of a manifest, or a map.")
        .swept()
        .example("web.yaml"),
    Key::new(
        "statefulSet",
        Form::Deployment(&STATEFUL_SET),
        "In place of `deployment` a StatefulSet: the path of a manifest, or a map.",
    )
    .swept()
    .example("db.yaml"),
    Key::new(
        "daemonSet",
        Form::Deployment(&DAEMON_SET),
        "In place of `deployment` a DaemonSet: the path of a manifest, or a map. It has a pod on each node that its pods may go to.",
    )
    .swept()
    .example("agent.yaml"),
    Key::new(
        "kubernetes",
        Form::KubernetesVersion,
        "The version of the cluster; a minor version alone is its latest patch. Where the input has Node objects it is that of their kubelets.",
    )
    .noun("Kubernetes")
    .default("1.36", "Chosen: the newest version whose rules are known")
    .swept(),
    Key::new(
        "featureGates",
        Form::Map(&FEATURE_GATES),
        "Feature gates of the cluster that are not as in its version by default.",
    )
    .swept()
    .example("{MaxUnavailableStatefulSet: true}"),
    Key::new(
        "workloads",
        Form::Either(&[Form::Map(&OF_FILES), Form::List(&ENTRY)]),
        "Several Deployments that share one cluster: all of a file, or a list; with `deployment` beside it, its neighbours.",
    )
    .swept()
    .example("{manifest: shop.yaml}"),
    Key::new("release", Form::Map(&RELEASE), "In which order the workloads roll that have no time of their own.")
        .swept()
        .example("{order: inTurn}"),
    Key::new(
        "event",
        Form::Either(&[Form::Map(&EVENT), Form::Words(EVENTS)]),
        "What is measured: the rollout of a new version, or something else that happens to the Deployment.",
    )
    .default("rollout", "Chosen: what most questions are about")
    .swept(),
    Key::new(
        "observe",
        Form::Either(&[Form::Duration, Form::Words(OBSERVED)]),
        "For how long everything is followed after the event is over, which gives columns of their own.",
    )
    .default("0s", "Chosen: off, results end with the event as `kubectl rollout status` does")
    .swept()
    .example("10m"),
    Key::new(
        "placement",
        Form::Flag,
        "Whether columns of their own say how evenly the pods stand on nodes and in zones when the event is over.",
    )
    .default("false", "Chosen: off, most questions are about time and availability")
    .swept()
    .example("true"),
    Key::new(
        "done",
        Form::Either(&[Form::Map(&DONE), Form::Texts]),
        "Tools of which columns of their own say when they report the rollout as done, and how often as failed: a list, or a map with the time for which each waits.",
    )
    .example("[helm-3, argo-cd]"),
    Key::new(
        "pods",
        Form::Map(&PODS),
        "How pods behave, both versions; old and new say what differs. Replace these numbers by your own first.",
    )
    .swept(),
    Key::new("cluster", Form::Map(&CLUSTER), "Nodes, what changes them, and how they are lost.").swept(),
    Key::new("controlPlane", Form::Map(&CONTROL_PLANE), "Latencies and limits of the control plane.").swept(),
    Key::new(
        "traffic",
        Form::MapOrNone(&TRAFFIC),
        "Requests to the pods, so that dips in availability become lost requests.",
    )
    .default("none", "Chosen: off: opt in with rate and capacity")
    .swept()
    .example("{rate: 400, capacity: 100}"),
    Key::new(
        "horizontalPodAutoscaler",
        Form::MapOrNone(&HORIZONTAL),
        "The spec of an autoscaler that scales the Deployment by the CPU that the requests take.",
    )
    .default("none", "Chosen: off. The HorizontalPodAutoscaler beside the Deployment counts where there is traffic")
    .swept()
    .example("{maxReplicas: 20}"),
    Key::new("timeline", Form::Steps(&STEP), "What else happens during the rollout.")
        .swept()
        .example("[{at: 1m, scale: 20}]"),
    Key::new("rollback", Form::Map(&ROLLBACK), "When somebody undoes the rollout; without it nobody does.")
        .swept()
        .example("{afterStall: 2m}"),
    Key::new("proposals", Form::Map(&PROPOSALS), "Rules that Kubernetes does not have.").swept(),
    Key::new("sweep", Form::Sweep(&SWEEP), "The grid of scenarios: values for the path of any key of a scenario.")
        .example("{maxSurge: [0, 25%]}"),
    Key::new("baseline", Form::Baseline, "The scenario that all others are compared with: its number, or values of swept parameters. Values that several scenarios have \
         make one the baseline in each cell of the other parameters.").example("{maxSurge: 25%}"),
    Key::new("objectives", Form::Objectives(&OBJECTIVES), "What the results must meet.")
        .example("[p95 duration_s <= 10m]"),
    Key::new(
        "replications",
        Form::Either(&[Form::Whole(1, MAX_REPLICATIONS), Form::Map(&REPLICATIONS)]),
        "The number of replications of each scenario, or the precision that they must reach.",
    )
    .default("1000", "Chosen: a rate of 1 % is then known to ±0.6 %"),
    Key::new(
        "sampling",
        Form::Words(SAMPLINGS),
        "Whether replications are independent (plain), cover every random number evenly in groups (stratified), or are independent while an approximation of them sharpens the mean duration (controlled).",
    )
    .default("plain", "Chosen: stratified gives most means and rates narrower limits, but rows depend on one another"),
    Key::new("seed", Form::Whole(0, u64::MAX), "The seed of all random numbers.")
        .default("1", "Chosen: fixed, so that the same input gives the same output"),
    Key::new("horizon", Form::Duration, "The longest rollout that is watched, up to 30d.")
        .default("1h", "Chosen: six times the default progressDeadlineSeconds")
        .swept(),
]);

/// Values of `proposals.podReplacementPolicy`.
pub(crate) const REPLACEMENT_POLICIES: &[&str] = &["none", "TerminationStarted", "TerminationComplete"];

pub(crate) const PROPOSALS: Section = Section::new(&[Key::new(
    "podReplacementPolicy",
    Form::Words(REPLACEMENT_POLICIES),
    "Whether a pod is replaced when its end begins or when it is over (KEP-5882).",
)
.default(
    "none",
    "Off: a proposal (KEP-5882), no field of Kubernetes 1.36. TerminationStarted or TerminationComplete: opt in",
)]);

/// Keys of `done`: tools, with their timeouts.
pub(crate) const DONE: Section = Section::new(&[
    Key::new("kubectl-wait", Form::Duration, "kubectl wait --for=condition=Available; in a list it waits for 30s.")
        .example("30s"),
    Key::new("helm-3", Form::Duration, "helm --wait of version 3, which looks each 2 s; in a list it waits for 5m.")
        .example("5m"),
    Key::new("helm-4", Form::Duration, "helm --wait of version 4, which watches; in a list it waits for 5m.")
        .example("5m"),
    Key::new("argo-cd", Form::Duration, "Argo CD's health of the workload; in a list it waits without end.")
        .example("30m"),
    Key::new("flux", Form::Duration, "Flux, whose controllers look each 5 s; in a list it waits for 5m.").example("5m"),
]);

/// Keys of `sweep` beside paths.
pub(crate) const SWEEP: Section =
    Section::new(&[Key::new("zip", Form::Zip, "Lists of swept paths whose values advance together.")
        .example("[[maxSurge, maxUnavailable]]")]);

/// Keys of a range of swept values.
pub(crate) const RANGE: Section = Section::new(&[
    Key::new("from", Form::Amount, "The first value.").example("0%"),
    Key::new("to", Form::Amount, "The last value.").example("100%"),
    Key::new("step", Form::Amount, "The distance between two values.").example("25%"),
]);

/// Keys of `objectives` beside statistics of metrics.
pub(crate) const OBJECTIVES: Section = Section::new(&[Key::new(
    "availability",
    Form::Share,
    "Share of the replicas below which 95 of 100 rollouts must never go.",
)
.default("90%", "Chosen: a usual floor, and no objective of its own unless written")]);

/// Keys of `replications` as a map.
pub(crate) const REPLICATIONS: Section = Section::new(&[
    Key::new(
        "min",
        Form::Whole(1, MAX_REPLICATIONS),
        "The fewest replications of a scenario; 256 where it is left out.",
    )
    .example("256"),
    Key::new(
        "max",
        Form::Whole(1, MAX_REPLICATIONS),
        "The most replications of a scenario; 100000 where it is left out.",
    )
    .example("10000"),
    Key::new("confidence", Form::Share, "The confidence that the half-widths have; 95 % where it is left out.")
        .example("95%"),
    Key::new("targets", Form::Targets, "The half-widths that must be reached.").example("[duration_s p95 ±2%]"),
]);
