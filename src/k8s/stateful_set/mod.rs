//! The StatefulSet controller: one sync of one StatefulSet, as a list of actions and a status.
//!
//! Upstream: `pkg/controller/statefulset/stateful_set_control.go: updateStatefulSet`, and the functions that each file names.
//!
//! # How a simulator runs the actions
//!
//! Actions of the same batch are sent at once, and the next batch waits for their answers. An error ends the sync after its
//! batch. The status is written last, whether a pod's write failed or not, if it differs from the cached one; the sync is then
//! tried again, rate-limited, where a write failed.
//!
//! # Deliberate simplifications
//!
//! * Claims are not written here: they are there when a pod is created, and a rollout never touches them.
//! * Pods' identities and labels are never wrong, so that no pod is repaired.

mod view;

mod status;

mod process;

mod update;

mod validation;

use crate::time::SimDuration;

pub use process::MAX_BATCH_SIZE;
use process::Stop;
pub use update::max_unavailable;
pub use validation::validate;
pub use view::{
    Action, PodManagementPolicy, PodPhase, RollingUpdate, StatefulPod, StatefulSet, StatefulSetSpec, StatefulSetStatus,
    StatefulSetView, UpdateStrategy, Why,
};

/// How many StatefulSets the controller syncs at the same time (`--concurrent-statefulset-syncs`).
pub const WORKERS: u32 = 5;

/// One sync: clears `actions` and fills it with what the controller does. Returns the status that it writes.
///
/// Upstream: `stateful_set_control.go: performUpdate, updateStatefulSet`.
pub fn sync(view: &StatefulSetView<'_>, actions: &mut Vec<Action>) -> StatefulSetStatus {
    actions.clear();
    let mut status = status::observed(view);
    if !view.deleting
        && process::replicas(view, actions) == Stop::No
        && process::condemned(view, actions) == Stop::No
        && view.spec.update != UpdateStrategy::OnDelete
    {
        status.current_replicas -= update::delete_outdated(view, actions);
    }
    status::complete_rolling_update(view.spec, &mut status);
    status
}

/// How long after a sync the controller looks again because a Ready pod is not available yet: when the first of them will be,
/// which is `next_check`, or where that is not known after `minReadySeconds`. Controllers before 1.36, which are not `exact`, look
/// again after `minReadySeconds` as long as not all wanted pods are available.
///
/// Upstream: `stateful_set.go: syncStatefulSet`.
#[must_use]
pub fn look_again_after(
    spec: &StatefulSetSpec,
    status: &StatefulSetStatus,
    next_check: Option<SimDuration>,
    exact: bool,
) -> Option<SimDuration> {
    let longest = SimDuration::from_secs(spec.min_ready_seconds.max(0) as u64);
    let is_over = if exact {
        status.ready_replicas == status.available_replicas
    } else {
        status.available_replicas == spec.replicas
    };
    let waits = spec.min_ready_seconds > 0 && !is_over;
    waits.then(|| next_check.filter(|_| exact).unwrap_or(longest))
}

#[cfg(test)]
mod tests;
