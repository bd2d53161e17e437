//! The last lines: whether the objectives are met.

use super::forecast::Forecast;
use super::lines::block;
use crate::analysis::Verdict;
use crate::report::{doubt, format};

/// The verdict, and which objectives are not met or open.
pub(super) fn lines(forecast: &Forecast<'_>, width: usize) -> String {
    let result = forecast.result;
    let own: Vec<&Verdict<'_>> =
        forecast.verdicts.iter().filter(|verdict| verdict.scenario == result.scenario).collect();
    let mut text = String::new();
    if !forecast.remark.is_empty() {
        text.push_str(&block("", forecast.remark.trim_end(), width));
    }
    if own.is_empty() {
        return text + &block("", "No objective is set: --check holds the answer against a default floor.", width);
    }
    let of = |met: Option<bool>| own.iter().filter(move |verdict| verdict.met == met);
    for verdict in of(Some(false)) {
        text.push_str(&block("", &format!("{}: not met", format::printable(&verdict.objective.text)), width));
    }
    for verdict in of(None) {
        let why = doubt::needed(verdict, result).map_or(String::new(), |needed| format!(": {needed}"));
        text.push_str(&block("", &format!("{}: cannot tell{why}", format::printable(&verdict.objective.text)), width));
    }
    text.push_str(&block("", &all(of(Some(true)).count(), own.len(), forecast), width));
    text
}

fn all(met: usize, of: usize, forecast: &Forecast<'_>) -> String {
    let conditional = forecast.plan.caveats.is_conditional(Some(forecast.scenario.id));
    let condition = if conditional { ", on the condition above" } else { "" };
    match (met, of) {
        (1, 1) => format!("The objective is met{condition}."),
        (0, 1) => "The objective is not shown to be met.".into(),
        (met, of) if met == of => format!("All {of} objectives are met{condition}."),
        (met, of) => format!("{met} of {of} objectives are shown to be met{condition}."),
    }
}
