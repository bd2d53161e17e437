//! Blocks of replications, and why a sweep ends early.

use crate::metrics::{Bands, ClusterPart, Record};

/// Replications in a block: enough that handing a block over costs little beside running it.
pub(super) const BLOCK: u32 = 256;

/// Replications in a block of each of `members` scenarios that are simulated together: the more there are, the fewer, so that what
/// one worker holds does not grow with their number.
pub(super) const fn replications_of_block(members: usize) -> u32 {
    let share = BLOCK as usize / if members == 0 { 1 } else { members };
    if share == 0 { 1 } else { share as u32 }
}

/// Results of a block of replications of one scenario.
#[derive(Debug)]
pub struct Block {
    /// Position of the scenario in the plan.
    pub scenario: usize,
    /// Number of the first replication.
    pub first: u32,
    /// Whether this is the last block of the scenario.
    pub last: bool,
    /// The records, in order.
    pub records: Vec<Record>,
    /// The curves of pods over time of the same replications.
    pub bands: Bands,
    /// What is kept of the cluster, in the block of the first workload of a world; else nothing.
    pub cluster: ClusterPart,
    /// What `format` made of the records.
    pub text: Vec<u8>,
}

/// Why a sweep ended early.
#[derive(Debug, thiserror::Error)]
pub enum SweepError<E> {
    /// The caller asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The threads could not be started.
    #[error("cannot start worker threads: {0}")]
    Threads(String),
    /// Nothing was to be simulated, and a block is not there.
    #[error("the replications from {first} on of scenario {scenario} are missing")]
    Missing {
        /// The number of the scenario.
        scenario: u32,
        /// The first replication of the block.
        first: u32,
    },
    /// What does not fit in memory could not be written, or not be read again.
    #[error("cannot sort the replications of a scenario on disk: {0}")]
    Scratch(String),
    /// The consumer failed.
    #[error(transparent)]
    Consumer(E),
}
