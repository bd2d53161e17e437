//! Runs every replication of every scenario on all cores and hands the results over in the plan's order.
//!
//! The work is cut into blocks of replications. Worker threads take the blocks in order. They may run ahead of the consumer by
//! a fixed number of blocks, so that the memory does not grow with the amount of work, and the consumer gets the blocks in the
//! same order for any number of threads. Where the experiment has precision targets, the records decide at fixed numbers of
//! replications (looks) whether a scenario needs more blocks.
//!
//! The workloads of a world are scenarios that stand one after the other, and each replication of the world is simulated once for all
//! of them. Their blocks of the same replications come together: scenario by scenario, then the next replications of all of them.
//! Blocks of a world are smaller, so that what waits for the consumer does not grow with the number of workloads.
//!
//! A sweep can be divided: each part runs ranges of blocks, and a few replications of each scenario tell beforehand what they cost.

mod block;
mod pool;

mod groups;

mod known;

mod schedule;

mod worker;

mod cost;
mod foresight;
mod run;

mod divide;

mod rounds;

pub use block::{Block, SweepError};
pub use cost::costs;
pub use divide::{divide, everything, first_round, foreseen, keep_shard};
pub use foresight::{Foresight, foresee};
pub use groups::blocks_of;
pub use groups::groups as together;
pub use known::{KnownBlocks, Room};
pub use pool::{MOST_THREADS, pool};
pub use rounds::{Decided, decide};
pub use run::{resume, run};
