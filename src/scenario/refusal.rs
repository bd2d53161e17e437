//! Why nodes take no pod, as the scheduler says it.

use serde::{Deserialize, Serialize};

/// Why a node takes no pod, by the first of the scheduler's plugins that leaves it out.
///
/// Upstream: the reasons of `pkg/scheduler/framework/plugins` and `framework/types.go: FitError.Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// It is cordoned.
    Unschedulable,
    /// It has a taint that the pods do not tolerate; a node that is unreachable has one.
    Taint,
    /// Its labels are not those that the pods choose.
    NodeAffinity,
    /// A port of it that the pods ask for is taken.
    Ports,
    /// It holds as many pods as it may.
    Pods,
    /// Too little CPU is left.
    Cpu,
    /// Too little memory is left.
    Memory,
    /// Too little of another resource is left: its place in [`Explanation::resources`].
    Other(u8),
    /// It is full, and of what is not known.
    Room,
    /// One more pod would make the skew too large.
    Spread,
    /// It lacks the label that pods are spread by.
    SpreadLabel,
    /// No pod is there that the pods must be beside.
    Affinity,
    /// A pod is there that the pods must not be beside.
    AntiAffinity,
    /// A pod is there that must not be beside these.
    ExistingAntiAffinity,
    /// It was not asked: the pods have scheduling gates.
    Gated,
    /// It cannot have a volume that the pods use.
    VolumeAffinity,
    /// No node takes the pod: another one has a volume for itself.
    VolumeInUse,
    /// No node takes the pod: a claim of it is not bound.
    VolumeUnbound,
}

/// What is known of why nodes take no pod, for the report of a stall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// By node: what a full one has too little of; empty: not known.
    pub full: Vec<Refusal>,
    /// Nodes that take none of the pods and are not among those of the scenario, by reason.
    pub left_out: Vec<(Refusal, u32)>,
    /// Names of other resources than CPU and memory.
    pub resources: Vec<String>,
}

/// How many nodes take no pod, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Refusals {
    counts: [u16; Self::PLACES],
}

impl Refusals {
    /// Other resources with a name of their own; further ones share the last place.
    pub const OTHERS: usize = 4;
    const PLACES: usize = REASONS.len() + Self::OTHERS;

    /// So many more nodes take no pod for this reason.
    pub fn add(&mut self, refusal: Refusal, nodes: u32) {
        let count = &mut self.counts[place(refusal)];
        *count = count.saturating_add(u16::try_from(nodes).unwrap_or(u16::MAX));
    }

    /// Whether no node is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts.iter().all(|count| *count == 0)
    }

    /// Whether scheduling gates are the reason.
    #[must_use]
    pub fn are_gates(&self) -> bool {
        self.counts[place(Refusal::Gated)] > 0
    }

    /// The scheduler's message; `resources` names other resources than CPU and memory.
    #[must_use]
    pub fn message(&self, resources: &[String]) -> String {
        if self.are_gates() {
            return GATED.to_owned();
        }
        let others = (0..Self::OTHERS as u8).map(Refusal::Other);
        let counted = |refusal: Refusal| (self.counts[place(refusal)], refusal);
        let counts = REASONS.iter().copied().chain(others).map(counted).filter(|(count, _)| *count > 0);
        let mut reasons: Vec<String> =
            counts.map(|(count, one)| format!("{count} {}", reason(one, resources))).collect();
        reasons.sort();
        let nodes: u32 = self.counts.iter().map(|count| u32::from(*count)).sum();
        format!("0/{nodes} nodes are available: {}", reasons.join(", "))
    }
}

/// The message about a pod with scheduling gates.
const GATED: &str = "Scheduling is blocked due to non-empty scheduling gates";

const REASONS: [Refusal; 17] = [
    Refusal::Unschedulable,
    Refusal::Taint,
    Refusal::NodeAffinity,
    Refusal::Ports,
    Refusal::Pods,
    Refusal::Cpu,
    Refusal::Memory,
    Refusal::Room,
    Refusal::Spread,
    Refusal::SpreadLabel,
    Refusal::Affinity,
    Refusal::AntiAffinity,
    Refusal::ExistingAntiAffinity,
    Refusal::Gated,
    Refusal::VolumeAffinity,
    Refusal::VolumeInUse,
    Refusal::VolumeUnbound,
];

fn place(refusal: Refusal) -> usize {
    match refusal {
        Refusal::Other(number) => REASONS.len() + usize::from(number).min(Refusals::OTHERS - 1),
        refusal => REASONS.iter().position(|known| *known == refusal).unwrap_or(0),
    }
}

fn reason(refusal: Refusal, resources: &[String]) -> String {
    let words = match refusal {
        Refusal::Unschedulable => "node(s) were unschedulable",
        Refusal::Taint => "node(s) had untolerated taint(s)",
        Refusal::NodeAffinity => "node(s) didn't match Pod's node affinity/selector",
        Refusal::Ports => "node(s) didn't have free ports for the requested pod ports",
        Refusal::Pods => "Too many pods",
        Refusal::Cpu => "Insufficient cpu",
        Refusal::Memory => "Insufficient memory",
        Refusal::Room => "Insufficient room",
        Refusal::Spread => "node(s) didn't match pod topology spread constraints",
        Refusal::SpreadLabel => "node(s) didn't match pod topology spread constraints (missing required label)",
        Refusal::Affinity => "node(s) didn't match pod affinity rules",
        Refusal::AntiAffinity => "node(s) didn't match pod anti-affinity rules",
        Refusal::ExistingAntiAffinity => "node(s) didn't satisfy existing pods anti-affinity rules",
        Refusal::Gated => GATED,
        Refusal::VolumeAffinity => "node(s) didn't match PersistentVolume's node affinity",
        Refusal::VolumeInUse => {
            "node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"
        }
        Refusal::VolumeUnbound => "pod has unbound immediate PersistentVolumeClaims",
        Refusal::Other(number) => {
            let name = resources.get(usize::from(number)).map_or("other resources", String::as_str);
            return format!("Insufficient {name}");
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_counts_nodes_by_reason() {
        let mut refusals = Refusals::default();
        assert!(refusals.is_empty());
        for (refusal, nodes) in [(Refusal::Spread, 2), (Refusal::Taint, 1), (Refusal::Other(1), 1), (Refusal::Cpu, 10)]
        {
            refusals.add(refusal, nodes);
        }
        let resources = ["ephemeral-storage".to_owned(), "nvidia.com/gpu".to_owned()];
        assert_eq!(
            refusals.message(&resources),
            "0/14 nodes are available: 1 Insufficient nvidia.com/gpu, 1 node(s) had untolerated taint(s), 10 Insufficient cpu, \
             2 node(s) didn't match pod topology spread constraints"
        );
        refusals.add(Refusal::Other(9), 1);
        assert!(refusals.message(&[]).contains("1 Insufficient other resources"));
    }
}
