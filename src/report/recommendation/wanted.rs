//! What is asked of a strategy, in words.

use super::report::{Report, text_of};
use crate::metrics::{Figure, Statistic, metric};
use crate::plan::Objective;
use crate::recommend::Origin;
use crate::report::format;
use crate::scenario::SetSpec;

/// The first lines: the Deployment, what is wanted, and how many strategies meet it.
pub(super) fn title(report: &Report<'_>) -> String {
    let recommendation = report.recommendation;
    let replicas = recommendation.strategies.first().map_or(0, |one| u64::try_from(one.spec.replicas).unwrap_or(0));
    let wanted: Vec<String> = report.objectives().iter().map(phrase).collect();
    let wanted = match wanted.as_slice() {
        [] => "nothing, so that every strategy qualifies".to_owned(),
        wanted => wanted.join(", "),
    };
    format!(
        "{}, {}. Wanted: {wanted}. {}",
        format::printable(&recommendation.deployment),
        format::plural(replicas, if recommendation.kind == "DaemonSet" { "node" } else { "replica" }),
        tally(report)
    )
}

/// `9 of 20 strategies meet all three.`
fn tally(report: &Report<'_>) -> String {
    let strategies = &report.recommendation.strategies;
    let qualified = strategies.iter().filter(|one| one.qualifies()).count();
    let all = match report.objectives().len() {
        0 => return String::new(),
        1 => "it",
        2 => "both",
        3 => "all three",
        _ => "all",
    };
    let verb = if qualified == 1 { "meets" } else { "meet" };
    if let Some(search) = &report.recommendation.search {
        let (all_of_them, finalists) = (format::count(search.candidates as u64), search.finalists);
        return format!(
            "Of {all_of_them} strategies a search left {finalists} that were simulated to the end, the finalists; {qualified} of them \
             {verb} {all}."
        );
    }
    format!("{qualified} of {} {} {verb} {all}.", report.eligible(), strategies_of(report))
}

fn strategies_of(report: &Report<'_>) -> &'static str {
    if report.eligible() == 1 { "strategy" } else { "strategies" }
}

/// How the strategies were found that were simulated to the end; `None`: all were.
pub(super) fn search(report: &Report<'_>) -> Option<String> {
    let search = report.recommendation.search.as_ref()?;
    Some(format!(
        "Search: {} with each of {} of the {} strategies that differ; surfaces through these (stochastic kriging; Ankenman, Nelson and \
         Staum, Operations Research 58 (2010), 371-382) say what the others may be like, and the rule picks from surfaces drawn from what \
         is left open. The {} finalists are the best that were seen and what the last surfaces picked. What is promised is about \
         finalists. That the strategy which is best of all is one of them is no promise; by the surfaces it is so with probability {}. \
         --exhaustive simulates all to the end.",
        format::plural(u64::from(search.replications), "rollout"),
        format::count(search.looks as u64),
        format::count(search.candidates as u64),
        search.finalists,
        format::share(search.held),
    ))
}

/// Where the strategies come from.
pub(super) fn origin(report: &Report<'_>) -> String {
    match report.recommendation.origin {
        Origin::Swept => {
            let all = report.recommendation.search.as_ref().map_or(report.eligible(), |search| search.candidates);
            format!("Strategies: the {all} of the sweep.")
        }
        Origin::Around if !report.can_stall() => around_set(report),
        Origin::Around => {
            let strategies = &report.recommendation.strategies;
            let recreates = |n: &usize| !strategies[*n].spec.is_rolling_update();
            let added = (0..strategies.len()).any(|n| recreates(&n) && report.recommendation.own != Some(n));
            format!(
                "Strategies: no strategy is swept, so that {} around the manifest's own are tried: its own, and maxSurge 0, 1, \
                 25%, 50%, 100% and as many pods as the nodes have room for, with maxUnavailable 0, 1, 25%, 50%, as far as they \
                 differ in pods{}.",
                report.eligible(),
                if added { ", and Recreate, because of a volume" } else { "" }
            )
        }
    }
}

/// What was tried of a set, whose kind has fewer fields.
fn around_set(report: &Report<'_>) -> String {
    let (tried, others) = match report.recommendation.strategies.first().and_then(|one| one.set) {
        Some(SetSpec::DaemonSet(_)) => (
            "maxUnavailable 1, 10%, 25%, 50% and 100% with maxSurge 0, and maxSurge 1, 10%, 25%, 50% and 100% with maxUnavailable 0, as \
             far as they differ in nodes",
            "",
        ),
        Some(SetSpec::StatefulSet(set)) if set.max_unavailable_gate => (
            "both values of podManagementPolicy with maxUnavailable 1, 2, 25%, 50% and 100%, as far as they differ in pods",
            " and partition",
        ),
        _ => (
            "the other value of podManagementPolicy; maxUnavailable has no effect, because its feature gate MaxUnavailableStatefulSet is \
             off, and a StatefulSet has no other field that changes how its pods are replaced",
            " and partition",
        ),
    };
    format!(
        "Strategies: no strategy is swept, so that {} are tried: the manifest's own, and {tried}. minReadySeconds{others} are not tried: \
         a sweep does that.",
        report.eligible()
    )
    .replace("minReadySeconds are", "minReadySeconds is")
}

/// An objective in words: `p95 duration at most 5m`. Only the objective of availability says whose promise it is.
pub(super) fn phrase(objective: &Objective) -> String {
    let share = || format::printable(objective.text.trim_start_matches("availability:").trim());
    match watched(objective) {
        Some(false) => format!("at least {} available in 95 of 100 rollouts", share()),
        Some(true) => format!("at least {} available in 95 of 100 rollouts and in what follows them", share()),
        None => {
            let bound = if objective.at_most { "at most" } else { "at least" };
            let limit = format::limit(objective.figure.unit(), objective.limit);
            format!("{} {bound} {limit}", text_of(objective.figure))
        }
    }
}

/// Whether an objective of availability asks for what follows the end too; `None` where it is another objective.
pub(super) fn watched(objective: &Objective) -> Option<bool> {
    let is = |metric| objective.figure == Figure::of(metric, Statistic::P95) && objective.limit <= 0.0;
    let named = objective.text.starts_with("availability:");
    (named && (is(&metric::BELOW_OBJECTIVE) || is(&metric::WATCHED_BELOW_OBJECTIVE)))
        .then(|| is(&metric::WATCHED_BELOW_OBJECTIVE))
}
