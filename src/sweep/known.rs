//! The blocks that need not be simulated.

use std::path::Path;

use crate::blocks::Saved;
use crate::metrics::{Bands, ClusterPart, Record};

/// Blocks that an earlier run has saved.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownBlocks<'a> {
    /// Where they are; a block that several hold is taken from the first.
    pub saved: &'a [&'a Saved],
    /// Whether nothing is simulated: a block that none of them holds then ends the sweep.
    pub only: bool,
    /// Where what does not fit in memory may be written; `None`: everything is kept in memory.
    pub room: Option<Room<'a>>,
}

/// Room for what the statistics of a scenario need.
#[derive(Clone, Copy, Debug)]
pub struct Room<'a> {
    /// Memory that may be used, in bytes.
    pub bytes: u64,
    /// A folder for scratch files, in which nobody else writes.
    pub folder: &'a Path,
}

impl KnownBlocks<'_> {
    /// The block of `count` replications of a scenario from `first` on.
    #[must_use]
    pub fn block(&self, scenario: u32, first: u32, count: u32) -> Option<(Vec<Record>, Bands, ClusterPart)> {
        self.saved.iter().find_map(|saved| saved.block(scenario, first, count))
    }
}
