//! What is gained, what is given up, and how sure that is, in a paragraph for a pull request.

use super::method::no_promise;
use super::report::{Report, criterion};
use super::sentences::{condition, value_text};
use super::{reasons, wanted};
use crate::analysis::Statistics;
use crate::analysis::headlines::{COMPLETED, DIP_POD_SECONDS, DURATION_P95, Headline, PODS_P95, SURGE};
use crate::metrics::Figure;
use crate::plan::Objective;
use crate::recommend::{Assessment, Choice, Criterion, TIME_TO_COMPLETE};
use crate::report::format;
use crate::stats::{CONFIDENCE, Paired};

/// What is gained, what is given up, and how sure that is.
pub(super) fn paragraphs(report: &Report<'_>, choice: &Choice) -> Vec<String> {
    let best = report.name(choice.best);
    let evidence = &choice.evidence;
    let rollouts =
        format::plural(u64::from(evidence.replications.end - evidence.replications.start), "simulated rollout");
    let (kind, name) = (report.recommendation.kind, format::printable(&report.recommendation.deployment));
    let (mut gains, mut costs) = (Vec::new(), Vec::new());
    for (figure, paired) in &evidence.differences {
        match difference(*figure, paired, &evidence.best, evidence.own.as_ref()) {
            Some((true, text)) => gains.push(text),
            Some((false, text)) => costs.push(text),
            None => {}
        }
    }
    let first = match report.recommendation.own {
        Some(own) if own == choice.best => format!("{kind} {name} keeps {best}."),
        Some(own) => format!("{kind} {name} is to roll out with {best} instead of {}.", report.name(own)),
        None => format!("{kind} {name} is to roll out with {best}."),
    };
    let mut paragraph = first;
    if !evidence.differences.is_empty() {
        let list = |items: &[String]| if items.is_empty() { "nothing that shows".into() } else { items.join("; ") };
        paragraph.push_str(&format!(
            " Gained: {}. Given up: {}. These are mean differences over {rollouts} of each, which had no part in the \
             choice, under common random numbers; in brackets their {} limits.",
            list(&gains),
            list(&costs),
            format::share(CONFIDENCE)
        ));
    }
    let figure = |headline: Headline| {
        let (figure, value) = (headline.figure, evidence.best.value(headline.figure));
        value.map_or("unknown".into(), |value| format::value(figure.unit(), value))
    };
    paragraph.push_str(&format!(
        " Of {rollouts} {} completed and {} {}; 95 in 100 {} {} pods at once or fewer.",
        figure(COMPLETED),
        figure(report.failed()),
        if report.can_stall() { "stalled" } else { "did not by the horizon" },
        match evidence.best.value(DURATION_P95.figure) {
            Some(p95) => format!("complete within {} and have", format::duration(p95)),
            None => "have".into(),
        },
        figure(PODS_P95),
    ));
    let condition = condition(report).map_or(String::new(), |sentence| format!(" {sentence}"));
    vec![format!("{paragraph} {}{condition}", certainty(report, choice))]
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
            text(&format!(" {} pod-seconds of extra pods", fewer(less)))
        } else if figure == DIP_POD_SECONDS.figure {
            text(&format!(" {} pod-seconds of missing pods", fewer(less)))
        } else {
            format!("{} missing pods at worst, by {}", fewer(less), text(" of the replicas"))
        },
    ))
}

const fn fewer(less: bool) -> &'static str {
    if less { "fewer" } else { "more" }
}

/// What holds with which confidence, with the values that were shown.
fn certainty(report: &Report<'_>, choice: &Choice) -> String {
    let show = criterion(&report.question.criterion);
    let mut text = String::new();
    if !report.objectives().is_empty() {
        let strategy = &report.recommendation.strategies[choice.best];
        let each = report.objectives().iter().zip(&strategy.assessments);
        let each: Vec<_> = each.map(|(objective, assessment)| shown(objective, assessment)).collect();
        text.push_str(&format!("All objectives are met: {}. ", each.join("; ")));
    }
    if report.question.criterion == Criterion::Duration {
        return format!("{text}{} {}.", reasons::why(report, choice), format::capital(&reasons::sure(report, choice)));
    }
    let confidence = format::share(report.question.confidence);
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
    match wanted::watched(objective) {
        Some(false) => return format!("{text} (95 of 100 rollouts never go below)"),
        Some(true) => return format!("{text} (95 of 100 rollouts never go below, nor what follows them)"),
        None => {}
    }
    match (assessment.value, assessment.shown) {
        (Some(value), Some(shown)) => format!("{text} ({}, with confidence {bound} {})", show(value), show(shown)),
        (Some(value), None) => format!("{text} ({})", show(value)),
        _ => text,
    }
}
