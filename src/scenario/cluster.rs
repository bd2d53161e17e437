//! The nodes, and what happens to them.

use crate::distribution::Distribution;
use crate::k8s::disruption::Budget;
use crate::scenario::refusal::Explanation;
use crate::scenario::shared::Shared;
use crate::time::SimDuration;

/// The nodes that pods run on, and how they fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Every node, numbered by position.
    pub nodes: Shared<Vec<Node>>,
    /// The nodes of the pods that a run finds, one by one; for pods beyond these a node is found as the scheduler would.
    pub found_on: Vec<u32>,
    /// How many images a node pulls at the same time, at least 1.
    pub parallel_pulls: u32,
    /// Nodes on which things take longer; `None`: there are none.
    pub slow_nodes: Option<SlowNodes>,
    /// Probability from 0 to 1 that a node is bad: no pod that starts there becomes Ready.
    pub bad_nodes: f64,
    /// How nodes are lost; `None`: never.
    pub loss: Option<NodeLoss>,
    /// Adds nodes for pods that fit nowhere; `None`: no autoscaler does.
    pub autoscaler: Option<Autoscaler>,
    /// Drains the nodes one after the other; `None`: no drain.
    pub upgrade: Option<Upgrade>,
    /// A PodDisruptionBudget, which evictions must respect; `None`: there is none.
    pub disruption_budget: Option<Budget>,
    /// Pods that a ResourceQuota leaves to the Deployment; `None`: there is none.
    pub pod_quota: Option<u32>,
    /// Pods that make room for the Deployment's; `None`: there are none.
    pub lower_priority: Option<LowerPriority>,
    /// What is known of why nodes take no pod.
    pub explanation: Shared<Explanation>,
}

impl Cluster {
    /// A cluster of `nodes` to which nothing happens. A node pulls one image at a time.
    #[must_use]
    pub fn of(nodes: Vec<Node>) -> Self {
        Self {
            nodes: nodes.into(),
            found_on: Vec::new(),
            parallel_pulls: 1,
            slow_nodes: None,
            bad_nodes: 0.0,
            loss: None,
            autoscaler: None,
            upgrade: None,
            disruption_budget: None,
            pod_quota: None,
            lower_priority: None,
            explanation: Explanation { full: Vec::new(), left_out: Vec::new(), resources: Vec::new() }.into(),
        }
    }

    /// Has what is large in common with `other` in memory where it is equal.
    pub(crate) fn join(&mut self, other: &Self) {
        self.nodes.join(&other.nodes);
        self.explanation.join(&other.explanation);
    }

    /// How many nodes are there when a run starts.
    #[must_use]
    pub fn nodes_at_start(&self) -> usize {
        self.nodes.len().saturating_sub(self.autoscaler.as_ref().map_or(0, |autoscaler| autoscaler.nodes as usize))
    }
}

/// How many of the Deployment's pods `nodes` hold, where those of `found_on` each hold one already, whatever room they have.
pub(crate) fn room_of(nodes: &[Node], found_on: &[u32]) -> u64 {
    let mut held = vec![0_u32; nodes.len()];
    for node in found_on {
        held[*node as usize] += 1;
    }
    nodes.iter().zip(held).map(|(node, held)| u64::from(node.slots.max(held))).sum()
}

/// A node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// Zone number.
    pub zone: u16,
    /// How many of the Deployment's pods fit beside what else runs there.
    pub slots: u32,
    /// Share of the node taken by what else runs there, the mean of CPU and memory, in [0, 1].
    pub base_load: f64,
    /// Share of the node that one pod of the Deployment takes, likewise.
    pub pod_load: f64,
}

/// Pods of lower priority on every node, each as large as a pod of the Deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct LowerPriority {
    /// How many on a node, as far as the old version leaves room.
    pub pods: u32,
    /// Deletion timestamp → gone.
    pub termination: Distribution,
}

/// Nodes on which pulls and start-ups take longer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowNodes {
    /// Probability from 0 to 1 that a node is slow.
    pub share: f64,
    /// The factor by which they take longer, from 1 to 1000.
    pub factor: f64,
}

/// A cluster autoscaler.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoscaler {
    /// How many nodes it may add: the last ones of [`Cluster::nodes`], which are not there at first.
    pub nodes: u32,
    /// `--scan-interval`: time between two scans for pods that fit nowhere.
    pub scan_interval: SimDuration,
    /// Asked for → Ready.
    pub provisioning: Distribution,
    /// Takes nodes away that are not needed; `None`: it never does.
    pub scale_down: Option<ScaleDown>,
}

/// How a cluster autoscaler takes nodes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScaleDown {
    /// `--scale-down-unneeded-time`: how long a node must not have been needed.
    pub unneeded_time: SimDuration,
    /// `--scale-down-delay-after-add`: how long after a node came none is taken away.
    pub delay_after_add: SimDuration,
    /// The number of nodes that it always leaves.
    pub least_nodes: u32,
    /// For each of [`Cluster::nodes`] the most pods of the Deployment with which the node counts as little used; `None`: other
    /// pods use it, which the forecast does not move.
    pub little_used: Vec<Option<u32>>,
}

/// An upgrade of the nodes, one after the other, by number.
#[derive(Clone, Debug, PartialEq)]
pub struct Upgrade {
    /// Time from the rollout's start to the first drain.
    pub start: SimDuration,
    /// How many nodes are upgraded at the same time.
    pub at_once: u32,
    /// Drained → back, as a machine without images.
    pub takes: Distribution,
}

/// How nodes are lost and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeLoss {
    /// Time until a node is lost, from the start of the rollout or from its return.
    pub time_to_loss: Distribution,
    /// Time between whole-zone losses, for each zone; `None`: never.
    pub time_to_zone_loss: Option<Distribution>,
    /// How long before its own loss a node gets a notice and is drained; `None`: there is no notice.
    pub notice: Option<SimDuration>,
    /// Lost → marked unreachable by the node lifecycle controller.
    pub detection: Distribution,
    /// `tolerationSeconds` of `node.kubernetes.io/unreachable`.
    pub toleration: SimDuration,
    /// Lost → back as an empty machine; `None`: not within the horizon.
    pub recovery: Option<Distribution>,
}
