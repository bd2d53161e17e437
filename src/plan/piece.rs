//! Pieces of a plan: what one part of a divided sweep runs.

use serde::{Deserialize, Serialize};

/// Consecutive replications of a scenario; of several workloads of a world, which are simulated together, those of all of them.
/// It begins where a block does, and ends where a block does or with the last replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Number of the scenario; of a world that of its first workload.
    pub scenario: u32,
    /// Number of the first replication.
    pub first: u32,
    /// Number of the replication behind the last one.
    pub end: u32,
}

/// The most replications of a scenario that one process runs: it holds about 300 bytes of each. A part of a divided sweep holds few
/// at a time, and has no such limit.
pub const MAX_AT_ONCE: u32 = 1_000_000;

impl Piece {
    /// Replications in it.
    #[must_use]
    pub const fn replications(&self) -> u32 {
        self.end.saturating_sub(self.first)
    }
}
