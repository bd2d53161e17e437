//! Pods of lower priority: how many are on each node, and how many want one.

/// The pods of lower priority.
#[derive(Debug, Default)]
pub(crate) struct LowerPriority {
    /// Their numbers, by node.
    pub(crate) on: Vec<OnNode>,
    /// Displaced, and to be tried on another node.
    pub(crate) to_try: u32,
    /// Displaced, and found no node.
    pub(crate) unplaced: u32,
}

/// Pods of lower priority on one node.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OnNode {
    pub(crate) staying: u32,
    /// With a deletion timestamp, not gone.
    pub(crate) going: u32,
    /// Pods of the Deployment that room on this node is kept for.
    pub(crate) kept: u32,
    /// Deleted so far.
    pub(crate) victims: u32,
}

impl LowerPriority {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        *self = Self { on: std::mem::take(&mut self.on), ..Self::default() };
        self.on.clear();
    }

    /// There may be room again: those that found no node are tried once more.
    pub(crate) fn wake(&mut self) {
        self.to_try += std::mem::take(&mut self.unplaced);
    }

    /// Whether a displaced pod wants to be tried.
    pub(crate) fn has_one_to_try(&self) -> bool {
        self.to_try > 0
    }

    /// Those that want a node and have none.
    pub(crate) fn displaced(&self) -> u32 {
        self.to_try + self.unplaced
    }
}
