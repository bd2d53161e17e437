//! Keys of a step of `timeline`, and of `rollback`.

use super::cluster::MAX_NODES;
use super::deployment::STRATEGY_FORM;
use super::key::{Form, Key, Section};
use super::pods::POD;

const INT32: u64 = i32::MAX as u64;

/// Keys of a step: when it happens, and one action.
pub(crate) const STEP: Section =
    Section::new(&[Key::new("at", Form::Duration, "Time from the start of the rollout.").example("1m")]).and(&ACTIONS);

/// What may happen in a step.
pub(crate) const ACTIONS: Section = Section::new(&[
    Key::new("scale", Form::Whole(0, INT32), "Somebody sets the number of replicas.").example("20"),
    Key::new("pause", Form::True, "Somebody pauses the rollout.").example("true"),
    Key::new("resume", Form::True, "Somebody resumes the rollout.").example("true"),
    Key::new("undo", Form::True, "Somebody undoes the rollout.").example("true"),
    Key::new("strategy", STRATEGY_FORM, "Somebody sets another strategy.").example("Recreate"),
    Key::new("minReadySeconds", Form::Whole(0, INT32), "Somebody sets minReadySeconds.").example("30"),
    Key::new(
        "template",
        Form::Version(&POD, "pods.new"),
        "Somebody rolls out a further version, which differs from the new one so.",
    )
    .example("{crash: 0}"),
    Key::new("quota", Form::WholeOrNone(0, u32::MAX as u64), "A ResourceQuota allows this number of pods from now on.")
        .example("12"),
    Key::new("drain", Form::Whole(0, MAX_NODES - 1), "Somebody drains a node, by its number from 0.").example("2"),
    Key::new("consolidate", Form::Map(&CONSOLIDATE), "Karpenter drains a node and takes it away.")
        .example("{node: 2, replacement: true}"),
    Key::new(
        "controllersDown",
        Form::Duration,
        "How long the controllers do nothing, such as until a leader is elected anew.",
    )
    .example("17s"),
    Key::new("schedulerDown", Form::Duration, "How long the scheduler does nothing.").example("30s"),
    Key::new("apiSlow", Form::Map(&API_SLOW), "The API server is slower for some time.")
        .example("{by: 500ms, for: 1m}"),
]);

pub(crate) const CONSOLIDATE: Section = Section::new(&[
    Key::new("node", Form::Whole(0, MAX_NODES - 1), "The node, by its number from 0.").example("2"),
    Key::new("replacement", Form::Flag, "Whether another node, one of cluster.autoscaler, comes before it is drained.")
        .default("false", "Chosen: its pods fit on the nodes that stay"),
]);

pub(crate) const API_SLOW: Section = Section::new(&[
    Key::new("by", Form::Duration, "By how much each request takes longer.").example("500ms"),
    Key::new("for", Form::Duration, "How long that lasts.").example("1m"),
]);

pub(crate) const ROLLBACK: Section = Section::new(&[
    Key::new("afterStall", Form::Duration, "Time from the stall of the rollout until somebody undoes it.")
        .example("2m"),
    Key::new(
        "after",
        Form::Duration,
        "Time from the start of the rollout until somebody undoes it if it is not complete.",
    )
    .example("10m"),
    Key::new(
        "afterBreach",
        Form::Duration,
        "Time that availability is below its objective until somebody undoes the rollout.",
    )
    .example("30s"),
]);
