//! Why the rule of choice takes a strategy, and how sure that is.

use super::report::Report;
use super::strategies::{figure, of_desired};
use crate::analysis::headlines::{AVAILABLE_P05, SURGE};
use crate::metrics::Unit;
use crate::plan::POLICY;
use crate::recommend::{Choice, Criterion};
use crate::report::format;

/// The steps of the rule that decided.
pub(super) fn why(report: &Report<'_>, choice: &Choice) -> String {
    let pick = &report.recommendation.pick;
    let zone = format::limit(Unit::Seconds, pick.zone_s);
    let all = if report.objectives().len() == 1 { "it" } else { "all objectives" };
    match (pick.qualified.len(), pick.equally_fast.len()) {
        (1, _) => return format!("No other strategy is shown to meet {all}."),
        (qualified, 1) => {
            return format!(
                "Of the {qualified} strategies that meet {all} it is the fastest, by more than {zone} at p95."
            );
        }
        _ => {}
    }
    let mut text =
        format!("{} strategies are equally fast, within {zone} of the fastest at p95.", pick.equally_fast.len());
    let stall = pick.equally_fast.len() - pick.as_reliable.len();
    if stall > 0 {
        let verb = if stall == 1 { "is" } else { "are" };
        let less = if report.can_stall() { "stall more often" } else { "complete more seldom" };
        text.push_str(&format!(" {stall} of them {verb} shown to {less} than another."));
    }
    let best = &report.recommendation.strategies[choice.best];
    let available = figure(AVAILABLE_P05, best).unwrap_or_else(|| "no known number".into());
    let (reliable, most) = (pick.as_reliable.len(), pick.most_available.len());
    text.push_str(&match most {
        1 => format!(" Of these it keeps the most pods available at worst, {available}."),
        _ if most == reliable => format!(" All keep {available} pods available at worst."),
        _ => format!(" Of these {most} keep the most pods available at worst, {available}."),
    });
    let without = most - pick.with_room.len();
    if without > 0 {
        let verb = if without == 1 { "asks" } else { "ask" };
        text.push_str(&format!(" {without} of them {verb} for more pods than the nodes take."));
    }
    let anew = pick.with_room.len() - pick.in_place.len();
    if anew > 0 {
        let verb = if anew == 1 { "takes" } else { "take" };
        text.push_str(&format!(" {anew} of them {verb} a new object, because nobody can change {POLICY}."));
    }
    if pick.in_place.len() > 1 {
        let minutes = best.statistics.value(SURGE.figure).map(|extra| format::number(extra / 60.0));
        let minutes = minutes.map_or(String::new(), |minutes| format!(", {minutes}"));
        text.push_str(&format!(" Of what is left it needs the fewest pod-minutes of extra pods{minutes}."));
    }
    text
}

/// What holds with which confidence.
pub(super) fn sure(report: &Report<'_>, choice: &Choice) -> String {
    let confidence = format::share(report.question.confidence);
    let all = match report.objectives().len() {
        0 => None,
        1 => Some("the objective is met"),
        _ => Some("all objectives are met"),
    };
    let mut claims: Vec<String> = all.map(str::to_owned).into_iter().collect();
    if report.question.criterion == Criterion::Duration {
        let best = &report.recommendation.strategies[choice.best];
        claims.extend(
            choice
                .available
                .map(|pods| format!("95 of 100 rollouts keep {} pods available or more", of_desired(pods, best))),
        );
        let other = if report.recommendation.search.is_some() { "finalist" } else { "strategy" };
        claims.extend(choice.slower_s.map(|slower| match slower {
            0.0 => format!("no other {other} that is shown to meet them is faster at p95"),
            _ => format!(
                "no other {other} that is shown to meet them is faster by more than {} at p95",
                format::time(slower)
            ),
        }));
    }
    match claims.split_last() {
        None => "nothing is shown".into(),
        Some((last, [])) => format!("{confidence} confidence that {last}"),
        Some((last, rest)) => format!("{confidence} confidence that {} and that {last}", rest.join(", that ")),
    }
}
