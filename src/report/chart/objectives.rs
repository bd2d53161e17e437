//! Where objectives stand on the axes of charts, and what lies beyond every limit.

use crate::analysis::ScenarioResult;
use crate::analysis::headlines::{AVAILABLE_P05, COMPLETED, DURATION_P95};
use crate::metrics::{Figure, Measure, Statistic, metric};
use crate::plan::Objective;

/// The strictest limit that an objective sets to `figure` itself, and whether values must be at most that.
pub(super) fn limit(objectives: &[Objective], figure: Figure) -> Option<(f64, bool)> {
    let of_figure = || objectives.iter().filter(|objective| objective.figure == figure);
    let most = of_figure().filter(|objective| objective.at_most).map(|objective| objective.limit);
    let least = of_figure().filter(|objective| !objective.at_most).map(|objective| objective.limit);
    most.min_by(f64::total_cmp).map(|limit| (limit, true)).or(least.max_by(f64::total_cmp).map(|limit| (limit, false)))
}

/// The pods that must be available at worst in a scenario: what an objective of availability means for it, or one that is about
/// that number itself.
pub(super) fn available(objectives: &[Objective], result: &ScenarioResult) -> Option<f64> {
    let is_floor = |objective: &&Objective| {
        let metrics = [&metric::BELOW_OBJECTIVE, &metric::WATCHED_BELOW_OBJECTIVE];
        let about = matches!(objective.figure.measure, Measure::Metric(one) if metrics.contains(&one));
        about && objective.figure.statistic == Statistic::P95 && objective.at_most && objective.limit <= 0.0
    };
    let floor = objectives.iter().find(is_floor).map(|_| f64::from(result.bounds.objective));
    let own = limit(objectives, AVAILABLE_P05.figure).filter(|(_, at_most)| !at_most).map(|(limit, _)| limit);
    floor.into_iter().chain(own).max_by(f64::total_cmp)
}

/// What stands in the place of a p95 of the duration that is beyond every limit, because fewer than 95 in 100 rollouts complete.
/// `None`: there is one, or the rollouts are too few to tell.
pub(super) fn too_slow(result: &ScenarioResult) -> Option<&'static str> {
    let completed = result.value(COMPLETED.figure).filter(|_| result.value(DURATION_P95.figure).is_none())?;
    match completed {
        0.0 => Some("never"),
        _ if completed < 0.95 => Some("<95%"),
        _ => None,
    }
}

/// What [`too_slow`] says, for a legend or a note.
pub(super) const TOO_SLOW: &str = "fewer than 95% of the rollouts complete";
