//! What a tool sees of a workload, and what it makes of it.

use crate::k8s::daemon_set::{DaemonSetSpec, DaemonSetStatus};
use crate::k8s::objects::{Deployment, ReplicaSet};
use crate::k8s::stateful_set::{StatefulSetSpec, StatefulSetStatus};

/// What a tool makes of what it sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It waits on.
    #[default]
    Waiting,
    /// It is content.
    Done,
    /// It sees a failure.
    Failed,
}

impl Verdict {
    /// Done where this is so.
    pub(super) const fn done_if(done: bool) -> Self {
        if done { Self::Done } else { Self::Waiting }
    }
}

/// What there is to see.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// A Deployment, and the ReplicaSet of its template.
    Deployment(&'a Deployment, Option<&'a ReplicaSet>),
    /// A StatefulSet: spec, `metadata.generation`, status.
    StatefulSet(&'a StatefulSetSpec, i64, &'a StatefulSetStatus),
    /// A DaemonSet, likewise.
    DaemonSet(&'a DaemonSetSpec, i64, &'a DaemonSetStatus),
}
