//! Nodes that are cordoned and drained: an upgrade that goes from node to node, and machines that are reclaimed with notice.
//!
//! Upstream: `kubectl/pkg/drain`. What a PodDisruptionBudget lets it do is [`crate::k8s::disruption`].

use crate::k8s::disruption::RETRY_SECONDS;
use crate::random::Purpose;
use crate::sim::event::Event;
use crate::sim::nodes::Health;
use crate::sim::observation::{Fact, NodeId, Observer, PodId};
use crate::sim::run::Run;
use crate::time::SimDuration;

/// How often a drain looks whether the pods it has evicted are gone.
const LOOK: SimDuration = SimDuration::from_secs(1);
/// How long it waits after a refusal.
const RETRY: SimDuration = SimDuration::from_secs(RETRY_SECONDS);

impl<O: Observer> Run<'_, O> {
    pub(super) fn schedule_upgrade(&mut self) {
        let Some(upgrade) = &self.scenario.cluster.upgrade else { return };
        let at = self.state.start + upgrade.start;
        for node in 0..upgrade.at_once.min(self.scenario.cluster.nodes_at_start() as u32) {
            self.schedule(at, Event::Drain { node });
        }
    }

    /// `kubectl drain` of a node, if there is one of this number.
    pub(super) fn drain_by_hand(&mut self, node: NodeId) {
        if self.state.nodes.states.get(node as usize).is_some_and(|state| !state.absent) {
            self.drain(node);
        }
    }

    /// Cordons a node and evicts what may be evicted, until nothing is left on it.
    pub(super) fn drain(&mut self, node: NodeId) {
        if self.state.nodes.close(node) {
            self.tell(Fact::NodeCordoned(node));
        }
        if self.state.nodes.states[node as usize].health != Health::Up {
            let at = self.now() + RETRY;
            return self.schedule(at, Event::Drain { node });
        }
        let (mut left, mut refused) = (false, false);
        self.each_pod_on(node, |run, id| {
            left = true;
            refused |= !run.evict(id);
        });
        if left {
            let at = self.now() + if refused { RETRY } else { LOOK };
            self.schedule(at, Event::Drain { node });
        } else {
            self.drained(node);
        }
    }

    /// Evicts a pod unless the budget forbids it; false: it does. Pending pods are not protected.
    ///
    /// Upstream: `pkg/registry/core/pod/storage/eviction.go: canIgnorePDB`.
    fn evict(&mut self, id: PodId) -> bool {
        let pod = &self.state.pods[id as usize];
        let (protected, ready) = (!pod.terminating && !pod.is_pending(self.now()), pod.ready);
        if protected && !self.budget_allows(ready) {
            return false;
        }
        self.terminate(id, false);
        true
    }

    fn budget_allows(&mut self, ready: bool) -> bool {
        let Some(budget) = self.scenario.cluster.disruption_budget else { return true };
        let replicas = u32::try_from(self.deployment().spec.replicas).unwrap_or(0);
        let healthy = self.state.pods.iter().filter(|pod| pod.ready && !pod.terminating).count();
        budget.allows(replicas, healthy as u32, ready)
    }

    /// The machine is replaced by a new one, without images; then the next node's turn comes.
    fn drained(&mut self, node: NodeId) {
        self.tell(Fact::NodeDrained(node));
        let Some(upgrade) = &self.scenario.cluster.upgrade else { return };
        let length = self.draws.duration(&upgrade.takes, 0, Purpose::Upgrade, u64::from(node));
        let at = self.now() + length;
        self.schedule(at, Event::Upgraded { node });
    }

    pub(super) fn upgraded(&mut self, node: NodeId) {
        let Some(upgrade) = &self.scenario.cluster.upgrade else { return };
        self.state.nodes.forget_images(node);
        self.state.nodes.open(node);
        self.tell(Fact::NodeUncordoned(node));
        let next = node + upgrade.at_once;
        // Nodes that the autoscaler adds are new enough.
        if (next as usize) < self.scenario.cluster.nodes_at_start() {
            let now = self.now();
            self.schedule(now, Event::Drain { node: next });
        }
        self.room_appeared();
    }

    /// A machine will be reclaimed: whoever handles the notice drains it, as far as the budget and the time allow.
    pub(super) fn notice(&mut self, node: NodeId) {
        if self.state.nodes.states[node as usize].health != Health::Up {
            return;
        }
        if self.state.nodes.close(node) {
            self.tell(Fact::NodeCordoned(node));
        }
        let mut refused = false;
        self.each_pod_on(node, |run, id| refused |= !run.evict(id));
        if refused {
            let at = self.now() + RETRY;
            self.schedule(at, Event::Notice { node });
        }
    }
}
