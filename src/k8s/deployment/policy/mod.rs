//! `podReplacementPolicy`, a proposal: what changes where terminating pods count.
//!
//! Source: KEP-5882 (split off KEP-3973 in 2026), sections "Deployment Behavior Changes", "Deployment Completion and
//! Progress Changes" and "Deployment Scaling Changes and a New Annotation for ReplicaSets". Not in Kubernetes 1.36: no
//! upstream function is restated here.
//!
//! * Unset: Kubernetes 1.36.
//! * `TerminationStarted`: the same, but a Recreate rollout waits only until the old pods are told to go.
//! * `TerminationComplete`: pods are created only where all pods, terminating ones included, stay within `replicas` and
//!   the surge; a rollout is complete when nothing terminates any more. Pods are taken away as without it.
//!
//! ReplicaSets know nothing of the policy ("Consideration for Other Controllers"): a pod that somebody else deletes or
//! evicts is replaced at once, and the limit is broken for as long as it terminates.
//!
//! Counts come from ReplicaSets' statuses, which lag: where a scaling during a rollout grows an old ReplicaSet and the
//! next sync takes the same pods back, before any status shows them, their places are given away twice.
//!
//! The text leaves open: whether a rollout goes on while a scaling waits for room (here it does not, as in any sync that
//! scales), and which ReplicaSet is marked while only the remainder is missing (here the largest, which is to get it).

use super::sync::{Known, Scaling, Sync, by_size};
use super::util::{ascending, fraction, total};
use super::view::OnError;
use crate::k8s::objects::ReplicaSet;

/// Pods that a ReplicaSet has or will create, terminating ones included. Its status may not show yet what its spec
/// asks for, in either direction: the greater counts.
pub(super) fn pods(known: &Known<'_>) -> i32 {
    let status = &known.set.status;
    known.replicas.max(status.replicas).saturating_add(status.terminating_replicas)
}

impl Sync<'_> {
    /// Pods of all ReplicaSets that a new one has to share `replicas` and the surge with.
    pub(super) fn total(&self) -> i32 {
        if self.spec.counts_terminating() { self.all_pods() } else { self.size() }
    }

    fn all_pods(&self) -> i32 {
        total(self.old().map(Known::cached).chain(self.new).map(|known| pods(&known)))
    }

    /// The size that a ReplicaSet of size `current` may have now on its way to `spec.replicas`, where there are `pods`.
    pub(super) fn affordable(&self, current: i32, pods: i32) -> i32 {
        let wanted = self.spec.replicas;
        if self.spec.counts_terminating() {
            wanted.min(current.saturating_add((self.max_replicas() - pods).max(0)))
        } else {
            wanted
        }
    }

    /// Brings the only active ReplicaSet towards `spec.replicas`. An old one that cannot have all of it yet keeps the
    /// annotations of its last size, so that the next sync goes on; the new one would grow in a rollout as well.
    pub(super) fn scale_alone(&mut self, target: Known<'_>) {
        let replicas = self.affordable(target.replicas, self.total());
        let is_new = target.set.template == self.spec.template;
        if replicas == self.spec.replicas || is_new {
            self.scale_replica_set(target, replicas, OnError::Abort);
        } else if replicas != target.replicas {
            self.update(Known { replicas, ..target }, Scaling::of(target.set), OnError::Abort);
        }
    }

    /// Adds `wanted` pods in proportion, as far as there is room: first each ReplicaSet's share, the largest one's first,
    /// then the remainder to the largest. Until all are added, the annotations of the largest and of every other that
    /// lacks some of its share tell of the state before the scaling, which shares are counted from.
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

    /// Pods that a ReplicaSet still lacks of its share of a Deployment that has grown.
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
