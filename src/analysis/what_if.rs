//! What changes when an assumption is another: the rows that tables, charts and sentences are made of.

use crate::plan::Premise;

/// An assumption that can decide about a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assumption {
    /// Nodes with room that the replicas alone do not need.
    SpareNodes,
    /// How long pods take until they are Ready, the image being there: how many times as long as written.
    StartUp,
    /// How long an image takes: how many times as long.
    Pull,
    /// How long pods take to stop: how many times as long.
    Stopping,
    /// Share of pods that never become Ready.
    NeverReady,
    /// Share of starts of a container that end in a crash.
    Crash,
    /// Mean time until a node is lost, in days.
    NodeLoss,
    /// Pods that a ResourceQuota allows.
    Quota,
}

/// What one run with another assumption gave.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfRow {
    /// What was changed; `None`: nothing, everything is as it is written.
    pub changed: Option<Change>,
    /// Whether every objective is shown to be met: `Some(false)` where one is shown not to be, `None` where that is open.
    pub met: Option<bool>,
    /// Whether any rollout completes.
    pub completes: bool,
    /// The objective that turns, as it is written: it is met as written and here not shown to be any more. `None`: none turns.
    pub objective: Option<String>,
    /// Whether it is shown not to be met; otherwise the rollouts leave it open.
    pub missed: bool,
    /// The figure that this objective is about, with its limits.
    pub value: Option<f64>,
    /// Lower limit.
    pub low: Option<f64>,
    /// Upper limit.
    pub high: Option<f64>,
    /// p95 of the duration in seconds; `None` where there is none.
    pub duration_p95_s: Option<f64>,
    /// Share of rollouts that stall.
    pub stalled_rate: Option<f64>,
    /// How many rollouts were run.
    pub replications: u64,
}

/// An assumption at another level.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The assumption.
    pub assumption: Assumption,
    /// What is written, in the unit of the levels; `None`: nothing is, so that it never happens.
    pub given: Option<f64>,
    /// The key that has it, with its value and source; `None` where the scenario was built in code.
    pub premise: Option<Premise>,
    /// The level that was run: the nearest that turns the answer, or the farthest that was tried where none does.
    pub level: f64,
    /// The level before it, which does not turn the answer; `None`: what is written.
    pub before: Option<f64>,
    /// How many times as much, or as little, as is written the level is.
    pub times: f64,
}

impl Assumption {
    /// All of them, in the order in which they are tried.
    pub const ALL: [Self; 8] = [
        Self::SpareNodes,
        Self::StartUp,
        Self::Pull,
        Self::Stopping,
        Self::NeverReady,
        Self::Crash,
        Self::NodeLoss,
        Self::Quota,
    ];

    /// Its name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SpareNodes => "spare_nodes",
            Self::StartUp => "start_up",
            Self::Pull => "pull",
            Self::Stopping => "stopping",
            Self::NeverReady => "never_ready",
            Self::Crash => "crash",
            Self::NodeLoss => "node_loss",
            Self::Quota => "quota",
        }
    }

    /// The one of this name in files.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

impl WhatIfRow {
    /// Whether the answer turns: an objective that is met as written is not shown to be met any more, or no rollout completes.
    #[must_use]
    pub fn turns(&self) -> bool {
        self.changed.is_some() && (self.objective.is_some() || !self.completes)
    }
}
