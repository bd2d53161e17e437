//! What is simulated together with a Deployment, as far as it changes how that one is read.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::input::kubernetes::amounts::Amounts;
use crate::input::snapshot::Snapshot;

/// The Deployments that are simulated together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Beside {
    /// The snapshot that a run starts from; `None`: it starts from a workload at rest.
    pub(crate) snapshot: Option<Rc<Snapshot>>,
    /// Their full names; empty: the Deployment is alone.
    pub(crate) simulated: BTreeSet<String>,
    /// The most that a pod of any of them asks for, by resource.
    pub(crate) largest: Amounts,
    /// How many default nodes all of them get; `None`: as many as the Deployment needs alone.
    pub(crate) nodes: Option<u64>,
}

impl Beside {
    /// Whether there are others, so that every Node of the input is a node of the forecast.
    pub(crate) fn is_world(&self) -> bool {
        !self.simulated.is_empty()
    }
}
