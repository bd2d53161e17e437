//! The grid that a sweep of `maxSurge` and `maxUnavailable` spans, in each combination of the other parameters.

use super::marks::{Marks, PANELS, Role};
use super::order::ordered;
use crate::analysis::{ScenarioResult, spread};
use crate::report::provenance::Provenance;

/// Values of a parameter; more are thinned.
pub(super) const LEVELS: usize = 30;

/// The grid that a sweep spans.
pub(super) struct Grid<'a> {
    pub(super) surges: Vec<&'a str>,
    pub(super) unavailables: Vec<&'a str>,
    /// The other parameters' combinations.
    pub(super) worlds: Vec<Vec<(String, String)>>,
    pub(super) points: Vec<Point<'a>>,
    pub(super) thinned: bool,
}

pub(super) struct Point<'a> {
    pub(super) surge: &'a str,
    pub(super) unavailable: &'a str,
    pub(super) others: Vec<(String, String)>,
    /// `None`: refused.
    pub(super) result: Option<&'a ScenarioResult>,
}

impl<'a> Grid<'a> {
    /// `None` unless both parameters are swept over at least two values.
    pub(super) fn of(provenance: &'a Provenance, results: &'a [ScenarioResult]) -> Option<Self> {
        let mut points = Vec::new();
        for result in results {
            points.push(Point::of(&result.parameters, Some(result))?);
        }
        for skipped in &provenance.skipped {
            points.push(Point::of(&skipped.parameters, None)?);
        }
        let mut replicas: Vec<u32> = results.iter().map(|result| result.replicas).collect();
        replicas.sort_unstable();
        replicas.dedup();
        let all_surges = ordered(points.iter().map(|point| point.surge), &replicas);
        let all_unavailables = ordered(points.iter().map(|point| point.unavailable), &replicas);
        let (surges, unavailables) = (spread(&all_surges, LEVELS), spread(&all_unavailables, LEVELS));
        let thinned = surges.len() < all_surges.len() || unavailables.len() < all_unavailables.len();
        let mut worlds: Vec<Vec<_>> = Vec::new();
        for point in points.iter().filter(|point| point.result.is_some()) {
            if !worlds.contains(&point.others) {
                worlds.push(point.others.clone());
            }
        }
        (surges.len() > 1 && unavailables.len() > 1).then_some(Self { surges, unavailables, worlds, points, thinned })
    }

    /// At most [`PANELS`] worlds, those with a mark first.
    pub(super) fn chosen(&self, marks: &Marks) -> Vec<Vec<(String, String)>> {
        let places: Vec<usize> = (0..self.worlds.len()).collect();
        let is_marked = |place: &usize| {
            let mut own = self.points.iter().filter(|point| point.others == self.worlds[*place]);
            own.any(|point| point.result.is_some_and(|result| marks.role(result.scenario) != Role::Other))
        };
        let (marked, rest): (Vec<_>, Vec<_>) = places.into_iter().partition(is_marked);
        let mut chosen = spread(&marked, PANELS);
        chosen.extend(spread(&rest, PANELS - chosen.len()));
        chosen.sort_unstable();
        chosen.into_iter().map(|place| self.worlds[place].clone()).collect()
    }
}

impl<'a> Point<'a> {
    fn of(parameters: &'a [(String, String)], result: Option<&'a ScenarioResult>) -> Option<Self> {
        let is = |path: &str, name: &str| path.rsplit('.').next() == Some(name);
        let find = |name| parameters.iter().find(|(path, _)| is(path, name)).map(|(_, value)| value.as_str());
        let others = parameters.iter().filter(|(path, _)| !is(path, "maxSurge") && !is(path, "maxUnavailable"));
        let others = others.cloned().collect();
        Some(Self { surge: find("maxSurge")?, unavailable: find("maxUnavailable")?, others, result })
    }
}
