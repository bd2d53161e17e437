//! Pods without an owner, which a script has.

use crate::sim::observation::NodeId;
use crate::time::SimTime;

/// The pods of a script that have no owner, in its order.
#[derive(Debug, Default)]
pub(crate) struct BarePods {
    pub(crate) all: Vec<Bare>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bare {
    /// `None`: it found no node, or is gone.
    pub(crate) node: Option<NodeId>,
    /// When it will be gone; never: it stays.
    pub(crate) gone_at: SimTime,
}

impl BarePods {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        self.all.clear();
    }

    /// Whether some of them are leaving a node.
    pub(crate) fn leave(&self, node: NodeId) -> bool {
        self.all.iter().any(|bare| bare.node == Some(node) && !bare.gone_at.is_never())
    }
}
