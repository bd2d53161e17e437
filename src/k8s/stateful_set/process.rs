//! The pods that are wanted and those that are not: created, deleted, waited for.
//!
//! Upstream: `stateful_set_control.go: runForAll, slowStartBatch, processReplica, processCondemned`, `stateful_set_utils.go:
//! newVersionedStatefulSetPod, isUnavailable`.

use super::view::{Action, PodPhase, StatefulPod, StatefulSetView, UpdateStrategy, Why};
use crate::k8s::objects::Template;

/// Most pods that one batch of a Parallel StatefulSet creates or deletes (`MaxBatchSize`).
pub const MAX_BATCH_SIZE: u32 = 500;

/// Whether the sync does nothing more but write the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Yes,
    No,
}

/// A wanted place: the pod that has its ordinal, or the one that is to be created.
#[derive(Clone, Copy, Debug)]
pub(super) struct Replica {
    pub(super) ordinal: i32,
    pub(super) template: Template,
    /// `None`: it is to be created.
    pub(super) pod: Option<StatefulPod>,
}

impl Replica {
    pub(super) fn is_terminating(&self) -> bool {
        self.pod.is_some_and(|pod| pod.terminating)
    }

    pub(super) fn is_unavailable(&self) -> bool {
        self.pod.as_ref().is_none_or(is_unavailable)
    }
}

fn is_unavailable(pod: &StatefulPod) -> bool {
    !pod.available || pod.terminating
}

/// The wanted place at `index`, counted from `ordinals.start`.
pub(super) fn replica(view: &StatefulSetView<'_>, index: i32) -> Replica {
    let ordinal = view.spec.start_ordinal + index;
    let pod = view.pods.binary_search_by_key(&ordinal, |pod| pod.ordinal).ok().map(|at| view.pods[at]);
    Replica { ordinal, template: pod.map_or_else(|| new_template(view, index), |pod| pod.template), pod }
}

/// The revision of a pod that is created at `index`.
fn new_template(view: &StatefulSetView<'_>, index: i32) -> Template {
    let stays = match view.spec.update {
        UpdateStrategy::OnDelete => false,
        UpdateStrategy::RollingUpdate(None) => index < view.status.current_replicas,
        UpdateStrategy::RollingUpdate(Some(block)) => index < block.partition,
    };
    if stays { view.current_revision() } else { view.update_revision() }
}

/// Goes through the wanted pods from the lowest ordinal on.
pub(super) fn replicas(view: &StatefulSetView<'_>, actions: &mut Vec<Action>) -> Stop {
    let mut batches = Batches::after(actions);
    for index in 0..view.spec.replicas {
        let batch = batches.next_batch();
        let stop = process_replica(&replica(view, index), batch, actions);
        if view.spec.is_ordered() && stop == Stop::Yes {
            return Stop::Yes;
        }
    }
    Stop::No
}

fn process_replica(replica: &Replica, batch: u32, actions: &mut Vec<Action>) -> Stop {
    let Replica { ordinal, template, pod } = *replica;
    match pod {
        None => {
            actions.push(Action::CreatePod { ordinal, template, batch });
            Stop::Yes
        }
        Some(pod) if pod.phase == PodPhase::Ended => {
            if !pod.terminating {
                actions.push(Action::DeletePod { ordinal, why: Why::Ended, batch });
            }
            Stop::Yes
        }
        Some(pod) if is_unavailable(&pod) => Stop::Yes,
        Some(_) => Stop::No,
    }
}

/// Goes through the pods that are not wanted, from the highest ordinal on.
pub(super) fn condemned(view: &StatefulSetView<'_>, actions: &mut Vec<Action>) -> Stop {
    let wanted = view.spec.start_ordinal..view.spec.start_ordinal + view.spec.replicas;
    let is_condemned = |pod: &&StatefulPod| !wanted.contains(&pod.ordinal);
    let first_unavailable =
        view.pods.iter().filter(is_condemned).find(|pod| is_unavailable(pod)).map(|pod| pod.ordinal);
    let mut batches = Batches::after(actions);
    for pod in view.pods.iter().rev().filter(is_condemned) {
        let batch = batches.next_batch();
        let may_go = !pod.terminating && (pod.available || first_unavailable == Some(pod.ordinal));
        if !pod.terminating && (may_go || !view.spec.is_ordered()) {
            actions.push(Action::DeletePod { ordinal: pod.ordinal, why: Why::ScaleDown, batch });
        }
        if view.spec.is_ordered() {
            return Stop::Yes;
        }
    }
    Stop::No
}

/// Batches of a slow start over places: 1, 2, 4 and so on, at most [`MAX_BATCH_SIZE`]. A place at which nothing is to be done takes
/// part.
struct Batches {
    number: u32,
    size: u32,
    left: u32,
}

impl Batches {
    /// The batches that follow those of earlier actions.
    fn after(actions: &[Action]) -> Self {
        Self { number: next_batch(actions), size: 1, left: 1 }
    }

    /// The batch of the next place.
    fn next_batch(&mut self) -> u32 {
        if self.left == 0 {
            self.number += 1;
            self.size = (2 * self.size).min(MAX_BATCH_SIZE);
            self.left = self.size;
        }
        self.left -= 1;
        self.number
    }
}

/// The number of the batch after all earlier ones.
pub(super) fn next_batch(actions: &[Action]) -> u32 {
    actions.last().map_or(0, |last| last.batch() + 1)
}
