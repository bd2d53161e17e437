//! The cells of maps: a figure of a scenario with the colour that says how far it is from the limit of an objective.

use plotters::style::RGBColor;

use super::colour::{BEYOND, NEUTRAL, WITHIN};
use super::map::Value;
use super::marks::Marks;
use super::objectives::{available, limit, too_slow};
use crate::analysis::headlines::{AVAILABLE_P05, DURATION_P95, Headline, PODS_P95, STALLED};
use crate::analysis::{ScenarioResult, Verdict, all_met};
use crate::plan::Objective;
use crate::report::format;

/// A figure that has a map.
pub(super) struct Mapped {
    pub(super) stem: &'static str,
    pub(super) title: &'static str,
    pub(super) headline: Headline,
}

/// The figures that have maps.
pub(super) const MAPPED: [Mapped; 4] = [
    Mapped { stem: "duration", title: "Duration, 95 of 100 rollouts", headline: DURATION_P95 },
    Mapped { stem: "available", title: "Available at worst", headline: AVAILABLE_P05 },
    Mapped { stem: "pods", title: "Pods on nodes at once", headline: PODS_P95 },
    Mapped { stem: "stalled", title: "Stalled rollouts", headline: STALLED },
];

/// What colours and marks depend on.
pub(super) struct Context<'a> {
    pub(super) objectives: &'a [Objective],
    pub(super) verdicts: &'a [Verdict<'a>],
    pub(super) marks: &'a Marks,
}

/// A figure of a scenario as a cell.
pub(super) fn value(result: &ScenarioResult, mapped: &Mapped, context: &Context<'_>, range: (f64, f64)) -> Value {
    let figure = mapped.headline.figure;
    let known = result.value(figure);
    let slow = too_slow(result).filter(|_| figure == DURATION_P95.figure);
    let text = match known {
        None => slow.unwrap_or("–").into(),
        Some(value) if figure == DURATION_P95.figure => minutes(value),
        Some(value) => format::shown(figure.unit(), value),
    };
    Value {
        text,
        colour: match known.or(slow.map(|_| f64::INFINITY)) {
            None => NEUTRAL[0],
            known => colour(known, limit_of(mapped, context, result), range, f64::from(result.replicas)),
        },
        role: context.marks.role(result.scenario),
        met: all_met(result, context.verdicts) == Some(true),
    }
}

/// The limit of the objective about the figure in a scenario, and whether values must be at most that.
pub(super) fn limit_of(mapped: &Mapped, context: &Context<'_>, result: &ScenarioResult) -> Option<(f64, bool)> {
    if mapped.headline == AVAILABLE_P05 {
        return available(context.objectives, result).map(|least| (least, false));
    }
    limit(context.objectives, mapped.headline.figure)
}

/// `2:15`, `0:43`, `1h 05m`
fn minutes(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    if whole >= 3600 { format::time(seconds) } else { format!("{}:{:02}", whole / 60, whole % 60) }
}

/// Blue within the limit, orange beyond, the stronger the further away; grey without a limit.
fn colour(value: Option<f64>, limit: Option<(f64, bool)>, (low, high): (f64, f64), wanted: f64) -> RGBColor {
    let third = |share: f64| if share < 1.0 / 3.0 { 0 } else { 1 + usize::from(share >= 2.0 / 3.0) };
    match (value, limit) {
        (None, _) => NEUTRAL[0],
        (Some(value), None) => NEUTRAL[third((value - low) / (high - low).max(1e-12))],
        (Some(value), Some((limit, true))) if value <= limit => WITHIN[third(1.0 - value / limit.max(1e-12))],
        (Some(value), Some((limit, true))) => BEYOND[usize::from(value > 2.0 * limit)],
        (Some(value), Some((limit, false))) if value >= limit => {
            WITHIN[third((value - limit) / (wanted - limit).max(1e-12))]
        }
        (Some(value), Some((limit, false))) => BEYOND[usize::from(value < limit / 2.0)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_turn_at_the_limit() {
        let of = |value: f64, limit: Option<(f64, bool)>| colour(Some(value), limit, (0.0, 90.0), 10.0);
        assert_eq!((of(300.0, Some((300.0, true))), of(301.0, Some((300.0, true)))), (WITHIN[0], BEYOND[0]));
        assert_eq!((of(30.0, Some((300.0, true))), of(700.0, Some((300.0, true)))), (WITHIN[2], BEYOND[1]));
        assert_eq!((of(9.0, Some((9.0, false))), of(10.0, Some((9.0, false)))), (WITHIN[0], WITHIN[2]));
        assert_eq!((of(8.0, Some((9.0, false))), of(0.0, Some((9.0, false)))), (BEYOND[0], BEYOND[1]));
        assert_eq!((of(0.0, None), of(90.0, None)), (NEUTRAL[0], NEUTRAL[2]));
        assert_eq!(of(f64::INFINITY, Some((300.0, true))), BEYOND[1], "what never completes is beyond");
        assert_eq!(colour(None, Some((300.0, true)), (0.0, 1.0), 10.0), NEUTRAL[0], "nobody knows");
    }

    #[test]
    fn times_in_cells_are_short() {
        assert_eq!((minutes(43.2), minutes(135.0), minutes(4000.0)), ("0:43".into(), "2:15".into(), "1h 06m".into()));
    }
}
