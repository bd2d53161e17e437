//! Numbers of pods that a scenario's curves are compared with.

use serde::{Deserialize, Serialize};

use crate::scenario::Scenario;

/// What a scenario's parameters allow and ask for, in pods, as it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Fewest available pods that the strategy itself allows: desired - maxUnavailable, 0 under Recreate.
    pub floor: u32,
    /// Available pods that the availability objective asks for.
    pub objective: u32,
    /// Most pods that the strategy itself allows, Terminating ones not counted: desired + maxSurge.
    pub ceiling: u32,
    /// Pods of the Deployment that all nodes together have room for.
    pub capacity: u64,
}

impl Bounds {
    /// Those of `scenario`.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let target = scenario.target();
        let desired = f64::from(target.desired);
        Self {
            floor: target.floor,
            objective: (scenario.availability_objective * desired - 1e-9).ceil().max(0.0) as u32,
            ceiling: target.ceiling,
            capacity: scenario.cluster.nodes.iter().map(|node| u64::from(node.slots)).sum(),
        }
    }
}
