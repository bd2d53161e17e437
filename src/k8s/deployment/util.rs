//! Sums and predicates.
//!
//! Upstream: `pkg/controller/deployment/util/deployment_util.go`.

use crate::k8s::fenceposts::max_replicas;
use crate::k8s::objects::{
    ConditionStatus, Deployment, DeploymentSpec, DeploymentStatus, ProgressReason, Progressing, ReplicaSet,
};
use crate::time::{SimDuration, SimTime};

/// Whether the rollout is complete by `status` (`DeploymentComplete`). Under `TerminationComplete` no pod may be
/// terminating (KEP-5882, Deployment Completion and Progress Changes).
#[must_use]
pub fn deployment_complete(deployment: &Deployment, status: &DeploymentStatus) -> bool {
    let wanted = deployment.spec.replicas;
    let gone = !deployment.spec.counts_terminating() || status.terminating_replicas == 0;
    gone && status.updated_replicas == wanted
        && status.replicas == wanted
        && status.available_replicas == wanted
        && status.observed_generation >= deployment.generation
}

/// Whether `new` shows progress over `old`: more updated, ready or available pods, or fewer old ones
/// (`DeploymentProgressing`); under `TerminationComplete` also fewer terminating ones (KEP-5882, as above).
#[must_use]
pub fn deployment_progressing(spec: &DeploymentSpec, old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    new.updated_replicas > old.updated_replicas
        || (spec.counts_terminating() && new.terminating_replicas < old.terminating_replicas)
        || new.replicas - new.updated_replicas < old.replicas - old.updated_replicas
        || new.ready_replicas > old.ready_replicas
        || new.available_replicas > old.available_replicas
}

/// When the deadline of a `Progressing` condition passes.
pub(super) fn deadline_of(progressing: Progressing, seconds: i32) -> SimTime {
    SimTime::from_secs(progressing.last_update) + SimDuration::from_secs(seconds.max(0) as u64)
}

/// Whether more time than the deadline has passed since the last progress (`DeploymentTimedOut`).
pub(super) fn timed_out(spec: &DeploymentSpec, progressing: Option<Progressing>, now: SimTime) -> bool {
    let (Some(seconds), Some(progressing)) = (spec.progress_deadline_seconds, progressing) else { return false };
    match progressing.reason {
        ProgressReason::NewReplicaSetAvailable => false,
        ProgressReason::ProgressDeadlineExceeded => true,
        _ => deadline_of(progressing, seconds) < now,
    }
}

/// Sets the `Progressing` condition, unless it has this status and reason already (`SetDeploymentCondition`).
pub(super) fn set_progressing(
    status: &mut DeploymentStatus,
    condition: ConditionStatus,
    reason: ProgressReason,
    now: SimTime,
) {
    let current = status.progressing;
    if current.is_some_and(|current| current.status == condition && current.reason == reason) {
        return;
    }
    renew_progressing(status, condition, reason, now);
}

/// Sets the `Progressing` condition with a fresh `lastUpdateTime`, whatever its value was.
pub(super) fn renew_progressing(
    status: &mut DeploymentStatus,
    condition: ConditionStatus,
    reason: ProgressReason,
    now: SimTime,
) {
    let now = now.whole_seconds();
    let same_status = status.progressing.filter(|current| current.status == condition);
    let last_transition = same_status.map_or(now, |current| current.last_transition);
    status.progressing = Some(Progressing { status: condition, reason, last_update: now, last_transition });
}

/// The size of the new ReplicaSet, where all ReplicaSets together have `total` pods and may have `most`
/// (`NewRSNewReplicas`).
pub(super) fn new_replica_set_replicas(spec: &DeploymentSpec, most: i32, total: i32, current: i32) -> i32 {
    if !spec.is_rolling_update() {
        return spec.replicas;
    }
    let room = most.saturating_sub(total);
    if room <= 0 { current } else { current + room.min(spec.replicas.saturating_sub(current)) }
}

/// Whether the new ReplicaSet has all the Deployment's pods and all of them are available (`IsSaturated`).
pub(super) fn is_saturated(replicas: i32, new: &ReplicaSet) -> bool {
    new.replicas == replicas && new.desired_replicas == Some(replicas) && new.status.available_replicas == replicas
}

/// Whether the two annotations differ from what the Deployment asks for (`ReplicasAnnotationsNeedUpdate`).
pub(super) fn annotations_need_update(set: &ReplicaSet, replicas: i32, max_replicas: i32) -> bool {
    set.desired_replicas != Some(replicas) || set.max_replicas != Some(max_replicas)
}

/// Change of one ReplicaSet's size in a proportional scaling, before it is limited (`getReplicaSetFraction`).
pub(super) fn fraction(deployment: &Deployment, set: &ReplicaSet) -> i32 {
    let spec = &deployment.spec;
    if spec.replicas == 0 {
        return -set.replicas;
    }
    let before = set.max_replicas.filter(|&max| max > 0).unwrap_or(deployment.status.replicas);
    if before == 0 {
        return 0;
    }
    // Upstream multiplies in 32 bits, too. `f64::round` rounds half away from zero, as upstream does.
    let product = set.replicas.wrapping_mul(max_replicas(spec));
    let size = (f64::from(product) / f64::from(before)).round() as i32;
    size.wrapping_sub(set.replicas)
}

/// That change, limited to what remains of `add` after `added` (`GetReplicaSetProportion`).
pub(super) fn proportion(deployment: &Deployment, set: &ReplicaSet, add: i32, added: i32) -> i32 {
    let left = add.saturating_sub(added);
    if set.replicas == 0 || add == 0 || left == 0 {
        0
    } else if add > 0 {
        fraction(deployment, set).min(left)
    } else {
        fraction(deployment, set).max(left)
    }
}

/// A sum of sizes; one that does not fit in 32 bits becomes the largest number that does.
pub(super) fn total(sizes: impl Iterator<Item = i32>) -> i32 {
    sizes.fold(0, i32::saturating_add)
}

/// The items in ascending order of a key that is different for each. There are few items, so sorting without a buffer
/// is cheaper than an allocation.
pub(super) fn ascending<T: Copy, K: Ord>(
    items: impl Iterator<Item = T> + Clone,
    key: impl Fn(&T) -> K,
) -> impl Iterator<Item = T> {
    let mut last: Option<K> = None;
    std::iter::from_fn(move || {
        let later = items.clone().filter(|item| last.as_ref().is_none_or(|last| key(item) > *last));
        let next = later.min_by_key(&key);
        last = next.as_ref().map(&key).or(last.take());
        next
    })
}
