//! The course of a run: what it finds, what happens that is measured, when that is over, and for how long it is followed then.

use std::sync::Arc;

use crate::scenario::found::Found;
use crate::time::SimDuration;

/// What a run finds when it starts.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Start {
    /// The old version, complete for a long time.
    #[default]
    Steady,
    /// Nodes, and nothing on them. A step of the timeline creates the Deployment.
    Nothing,
    /// What a snapshot of a cluster shows. The measured event comes on top; a rollout whose template the Deployment has already is in
    /// progress, and goes on.
    Found(Arc<Found>),
}

/// What happens at the start of a run, and is measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeasuredEvent {
    /// The new template is applied.
    #[default]
    Rollout,
    /// The Deployment gets its `replicas`, with the template that it has.
    Scale {
        /// Replicas before.
        from: i32,
    },
    /// Somebody drains nodes, one after the other; all of them are cordoned first.
    Drain {
        /// Their numbers, in order.
        nodes: Vec<u32>,
    },
    /// All nodes are replaced, as [`Cluster::upgrade`](crate::scenario::Cluster::upgrade) has it.
    Upgrade,
    /// Machines are reclaimed, as spot nodes are: those with the lowest numbers.
    Reclaim {
        /// How many.
        nodes: u32,
        /// How long before that they are announced.
        notice: SimDuration,
    },
    /// Nothing. The run lasts until the horizon.
    Nothing,
}

/// When what is measured is over; at the horizon in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Until {
    /// When `kubectl rollout status` reports success.
    Success {
        /// For how long the run is followed then.
        observe: Observe,
    },
    /// When the event has done with its last node and all wanted pods are available.
    Settled {
        /// For how long the run is followed then.
        observe: Observe,
    },
    /// At the horizon.
    Horizon,
}

/// For how long a run is followed after what is measured is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observe {
    /// Not at all.
    #[default]
    Not,
    /// Until the last pod that it made to go is gone, for the length of the horizon at most.
    OldPodsGone,
    /// For this long.
    For(SimDuration),
}

/// What is to be known so that the placement of pods can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedPlacement {
    /// In how many zones there are nodes, those included that the pods may not go to.
    pub zones: u32,
}
