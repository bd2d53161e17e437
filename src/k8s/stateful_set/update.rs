//! The pods of the old revision that are deleted, so that new ones take their names.
//!
//! Upstream: `stateful_set_control.go: updateStatefulSet, updateStatefulSetAfterInvariantEstablished`, `stateful_set_utils.go:
//! getStatefulSetMaxUnavailable`.

use super::process::{next_batch, replica};
use super::view::{Action, StatefulSetView, UpdateStrategy, Why};
use crate::k8s::int_or_percent::IntOrPercent;

/// `maxUnavailable` in pods: a percentage rounds down, and it is at least 1.
#[must_use]
pub fn max_unavailable(max_unavailable: Option<IntOrPercent>, replicas: i32) -> i32 {
    max_unavailable.unwrap_or(IntOrPercent::Int(1)).scaled(replicas, false).max(1)
}

/// Deletes what may be deleted of the old revision; returns how many pods that are.
pub(super) fn delete_outdated(view: &StatefulSetView<'_>, actions: &mut Vec<Action>) -> i32 {
    if view.max_unavailable_gate { delete_within_budget(view, actions) } else { delete_highest(view, actions) }
}

/// Without the gate: the highest outdated pod, unless one above it is not available yet. Whether those below it are does not
/// matter.
fn delete_highest(view: &StatefulSetView<'_>, actions: &mut Vec<Action>) -> i32 {
    for index in (view.spec.partition()..view.spec.replicas).rev() {
        let target = replica(view, index);
        if target.template != view.update_revision() && !target.is_terminating() {
            delete(target.ordinal, actions);
            return 1;
        }
        if target.is_unavailable() {
            return 0;
        }
    }
    0
}

/// With the gate: as many outdated pods, from the highest on, as are missing to `maxUnavailable` pods that are not available. All
/// wanted pods count for that, also those below the partition.
fn delete_within_budget(view: &StatefulSetView<'_>, actions: &mut Vec<Action>) -> i32 {
    let replicas = view.spec.replicas;
    let most = match view.spec.update {
        UpdateStrategy::RollingUpdate(Some(block)) => max_unavailable(block.max_unavailable, replicas),
        _ => 1,
    };
    let unavailable = (0..replicas).filter(|&index| replica(view, index).is_unavailable()).count() as i32;
    let mut deleted = 0;
    for index in (view.spec.partition()..replicas).rev() {
        if unavailable + deleted >= most {
            break;
        }
        let target = replica(view, index);
        if target.template != view.update_revision() && !target.is_terminating() {
            delete(target.ordinal, actions);
            deleted += 1;
        }
    }
    deleted
}

/// Deletions of an update are sent one after the other.
fn delete(ordinal: i32, actions: &mut Vec<Action>) {
    let batch = next_batch(actions);
    actions.push(Action::DeletePod { ordinal, why: Why::Update, batch });
}
