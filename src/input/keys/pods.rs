//! Keys of `pods`: how pods of each template version behave.

use super::key::{Form, Key, Section, given};
use crate::input::kubernetes::pod_template::PullPolicy;

const OPT_IN: &str = "Chosen: off. Published change-fail rates (DORA) are about releases, not pods: opt in";

/// Keys of both versions, and of each.
pub(crate) const PODS: Section = POD.and(&VERSIONS);

const VERSIONS: Section = Section::new(&[
    Key::new("old", Form::Version(&POD, "pods.old"), "What is different for the version that runs before the rollout."),
    Key::new("new", Form::Version(&POD, "pods.new"), "What is different for the version that is rolled out."),
]);

/// Keys of one version.
pub(crate) const POD: Section = Section::new(&[
    Key::new("start", Form::Distribution, "Time from the binding of a pod to a node, image present, until its containers run.").noun("start")
        .default(
            "lognormal: {median: 2s, sigma: 0.35}",
            "p50 2.0 s, p99 4.5 s: between kubemark (p50 1.2 s) and AKS (4.1 s), within the Kubernetes pod start-up SLO (p99 5 s)",
        ),
    Key::new("warmUp", Form::Distribution, "Time from when the containers run until the readiness probe would succeed.").noun("warm-up").default(
        "lognormal: {median: 5s, sigma: 0.67}",
        "14 published Spring Boot start-up lines, geometric mean 4.9 s; waited for only with a readiness or startup probe, and shortened where a startup or liveness probe would give up",
    ),
    Key::new("pull", Form::Distribution, "Time to pull the image, in place of one that follows from imageSize.").noun("image pull")
        .example("10s"),
    Key::new("imageSize", Form::Size, "The size of the image, from which the time to pull it follows.").noun("image")
        .default("150MB", "Chosen; compressed size")
        .more(&[(
            "[pull: fixed part]",
            given(
                "400ms",
                "Published kubelet events for images already present (0.2–0.4 s) and small in-region pulls (0.6 s)",
            ),
        )]),
    Key::new("registryThroughput", Form::Size, "How many bytes of an image the registry delivers per second.").noun("registry per second")
        .default(
            "40MB",
            "Chosen between published public-registry pulls (median 11 MB/s) and in-region ones (96–182 MB/s)",
        )
        .more(&[("[pull: sigma]", given("0.7", "Chosen: p10 16 MB/s, p90 98 MB/s"))]),
    Key::new("pullFailure", Form::Share, "Share of pulls that fail; the kubelet tries again after a back-off.").noun("failed pulls").default("0", OPT_IN),
    Key::new("pullPolicy", Form::Words(&PullPolicy::NAMES), "When the kubelet asks the registry for the image.").default(
        "IfNotPresent",
        "Kubernetes default; Always where an image has the tag latest or none, or as the manifest says",
    ),
    Key::new("pullCheck", Form::Distribution, "Time until the registry has answered for an image that is on the node already.").noun("registry check")
        .default(
            "300ms",
            "Published kubelet events for images already present (0.2–0.4 s); waited for only with pullPolicy Always",
        ),
    Key::new("cached", Form::Share, "Share of nodes that have the image when the rollout starts.").more(&[
        ("pods.old.cached", given("100%", "The old version's pods are running when the rollout starts")),
        ("pods.new.cached", given("0%", "A new image has not been pulled by any node")),
    ]),
    Key::new("preStop", Form::Duration, "How long the preStop hook takes, in place of the manifest's own hook.").noun("preStop").example("5s"),
    Key::new("initContainers", Form::PerContainer, "Time that an init container takes, from its turn until it has ended, in place of its command's own sleep.").noun("init containers")
        .default(
            "lognormal: {median: 2s, sigma: 1}",
            "Chosen: no published figure was found; between a copied file (under 1 s, with the start of the container) and a migration (p99 20 s). For templates with init containers",
        ),
    Key::new("sidecarStart", Form::PerContainer, "Time from the turn of a sidecar (an init container that restarts always) until it runs.").noun("sidecar start")
        .default("500ms", "Chosen: published kubelet events of one container's creation and start lie within a second"),
    Key::new("sidecarWarmUp", Form::PerContainer, "Time from when a sidecar runs until its probes would succeed.").noun("sidecar warm-up").default(
        "lognormal: {median: 1s, sigma: 0.7}",
        "Chosen: no published figure was found; waited for only with a startup or readiness probe, and cut where the startup probe would give up",
    ),
    Key::new("sidecarTermination", Form::PerContainer, "Time from SIGTERM, which a sidecar gets after the other containers have ended, until it is gone.")
        .default("lognormal: {median: 2s, sigma: 0.8}", "As pods.termination"),
    Key::new("postStart", Form::Distribution, "How long the postStart hooks take, in place of the manifest's own.").noun("postStart").example("5s"),
    Key::new("readinessGate", Form::Distribution, "Time from when the containers are Ready until the pod's readiness gates are true.").noun("readiness gates")
        .example("{lognormal: {p50: 30s, p99: 3m}}"),
    Key::new("gatesLifted", Form::Distribution, "Time from a pod's creation until its schedulingGates are lifted; without it they never are.").noun("scheduling gates")
        .example("30s"),
    Key::new("termination", Form::Distribution, "Time from SIGTERM until the containers have ended.").noun("stopping").default(
        "lognormal: {median: 2s, sigma: 0.8}",
        "nginx stops in about 1 s, a Go service with draining in 5 s; cut at terminationGracePeriodSeconds",
    ),
    Key::new("crowding", Form::Ratio, "By which share a start-up takes longer for each other pod of the Deployment on the node that is not Ready yet.").noun("crowding")
        .default(
            "0",
            "Chosen: off: no published figure was found. Measure it: start one pod on a node, then several at once",
        ),
    Key::new("crash", Form::Share, "Share of container starts that end in a crash.").noun("crashes at start")
        .default("0.2%", "Chosen: no published share of service pods that fail to start was found"),
    Key::new("crashAfter", Form::Distribution, "Time from the start of a container until it crashes.")
        .default("5s", "Chosen: the median warm-up"),
    Key::new("neverReady", Form::Share, "Share of pods that never become Ready.").noun("pods never Ready").default("0", OPT_IN),
    Key::new("flap", Form::Share, "Share of pods that lose their readiness once.").noun("pods that lose readiness").default("0", OPT_IN),
    Key::new("flapAfter", Form::Distribution, "Time from when a pod is Ready until it loses its readiness.")
        .default("exponential: {mean: 1m}", "Chosen; used only with pods.flap"),
    Key::new("flapFor", Form::Distribution, "Time until such a pod is Ready again.")
        .default("lognormal: {median: 10s, sigma: 0.7}", "Chosen; used only with pods.flap"),
    Key::new("refused", Form::Share, "Share of pods that their kubelet refuses (OutOfcpu, UnexpectedAdmissionError and others), so that they fail.").noun("pods refused")
        .default("0", OPT_IN),
    Key::new("evicted", Form::Share, "Share of pods that their kubelet evicts for memory or disk, so that they fail.").noun("pods evicted").default("0", OPT_IN),
    Key::new("evictedAfter", Form::Distribution, "Time from the start of such a pod's containers until the eviction.")
        .default("exponential: {mean: 10m}", "Chosen; used only with pods.evicted"),
    Key::new("onlyLeaderReady", Form::Flag, "Only one pod of the Deployment is Ready: the leader, which holds a lease.")
        .default("false", "Chosen: off: opt in"),
    Key::new("leaseDuration", Form::Duration, "How long the others wait for the lease of a leader that is lost or has crashed.")
        .default("15s", "LeaseDuration of client-go's users (k8s.io/component-base/config); used only with pods.onlyLeaderReady"),
    Key::new("leaseRetryPeriod", Form::Duration, "How often each of the others tries to take the lease.")
        .default("2s", "RetryPeriod of client-go's users (k8s.io/component-base/config); used only with pods.onlyLeaderReady"),
    Key::new("badVersion", Form::Share, "Probability that no pod of the new version ever becomes Ready.").noun("bad version").default("0", OPT_IN),
]);
