//! The sentences about a strategy that was chosen.

use super::report::{Report, criterion};
use crate::analysis::Statistics;
use crate::analysis::headlines::{COMPLETED, DIP_POD_SECONDS, DURATION_P95, Headline, PODS_P95, STALLED, SURGE};
use crate::metrics::{Figure, Statistic, metric};
use crate::plan::Objective;
use crate::recommend::{Assessment, Choice, Origin, TIME_TO_COMPLETE};
use crate::report::format;
use crate::stats::{CONFIDENCE, Paired};

pub(super) const PROCEDURE: &str =
    "selection by betting (Waudby-Smith and Ramdas, Journal of the Royal Statistical Society B 86 (2024), 1-27)";

/// What is asked, and of how many strategies.
pub(super) fn intention(report: &Report<'_>) -> String {
    let from = match report.recommendation.origin {
        Origin::Swept => "of the sweep".to_owned(),
        Origin::Around => {
            let strategies = &report.recommendation.strategies;
            let recreates = |n: &usize| !strategies[*n].spec.is_rolling_update();
            let added = (0..strategies.len()).any(|n| recreates(&n) && report.recommendation.own != Some(n));
            format!(
                "around the manifest's own, because no strategy is swept (its own, and maxSurge 0, 1, 25%, 50%, 100% with \
                 maxUnavailable 0, 1, 25%, 50%, as far as they differ in pods{})",
                if added { ", and Recreate, because of a volume" } else { "" }
            )
        }
    };
    let strategies = match report.eligible() {
        1 => "1 strategy".to_owned(),
        count => format!("{count} strategies"),
    };
    let asked = match report.objectives() {
        [] => "no objectives are set: every strategy qualifies".to_owned(),
        list => {
            let texts: Vec<_> = list.iter().map(|objective| format::printable(&objective.text)).collect();
            format!("wanted: {}", texts.join("; "))
        }
    };
    format!("{strategies} {from}; {asked}; then the least {}.", criterion(&report.question.criterion).description)
}

/// Which strategy it is.
pub(super) fn answer(report: &Report<'_>, choice: &Choice) -> String {
    let best = report.name(choice.best);
    let leads = if choice.decided { "Recommended" } else { "Leading, but not selected for certain" };
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

/// What is gained, what is given up, and how sure that is.
pub(super) fn pull_request(report: &Report<'_>, choice: &Choice) -> Vec<String> {
    let best = report.name(choice.best);
    let evidence = &choice.evidence;
    let rollouts =
        format::plural(u64::from(evidence.replications.end - evidence.replications.start), "simulated rollout");
    let name = format::printable(&report.recommendation.deployment);
    let (mut gains, mut costs) = (Vec::new(), Vec::new());
    for (figure, paired) in &evidence.differences {
        match difference(*figure, paired, &evidence.best, evidence.own.as_ref()) {
            Some((true, text)) => gains.push(text),
            Some((false, text)) => costs.push(text),
            None => {}
        }
    }
    let first = match report.recommendation.own {
        Some(own) if own == choice.best => format!("Deployment {name} keeps {best}."),
        Some(own) => format!("Deployment {name} is to roll out with {best} instead of {}.", report.name(own)),
        None => format!("Deployment {name} is to roll out with {best}."),
    };
    let mut paragraph = first;
    if !evidence.differences.is_empty() {
        let list = |items: &[String]| if items.is_empty() { "nothing that shows".into() } else { items.join("; ") };
        paragraph.push_str(&format!(
            " Gained: {}. Given up: {}. These are mean differences over {rollouts} of each, which had no part in the \
             choice, under common random numbers; in brackets their {} limits.",
            list(&gains),
            list(&costs),
            format::percent(CONFIDENCE)
        ));
    }
    let figure = |headline: Headline| {
        let (figure, value) = (headline.figure, evidence.best.value(headline.figure));
        value.map_or("unknown".into(), |value| format::value(figure.unit(), value))
    };
    paragraph.push_str(&format!(
        " Of {rollouts} {} completed and {} stalled; 95 in 100 {} {} pods at once or fewer.",
        figure(COMPLETED),
        figure(STALLED),
        match evidence.best.value(DURATION_P95.figure) {
            Some(p95) => format!("complete within {} and have", format::duration(p95)),
            None => "have".into(),
        },
        figure(PODS_P95),
    ));
    vec![format!("{paragraph} {}{}", certainty(report, choice), condition(report))]
}

/// The sentence that the choice holds only on a condition; empty where it has none.
fn condition(report: &Report<'_>) -> String {
    let fields: Vec<_> = report.plan.caveats.open(None).map(|one| format::printable(&one.field)).collect();
    match fields.as_slice() {
        [] => String::new(),
        fields => format!(" This holds only if what is not modelled does not decide: {}.", fields.join(", ")),
    }
}

/// Whether a difference is a gain, and its phrase; `None` where its limits include 0.
fn difference(figure: Figure, paired: &Paired, best: &Statistics, own: Option<&Statistics>) -> Option<(bool, String)> {
    let estimate = &paired.difference;
    let (value, low, high) = (estimate.value?, estimate.low?, estimate.high?);
    if low <= 0.0 && high >= 0.0 {
        return None;
    }
    let less = value < 0.0;
    let (near, far) = if less { (-high, -low) } else { (low, high) };
    let show = |value: f64| format::value(figure.unit(), value);
    let text = |noun: &str| format!("{}{noun} ({} to {})", show(value.abs()), show(near), show(far));
    Some((
        less,
        if figure == TIME_TO_COMPLETE {
            let p95 = |statistics: &Statistics| statistics.value(DURATION_P95.figure).map(format::duration);
            let aside = match (p95(best), own.and_then(p95)) {
                (Some(best), Some(own)) => format!(", p95 {best} instead of {own}"),
                _ => String::new(),
            };
            format!("complete {}{aside}", text(if less { " sooner" } else { " later" }))
        } else if figure == SURGE.figure {
            text(&format!(" {} pod-seconds of surge", fewer(less)))
        } else if figure == DIP_POD_SECONDS.figure {
            text(&format!(" {} pod-seconds of missing pods", fewer(less)))
        } else {
            let word = if less { "shallower" } else { "deeper" };
            format!("deepest dip {word} by {}", text(" of the replicas"))
        },
    ))
}

const fn fewer(less: bool) -> &'static str {
    if less { "fewer" } else { "more" }
}

fn certainty(report: &Report<'_>, choice: &Choice) -> String {
    let show = criterion(&report.question.criterion);
    let mut text = String::new();
    if !report.objectives().is_empty() {
        let strategy = &report.recommendation.strategies[choice.best];
        let each = report.objectives().iter().zip(&strategy.assessments);
        let each: Vec<_> = each.map(|(objective, assessment)| shown(objective, assessment)).collect();
        text.push_str(&format!("All objectives are met: {}. ", each.join("; ")));
    }
    let confidence = format::percent(report.question.confidence);
    let zone = (show.show)(choice.indifference);
    match (choice.qualified, choice.decided) {
        (1, _) => text.push_str(&format!(
            "No other strategy was shown to meet {}; confidence {confidence}.",
            if report.objectives().len() == 1 { "it" } else { "them all" }
        )),
        (qualified, true) if choice.replications == 0 => text.push_str(&format!(
            "All {qualified} strategies that qualify have the same numbers of pods; confidence {confidence} that the \
             objectives are met.",
        )),
        (qualified, true) => text.push_str(&format!(
            "Of {qualified} strategies that qualify it has the least {}; confidence {confidence} that the objectives are \
             met and that, where one strategy is better than every other by {zone} or more, this is that one.",
            show.description
        )),
        (qualified, false) => text.push_str(&format!(
            "Of {qualified} strategies that qualify it has the least {} so far; {}.",
            show.description,
            no_promise(report, choice)
        )),
    }
    text
}

/// `p95 duration_s <= 5m (1m 25s, with confidence at most 1m 27s)`
fn shown(objective: &Objective, assessment: &Assessment) -> String {
    let bound = if objective.at_most { "at most" } else { "at least" };
    let show = |value: f64| value_text(objective, value);
    let text = format::printable(&objective.text);
    let availability = |metric| objective.figure == Figure::of(metric, Statistic::P95) && objective.limit <= 0.0;
    if availability(&metric::BELOW_OBJECTIVE) {
        return format!("{text} (95 in 100 rollouts never go below)");
    }
    if availability(&metric::WATCHED_BELOW_OBJECTIVE) {
        return format!("{text} (95 in 100 rollouts never go below, nor what follows them)");
    }
    match (assessment.value, assessment.shown) {
        (Some(value), Some(shown)) => format!("{text} ({}, with confidence {bound} {})", show(value), show(shown)),
        (Some(value), None) => format!("{text} ({})", show(value)),
        _ => text,
    }
}

/// A value as the figure of an objective is written.
pub(super) fn value_text(objective: &Objective, value: f64) -> String {
    format::value(objective.figure.unit(), value)
}

/// Procedures, papers, levels and numbers of replications.
pub(super) fn method(report: &Report<'_>, choice: &Choice) -> Vec<String> {
    let question = report.question;
    let mut sentences = Vec::new();
    let replications = format::count(u64::from(question.replications));
    if !report.objectives().is_empty() {
        sentences.push(format!(
            "Objectives: replications 0 to {}, exact binomial limits of shares and quantiles, Student's of means; each \
             claim errs with probability {} or less, so that with {} confidence no strategy qualifies wrongly \
             (intersection-union test, Berger 1982; Bonferroni over {} strategies).",
            question.replications - 1,
            rare(report.recommendation.tail),
            format::percent(1.0 - (1.0 - question.confidence) / 2.0),
            report.eligible(),
        ));
    }
    let called = criterion(&question.criterion);
    if choice.replications > 0 {
        let sure = if choice.decided { promise(report, choice) } else { no_promise(report, choice) };
        sentences.push(format!(
            "Choice: {PROCEDURE} on the next {} with common random numbers; indifference zone {}; {sure}.",
            format::plural(u64::from(choice.replications), "replication"),
            (called.show)(choice.indifference),
        ));
    }
    if called.name != "surge" {
        sentences.push(format!(
            "Time to completion: rollouts that do not complete (unfinished, rolled back, superseded) are not left out \
             but count with the horizon of {} (restricted mean).",
            format::duration(choice.evidence.horizon_s)
        ));
    }
    sentences.push(format!(
        "Differences: {replications} further replications, paired, Student's limits. Seed {}.",
        report.plan.seed
    ));
    sentences
}

fn promise(report: &Report<'_>, choice: &Choice) -> String {
    let most = (criterion(&report.question.criterion).show)(choice.bound.value);
    let condition = match choice.bound.known {
        true => format!(", whatever the distribution, since no two rollouts can differ by more than {most}"),
        false => format!(", provided that no two rollouts differ by more than {most}, ten times the most seen"),
    };
    format!("probability of correct selection {} or more{condition}", format::percent(choice.probability))
}

/// Why no probability is promised.
fn no_promise(report: &Report<'_>, choice: &Choice) -> String {
    let most = (criterion(&report.question.criterion).show)(choice.bound.value);
    let reason = match choice.bound.exceeded {
        true => format!("a rollout went beyond the difference of {most} that was reckoned with at most"),
        false => "the ceiling came before the end of the selection".into(),
    };
    format!("no probability is promised, because {reason}")
}

fn rare(probability: f64) -> String {
    if probability >= 0.001 { format::percent(probability) } else { format!("{probability:.1e}") }
}
