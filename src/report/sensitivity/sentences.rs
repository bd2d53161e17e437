//! The answer in sentences.

use super::Answered;
use super::words::{at, called, distance, is_plural, name, value};
use crate::plan::strategy_of;
use crate::report::format;
use crate::sensitivity::{End, Outcome, Range, Sensitivity};
use crate::stats::Estimate;

/// A factor stands alone where no other moves the figure by more than this share of what it does.
const ALONE: f64 = 0.5;

/// What the answer is about.
pub(super) fn situation(one: Answered<'_>) -> String {
    let named = format::parameters(&strategy_of(one.scenario));
    let replicas = one.scenario.found_replicas().max(0) as u64;
    let settings = if named.is_empty() { String::new() } else { format!(": {named}") };
    format!("{}, {}{settings}", format::printable(&one.plan.name), format::plural(replicas, "replica"))
}

/// What is worth measuring, in one sentence.
#[must_use]
pub fn title(found: &Sensitivity) -> String {
    let moved =
        found.outcomes.iter().find(|outcome| reaches(found, outcome, false).first().is_some_and(|one| one.1 > 0.0));
    match moved {
        Some(outcome) => decides(found, outcome),
        None => {
            let all: Vec<String> = found.outcomes.iter().map(|one| called(&one.headline)).collect();
            format!("No assumption that was varied is shown to move {}.", format::listed(&all))
        }
    }
}

/// The other sentences: what settings do, what all do together, and the other figures.
pub(super) fn more(found: &Sensitivity) -> Vec<String> {
    let first = found.outcomes.first();
    let of_first =
        [first.and_then(|outcome| settings(found, outcome)), first.and_then(|outcome| together(found, outcome))];
    let title = title(found);
    let others = found.outcomes.iter().map(|outcome| match reaches(found, outcome, false).first() {
        Some((_, reach)) if *reach > 0.0 => decides(found, outcome),
        _ => still(found, outcome),
    });
    of_first.into_iter().flatten().chain(others.filter(|sentence| *sentence != title)).collect()
}

/// Assumptions (or settings) with how far they move a figure from what it is as written, the farthest first.
fn reaches(found: &Sensitivity, outcome: &Outcome, settings: bool) -> Vec<(usize, f64)> {
    let own = (0..found.ranges.len()).filter(|place| found.ranges[*place].factor.is_setting() == settings);
    let mut reaches: Vec<(usize, f64)> = own.map(|place| (place, reach(outcome, place).1)).collect();
    reaches.sort_by(|one, other| other.1.total_cmp(&one.1));
    reaches
}

/// The end at which a factor is shown to move the figure farther, and how far. What the limits of the difference leave open
/// counts as nothing.
fn reach(outcome: &Outcome, factor: usize) -> (usize, f64) {
    let Some(ends) = outcome.ends.get(factor) else { return (1, 0.0) };
    let far = ends.map(|end| match (end.value, outcome.as_written.value) {
        (Some(value), Some(written)) if is_shown(&end) => (value - written).abs(),
        (None, None) | (Some(_), Some(_)) => 0.0,
        _ => f64::INFINITY,
    });
    if far[0] > far[1] { (0, far[0]) } else { (1, far[1]) }
}

/// Whether the difference has the same sign within its limits.
fn is_shown(end: &End) -> bool {
    end.difference.is_some_and(|one| one.low.is_some_and(|low| low > 0.0) || one.high.is_some_and(|high| high < 0.0))
}

/// The most by which a factor may move the figure, as its limits have it.
fn bound(outcome: &Outcome, factor: usize) -> f64 {
    let Some(ends) = outcome.ends.get(factor) else { return 0.0 };
    let limits = ends.iter().filter_map(|end| end.difference).flat_map(|one| [one.low, one.high, one.value]);
    limits.flatten().map(f64::abs).fold(reach(outcome, factor).1, f64::max)
}

fn decides(found: &Sensitivity, outcome: &Outcome) -> String {
    let reaches = reaches(found, outcome, false);
    let [(top, most), rest @ ..] = reaches.as_slice() else { return still(found, outcome) };
    let range = &found.ranges[*top];
    let others = rest.iter().map(|(place, _)| bound(outcome, *place)).fold(0.0, f64::max);
    let next = rest.first().filter(|(_, reach)| *reach > ALONE * most);
    let called = format::capital(name(range.factor));
    let moved = moved(outcome, range, *top);
    match next {
        None if rest.is_empty() => format!("{called}: {moved}."),
        None => {
            let verb = if is_plural(range.factor) { "decide" } else { "decides" };
            let by = if others.is_finite() { distance(&outcome.headline, others) } else { "any amount".into() };
            format!("{called} {verb}: {moved}; no other assumption moves it by more than {by}.")
        }
        Some((second, _)) => {
            let verb = if is_plural(range.factor) { "matter" } else { "matters" };
            let own = &found.ranges[*second];
            let (side, _) = reach(outcome, *second);
            let then = &outcome.ends[*second][side];
            format!(
                "{called} {verb} most: {moved}. Next {} {}: {} it goes to {}.",
                if is_plural(own.factor) { "are" } else { "is" },
                name(own.factor),
                at(own, then.level),
                value(&outcome.headline, then.value)
            )
        }
    }
}

/// `if it takes twice as long, p95 duration goes from 2m 20s to 4m 11s`
fn moved(outcome: &Outcome, range: &Range, factor: usize) -> String {
    let (side, _) = reach(outcome, factor);
    let Some(end) = outcome.ends.get(factor).map(|ends| &ends[side]) else { return String::new() };
    format!(
        "{}, {} goes from {} to {}",
        at(range, end.level),
        called(&outcome.headline),
        value(&outcome.headline, outcome.as_written.value),
        value(&outcome.headline, end.value)
    )
}

/// That no assumption moves a figure.
fn still(found: &Sensitivity, outcome: &Outcome) -> String {
    let seen = value(&outcome.headline, outcome.as_written.value);
    let inputs = (0..found.ranges.len()).filter(|place| !found.ranges[*place].factor.is_setting());
    let most = inputs.map(|place| bound(outcome, place)).fold(0.0, f64::max);
    let limits = if most > 0.0 && most.is_finite() {
        format!(" Their limits leave room for {} at most.", distance(&outcome.headline, most))
    } else {
        String::new()
    };
    format!(
        "These rollouts do not show that any assumption alone moves {}, which is {seen} as written.{limits}",
        called(&outcome.headline)
    )
}

/// What the settings do to a figure.
fn settings(found: &Sensitivity, outcome: &Outcome) -> Option<String> {
    let (top, reach) = *reaches(found, outcome, true).first()?;
    if reach <= 0.0 {
        return None;
    }
    let range = &found.ranges[top];
    Some(format!("Of the settings, {} moves it most: {}.", name(range.factor), moved(outcome, range, top)))
}

/// What each explains where all are varied together.
fn together(found: &Sensitivity, outcome: &Outcome) -> Option<String> {
    let mut known: Vec<(usize, Estimate, Estimate)> = outcome
        .indices
        .iter()
        .enumerate()
        .filter_map(|(place, index)| index.and_then(|index| Some((place, index.total, index.first))))
        .filter(|(_, total, first)| total.value.is_some() && first.value.is_some())
        .collect();
    known.sort_by(|one, other| other.1.value.unwrap_or(0.0).total_cmp(&one.1.value.unwrap_or(0.0)));
    let (top, total, first) = *known.first()?;
    let whole = called(&outcome.headline);
    if total.low.is_none_or(|low| low <= 0.0) {
        return Some(format!(
            "These rows are too few to show how the factors share the variance of {whole} where all are varied together: \
             --rows gives more."
        ));
    }
    let is = |factor| if is_plural(factor) { "are" } else { "is" };
    let next = known.get(1).map_or(String::new(), |(place, total, _)| {
        let factor = found.ranges[*place].factor;
        format!("; next {} {} with {}", is(factor), name(factor), part(*total))
    });
    let factor = found.ranges[top].factor;
    let [has, explains] = if is_plural(factor) { ["have", "explain"] } else { ["has", "explains"] };
    Some(format!(
        "Where all are varied together, {} {has} a part in {} of the variance of {whole}, and {explains} {} of it alone{next}.",
        name(factor),
        part(total),
        part(first)
    ))
}

/// A share with its limits.
fn part(estimate: Estimate) -> String {
    let value = estimate.value.map_or_else(String::new, format::share);
    let limits = estimate.low.zip(estimate.high);
    limits.map_or(value.clone(), |(low, high)| format!("{value} ({} to {})", format::share(low), format::share(high)))
}

/// How it was computed.
pub(super) fn method(found: &Sensitivity) -> String {
    let mut text = format!(
        "Each row changes one thing, all else being as written: {} at each end with the same random numbers.",
        format::plural(u64::from(found.replications), "rollout")
    );
    if let Some(design) = &found.screening {
        text.push_str(&format!(
            " Effect and spread are those of {} through the ranges of all together ({}; Morris).",
            format::plural(u64::from(design.count), "trajectory").replace("trajectorys", "trajectories"),
            format::plural(design.points.len() as u64, "point")
        ));
    }
    if let Some(design) = &found.indices {
        text.push_str(&format!(
            " Shares are of the variance over {} of points ({}; Sobol'): their limits are about the choice of points, and not about the \
             rollouts.",
            format::plural(u64::from(design.count), "row"),
            format::plural(design.points.len() as u64, "point")
        ));
        let left: Vec<String> = (0..found.ranges.len())
            .filter(|place| !design.varied.contains(place))
            .map(|place| name(found.ranges[place].factor).to_owned())
            .collect();
        if !left.is_empty() {
            text.push_str(&format!(
                " There {} as written, because the screening saw little of {}.",
                left_as(&left),
                pronoun(&left)
            ));
        }
    }
    text
}

fn left_as(left: &[String]) -> String {
    format!("{} {}", format::listed(left), if left.len() == 1 { "is" } else { "are" })
}

const fn pronoun(left: &[String]) -> &'static str {
    if left.len() == 1 { "it" } else { "them" }
}
