//! Keys of `controlPlane`: latencies and limits.

use super::key::{Form, Key, Section, given};

/// Bursts of a client.
const BURST: Form = Form::Whole(1, 1_000_000);

const OUT_OF_STEP: &str =
    "Chosen: the default within a fifth, so that the controllers of several workloads do not move in step";

pub(crate) const CONTROL_PLANE: Section = Section::new(&[
    Key::new("apiLatency", Form::Distribution, "Time of a request to the API server.")
        .default("5ms", "perf-tests: pods POST p50 1.6 ms, p99 15.8 ms")
        .more(&[(
            "[controlPlane.apiLatency: several workloads]",
            given("uniform: {low: 4ms, high: 6ms}", OUT_OF_STEP),
        )]),
    Key::new(
        "watchLatency",
        Form::Distribution,
        "Time until a controller knows of a change that another one has written.",
    )
    .default("10ms", "Chosen; not published apart from whole start-up times")
    .more(&[("[controlPlane.watchLatency: several workloads]", given("uniform: {low: 8ms, high: 12ms}", OUT_OF_STEP))]),
    Key::new("scheduling", Form::Distribution, "Time that the scheduler takes for one pod.")
        .noun("scheduling")
        .default("2ms", "scheduler_perf: 500–800 pods/s at 5000 nodes"),
    Key::new(
        "fleet",
        Form::Whole(1, 100_000),
        "The number of Deployments that roll at the same time, this one included, and share the limits of the clients.",
    )
    .default("1", "Chosen: this Deployment rolls alone"),
    Key::new(
        "endpointPropagation",
        Form::Distribution,
        "Time until those who send requests know that a pod is Ready or goes; it matters only with traffic.",
    )
    .noun("endpoints known after")
    .default(
        "lognormal: {median: 500ms, sigma: 0.8}",
        "Chosen to fit a published lab without preStop: requests lost 0.2 to 5.3 s after pods were told to go",
    ),
    Key::new("controllerQps", Form::Rate, "Requests per second that each controller may send.")
        .default("20", "Kubernetes default (kube-controller-manager --kube-api-qps)"),
    Key::new("controllerBurst", BURST, "Requests that each controller may send at once.")
        .default("30", "Kubernetes default (kube-controller-manager --kube-api-burst)"),
    Key::new("schedulerQps", Form::Rate, "Requests per second that the scheduler may send.")
        .default("50", "Kubernetes default (kube-scheduler clientConnection)"),
    Key::new("schedulerBurst", BURST, "Requests that the scheduler may send at once.")
        .default("100", "Kubernetes default (kube-scheduler clientConnection)"),
    Key::new(
        "concurrentDeploymentSyncs",
        Form::Whole(1, 100_000),
        "How many Deployments their controller syncs at the same time; it matters only with several workloads.",
    )
    .default("5", "Kubernetes default (kube-controller-manager --concurrent-deployment-syncs)"),
    Key::new(
        "concurrentReplicaSetSyncs",
        Form::Whole(1, 100_000),
        "How many ReplicaSets their controller syncs at the same time; it matters only with several workloads.",
    )
    .default("5", "Kubernetes default (kube-controller-manager --concurrent-replicaset-syncs)"),
    Key::new("nodeEvictionRate", Form::Rate, "Lost nodes per second and zone whose pods are evicted.")
        .default("0.1", "Kubernetes default"),
]);
