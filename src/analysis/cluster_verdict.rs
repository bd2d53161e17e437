//! Whether releases meet what is asked of their cluster.

use super::cluster::ClusterResult;
use super::result::ScenarioResult;
use crate::metrics::Statistic;
use crate::plan::ClusterObjective;
use crate::stats::Estimate;

/// Whether the releases of a world meet an objective about its cluster.
#[derive(Clone, Copy, Debug)]
pub struct ClusterVerdict<'a> {
    /// The objective.
    pub objective: &'a ClusterObjective,
    /// Number of the world's first scenario.
    pub scenario: u32,
    /// What it is held against.
    pub estimate: Option<Estimate>,
    /// Whether it is met; `None`: the data cannot decide.
    pub met: Option<bool>,
}

/// Each objective held against each world, as [`meets`](crate::analysis::meets) does it: a limit of the 95 % interval decides, and
/// of least and greatest values they themselves.
#[must_use]
pub fn cluster_verdicts<'a>(objectives: &'a [ClusterObjective], results: &[ScenarioResult]) -> Vec<ClusterVerdict<'a>> {
    let worlds = || results.iter().filter_map(|result| Some((result.scenario, result.cluster.as_deref()?)));
    objectives.iter().flat_map(|objective| worlds().map(move |world| verdict(objective, world))).collect()
}

/// Whether each objective is shown to be met by the releases of the earlier version of a world and by those of the later one;
/// `None` where the data cannot decide, and of a version that is no world.
#[must_use]
pub fn cluster_held(objectives: &[ClusterObjective], versions: [Option<&ClusterResult>; 2]) -> Vec<[Option<bool>; 2]> {
    objectives.iter().map(|objective| versions.map(|one| verdict(objective, (0, one?)).met)).collect()
}

fn verdict<'a>(objective: &'a ClusterObjective, (scenario, cluster): (u32, &ClusterResult)) -> ClusterVerdict<'a> {
    let estimate = cluster.get(objective.name, objective.statistic).copied();
    let within = |value: f64| if objective.at_most { value <= objective.limit } else { value >= objective.limit };
    let is_extreme = matches!(objective.statistic, Statistic::Min | Statistic::Max);
    let own = estimate.and_then(|one| one.value).filter(|_| is_extreme);
    let (low, high) = (own.or(estimate.and_then(|one| one.low)), own.or(estimate.and_then(|one| one.high)));
    let (near, far) = if objective.at_most { (low, high) } else { (high, low) };
    let met = match (near.map(within), far.map(within)) {
        (_, Some(true)) => Some(true),
        (Some(false), _) => Some(false),
        _ => None,
    };
    ClusterVerdict { objective, scenario, estimate, met }
}
