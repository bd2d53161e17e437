//! What a snapshot does not hold, because nobody asked for it or the user may not list it.

use std::collections::BTreeSet;

use super::subject::{Kind, Workload};
use crate::input::tree::yaml::Node;

/// Kinds of objects that decide, and that the file does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Without pods the sizes of the ReplicaSets are all that is known.
    Pods,
    /// Without ReplicaSets, or ControllerRevisions, the versions are taken from the pods' labels.
    Sets,
    /// Without nodes the cluster is the default one.
    Nodes,
    /// Without events the reasons are those of the objects alone.
    Events,
    /// Without a ResourceQuota none is taken to be there.
    Quotas,
}

impl Missing {
    /// What is taken to be so instead, as the end of a sentence.
    #[must_use]
    pub const fn consequence(self) -> &'static str {
        match self {
            Self::Pods => "no pods: the sizes of the sets are all that is known of them",
            Self::Sets => "no ReplicaSets or ControllerRevisions: the versions are taken from the pods' labels",
            Self::Nodes => "no nodes: room for all pods is assumed",
            Self::Events => "no events: what holds a pod up is known from its status alone",
            Self::Quotas => "no ResourceQuotas: none is assumed",
        }
    }

    /// What to add to `kubectl get`.
    #[must_use]
    pub const fn resource(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::Sets => "rs,controllerrevisions",
            Self::Nodes => "nodes",
            Self::Events => "events",
            Self::Quotas => "quota",
        }
    }
}

/// What is not there.
pub(super) fn missing(all: &[(&str, &Node)], workload: &Workload) -> Vec<Missing> {
    let kinds: BTreeSet<&str> = all.iter().map(|(kind, _)| *kind).collect();
    let sets = if workload.kind == Kind::Deployment { "ReplicaSet" } else { "ControllerRevision" };
    let wanted = [
        ("Pod", Missing::Pods),
        (sets, Missing::Sets),
        ("Node", Missing::Nodes),
        ("Event", Missing::Events),
        ("ResourceQuota", Missing::Quotas),
    ];
    wanted.into_iter().filter(|(kind, _)| !kinds.contains(kind)).map(|(_, missing)| missing).collect()
}
