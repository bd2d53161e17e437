//! What a scenario costs, measured in events: a number that every machine finds alike, unlike seconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What some replications of a scenario cost; of several workloads that are simulated together, what all of them cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cost {
    /// Replications that were tried.
    pub replications: u32,
    /// Events in all of them.
    pub events: u64,
    /// Bytes of a block of them on disk, which are more for each replication than those of a full block.
    pub bytes: u64,
}

/// What the scenarios of a plan cost, by the number of the scenario; of several workloads of a world by that of the first.
pub type Costs = BTreeMap<u32, Cost>;
