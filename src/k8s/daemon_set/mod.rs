//! The DaemonSet controller: one sync of one DaemonSet, as a list of actions and a status.
//!
//! Upstream: `pkg/controller/daemon/daemon_controller.go: syncDaemonSet, updateDaemonSet, manage`, `update.go: rollingUpdate`.
//!
//! # How a simulator runs the actions
//!
//! Creations come first, in the batches of [`crate::k8s::replica_set::slow_start`]; then all deletions are sent at once. They are
//! the controller's expectations until its cache has shown them. The status is written last.
//!
//! # Deliberate simplifications
//!
//! * Upstream goes through a map of nodes, whose order is random. Here the caller gives the order.
//! * Template hashes never collide, and there are no pods for nodes that are gone.

mod view;

mod limits;

mod manage;

mod rolling_update;

mod status;

mod validation;

pub use limits::Limits;
pub use status::{DaemonSet, DaemonSetStatus, status};
pub use validation::validate;
pub use view::{Action, DaemonNode, DaemonPod, DaemonPodPhase, DaemonSetSpec, DaemonSetView, Fit, should_run};

/// How many DaemonSets the controller syncs at the same time (`ConcurrentDaemonSetSyncs`).
pub const WORKERS: u32 = 2;

/// Pods that one sync creates, and those that it deletes, at most (`BurstReplicas`).
pub const BURST_REPLICAS: usize = 250;

/// One sync: clears `actions` and fills it with what the controller does. Nothing where its expectations are not satisfied: then
/// it only writes a [`status()`].
///
/// A rolling update is looked at only where all nodes have the pods that they should have.
pub fn sync(view: &DaemonSetView<'_>, actions: &mut Vec<Action>) {
    actions.clear();
    if !view.expectations_satisfied {
        return;
    }
    manage::nodes(view, actions);
    if actions.is_empty() && !view.spec.on_delete {
        rolling_update::nodes(view, actions);
    }
    cut(actions);
}

/// Keeps at most [`BURST_REPLICAS`] of each kind, creations first.
fn cut(actions: &mut Vec<Action>) {
    actions.sort_by_key(|action| matches!(action, Action::DeletePod { .. }));
    let creations = actions.iter().filter(|action| matches!(action, Action::CreatePod { .. })).count();
    actions.truncate(creations + BURST_REPLICAS);
    actions.drain(creations.min(BURST_REPLICAS)..creations);
}

#[cfg(test)]
mod tests;
