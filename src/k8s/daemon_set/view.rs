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
#[derive(Clone, Copy, Debug)]
pub struct DaemonSetView<'a> {
    /// The spec.
    pub spec: &'a DaemonSetSpec,
    /// The nodes.
    pub nodes: &'a [DaemonNode],
    /// Places in [`Self::nodes`], in the order in which a rolling update looks at them.
    pub order: &'a [usize],
    /// The pods, by node; of one node those that are bound first, then by creation second, then by name.
    pub pods: &'a [DaemonPod],
    /// Whether the cache has shown all earlier creations and deletions.
    pub expectations_satisfied: bool,
}

impl<'a> DaemonSetView<'a> {
    /// The pods of a node that the controller looks at, with their places in [`Self::pods`].
    pub(super) fn pods_on(&self, node: usize) -> impl Iterator<Item = (usize, &'a DaemonPod)> + Clone {
        let first = self.first_from(node);
        let pods = self.pods[first..].iter().take_while(move |pod| pod.node == node);
        pods.enumerate().map(move |(place, pod)| (first + place, pod)).filter(|(_, pod)| pod.is_seen())
    }

    /// The place of the first pod that is of this node or of a later one. Most nodes have one pod, so that the search begins at the place
    /// with the number of the node: a sync of 5,000 nodes asks for each of them several times.
    fn first_from(&self, node: usize) -> usize {
        let is_before = |place: usize| self.pods.get(place).is_some_and(|pod| pod.node < node);
        let (mut low, mut high, mut step) = (0, node.min(self.pods.len()), 1);
        if is_before(high) {
            low = high + 1;
            while is_before(low + step) {
                low += step + 1;
                step *= 2;
            }
            high = (low + step).min(self.pods.len());
        } else {
            while high >= step && !is_before(high - step) {
                high -= step;
                step *= 2;
            }
            low = low.max(high.saturating_sub(step));
        }
        low + self.pods[low..high].partition_point(|pod| pod.node < node)
    }

    /// `desiredNumberScheduled`: nodes that should run a pod.
    #[must_use]
    pub fn desired(&self) -> i32 {
        self.nodes.iter().filter(|node| node.should_run).count() as i32
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
