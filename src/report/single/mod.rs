//! The answer of `rollcast run`: the figures of one scenario against its objectives, when that happens, why rollouts stall, what
//! the answer rests on, and at last the verdict.

mod figures;
mod forecast;
mod lines;
mod others;
mod rests_on;
mod verdict;

use super::sparkline::{self, Glyphs};
use super::{event, format, input_uncertainty, no_node, placement, precision, stall, trust, what_if};
use crate::analysis::headlines::STALLED;
use crate::plan::strategy_of;
use crate::scenario::MeasuredEvent;

pub use forecast::{Forecast, StartUp};
use lines::block;
pub(super) use rests_on::told;

/// The answer, `width` columns wide where words allow, with plots made of `glyphs`.
#[must_use]
pub fn text(forecast: &Forecast<'_>, width: usize, glyphs: Glyphs) -> String {
    let Forecast { scenario, result, .. } = *forecast;
    let noun = event::noun_of(&scenario.event);
    let said = |sentence: String| event::say(sentence, noun);
    let mut text = title(forecast, noun, width);
    text.push_str(&format!("\n{}", said(figures::table(forecast, width))));
    let at_the_end = placement::line(result).map(|line| ("at the end", line));
    for line in others::lines(result).into_iter().chain(others::tools(result)).chain(at_the_end) {
        text.push_str(&format!("  {:<20}{}\n", line.0, line.1));
    }
    let plots = sparkline::lines(result, forecast.verdicts, glyphs);
    if !plots.is_empty() {
        text.push('\n');
    }
    for (label, plot) in plots {
        text.push_str(&format!("  {label:<20}{plot}\n"));
    }
    text.push_str(&said(stalled(forecast, width)));
    let of_event = event::meaning(scenario).into_iter().chain(event::refusal(scenario, result));
    let trust = trust::sentences(&[result], &super::overview::shown_headlines(&[result]));
    let inputs = input_uncertainty::sentences(&[result]).join(" ");
    for sentence in of_event.chain(trust).chain((!inputs.is_empty()).then_some(inputs)) {
        text.push_str(&format!("\n{}", block("", &said(sentence), width)));
    }
    for line in precision::lines(result) {
        text.push_str(&format!("\n{line}"));
    }
    text.push_str(&said(rests_on::lines(forecast, width)));
    let changes = what_if::text(&result.what_if, width);
    if !changes.is_empty() {
        text.push_str(&format!("\n{}", said(changes)));
    }
    text.push_str(forecast.caveats);
    text.push_str(&format!("\n{}", said(verdict::lines(forecast, width))));
    text
}

/// What is forecast, and at the right how often it was simulated.
fn title(forecast: &Forecast<'_>, noun: &str, width: usize) -> String {
    let Forecast { plan, scenario, result, .. } = *forecast;
    let event = event::title(scenario).map_or(String::new(), |title| format!("{title}: "));
    let replicas = format::plural(u64::from(result.replicas), "replica");
    let strategy = strategy_of(scenario);
    let swept: Vec<(String, String)> = result
        .parameters
        .iter()
        .filter(|(path, _)| !strategy.iter().any(|(known, _)| path == known))
        .cloned()
        .collect();
    // What replaces no pods has no strategy to speak of.
    let named = if scenario.event == MeasuredEvent::Rollout { [strategy, swept].concat() } else { swept };
    let settings = if named.is_empty() { String::new() } else { format!(": {}", format::parameters(&named)) };
    let left = format!("{event}{}, {replicas}{settings}", format::printable(&plan.name));
    let right = format::plural(result.statistics.n, &format!("simulated {noun}"));
    let gap = width.saturating_sub(left.chars().count() + right.chars().count());
    if gap >= 2 {
        format!("{left}{}{right}\n", " ".repeat(gap))
    } else {
        block("", &format!("{left}. {right}."), width)
    }
}

/// How many stalled, for which causes, and how to look at one.
fn stalled(forecast: &Forecast<'_>, width: usize) -> String {
    let result = forecast.result;
    let causes = stall::causes(result);
    if causes.is_empty() {
        return String::new();
    }
    let n = result.statistics.n;
    let share = result.value(STALLED.figure).unwrap_or(0.0);
    let count = format::count((share * n as f64).round() as u64);
    let sentence = format!("{}.", causes.join(", "));
    let mut text = format!("\n{}", block(&format!("  Stalled, {count} of {}: ", format::count(n)), &sentence, width));
    if let Some(found) = &result.no_node {
        text.push_str(&block("    ", &no_node::sentence(found), width));
    }
    text.push_str(&format!("    See one: rollcast why {} --stalled\n", forecast.arguments));
    text
}

#[cfg(test)]
mod tests;
