//! The `Recreate` strategy: all old pods end before the first new one is created.
//!
//! Upstream: `pkg/controller/deployment/recreate.go`.

use super::policy::pods;
use super::sync::Sync;
use super::view::OnError;

impl Sync<'_> {
    /// `rolloutRecreate`
    pub(super) fn rollout_recreate(&mut self) {
        if self.scale_down_old_for_recreate() || self.old_pods_running() {
            return self.sync_rollout_status();
        }
        if self.new.is_none() {
            self.create_new_replica_set();
        }
        if let Some(new) = self.new {
            let wanted = self.affordable(new.replicas, pods(&new));
            self.scale_replica_set(new, wanted, OnError::Abort);
        }
        if self.is_complete(&self.status) {
            self.cleanup_deployment();
        }
        self.sync_rollout_status();
    }

    /// `scaleDownOldReplicaSetsForRecreate`
    pub(super) fn scale_down_old_for_recreate(&mut self) -> bool {
        let mut scaled = false;
        for old in self.active_old() {
            scaled |= self.scale_replica_set(old, 0, OnError::Abort);
        }
        scaled
    }
}
