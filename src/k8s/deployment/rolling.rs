//! The `RollingUpdate` strategy: one step up or one step down in each sync.
//!
//! Upstream: `pkg/controller/deployment/rolling.go`.

use super::sync::{Known, Sync};
use super::util::new_replica_set_replicas;
use super::view::{Held, OnError};

impl Sync<'_> {
    /// `rolloutRolling`. The sync that creates the new ReplicaSet continues with the first step down, because the new
    /// ReplicaSet has its size already.
    #[inline]
    pub(super) fn rollout_rolling(&mut self) {
        if self.new.is_none() {
            self.create_new_replica_set();
        }
        let Some(new) = self.new else { return };
        if !self.reconcile_new_replica_set(new)
            && !self.reconcile_old_replica_sets(new)
            && self.is_complete(&self.status)
        {
            self.cleanup_deployment();
        }
        self.sync_rollout_status();
    }

    /// Grows the new ReplicaSet into the room that there is, or cuts it to the wanted size; returns true if it wrote
    /// (`reconcileNewReplicaSet`).
    pub(super) fn reconcile_new_replica_set(&mut self, new: Known<'_>) -> bool {
        let replicas = if new.replicas >= self.spec.replicas {
            self.spec.replicas
        } else {
            new_replica_set_replicas(self.spec, self.max_replicas(), self.total(), new.replicas)
        };
        self.scale_replica_set(new, replicas, OnError::Abort)
    }

    /// Removes old pods that are not available, then as many available ones as the limit allows; returns true if it
    /// wrote (`reconcileOldReplicaSets`).
    pub(super) fn reconcile_old_replica_sets(&mut self, new: Known<'_>) -> bool {
        if !self.any_active_old() {
            return false;
        }
        let min_available = self.spec.replicas - self.view.limits.max_unavailable;
        let new_unavailable = new.replicas - new.set.status.available_replicas;
        let cap = self.size() - min_available - new_unavailable;
        if cap <= 0 {
            return false;
        }
        let Some(cleaned) = self.cleanup_unhealthy_replicas(cap) else { return false };
        // Only active ReplicaSets count here, because the pods that a ReplicaSet of size 0 still has are about to go.
        let available = self.available_of_active_old() + new.set.status.available_replicas;
        cleaned + self.scale_down_old_for_rolling_update(cap, available - min_available) > 0
    }

    /// Step A: removes at most `cap` pods that are not available, beginning with the oldest ReplicaSet, and returns how
    /// many. Returns `None` where a ReplicaSet's status still shows more available pods than its size; the whole step
    /// down is then left to a later sync (`cleanupUnhealthyReplicas`).
    pub(super) fn cleanup_unhealthy_replicas(&mut self, cap: i32) -> Option<i32> {
        let mut left = cap;
        for old in self.active_old() {
            if left <= 0 {
                break;
            }
            let unhealthy = old.replicas - old.set.status.available_replicas;
            if unhealthy < 0 {
                return None;
            }
            let taken = unhealthy.min(left);
            self.scale_replica_set(old, old.replicas - taken, OnError::SkipScaling);
            left -= taken;
        }
        Some(cap - left)
    }

    /// Step B: removes at most `budget` more pods, beginning with the oldest ReplicaSet, after step A has removed what
    /// it could of `cap`; returns how many (`scaleDownOldReplicaSetsForRollingUpdate`).
    pub(super) fn scale_down_old_for_rolling_update(&mut self, cap: i32, budget: i32) -> i32 {
        let (mut cap, mut left) = (cap, budget.max(0));
        for mut old in self.active_old() {
            let unhealthy = old.replicas - old.set.status.available_replicas;
            let cleaned = unhealthy.min(cap).max(0);
            cap -= cleaned;
            if cleaned > 0 {
                old.replicas -= cleaned;
                old.held = Held::Returned;
            }
            let taken = old.replicas.min(left);
            self.scale_replica_set(old, old.replicas - taken, OnError::SkipScaling);
            left -= taken;
        }
        budget.max(0) - left
    }
}
