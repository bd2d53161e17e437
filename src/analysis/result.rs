//! What is known of one scenario.

use serde::{Deserialize, Serialize};

use super::cluster::ClusterResult;
use super::difference::Difference;
use super::inputs::InputUncertainty;
use super::no_node::NoNode;
use super::precision::Achieved;
use super::statistics::Statistics;
use super::what_if::WhatIfRow;
use crate::diagnosis::{Chosen, PodRow};
use crate::metrics::{Bounds, Figure};

/// One scenario's outcome as the report needs it. What is made when all scenarios are finished, the what-if runs and what single pods did,
/// is not written with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Available pods over time, as shares of the rollouts.
    pub levels: Vec<LevelRow>,
    /// What the experiment's precision targets came to; empty where it has none.
    pub achieved: Vec<Achieved>,
    /// Differences from the baseline; empty where there is none, and for the baseline itself.
    pub differences: Vec<Difference>,
    /// What the limits hold of the measurements of its latencies; `None`: these are taken to be known.
    pub inputs: Option<Box<InputUncertainty>>,
    /// Why no node took the pods of stalled rollouts; `None`: none stalled for that.
    pub no_node: Option<NoNode>,
    /// What would change its answer; empty where no what-if runs were made for it.
    #[serde(skip)]
    pub what_if: Vec<WhatIfRow>,
    /// The replications that stand for the others.
    pub chosen: Chosen,
    /// What the pods did in these replications; empty where the scenario is not one of those that are shown.
    #[serde(skip)]
    pub pods: Vec<PodRow>,
    /// What the workloads of its world take of the cluster together; only the first of them has it.
    pub cluster: Option<Box<ClusterResult>>,
}

/// One line of `timeline.csv`: quantiles over the replications of a scenario at one instant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// One line of `levels.csv`: from an instant on the share of the replications of a scenario in which so many pods are available.
/// The lines of a level follow each other in time, and the highest level comes first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelRow {
    /// Seconds since the rollout's start.
    pub at_s: f64,
    /// Pods.
    pub level: u32,
    /// Share of the rollouts with at least [`Self::level`] available pods, until the next line of this level.
    pub share: f64,
}

impl ScenarioResult {
    /// The point estimate of `figure`; `None` where there is none, or it is no finite number.
    #[must_use]
    pub fn value(&self, figure: Figure) -> Option<f64> {
        self.statistics.value(figure).filter(|value| value.is_finite())
    }
}

/// Whether `results` are of workloads that share a cluster, of which none is an alternative to another.
#[must_use]
pub fn is_release(results: &[ScenarioResult]) -> bool {
    results.iter().any(|result| result.cluster.is_some())
}
