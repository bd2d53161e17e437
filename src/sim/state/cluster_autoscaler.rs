//! What the cluster autoscaler has asked for, and what it takes away.

use crate::time::{SimDuration, SimTime};

/// The cluster autoscaler's state.
#[derive(Debug)]
pub(crate) struct Autoscaler {
    /// The next scan is scheduled.
    pub(crate) scanning: bool,
    /// Nodes asked for so far.
    pub(crate) asked: u32,
    /// Those of them that have come.
    pub(crate) there: u32,
    /// No node is taken away before.
    pub(crate) keeps_until: SimTime,
    /// Since when each node has not been needed; never: it is. Empty where no node is ever taken away.
    pub(crate) unneeded: Vec<SimTime>,
    /// The nodes that are being emptied.
    pub(crate) removals: Vec<Removal>,
    /// Where pods differ in size: the nodes that are still to come, and what a scan has left of them.
    pub(crate) empty: Vec<usize>,
    pub(crate) bins: Vec<i64>,
}

/// A node that is emptied and then goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Removal {
    pub(crate) node: u32,
    /// When the attempt is given up; never: it is not.
    pub(crate) given_up_at: SimTime,
    /// How long the next refusal is waited for, and the longest that it will be.
    pub(crate) retry: SimDuration,
    pub(crate) longest_retry: SimDuration,
}

impl Default for Autoscaler {
    fn default() -> Self {
        Self {
            scanning: false,
            asked: 0,
            there: 0,
            keeps_until: SimTime::ZERO,
            unneeded: Vec::new(),
            removals: Vec::new(),
            empty: Vec::new(),
            bins: Vec::new(),
        }
    }
}

impl Autoscaler {
    /// Begins a run.
    pub(crate) fn reset(&mut self) {
        let Self { mut unneeded, mut removals, empty, bins, .. } = std::mem::take(self);
        unneeded.clear();
        removals.clear();
        *self = Self { unneeded, removals, empty, bins, ..Self::default() };
    }
}
