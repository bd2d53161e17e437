//! Keys of `deployment`.

use super::key::{Form, Key, Section};

const INT32: u64 = i32::MAX as u64;
/// Values of the type of a strategy.
const TYPES: &[&str] = &["Recreate", "RollingUpdate"];

/// Where the Deployment comes from, and what is written in its place.
pub(crate) const DEPLOYMENT: Section = Section::new(&[
    Key::new(
        "manifest",
        Form::Either(&[Form::Text, Form::Texts]),
        "The path of a file with Kubernetes objects, one of which is the Deployment; or of several, whose objects are taken together.",
    )
        .example("deployment.yaml"),
    Key::new("name", Form::Text, "The Deployment, as [NAMESPACE/]NAME, where the manifest holds several.")
        .example("shop/web"),
    Key::new("apiVersion", Form::Text, "As in a manifest; it is not read.").example("apps/v1"),
    Key::new("kind", Form::Text, "As in a manifest; it is not read.").example("Deployment"),
    Key::new(
        "metadata",
        Form::Object,
        "Metadata of a Deployment that is written here; its name and namespace are read.",
    )
    .example("{name: web}"),
    Key::new("spec", Form::Object, "The spec of a Deployment that is written here, in place of a manifest."),
])
.and(&DEPLOYMENT_FIELDS);

/// Fields of the Deployment that are written in place of the manifest's, and that go by their bare names in sweeps and `--set`.
pub(crate) const DEPLOYMENT_FIELDS: Section = Section::new(&[
    Key::new("replicas", Form::Whole(0, INT32), "The number of pods.").api_default("1"),
    Key::new("maxSurge", Form::IntOrPercent, "How many pods there may be beyond replicas during a rolling update.")
        .api_default("25%"),
    Key::new(
        "maxUnavailable",
        Form::IntOrPercent,
        "How many of the replicas may be unavailable during a rolling update.",
    )
    .api_default("25%"),
    Key::new(
        "minReadySeconds",
        Form::Whole(0, INT32),
        "How long a pod must be Ready until it counts as available, in seconds.",
    )
    .api_default("0"),
    Key::new(
        "progressDeadlineSeconds",
        Form::Whole(0, INT32),
        "How long a rollout may make no progress until it counts as stalled, in seconds.",
    )
    .api_default("600"),
    Key::new("revisionHistoryLimit", Form::Whole(0, INT32), "How many old ReplicaSets are kept.").api_default("10"),
    Key::new("paused", Form::Flag, "Whether the Deployment controller leaves the rollout alone.").api_default("false"),
    Key::new(
        "strategy",
        STRATEGY_FORM,
        "How old pods are replaced: RollingUpdate, Recreate, or the map of a manifest with type and rollingUpdate.",
    )
    .api_default("RollingUpdate"),
]);

/// Values of the type of a StatefulSet's update strategy.
const UPDATE_TYPES: &[&str] = &["OnDelete", "RollingUpdate"];

/// Values of `podManagementPolicy`.
const POLICIES: &[&str] = &["OrderedReady", "Parallel"];

/// Where the StatefulSet comes from, and what is written in its place.
pub(crate) const STATEFUL_SET: Section = Section::new(&[
    Key::new(
        "manifest",
        Form::Either(&[Form::Text, Form::Texts]),
        "The path of a file with Kubernetes objects, one of which is the StatefulSet; or of several, whose objects are taken together.",
    )
    .example("statefulset.yaml"),
    Key::new("name", Form::Text, "The StatefulSet, as [NAMESPACE/]NAME, where the manifest holds several.")
        .example("shop/db"),
    Key::new("apiVersion", Form::Text, "As in a manifest; it is not read.").example("apps/v1"),
    Key::new("kind", Form::Text, "As in a manifest; it is not read.").example("StatefulSet"),
    Key::new(
        "metadata",
        Form::Object,
        "Metadata of a StatefulSet that is written here; its name and namespace are read.",
    )
    .example("{name: db}"),
    Key::new("spec", Form::Object, "The spec of a StatefulSet that is written here, in place of a manifest."),
])
.and(&STATEFUL_SET_FIELDS);

/// Fields of the StatefulSet that are written in place of the manifest's, and that go by their bare names in sweeps and `--set`.
pub(crate) const STATEFUL_SET_FIELDS: Section = Section::new(&[
    Key::new("replicas", Form::Whole(0, INT32), "The number of pods.").api_default("1"),
    Key::new(
        "partition",
        Form::Whole(0, INT32),
        "Pods with a lower index keep the old version, which makes the update a canary.",
    )
    .api_default("0"),
    Key::new(
        "maxUnavailable",
        Form::IntOrPercent,
        "How many pods may be unavailable during an update; it has no effect without the feature gate MaxUnavailableStatefulSet.",
    )
    .api_default("1"),
    Key::new(
        "minReadySeconds",
        Form::Whole(0, INT32),
        "How long a pod must be Ready until it counts as available, in seconds.",
    )
    .api_default("0"),
    Key::new(
        "podManagementPolicy",
        Form::Words(POLICIES),
        "Whether pods are created and deleted one after the other (OrderedReady), or all at once (Parallel).",
    )
    .api_default("OrderedReady"),
    Key::new(
        "updateStrategy",
        Form::Either(&[Form::Map(&UPDATE_STRATEGY), Form::Words(UPDATE_TYPES)]),
        "How pods are updated: RollingUpdate, OnDelete, or the map of a manifest with type and rollingUpdate.",
    )
    .api_default("RollingUpdate"),
]);

/// Where the DaemonSet comes from, and what is written in its place.
pub(crate) const DAEMON_SET: Section = Section::new(&[
    Key::new(
        "manifest",
        Form::Either(&[Form::Text, Form::Texts]),
        "The path of a file with Kubernetes objects, one of which is the DaemonSet; or of several, whose objects are taken together.",
    )
    .example("daemonset.yaml"),
    Key::new("name", Form::Text, "The DaemonSet, as [NAMESPACE/]NAME, where the manifest holds several.")
        .example("ops/agent"),
    Key::new("apiVersion", Form::Text, "As in a manifest; it is not read.").example("apps/v1"),
    Key::new("kind", Form::Text, "As in a manifest; it is not read.").example("DaemonSet"),
    Key::new(
        "metadata",
        Form::Object,
        "Metadata of a DaemonSet that is written here; its name and namespace are read.",
    )
    .example("{name: agent}"),
    Key::new("spec", Form::Object, "The spec of a DaemonSet that is written here, in place of a manifest."),
])
.and(&DAEMON_SET_FIELDS);

/// Fields of the DaemonSet that are written in place of the manifest's, and that go by their bare names in sweeps and `--set`.
pub(crate) const DAEMON_SET_FIELDS: Section = Section::new(&[
    Key::new(
        "maxSurge",
        Form::IntOrPercent,
        "How many nodes may have a second pod during an update; then maxUnavailable must be 0.",
    )
    .api_default("0"),
    Key::new("maxUnavailable", Form::IntOrPercent, "How many nodes may have no available pod during an update.")
        .api_default("1"),
    Key::new(
        "minReadySeconds",
        Form::Whole(0, INT32),
        "How long a pod must be Ready until it counts as available, in seconds.",
    )
    .api_default("0"),
    Key::new(
        "updateStrategy",
        Form::Either(&[Form::Map(&DAEMON_UPDATE_STRATEGY), Form::Words(UPDATE_TYPES)]),
        "How pods are updated: RollingUpdate, OnDelete, or the map of a manifest with type and rollingUpdate.",
    )
    .api_default("RollingUpdate"),
]);

const DAEMON_UPDATE_STRATEGY: Section = Section::new(&[
    Key::new("type", Form::Words(UPDATE_TYPES), "The type of the update strategy.").api_default("RollingUpdate"),
    Key::new("rollingUpdate", Form::Map(&DAEMON_UPDATE), "What a rolling update allows."),
]);

const DAEMON_UPDATE: Section = Section::new(&[
    Key::new("maxSurge", Form::IntOrPercent, "How many nodes may have a second pod.").api_default("0"),
    Key::new("maxUnavailable", Form::IntOrPercent, "How many nodes may have no available pod.").api_default("1"),
]);

const UPDATE_STRATEGY: Section = Section::new(&[
    Key::new("type", Form::Words(UPDATE_TYPES), "The type of the update strategy.").api_default("RollingUpdate"),
    Key::new("rollingUpdate", Form::Map(&UPDATE), "What a rolling update leaves out and allows."),
]);

const UPDATE: Section = Section::new(&[
    Key::new("partition", Form::Whole(0, INT32), "Pods with a lower index keep the old version.").api_default("0"),
    Key::new("maxUnavailable", Form::IntOrPercent, "How many pods may be unavailable.").api_default("1"),
]);

/// Feature gates of the cluster.
pub(crate) const FEATURE_GATES: Section = Section::new(&[
    Key::new(
        "MaxUnavailableStatefulSet",
        Form::Flag,
        "Whether maxUnavailable of a StatefulSet has an effect: it has none in Kubernetes 1.28 to 1.34, and from 1.35.4 on.",
    )
    .example("true"),
    Key::new(
        "SchedulerPopFromBackoffQ",
        Form::Flag,
        "Whether a pod that found no node is tried before its back-off is over where no other pod waits; from 1.33 on.",
    )
    .example("false"),
    Key::new(
        "PodLevelResources",
        Form::Flag,
        "Whether requests and limits of a pod as a whole count; from 1.34 on, and a gate from 1.32 on.",
    )
    .example("true"),
    Key::new(
        "MatchLabelKeysInPodAffinity",
        Form::Flag,
        "Whether matchLabelKeys and mismatchLabelKeys of affinity between pods count; from 1.31 on, and a gate from 1.29 on.",
    )
    .example("true"),
    Key::new("SidecarContainers", Form::Flag, "Whether init containers with restartPolicy Always go on; from 1.29 on.")
        .example("true"),
    Key::new(
        "PodLifecycleSleepAction",
        Form::Flag,
        "Whether hooks have the action sleep; from 1.30 on, and a gate from 1.29 on.",
    )
    .example("true"),
    Key::new(
        "PodLifecycleSleepActionAllowZero",
        Form::Flag,
        "Whether a hook may sleep for 0 seconds; from 1.33 on, and a gate from 1.32 on.",
    )
    .example("true"),
]);

/// A strategy, as a word or as in a manifest.
pub(super) const STRATEGY_FORM: Form = Form::Either(&[Form::Words(TYPES), Form::Map(&STRATEGY)]);

const STRATEGY: Section = Section::new(&[
    Key::new("type", Form::Words(TYPES), "The type of the strategy.").api_default("RollingUpdate"),
    Key::new("rollingUpdate", Form::Map(&ROLLING_UPDATE), "The limits of a rolling update."),
]);

const ROLLING_UPDATE: Section = Section::new(&[
    Key::new("maxSurge", Form::IntOrPercent, "How many pods there may be beyond replicas.").api_default("25%"),
    Key::new("maxUnavailable", Form::IntOrPercent, "How many of the replicas may be unavailable.").api_default("25%"),
]);
