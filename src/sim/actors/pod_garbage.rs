//! The pod garbage collector: pods of nodes that have no Node object any more.
//!
//! Upstream: `podgc/gc_controller.go: gcOrphaned, discoverDeletedNodes`: it looks every 20 s, and what it finds without a Node object
//! it deletes at the first look after 40 s. An autoscaler evicts the pods of Deployments and StatefulSets before a node goes, so that
//! only pods of DaemonSets are left to it; where the object of a node that does not answer is deleted, all its pods are.

use crate::sim::actors::{daemon_set_controller, pod_lifecycle};
use crate::sim::observation::{NodeId, Observer};
use crate::sim::run::Run;
use crate::sim::state::event::Event;
use crate::time::{SimDuration, SimTime};

/// Between two looks (`gcCheckPeriod`).
const PERIOD: SimDuration = SimDuration::from_secs(20);
/// How long a node must have been without its object (`quarantineTime`).
const QUARANTINE: SimDuration = SimDuration::from_secs(40);

/// The object of a node is deleted; what runs on the machine goes on until the collector finds it.
pub(crate) fn remove_object<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let Some(gone) = run.state.daemon_sets.without_object.get_mut(node as usize) else { return };
    if std::mem::replace(gone, true) {
        return;
    }
    run.state.nodes.close(node);
    // Without the object there is no taint whose toleration ends.
    let state = &mut run.state.nodes.states[node as usize];
    (state.eviction, state.waiting_since) = (SimTime::NEVER, SimTime::NEVER);
    daemon_set_controller::node_changed(run, node);
    let since = run.now().since(run.state.start).as_nanos();
    let looks = since.div_ceil(PERIOD.as_nanos());
    let at = run.state.start + SimDuration::from_nanos(looks * PERIOD.as_nanos()) + QUARANTINE;
    run.schedule(at, Event::PodsCollected { node });
}

/// A machine and its object are gone: what was left on it has stopped.
pub(crate) fn machine_gone<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    run.each_pod_on(node, |run, id| {
        let pod = &mut run.state.pods[id as usize];
        pod.epoch = pod.epoch.wrapping_add(1);
        if pod.ready {
            pod_lifecycle::lose_readiness(run, id);
        }
    });
    remove_object(run, node);
}

/// A drained machine is replaced: what DaemonSets have left on it ends with it, and until the new one is there no pod is wanted
/// on it.
pub(crate) fn machine_replaced<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    let Some(gone) = run.state.daemon_sets.without_object.get_mut(node as usize) else { return };
    *gone = true;
    end_pods(run, node);
    daemon_set_controller::node_changed(run, node);
}

/// The new machine is there.
pub(crate) fn object_is_back<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if let Some(gone) = run.state.daemon_sets.without_object.get_mut(node as usize) {
        *gone = false;
        daemon_set_controller::node_changed(run, node);
    }
}

/// The collector deletes the pods of a node without waiting for a kubelet, unless the node has come back.
pub(crate) fn collect<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    if run.state.daemon_sets.without_object[node as usize] {
        end_pods(run, node);
    }
}

fn end_pods<O: Observer>(run: &mut Run<'_, O>, node: NodeId) {
    run.each_pod_on(node, |run, id| {
        pod_lifecycle::terminate(run, id, false);
        run.state.pods[id as usize].lost = false;
        pod_lifecycle::containers_ended(run, id);
    });
}
