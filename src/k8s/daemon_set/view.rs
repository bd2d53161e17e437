//! What one sync of a DaemonSet sees, and the actions that it takes.

use crate::k8s::int_or_percent::IntOrPercent;
use crate::k8s::objects::Template;

/// `spec` of a DaemonSet, after defaulting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonSetSpec {
    /// `updateStrategy.type` is OnDelete: a pod is updated when somebody deletes it.
    pub on_delete: bool,
    /// `maxSurge`: nodes that may have a second pod.
    pub max_surge: IntOrPercent,
    /// `maxUnavailable`: nodes that may have no available pod.
    pub max_unavailable: IntOrPercent,
    /// Seconds a pod must stay Ready to count as available.
    pub min_ready_seconds: i32,
    /// The pod template.
    pub template: Template,
}

impl DaemonSetSpec {
    /// Whether a node may have two pods.
    ///
    /// Upstream: `daemon/util/daemonset_util.go: AllowsSurge`.
    #[must_use]
    pub fn allows_surge(&self) -> bool {
        !self.on_delete && self.max_surge.scaled(1, true) > 0
    }
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonNode {
    /// A pod is created where there is none.
    pub should_run: bool,
    /// A pod that is there stays.
    pub should_continue: bool,
    /// The last failed pod on it was deleted so short a time ago that another is not deleted yet.
    pub in_backoff: bool,
}

/// How the template fits on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fit {
    /// `nodeName`, `nodeSelector` and required node affinity let the pod be there.
    pub placement: bool,
    /// It tolerates every NoSchedule taint, with the tolerations that the controller adds.
    pub no_schedule: bool,
    /// The same for NoExecute.
    pub no_execute: bool,
}

/// Whether a node should run a pod, and whether it may keep one. Room, host ports, volumes and other pods play no part.
///
/// Upstream: `daemon_controller.go: NodeShouldRunDaemonPod, predicates`.
#[must_use]
pub fn should_run(fit: Fit) -> (bool, bool) {
    (fit.placement && fit.no_schedule && fit.no_execute, fit.placement && fit.no_execute)
}

/// `status.phase` of a pod, as far as the controller cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaemonPodPhase {
    /// Pending or Running.
    Live,
    /// Failed.
    Failed,
    /// Succeeded.
    Succeeded,
}

/// A pod of the DaemonSet in the controller's cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonPod {
    /// The node that it is for, as a place in [`DaemonSetView::nodes`].
    pub node: usize,
    /// The revision that it was made from.
    pub template: Template,
    /// Its phase.
    pub phase: DaemonPodPhase,
    /// Ready.
    pub ready: bool,
    /// Ready for `minReadySeconds`.
    pub available: bool,
    /// It has a deletion timestamp.
    pub terminating: bool,
}

impl DaemonPod {
    /// Pods that have ended and are being deleted are not looked at.
    pub(super) fn is_seen(&self) -> bool {
        !(self.terminating && self.phase != DaemonPodPhase::Live)
    }
}

/// What the DaemonSet controller's caches show when a sync starts.
#[derive(Clone, Copy)]
pub struct DaemonSetView<'a> {
    /// The spec.
    pub spec: &'a DaemonSetSpec,
    /// The nodes.
    pub nodes: &'a [DaemonNode],
    /// By node: its place in the order in which this sync goes through the nodes. It is asked for only where it decides what is done,
    /// because most syncs replace nothing.
    pub places: &'a dyn Fn() -> &'a [usize],
    /// The pods, by node; of one node those that are bound first, then by creation second, then by name.
    pub pods: &'a [DaemonPod],
    /// Whether the cache has shown all earlier creations and deletions.
    pub expectations_satisfied: bool,
}

impl<'a> DaemonSetView<'a> {
    /// The nodes with their pods, in one pass over both.
    pub(super) fn by_node(&self) -> impl Iterator<Item = NodeAndPods<'a>> + use<'a> {
        let Self { nodes, pods, .. } = *self;
        let mut next = 0;
        nodes.iter().enumerate().map(move |(number, node)| {
            let first = next;
            next += pods[first..].iter().take_while(|pod| pod.node == number).count();
            NodeAndPods { number, node, first, pods: &pods[first..next] }
        })
    }

    /// Puts what is to be done into the order of the nodes that it is about.
    pub(crate) fn sort<T>(&self, items: &mut [T], node: impl Fn(&T) -> usize) {
        if items.len() > 1 {
            let places = (self.places)();
            items.sort_by_key(|item| places[node(item)]);
        }
    }

    /// `desiredNumberScheduled`: nodes that should run a pod.
    #[must_use]
    pub fn desired(&self) -> i32 {
        self.nodes.iter().filter(|node| node.should_run).count() as i32
    }
}

/// A node and the pods on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct NodeAndPods<'a> {
    /// Its place in [`DaemonSetView::nodes`].
    pub(super) number: usize,
    pub(super) node: &'a DaemonNode,
    /// The place of the first pod in [`DaemonSetView::pods`].
    first: usize,
    pods: &'a [DaemonPod],
}

impl<'a> NodeAndPods<'a> {
    /// The pods that the controller looks at, with their places in [`DaemonSetView::pods`].
    pub(super) fn pods(&self) -> impl Iterator<Item = (usize, &'a DaemonPod)> + Clone + use<'a> {
        (self.first..).zip(self.pods).filter(|(_, pod)| pod.is_seen())
    }
}

/// One API write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// POST of a pod, at the newest revision.
    CreatePod {
        /// The node that it is for.
        node: usize,
    },
    /// DELETE of a pod.
    DeletePod {
        /// Its place in [`DaemonSetView::pods`].
        pod: usize,
    },
}
