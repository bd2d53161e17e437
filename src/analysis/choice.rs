//! Which scenarios to choose, and which stand for the rest where there is no room for all.

use super::headlines::{DIP_POD_SECONDS, DURATION_P95};
use super::result::ScenarioResult;
use super::verdict::{Verdict, all_met};
use crate::metrics::Figure;
use crate::plan::Case;

/// The scenario with the least value of `figure`; of equals the fastest, then the first.
#[must_use]
pub fn least<'a>(results: &[&'a ScenarioResult], figure: Figure) -> Option<&'a ScenarioResult> {
    extreme(results, figure, 1.0)
}

/// The scenario with the greatest value of `figure`; of equals the fastest, then the first.
#[must_use]
pub fn most<'a>(results: &[&'a ScenarioResult], figure: Figure) -> Option<&'a ScenarioResult> {
    extreme(results, figure, -1.0)
}

fn extreme<'a>(results: &[&'a ScenarioResult], figure: Figure, sign: f64) -> Option<&'a ScenarioResult> {
    let speed = |r: &ScenarioResult| r.value(DURATION_P95.figure).unwrap_or(f64::INFINITY);
    let known = results.iter().filter_map(|r| Some((sign * r.value(figure)?, *r)));
    known.min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| speed(a.1).total_cmp(&speed(b.1)))).map(|(_, result)| result)
}

/// A scenario between speed and availability.
#[derive(Clone, Copy, Debug)]
pub struct TradeOff<'a> {
    /// The scenario.
    pub result: &'a ScenarioResult,
    /// p95 of the duration, in seconds.
    pub duration: f64,
    /// Mean dip [pod s].
    pub dip: f64,
}

impl<'a> TradeOff<'a> {
    /// `None` where the data support only one of the two.
    #[must_use]
    pub fn of(result: &'a ScenarioResult) -> Option<Self> {
        let duration = result.value(DURATION_P95.figure)?;
        Some(Self { result, duration, dip: result.value(DIP_POD_SECONDS.figure)? })
    }
}

/// The points that no other is at least as good as in both and better in one, fastest first; of equals the first.
#[must_use]
pub fn front<'a>(points: &[TradeOff<'a>]) -> Vec<TradeOff<'a>> {
    let mut order = points.to_vec();
    order.sort_by(|a, b| a.duration.total_cmp(&b.duration).then(a.dip.total_cmp(&b.dip)));
    let mut front: Vec<TradeOff<'a>> = Vec::new();
    for point in order {
        if front.last().is_none_or(|best| point.dip < best.dip) {
            front.push(point);
        }
    }
    front
}

/// The cases of a sweep: results between which a person can choose, because they differ in strategy alone.
#[must_use]
pub fn cases<'a>(results: &[&'a ScenarioResult]) -> Vec<Case<&'a ScenarioResult>> {
    Case::group(results.iter().copied(), |result| &result.parameters)
}

/// The fastest (p95) of those that are shown to meet all objectives; `None` where none is, or no objective is written.
///
/// This marks a scenario of a sweep that was simulated anyway. It is no recommendation: [`crate::recommend`] selects by
/// a criterion of the user's with a stated probability of being right, on replications of its own.
#[must_use]
pub fn fastest_that_meets<'a>(results: &[&'a ScenarioResult], verdicts: &[Verdict<'_>]) -> Option<&'a ScenarioResult> {
    let good: Vec<_> = results.iter().copied().filter(|result| all_met(result, verdicts) == Some(true)).collect();
    least(&good, DURATION_P95.figure)
}

/// At most `most` of `items`, evenly spaced, the first and the last among them.
#[must_use]
pub fn spread<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most || most < 2 {
        return items[..items.len().min(most)].to_vec();
    }
    (0..most).map(|pick| items[pick * (items.len() - 1) / (most - 1)]).collect()
}
