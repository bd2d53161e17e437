//! Which scenarios stand for the rest where there is no room for all.

use super::text::{Verdict, all_met};
use crate::analysis::ScenarioResult;
use crate::plan::is_chosen;

/// The point estimate of a statistic; `None` where there is none, or it is no finite number.
pub(super) fn value(result: &ScenarioResult, metric: &str, statistic: &str) -> Option<f64> {
    result.statistics.get(metric, statistic)?.value.filter(|value| value.is_finite())
}

/// The scenario with the least (`sign` 1) or most (`sign` -1) of a statistic; of equals the fastest, then the first.
pub(super) fn extreme<'a>(
    results: &[&'a ScenarioResult],
    metric: &str,
    statistic: &str,
    sign: f64,
) -> Option<&'a ScenarioResult> {
    let speed = |r: &ScenarioResult| value(r, "duration_s", "p95").unwrap_or(f64::INFINITY);
    let known = results.iter().filter_map(|r| Some((sign * value(r, metric, statistic)?, *r)));
    known.min_by(|a, b| a.0.total_cmp(&b.0).then_with(|| speed(a.1).total_cmp(&speed(b.1)))).map(|(_, result)| result)
}

/// A scenario between speed and availability.
#[derive(Clone, Copy)]
pub(super) struct Point<'a> {
    pub(super) result: &'a ScenarioResult,
    /// p95 of the duration [s].
    pub(super) duration: f64,
    /// Mean dip [pod s].
    pub(super) dip: f64,
}

impl<'a> Point<'a> {
    /// `None` where the data support only one of the two.
    pub(super) fn of(result: &'a ScenarioResult) -> Option<Self> {
        let duration = value(result, "duration_s", "p95")?;
        Some(Self { result, duration, dip: value(result, "dip_pod_seconds", "mean")? })
    }
}

/// The points that no other is at least as good as in both and better in one, fastest first; of equals the first.
pub(super) fn front<'a>(points: &[Point<'a>]) -> Vec<Point<'a>> {
    let mut order = points.to_vec();
    order.sort_by(|a, b| a.duration.total_cmp(&b.duration).then(a.dip.total_cmp(&b.dip)));
    let mut front: Vec<Point<'a>> = Vec::new();
    for point in order {
        if front.last().is_none_or(|best| point.dip < best.dip) {
            front.push(point);
        }
    }
    front
}

/// Scenarios between which a person can choose: they differ in strategy alone.
pub(super) struct World<'a> {
    /// The other swept parameters.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) results: Vec<&'a ScenarioResult>,
}

/// The worlds of a sweep, in order of their first scenario.
pub(super) fn worlds<'a>(results: &[&'a ScenarioResult]) -> Vec<World<'a>> {
    let mut worlds: Vec<World<'a>> = Vec::new();
    for result in results {
        let parameters: Vec<_> = result.parameters.iter().filter(|(path, _)| !is_chosen(path)).cloned().collect();
        match worlds.iter_mut().find(|world| world.parameters == parameters) {
            Some(world) => world.results.push(result),
            None => worlds.push(World { parameters, results: vec![result] }),
        }
    }
    worlds
}

/// The fastest (p95) of those that meet all objectives; `None` where none does, or none is written.
pub(super) fn recommended<'a>(results: &[&'a ScenarioResult], verdicts: &[Verdict<'_>]) -> Option<&'a ScenarioResult> {
    let good: Vec<_> = results.iter().copied().filter(|result| all_met(result, verdicts) == Some(true)).collect();
    extreme(&good, "duration_s", "p95", 1.0)
}

/// At most `most` of `items`, evenly spaced, the first and the last among them.
pub(super) fn spread<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most || most < 2 {
        return items[..items.len().min(most)].to_vec();
    }
    (0..most).map(|pick| items[pick * (items.len() - 1) / (most - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn front_holds_what_nothing_beats() {
        let (_, results) = fixture::sweep(&["1"], &["0"], &[]);
        let point = |(duration, dip)| Point { result: &results[0], duration, dip };
        let points = [(3.0, 0.0), (1.0, 9.0), (2.0, 9.0), (2.0, 4.0), (4.0, 0.0), (2.0, 4.0)].map(point);
        let front: Vec<_> = front(&points).iter().map(|p| (p.duration, p.dip)).collect();
        assert_eq!(front, [(1.0, 9.0), (2.0, 4.0), (3.0, 0.0)]);
    }

    #[test]
    fn worlds_differ_in_more_than_strategy() {
        let (_, mut results) = fixture::sweep(&["1", "2"], &["0"], &["0", "30"]);
        let all = |results: &[ScenarioResult]| worlds(&results.iter().collect::<Vec<_>>()).len();
        assert_eq!((results.len(), all(&results)), (4, 1));
        for result in &mut results {
            result.parameters[2].0 = "replicas".into();
        }
        assert_eq!(all(&results), 2);
        let all: Vec<_> = results.iter().collect();
        let worlds = worlds(&all);
        assert_eq!(worlds[1].parameters, [("replicas".into(), "30".into())]);
        assert_eq!(worlds[1].results.iter().map(|result| result.scenario).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn the_recommended_is_the_fastest_that_meets_all() {
        let (_, results) = fixture::sweep(&["1", "2", "100%"], &["0"], &[]);
        let all: Vec<_> = results.iter().collect();
        let objective = crate::plan::Objective::parse("p95 duration_s <= 1m").unwrap();
        let verdicts = |met: [Option<bool>; 3]| -> Vec<_> {
            let verdict =
                |(met, result): (_, &ScenarioResult)| Verdict { objective: &objective, scenario: result.scenario, met };
            met.into_iter().zip(&results).map(verdict).collect()
        };
        let fastest = extreme(&all, "duration_s", "p95", 1.0).unwrap().scenario;
        let found = |met| recommended(&all, &verdicts(met)).map(|result| result.scenario);
        assert_eq!(found([Some(true); 3]), Some(fastest));
        assert_eq!(found([Some(true), Some(false), None]), Some(0));
        assert_eq!(found([None; 3]), None);
        assert!(recommended(&all, &[]).is_none());
    }

    #[test]
    fn spread_keeps_both_ends() {
        assert_eq!(spread(&[1, 2, 3], 3), [1, 2, 3]);
        assert_eq!(spread(&[1, 2, 3, 4, 5], 3), [1, 3, 5]);
        assert_eq!(spread(&[1, 2, 3], 1), [1]);
        assert!(spread::<u8>(&[], 3).is_empty());
    }

    #[test]
    fn extremes_prefer_the_faster_of_equals() {
        let (_, results) = fixture::sweep(&["1", "100%"], &["0"], &[]);
        let all: Vec<_> = results.iter().collect();
        assert_eq!(extreme(&all, "dip_pod_seconds", "mean", 1.0).map(|r| r.scenario), Some(1));
        assert_eq!(extreme(&all, "no_such", "mean", 1.0), None);
    }
}
