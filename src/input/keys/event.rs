//! Keys of `event`: what is measured.

use super::cluster::MAX_NODES;
use super::key::{Form, Key, Section};

const INT32: u64 = i32::MAX as u64;

/// Words that are an event by themselves.
pub(crate) const EVENTS: &[&str] = &["rollout", "upgrade", "none"];

/// Words of `observe`.
pub(crate) const OBSERVED: &[&str] = &["oldPodsGone"];

/// Keys of an event as a map, of which one is written.
pub(crate) const EVENT: Section = Section::new(&[
    Key::new("scale", Form::Map(&SCALE), "The Deployment is scaled, with the version that it has.")
        .example("{from: 0, to: 20}"),
    Key::new(
        "drain",
        Form::Either(&[Form::Whole(0, MAX_NODES - 1), Form::Numbers(0, MAX_NODES - 1)]),
        "Somebody drains a node, by its number from 0, or several, one after the other.",
    )
    .example("[0, 1]"),
    Key::new("upgrade", Form::Map(&UPGRADE), "All nodes are drained and replaced.").example("{atOnce: 1, takes: 3m}"),
    Key::new("reclaim", Form::Map(&RECLAIM), "Machines are taken away after a notice, as spot nodes are.")
        .example("{nodes: 2, notice: 2m}"),
]);

pub(crate) const SCALE: Section = Section::new(&[
    Key::new("from", Form::Whole(0, INT32), "The number of replicas before.").example("0"),
    Key::new("to", Form::Whole(0, INT32), "The number of replicas asked for; without it that of the Deployment.")
        .example("20"),
]);

pub(crate) const UPGRADE: Section = Section::new(&[
    Key::new("atOnce", Form::Whole(1, MAX_NODES), "How many nodes are replaced at the same time.")
        .default("1", "As cluster.upgrade.atOnce"),
    Key::new("takes", Form::Distribution, "Time from when a node is drained until it is back, without images.")
        .default("3m", "As cluster.upgrade.takes"),
]);

pub(crate) const RECLAIM: Section = Section::new(&[
    Key::new("nodes", Form::Whole(1, MAX_NODES), "How many machines are taken away: those with the lowest numbers.")
        .example("2"),
    Key::new("notice", Form::Duration, "How long before that they are announced, and drained by whoever handles it.")
        .default("2m", "AWS gives two minutes before it takes a spot instance, Azure and Google Cloud 30 s"),
]);
