//! A ReplicaSet in the account of a replication.

use std::collections::VecDeque;

use super::life::Release;
use crate::k8s::objects::Template;
use crate::sim::PodId;
use crate::time::SimTime;

/// A ReplicaSet as its decisions are followed.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) version: Template,
    pub(super) size: i32,
    /// Pods without deletion timestamp.
    pub(super) live: i32,
    pub(super) available: i32,
    /// Every pod that became available, with the number of available pods from then on.
    pub(super) became_available: Vec<(i32, PodId, SimTime)>,
    /// The number of available pods in its last status.
    pub(super) told: i32,
    /// What let it grow last.
    pub(super) grown: Release,
    /// What made it shrink last.
    pub(super) shrunk: Release,
    /// Pods that have to be replaced.
    pub(super) lost: VecDeque<Release>,
}

impl Set {
    pub(super) const fn of(version: Template, size: i32) -> Self {
        Self {
            version,
            size,
            live: 0,
            available: 0,
            became_available: Vec::new(),
            told: 0,
            grown: Release::Start,
            shrunk: Release::Start,
            lost: VecDeque::new(),
        }
    }

    /// The pod whose availability made the number in a status.
    pub(super) fn pod_of_status(&self, available: i32) -> Option<Release> {
        let became = self.became_available.iter().rev().find(|(count, ..)| *count == available);
        became.map(|(_, pod, at)| Release::Available(*pod, *at))
    }
}
