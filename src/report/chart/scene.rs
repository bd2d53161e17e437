//! The strategies of a world, to choose among.

use super::marks::{Marks, Role};
use super::objectives::too_slow;
use super::order::ordered;
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95};
use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::report::format;

/// A strategy in a world.
pub(super) struct Point<'a> {
    pub(super) result: &'a ScenarioResult,
    /// p95 of the duration; `None`: fewer than 95 of 100 rollouts complete.
    pub(super) duration: Option<f64>,
    /// Pods available at worst.
    pub(super) available: f64,
    pub(super) role: Role,
    pub(super) met: Option<bool>,
}

/// A world to choose in.
pub(super) struct Scene<'a> {
    pub(super) parameters: Vec<(String, String)>,
    /// Strategies that differ in maxSurge alone, in order of that, with what they share.
    pub(super) lines: Vec<(String, Vec<Point<'a>>)>,
}

impl<'a> Scene<'a> {
    pub(super) fn of(
        parameters: Vec<(String, String)>,
        results: &[&'a ScenarioResult],
        verdicts: &[Verdict<'_>],
        marks: &Marks,
    ) -> Self {
        let is_surge = |path: &str| path.rsplit('.').next() == Some("maxSurge");
        let replicas = [results.first().map_or(1, |result| result.replicas)];
        let surge = |result: &'a ScenarioResult| result.parameters.iter().find(|(path, _)| is_surge(path));
        let order =
            ordered(results.iter().filter_map(|result| surge(result)).map(|(_, value)| value.as_str()), &replicas);
        let mut lines: Vec<(String, Vec<Point<'a>>)> = Vec::new();
        let mut sorted = results.to_vec();
        let place = |result: &ScenarioResult| {
            let value = result.parameters.iter().find(|(path, _)| is_surge(path)).map(|(_, value)| value.as_str());
            value.and_then(|value| order.iter().position(|other| *other == value))
        };
        sorted.sort_by_key(|result| place(result));
        for result in sorted {
            let Some(available) = result.value(AVAILABLE_P05.figure) else { continue };
            let duration = result.value(DURATION_P95.figure);
            if duration.is_none() && too_slow(result).is_none() {
                continue;
            }
            let (role, met) = (marks.role(result.scenario), all_met(result, verdicts));
            let point = Point { result, duration, available, role, met };
            let others: Vec<_> = result
                .parameters
                .iter()
                .filter(|pair| !is_surge(&pair.0) && !parameters.contains(pair))
                .cloned()
                .collect();
            let name = format::parameters(&others);
            match lines.iter_mut().find(|(other, _)| *other == name) {
                Some((_, points)) => points.push(point),
                None => lines.push((name, vec![point])),
            }
        }
        Self { parameters, lines }
    }

    pub(super) fn points(&self) -> impl Iterator<Item = &Point<'a>> {
        self.lines.iter().flat_map(|(_, points)| points)
    }

    /// How many of its strategies meet all objectives.
    pub(super) fn tally(&self) -> String {
        let met = self.points().filter(|point| point.met == Some(true)).count();
        let all = format::plural(self.points().count() as u64, "strategy").replace("strategys", "strategies");
        let of = if met == 0 { "None".to_owned() } else { format::count(met as u64) };
        let verb = if met > 1 { "are" } else { "is" };
        let world = format::parameters(&self.parameters);
        let world = if world.is_empty() { world } else { format!("{world}: ") };
        format::capital(&format!("{world}{of} of {all} {verb} shown to meet all objectives."))
    }
}
