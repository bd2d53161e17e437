//! Keys of `workloads` and `release`: several workloads that roll on one cluster.

use super::deployment::{DAEMON_SET, DEPLOYMENT, STATEFUL_SET};
use super::event::SCALE;
use super::key::{Form, Key, Section};
use super::pods::PODS;

/// Values of `release.order` that are words.
pub(crate) const ORDERS: &[&str] = &["together", "inTurn"];

/// Values of `release.onStall`.
pub(crate) const ON_STALL: &[&str] = &["stop", "continue", "undo"];

/// Words that are the event of a workload by themselves.
pub(crate) const EVENTS: &[&str] = &["rollout", "none"];

/// Keys of the event of a workload as a map.
pub(crate) const EVENT: Section =
    Section::new(&[Key::new("scale", Form::Map(&SCALE), "The workload is scaled, with the version that it has.")
        .example("{from: 2}")]);

/// What happens to a workload.
const EVENT_FORM: Form = Form::Either(&[Form::Map(&EVENT), Form::Words(EVENTS)]);

const FILES: Form = Form::Either(&[Form::Text, Form::Texts]);

/// The workloads of files, and what holds for each of them.
pub(crate) const OF_FILES: Section = Section::new(&[
    Key::new(
        "manifest",
        FILES,
        "The file whose Deployments and StatefulSets roll, or several files, whose objects are taken together.",
    )
    .example("shop.yaml"),
    Key::new("namespace", Form::Text, "Only the workloads of this namespace roll; the pods of the others stand.")
        .example("shop"),
    Key::new(
        "names",
        Form::Texts,
        "Only these workloads roll, each as [NAMESPACE/]NAME; the pods of the others stand.",
    )
    .example("[shop/cart, shop/front]"),
])
.and(&OF_EACH);

/// An entry of the list of workloads: a Deployment, a StatefulSet, or all others of files.
pub(crate) const ENTRY: Section = Section::new(&[
    Key::new("deployment", Form::Deployment(&DEPLOYMENT), "The Deployment, as the key `deployment` at the top has it.")
        .example("{manifest: shop.yaml, name: shop/cart}"),
    Key::new(
        "statefulSet",
        Form::Deployment(&STATEFUL_SET),
        "In its place a StatefulSet, as the key `statefulSet` at the top has it.",
    )
    .example("{manifest: shop.yaml, name: shop/db}"),
    Key::new(
        "daemonSet",
        Form::Deployment(&DAEMON_SET),
        "In its place a DaemonSet, as the key `daemonSet` at the top has it.",
    )
    .example("{manifest: ops.yaml, name: ops/agent}"),
    Key::new(
        "rest",
        Form::Map(&REST),
        "All Deployments and StatefulSets of the file that have no entry of their own; nothing happens to them unless `event` says so.",
    ),
])
.and(&OF_EACH);

/// Where the others are.
pub(crate) const REST: Section = Section::new(&[
    Key::new("manifest", FILES, "The file with the workloads, or several files.").example("shop.yaml"),
    Key::new("namespace", Form::Text, "Only the workloads of this namespace are meant.").example("shop"),
]);

/// What may be written for each workload.
const OF_EACH: Section = Section::new(&[
    Key::new(
        "event",
        EVENT_FORM,
        "What happens to it: a rollout, a change of its replicas (scale), or nothing (none).",
    )
    .example("{scale: {from: 2}}"),
    Key::new("at", Form::Duration, "When that happens, from the start of the run; else when `release` has it.")
        .example("2m"),
    Key::new(
        "pods",
        Form::Version(&PODS, "pods"),
        "What is different of its pods: these keys stand in place of those of `pods` at the top.",
    )
    .example("{warmUp: 20s}"),
]);

/// In which order workloads roll.
pub(crate) const RELEASE: Section = Section::new(&[
    Key::new(
        "order",
        Form::Either(&[Form::Map(&ORDER), Form::Words(ORDERS)]),
        "Whether all workloads roll together, one after the other (inTurn), a number of them at a time, or in waves.",
    )
    .default("together", "Chosen: what a release pipeline does that applies all manifests at once"),
    Key::new("pause", Form::Duration, "Time from the end of a rollout, or of a wave, until the next one begins.")
        .default("0s", "Chosen: the next rollout begins as soon as one is over"),
    Key::new(
        "onStall",
        Form::Words(ON_STALL),
        "What is done when a rollout has stalled: no other one begins (stop), the next one begins (continue), or it is undone and no \
         other one begins (undo).",
    )
    .default("stop", "Chosen: a pipeline that waits for each rollout ends with the first that fails"),
]);

/// An order that is no word; one of the keys is written.
pub(crate) const ORDER: Section = Section::new(&[
    Key::new(
        "atOnce",
        Form::Whole(1, 1000),
        "The number of rollouts that run at the same time; whenever one is over, the next begins.",
    )
    .example("3"),
    Key::new(
        "waves",
        Form::Waves,
        "Groups of workloads, each as [NAMESPACE/]NAME: a group begins when the one before it is over.",
    )
    .example("[[shop/cart, shop/front], [shop/search]]"),
]);
