//! Which nodes should run a pod of a DaemonSet. The rule is [`crate::k8s::daemon_set::should_run`].
//!
//! Upstream: `daemon/daemon_controller.go: NodeShouldRunDaemonPod`. Whether a node is cordoned, or has room, plays no part. Of a node
//! that is marked as unreachable the pods stay, and no more of them come.

use crate::k8s::daemon_set::{self, DaemonNode, Fit};
use crate::scenario::{TaintEffect, WorkloadId};
use crate::sim::observation::{NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::sim::state::nodes::Health;

/// What a node is to a DaemonSet.
pub(crate) fn of<O: Observer>(run: &Run<'_, O>, w: WorkloadId, node: NodeId) -> DaemonNode {
    let tolerates_unreachable = run.daemon_set(w).is_some_and(|set| set.tolerates_unreachable);
    let place = node as usize;
    let (state, taint) = (&run.state.nodes.states[place], run.state.daemon_sets.taints[place]);
    if state.absent || run.state.daemon_sets.without_object[place] {
        // The controller goes through Node objects: nothing happens to pods of a node that has none.
        return DaemonNode { should_run: false, should_continue: true, in_backoff: false };
    }
    let (should_run, should_continue) = daemon_set::should_run(Fit {
        placement: run.is_open(w, node),
        no_schedule: taint.is_none() && (state.health != Health::Unreachable || tolerates_unreachable),
        no_execute: taint != Some(TaintEffect::NoExecute),
    });
    DaemonNode { should_run, should_continue, in_backoff: false }
}

/// How many nodes should run a pod.
pub(crate) fn wanted<O: Observer>(run: &Run<'_, O>, w: WorkloadId) -> i32 {
    (0..run.state.nodes.states.len()).filter(|&node| of(run, w, node as NodeId).should_run).count() as i32
}

/// Whether a pod is a DaemonSet's: what drains a node leaves it there.
pub(crate) fn has<O: Observer>(run: &Run<'_, O>, pod: PodId) -> bool {
    O::MANY && run.daemon_set(run.workload_of(pod)).is_some()
}
