//! The sentences about a strategy that was chosen.

use super::report::{Report, criterion};
use super::{patch, reasons};
use crate::plan::Objective;
use crate::recommend::{Choice, Criterion};
use crate::report::format;
use crate::report::input_uncertainty::measurements;

/// What nobody wrote and is asked for all the same, and for which strategies there is no room, in sentences.
pub(super) fn remarks(report: &Report<'_>) -> Vec<String> {
    let mut remarks: Vec<String> = report.remark.map(str::to_owned).into_iter().collect();
    let best = report.recommendation.choice.as_ref().map(|choice| choice.best);
    remarks.extend(best.and_then(|best| patch::by_hand(report.recommendation, best)));
    let mut seen: Vec<&str> = Vec::new();
    for place in report.shown() {
        let Some(no_room) = &report.recommendation.strategies[place].no_room else { continue };
        if !seen.contains(&no_room.as_str()) {
            seen.push(no_room);
            remarks.push(format!("{}: {no_room}.", report.name(place)));
        }
    }
    remarks
}

/// Whether the choice stands with latencies that the measurements allow as well; `None`: they are taken to be known.
pub(super) fn drawn(report: &Report<'_>, choice: &Choice) -> Option<String> {
    let found = report.recommendation.drawn.as_ref()?;
    let others = found.picked.iter().filter(|(place, _)| *place != Some(choice.best));
    let others: Vec<String> = others
        .map(|(place, count)| format!("{} in {count}", place.map_or("none".to_owned(), |place| report.name(place))))
        .collect();
    let instead = if others.is_empty() { String::new() } else { format!(" (else {})", others.join("; ")) };
    let meets = match report.objectives() {
        [] => String::new(),
        [_] => format!(", and meets the objective in {}", found.meets),
        _ => format!(", and meets all objectives in {}", found.meets),
    };
    Some(format!(
        "Measurements: with latencies that {} allow as well, in {} draws, by the estimates of {} each, it is the choice in \
         {}{instead}{meets}. The confidence above is for the fitted latencies.",
        measurements(&found.measurements, 1.0),
        found.draws,
        format::plural(u64::from(found.replications), "rollout"),
        found.picks(choice.best),
    ))
}

/// Why it is this strategy.
pub(super) fn why(report: &Report<'_>, choice: &Choice) -> String {
    if report.question.criterion == Criterion::Duration { reasons::why(report, choice) } else { least(report, choice) }
}

/// Why it is the strategy with the least of a sum.
fn least(report: &Report<'_>, choice: &Choice) -> String {
    let show = criterion(&report.question.criterion);
    match choice.qualified {
        1 => format!(
            "No other strategy was shown to meet {}.",
            if report.objectives().len() == 1 { "it" } else { "them all" }
        ),
        qualified => format!("Of {qualified} strategies that qualify it has the least {}.", show.description),
    }
}

/// Which strategy it is.
pub(super) fn answer(report: &Report<'_>, choice: &Choice) -> String {
    let best = report.name(choice.best);
    let rule = report.question.criterion == Criterion::Duration;
    let leads = if choice.decided || rule { "Recommended" } else { "Leading, but not selected for certain" };
    let others = same(report, choice);
    if report.plan.caveats.is_conditional(None) {
        let unless = "only if the fields named below, which are not modelled, do not decide";
        return format!("{leads} on a condition: {best}, {unless}.{others}");
    }
    if report.recommendation.own == Some(choice.best) {
        return format!("{leads}: {best}. That is what the manifest has: there is nothing to change.{others}");
    }
    format!("{leads}: {best}.{others}")
}

/// The sentences on strategies that were not distinguished from the best.
fn same(report: &Report<'_>, choice: &Choice) -> String {
    let strategies = &report.recommendation.strategies;
    let named = |list: Vec<usize>| list.iter().map(|&n| report.name(n)).collect::<Vec<_>>().join("; ");
    let alike = |n: usize| choice.alike.iter().any(|one| one.0 == n);
    let (same, other): (Vec<usize>, Vec<usize>) = choice
        .undecided
        .iter()
        .filter(|&&n| !alike(n))
        .partition(|&&n| strategies[n].does_the_same(&strategies[choice.best]));
    let mut text = String::new();
    if !same.is_empty() {
        text.push_str(&format!(" The same numbers of pods: {}.", named(same)));
    }
    if let Some(fewest) = choice.alike.iter().map(|one| one.1).min() {
        let zone = (criterion(&report.question.criterion).show)(choice.indifference);
        text.push_str(&format!(
            " Alike in each of {} or more: {}. That makes a difference of {zone} or more unlikely, not impossible.",
            format::plural(u64::from(fewest), "rollout"),
            named(choice.alike.iter().map(|one| one.0).collect()),
        ));
    }
    if !other.is_empty() {
        text.push_str(&format!(
            " Not told apart from it within {} each: {}. A larger --indifference or --ceiling would tell.",
            format::plural(u64::from(choice.replications), "rollout"),
            named(other),
        ));
    }
    text
}

/// The sentence that the choice holds only on a condition; `None` where it has none.
pub(super) fn condition(report: &Report<'_>) -> Option<String> {
    let fields: Vec<_> = report.plan.caveats.open(None).map(|one| format::printable(&one.field)).collect();
    match fields.as_slice() {
        [] => None,
        fields => Some(format!("This holds only if what is not modelled does not decide: {}.", fields.join(", "))),
    }
}

/// A value as the figure of an objective is written.
pub(super) fn value_text(objective: &Objective, value: f64) -> String {
    format::value(objective.figure.unit(), value)
}
