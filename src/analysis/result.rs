//! What is known of one scenario.

use super::difference::Difference;
use super::no_node::NoNode;
use super::precision::Achieved;
use super::statistics::Statistics;
use crate::metrics::{Bounds, Figure};

/// One scenario's outcome as the report needs it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ScenarioResult {
    /// Number of the scenario.
    pub scenario: u32,
    /// Swept parameters: path and value as written.
    pub parameters: Vec<(String, String)>,
    /// Desired pods at the start.
    pub replicas: u32,
    /// What its parameters allow and ask for.
    pub bounds: Bounds,
    /// Statistics.
    pub statistics: Statistics,
    /// Pods over time.
    pub timeline: Vec<TimelineRow>,
    /// What the experiment's precision targets came to; empty where it has none.
    pub achieved: Vec<Achieved>,
    /// Differences from the baseline; empty where there is none, and for the baseline itself.
    pub differences: Vec<Difference>,
    /// Why no node took the pods of stalled rollouts; `None`: none stalled for that.
    pub no_node: Option<NoNode>,
}

/// One line of `timeline.csv`: quantiles over the replications of a scenario at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineRow {
    /// Seconds since the rollout's start.
    pub at_s: f64,
    /// p05, p25, p50, p75, p95 of available pods.
    pub available: [f64; 5],
    /// The same of Ready pods, Terminating ones not included.
    pub ready: [f64; 5],
    /// The same of pods on nodes, Terminating ones included.
    pub footprint: [f64; 5],
}

impl ScenarioResult {
    /// The point estimate of `figure`; `None` where there is none, or it is no finite number.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        self.statistics.value(figure).filter(|value| value.is_finite())
    }
}
