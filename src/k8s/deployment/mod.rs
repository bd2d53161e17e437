//! The Deployment controller: one sync of one Deployment, as a list of actions.
//!
//! Upstream: `pkg/controller/deployment/deployment_controller.go: syncDeployment`, and the files that the modules here
//! are named after.
//!
//! # How a simulator runs the actions
//!
//! `sync` decides from its caches alone, so all its actions are known at once. The simulator then executes them in
//! order, and each takes the time of an API request:
//!
//! * The API server answers [`Action::UpdateReplicaSet`] and [`Action::UpdateStatus`] with 409 Conflict where the
//!   object's resource version is no longer the one that the write carries. `UpdateStatus` always carries the version
//!   of the view's Deployment, so **a second `UpdateStatus` in one sync conflicts** as soon as the first has changed
//!   the object: upstream discards the returned object. `UpdateReplicaSet` carries the version that its [`Held`] names.
//!   A write that changes nothing leaves the resource version alone.
//! * [`Action::CreateReplicaSet`] fails where a ReplicaSet of that template already exists that the view did not show.
//! * A failed write with [`OnError::Abort`], a failed status write and a failed creation end the sync, which is tried
//!   again after [`crate::k8s::backoff::rate_limited_delay`]. A failed write with [`OnError::SkipScaling`] only drops
//!   the later `UpdateReplicaSet` actions. A sync that reaches its end resets the count of failures.
//! * [`Action::DeleteReplicaSet`] carries no version and does not conflict.
//!
//! # Deliberate simplifications
//!
//! * Where upstream finds that the ReplicaSet it wants to create exists already, and its cache has it by then, the sync
//!   continues; here the controller retries after 5 ms.
//! * Where an error of step A or B is swallowed (see [`OnError::SkipScaling`]) and the cached status shows the
//!   Deployment complete, upstream also cleans up history in that sync; here the next sync does.
//! * Template hashes never collide, ReplicaSets can always be created, and no annotations exist except the three that
//!   are fields here.

mod view;

mod util;

mod sync;

mod policy;

mod progress;

mod recreate;

mod rolling;

use crate::k8s::objects::Strategy;
use crate::time::SimTime;

use sync::Sync;
pub use util::{deployment_complete, deployment_progressing};
pub use view::{Action, DeploymentView, Held, OnError};

/// One sync: clears `actions` and fills it with what the controller does at `now`.
///
/// Upstream: `deployment_controller.go: syncDeployment`.
pub fn sync(view: &DeploymentView<'_>, now: SimTime, actions: &mut Vec<Action>) {
    actions.clear();
    let mut sync = Sync::new(view, now, actions);
    sync.check_paused_conditions();
    let wrote = sync.sync_revision();
    if sync.spec.paused {
        return sync.scale_only();
    }
    if wrote {
        // Every path from here syncs the revision again from the same stale list, so the API server gets the same write
        // twice and refuses the second.
        sync.sync_revision();
        return;
    }
    if sync.is_scaling_event() {
        return sync.scale_only();
    }
    match sync.spec.strategy {
        Strategy::Recreate => sync.rollout_recreate(),
        Strategy::RollingUpdate { .. } => sync.rollout_rolling(),
    }
}

#[cfg(test)]
mod tests;
