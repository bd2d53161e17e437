//! `podReplacementPolicy`, a proposal: how the Deployment controller behaves where terminating pods count.
//!
//! Source: KEP-5882 (split off KEP-3973 in 2026), sections "Deployment Behavior Changes", "Deployment Completion and
//! Progress Changes" and "Deployment Scaling Changes and a New Annotation for ReplicaSets". Not in Kubernetes 1.36: no
//! upstream function is restated here.
//!
//! * Unset: as in Kubernetes 1.36.
//! * `TerminationStarted`: as in Kubernetes 1.36, but a Recreate rollout waits only until the old pods have deletion
//!   timestamps.
//! * `TerminationComplete`: the controller creates pods only where all pods, terminating ones included, stay within
//!   `replicas` and the surge; a rollout is complete when no pod terminates any more. The controller removes pods as
//!   without the policy.
//!
//! The ReplicaSet controller does not know the policy ("Consideration for Other Controllers"): it replaces a pod that
//! somebody else deletes or evicts at once, and the limit is exceeded for as long as that pod terminates.
//!
//! Counts come from the ReplicaSets' statuses, which lag. Where a scaling during a rollout grows an old ReplicaSet, and
//! the next sync removes the same pods before any status shows them, the controller uses their room twice.
//!
//! The text leaves two points open: whether a rollout continues while a scaling waits for room (here it does not, as in
//! any sync that scales), and which ReplicaSet is marked while only the remainder is missing (here the largest, which
//! gets the remainder).

use super::sync::{Known, Scaling, Sync, by_size};
use super::util::{ascending, fraction, total};
use super::view::OnError;
use crate::k8s::objects::ReplicaSet;

/// Number of pods that a ReplicaSet has or will create, terminating ones included. Its status may lag behind its spec
/// in either direction, so the greater number counts.
pub(super) fn pods(known: &Known<'_>) -> i32 {
    let status = &known.set.status;
    known.replicas.max(status.replicas).saturating_add(status.terminating_replicas)
}

impl Sync<'_> {
    /// Number of pods of all ReplicaSets, with which a new pod shares `replicas` and the surge.
    pub(super) fn total(&self) -> i32 {
        if self.spec.counts_terminating() { self.all_pods() } else { self.size() }
    }

    fn all_pods(&self) -> i32 {
        total(self.old().map(Known::cached).chain(self.new).map(|known| pods(&known)))
    }

    /// The size that a ReplicaSet of size `current` may have now on its way to `spec.replicas`, where `pods` pods
    /// exist.
    pub(super) fn affordable(&self, current: i32, pods: i32) -> i32 {
        let wanted = self.spec.replicas;
        if self.spec.counts_terminating() {
            wanted.min(current.saturating_add((self.max_replicas() - pods).max(0)))
        } else {
            wanted
        }
    }

    /// Scales the only active ReplicaSet towards `spec.replicas`. An old ReplicaSet that cannot have all its pods yet
    /// keeps the annotations of its last size, so that the next sync continues the scaling; a new one would grow in a
    /// rollout as well.
    pub(super) fn scale_alone(&mut self, target: Known<'_>) {
        let replicas = self.affordable(target.replicas, self.total());
        let is_new = target.set.template == self.spec.template;
        if replicas == self.spec.replicas || is_new {
            self.scale_replica_set(target, replicas, OnError::Abort);
        } else if replicas != target.replicas {
            self.update(Known { replicas, ..target }, Scaling::of(target.set), OnError::Abort);
        }
    }

    /// Adds `wanted` pods in proportion, as far as there is room: first each ReplicaSet's share, beginning with the
    /// largest, then the remainder to the largest. Until all are added, the annotations of the largest ReplicaSet, and
    /// of every other that lacks part of its share, hold the sizes from before the scaling, because the shares are
    /// computed from them.
    pub(super) fn grow_into_room(&mut self, wanted: i32) {
        let add = wanted.min(self.max_replicas() - self.all_pods()).max(0);
        let missing = total(self.active().map(|known| self.lacks(known.set)));
        let mut remainder = (add - missing).max(0);
        let (mut left, mut largest) = (add - remainder, true);
        for target in ascending(self.active(), |known| by_size(known.set, true)) {
            let lacks = self.lacks(target.set);
            let share = lacks.min(left);
            left -= share;
            let size = target.replicas.saturating_add(share).saturating_add(std::mem::take(&mut remainder));
            let through = add == wanted || (share == lacks && !largest);
            largest = false;
            self.write_part(target, size, through);
        }
    }

    /// Number of pods that a ReplicaSet still lacks of its share in a Deployment that has grown.
    fn lacks(&self, set: &ReplicaSet) -> i32 {
        let before = ReplicaSet { replicas: set.replicas_before_scale.unwrap_or(set.replicas), ..*set };
        before.replicas.wrapping_add(fraction(self.view.deployment, &before)).saturating_sub(set.replicas).max(0)
    }

    fn write_part(&mut self, target: Known<'_>, replicas: i32, through: bool) {
        if through {
            return self.write_size(target, replicas, OnError::Abort);
        }
        let before = target.set.replicas_before_scale.or(Some(target.replicas));
        if replicas != target.replicas || before != target.set.replicas_before_scale {
            let scaling = Scaling { replicas_before_scale: before, ..Scaling::of(target.set) };
            self.update(Known { replicas, ..target }, scaling, OnError::Abort);
        }
    }
}

#[cfg(test)]
mod tests;
