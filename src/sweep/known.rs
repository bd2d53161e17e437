//! The blocks that need not be simulated.

use std::path::Path;

use crate::blocks::Saved;
use crate::metrics::{Bands, ClusterPart, Record};
use crate::plan::Plan;

/// Blocks that an earlier run has saved.
#[derive(Clone, Copy, Debug, Default)]
pub struct KnownBlocks<'a> {
    /// Where they are; a block that several hold is taken from the first.
    pub saved: &'a [&'a Saved],
    /// Whether nothing is simulated: a block that none of them holds then ends the sweep.
    pub only: bool,
    /// Where what does not fit in memory may be written; `None`: everything is kept in memory.
    pub room: Option<Room<'a>>,
    /// How many of the plan's scenarios, from the first on, are left out because they are finished. It is 0 unless nothing is simulated.
    pub finished: usize,
}

/// Room for what the statistics of a scenario need.
#[derive(Clone, Copy, Debug)]
pub struct Room<'a> {
    /// Memory that may be used, in bytes.
    pub bytes: u64,
    /// A folder for scratch files, in which nobody else writes.
    pub folder: &'a Path,
}

/// Bytes that a rollout has in memory where its records are kept, while statistics are made of them.
const BYTES_OF_A_ROLLOUT: u64 = 300;

impl Room<'_> {
    /// Whether the records of so many rollouts can be kept in it.
    #[must_use]
    pub const fn fits(&self, rollouts: u64) -> bool {
        rollouts.saturating_mul(BYTES_OF_A_ROLLOUT) <= self.bytes
    }
}

impl<'a> KnownBlocks<'a> {
    /// The room for what statistics of `plan` need, where the records of one of its scenarios, and of the baselines, do not fit in it.
    /// Blocks are then read again and again, for which nothing may have to be simulated.
    #[must_use]
    pub fn too_small_room(&self, plan: &Plan) -> Option<Room<'a>> {
        let kept = 1 + plan.baselines().len() as u64;
        self.room.filter(|room| self.only && !room.fits(kept * u64::from(plan.replications)))
    }

    /// The block of `count` replications of a scenario from `first` on.
    #[must_use]
    pub fn block(&self, scenario: u32, first: u32, count: u32) -> Option<(Vec<Record>, Bands, ClusterPart)> {
        self.saved.iter().find_map(|saved| saved.block(scenario, first, count))
    }
}
