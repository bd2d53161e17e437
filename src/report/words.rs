//! The words of the page for counts, strategies, objectives and what the results say of them.

use minijinja::Value;

use crate::analysis::headlines::{AVAILABLE_P05, COMPLETED, DURATION_P95, STALLED};
use crate::analysis::{ScenarioResult, Verdict};
use crate::plan::Objective;
pub(super) use crate::report::format::listed;
use crate::report::subject::strategy;
use crate::report::{doubt, format};

const SMALL: [&str; 11] = ["none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// A sentence with percentages as pages write them.
pub(super) fn tight(sentence: &str) -> String {
    sentence.replace(" %", "%").replace("\u{a0}%", "%")
}

/// A count in words up to ten: `three`, `12`.
pub(super) fn counted(count: usize) -> String {
    SMALL.get(count).map_or_else(|| format::count(count as u64), |word| (*word).to_owned())
}

/// `the objective`, `both objectives`, `all three objectives`
pub(super) fn all_objectives(count: usize) -> String {
    match count {
        1 => "the objective".into(),
        2 => "both objectives".into(),
        count => format!("all {} objectives", counted(count)),
    }
}

/// `75% / 0`: the strategy by its values alone.
pub(super) fn values(result: &ScenarioResult) -> String {
    let values: Vec<_> = strategy(result).into_iter().map(|(_, value)| format::printable(&value)).collect();
    values.join(" / ")
}

/// `maxSurge / maxUnavailable`: what the values of [`values`] are of.
pub(super) fn names(result: &ScenarioResult) -> String {
    let strategy = strategy(result);
    format::printable(&format::names(strategy.iter().map(|(path, _)| path.as_str())).join(" / "))
}

/// `maxSurge 75%, maxUnavailable 0`
pub(super) fn called(result: &ScenarioResult) -> String {
    format::parameters(&strategy(result))
}

/// What a parameter of the world is called: `nodes`, `replicas`, and deeper ones by their path, because the end alone says little.
pub(super) fn world(path: &str) -> String {
    let name = if path.split('.').count() > 2 { path } else { path.rsplit('.').next().unwrap_or(path) };
    format::printable(name)
}

/// What an objective is about, in a word where there is one: `availability`, `duration`, `stalls`.
pub(super) fn topic(objective: &Objective) -> String {
    match objective {
        _ if objective.is_availability() => "availability".into(),
        _ if objective.figure == DURATION_P95.figure => "duration".into(),
        _ if objective.figure == STALLED.figure => "stalls".into(),
        _ => format::printable(&objective.figure.text()),
    }
}

/// `at most 5m`, `at least 90% (11 of 12)`
pub(super) fn limit(objective: &Objective, result: Option<&ScenarioResult>) -> String {
    if objective.is_availability() {
        let share = format::printable(objective.text.split_once(':').map_or("", |(_, share)| share.trim()));
        let of = result.map(|result| {
            format!(" ({} of {})", format::count(result.bounds.objective.into()), format::count(result.replicas.into()))
        });
        return format!("at least {share}{}", of.unwrap_or_default());
    }
    let direction = if objective.at_most { "at most" } else { "at least" };
    format!("{direction} {}", format::limit(objective.figure.unit(), objective.limit))
}

/// What is true of a scenario that an objective asks about: `9 of 12 pods are available at worst`.
pub(super) fn state(objective: &Objective, result: &ScenarioResult) -> String {
    if objective.is_availability() {
        return format!("{} pods are available at worst", available(result));
    }
    let value = result.value(objective.figure).map(|value| format::shown(objective.figure.unit(), value));
    match value {
        Some(value) if objective.figure == DURATION_P95.figure => format!("95 of 100 rollouts take up to {value}"),
        Some(value) if objective.figure == STALLED.figure => format!("{value} of the rollouts stall"),
        Some(value) => format!("{} is {value}", format::printable(&objective.figure.text())),
        None if objective.figure == DURATION_P95.figure => {
            let why = no_p95(result).unwrap_or_else(|| "it is not known".into());
            format!("the duration is open: {why}")
        }
        None => format!("{} is not known", format::printable(&objective.figure.text())),
    }
}

/// `9 of 12`, `–` where it is not known.
pub(super) fn available(result: &ScenarioResult) -> String {
    let of = format::count(result.replicas.into());
    result.value(AVAILABLE_P05.figure).map_or_else(|| "–".into(), |pods| format!("{} of {of}", format::number(pods)))
}

/// `95 of 100 rollouts` was said; this is the p95 of the duration, or why there is none.
pub(super) fn duration(result: &ScenarioResult) -> String {
    let p95 = result.value(DURATION_P95.figure).map(format::time);
    p95.unwrap_or_else(|| if never_completes(result) { "never".into() } else { "–".into() })
}

/// Why there is no p95 of the duration; `None` where there is one.
pub(super) fn no_p95(result: &ScenarioResult) -> Option<String> {
    doubt::no_p95(result).map(|why| tight(&why))
}

/// Pod-seconds as pod-minutes, with one decimal at most: `6`, `14.3`.
pub(super) fn pod_minutes(pod_seconds: f64) -> String {
    format::number((pod_seconds / 6.0).round() / 10.0)
}

/// Whether fewer than 95 of 100 rollouts completed, so that the p95 of the duration lies beyond all that was watched.
pub(super) fn never_completes(result: &ScenarioResult) -> bool {
    result.value(DURATION_P95.figure).is_none() && result.value(COMPLETED.figure).is_some_and(|share| share < 0.95)
}

/// The verdict of one objective about one scenario.
pub(super) fn met(objective: &Objective, result: &ScenarioResult, verdicts: &[Verdict<'_>]) -> Option<bool> {
    verdicts.iter().find(|one| one.scenario == result.scenario && one.objective == objective)?.met
}

/// The objectives that a scenario is not shown to meet.
pub(super) fn unmet<'v>(result: &ScenarioResult, verdicts: &[Verdict<'v>]) -> Vec<Verdict<'v>> {
    let mine = verdicts.iter().filter(|one| one.scenario == result.scenario && one.met != Some(true));
    mine.copied().collect()
}

/// A verdict with its sign, its colour and its word.
pub(super) fn verdict(met: Option<bool>) -> Value {
    let text = match met {
        Some(true) => "<span class=\"yes\">✓ met</span>",
        Some(false) => "<span class=\"no\">✗ not met</span>",
        None => "<span class=\"open\">? cannot tell</span>",
    };
    Value::from_safe_string(text.into())
}
