//! The sentences about a strategy that was chosen.

use super::Report;
use crate::analysis::Statistics;
use crate::plan::Objective;
use crate::recommend::{Assessment, Choice, Criterion};
use crate::report::human::{self, Unit};
use crate::stats::{CONFIDENCE, Paired};

pub(super) const KN: &str =
    "KN (Kim and Nelson, ACM Transactions on Modeling and Computer Simulation 11 (2001), 251-273)";

/// What a criterion is called.
pub(super) struct Called {
    /// The word on the command line.
    pub(super) name: &'static str,
    /// In a sentence.
    pub(super) description: String,
    /// How its values are shown.
    pub(super) show: fn(f64) -> String,
}

pub(super) fn criterion(criterion: &Criterion) -> Called {
    match criterion {
        Criterion::Duration => {
            Called { name: "duration", description: "mean time to completion".into(), show: human::duration }
        }
        Criterion::Surge => Called { name: "surge", description: "mean surge".into(), show: pod_seconds },
        Criterion::Cost(weights) => {
            let terms: Vec<_> = weights.iter().map(|one| format!("{} x {}", one.factor, one.metric)).collect();
            Called { name: "cost", description: format!("mean cost ({})", terms.join(" + ")), show: human::number }
        }
    }
}

fn pod_seconds(value: f64) -> String {
    format!("{} pod-seconds", human::number(value))
}

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

/// Strategies that the procedure ended without telling apart.
fn same(report: &Report<'_>, choice: &Choice) -> String {
    let names: Vec<_> = choice.undecided.iter().map(|&n| report.name(n)).collect();
    match (names.is_empty(), choice.decided) {
        (true, _) => String::new(),
        (false, true) => format!(" Equal in every replication: {}.", names.join("; ")),
        (false, false) => format!(
            " Not told apart from it within {} rollouts each: {}. A larger --indifference or --ceiling would tell.",
            human::count(u64::from(choice.replications)),
            names.join("; ")
        ),
    }
}

/// What is gained, what is given up, and how sure that is.
pub(super) fn pull_request(report: &Report<'_>, choice: &Choice) -> Vec<String> {
    let best = report.name(choice.best);
    let evidence = &choice.evidence;
    let rollouts =
        human::plural(u64::from(evidence.replications.end - evidence.replications.start), "simulated rollout");
    let name = human::printable(&report.recommendation.deployment);
    let (mut gains, mut costs) = (Vec::new(), Vec::new());
    for (metric, paired) in &evidence.differences {
        match difference(metric, paired, &evidence.best, evidence.own.as_ref()) {
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
            human::percent(CONFIDENCE)
        ));
    }
    let figure = |metric, statistic, show: fn(f64) -> String| {
        evidence.best.get(metric, statistic).and_then(|one| one.value).map_or("unknown".into(), show)
    };
    paragraph.push_str(&format!(
        " Of {rollouts} {} completed and {} stalled; 95 in 100 {} {} pods at once or fewer.",
        figure("completed_rate", "rate", human::percent),
        figure("stalled_rate", "rate", human::percent),
        match evidence.best.get("duration_s", "p95").and_then(|one| one.value) {
            Some(p95) => format!("complete within {} and have", human::duration(p95)),
            None => "have".into(),
        },
        figure("peak_footprint", "p95", human::number),
    ));
    vec![format!("{paragraph} {}{}", certainty(report, choice), condition(report))]
}

/// That all of it holds only on a condition; empty where it does not.
fn condition(report: &Report<'_>) -> String {
    let fields: Vec<_> = report.plan.caveats.open(None).map(|one| human::printable(&one.field)).collect();
    match fields.as_slice() {
        [] => String::new(),
        fields => format!(" This holds only if what is not modelled does not decide: {}.", fields.join(", ")),
    }
}

/// A difference that is not nothing: whether it is a gain, and what to say of it.
fn difference(metric: &str, paired: &Paired, best: &Statistics, own: Option<&Statistics>) -> Option<(bool, String)> {
    let estimate = &paired.difference;
    let (value, low, high) = (estimate.value?, estimate.low?, estimate.high?);
    if low <= 0.0 && high >= 0.0 {
        return None;
    }
    let less = value < 0.0;
    let (near, far) = if less { (-high, -low) } else { (low, high) };
    let p95 = |statistics: Option<&Statistics>, metric| {
        statistics.and_then(|one| one.get(metric, "p95")).and_then(|one| one.value).map(human::duration)
    };
    let text =
        |show: fn(f64) -> String, noun: &str| format!("{}{noun} ({} to {})", show(value.abs()), show(near), show(far));
    Some((
        less,
        match metric {
            "time_to_complete_s" => {
                let aside = match (p95(Some(best), "duration_s"), p95(own, "duration_s")) {
                    (Some(best), Some(own)) => format!(", p95 {best} instead of {own}"),
                    _ => String::new(),
                };
                let word = if less { "sooner" } else { "later" };
                format!("complete {}{aside}", text(human::duration, &format!(" {word}")))
            }
            "surge_pod_seconds" => text(human::number, &format!(" {} pod-seconds of surge", fewer(less))),
            "dip_pod_seconds" => text(human::number, &format!(" {} pod-seconds of missing pods", fewer(less))),
            _ => {
                let word = if less { "shallower" } else { "deeper" };
                format!("deepest dip {word} by {}", text(human::percent, " of the replicas"))
            }
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
    let confidence = human::percent(report.question.confidence);
    let zone = (show.show)(choice.indifference);
    match (choice.qualified, choice.decided) {
        (1, _) => text.push_str(&format!(
            "No other strategy was shown to meet {}; confidence {confidence}.",
            if report.objectives().len() == 1 { "it" } else { "them all" }
        )),
        (qualified, true) => text.push_str(&format!(
            "Of {qualified} strategies that qualify it has the least {}; confidence {confidence} that the objectives are \
             met and that, where one strategy is better than every other by {zone} or more, this is that one.",
            show.description
        )),
        (qualified, false) => text.push_str(&format!(
            "Of {qualified} strategies that qualify it has the least {} so far; the simulation ended before that was \
             certain.",
            show.description
        )),
    }
    text
}

/// `p95 duration_s <= 5m (1m 25s, with confidence at most 1m 27s)`
fn shown(objective: &Objective, assessment: &Assessment) -> String {
    let bound = if objective.at_most { "at most" } else { "at least" };
    let show = |value: f64| value_text(objective, value);
    let text = human::printable(&objective.text);
    if objective.metric == "below_objective_s" && objective.limit <= 0.0 && objective.statistic == "p95" {
        return format!("{text} (95 in 100 rollouts never go below)");
    }
    match (assessment.value, assessment.shown) {
        (Some(value), Some(shown)) => format!("{text} ({}, with confidence {bound} {})", show(value), show(shown)),
        (Some(value), None) => format!("{text} ({})", show(value)),
        _ => text,
    }
}

/// A value in the unit of an objective's metric.
pub(super) fn value_text(objective: &Objective, value: f64) -> String {
    Unit::of(&objective.metric).show()(value)
}

/// Procedures, papers, levels and numbers of replications.
pub(super) fn method(report: &Report<'_>, choice: &Choice) -> Vec<String> {
    let question = report.question;
    let mut sentences = Vec::new();
    let replications = human::count(u64::from(question.replications));
    if !report.objectives().is_empty() {
        sentences.push(format!(
            "Objectives: replications 0 to {}, exact binomial limits of shares and quantiles, Student's of means; each \
             claim errs with probability {} or less, so that with {} confidence no strategy qualifies wrongly \
             (intersection-union test, Berger 1982; Bonferroni over {} strategies).",
            question.replications - 1,
            rare(report.recommendation.tail),
            human::percent(1.0 - (1.0 - question.confidence) / 2.0),
            report.eligible(),
        ));
    }
    let called = criterion(&question.criterion);
    if choice.qualified > 1 {
        let sure = if choice.decided {
            format!("probability of correct selection {} or more", human::percent(choice.probability))
        } else {
            "no probability is promised, because the ceiling came first".into()
        };
        sentences.push(format!(
            "Choice: {KN} on the next {} replications with common random numbers, 50 observations in the first stage, \
             each the mean of {}; indifference zone {}; {sure}.",
            human::count(u64::from(choice.replications)),
            human::plural(u64::from(choice.batch), "replication"),
            (called.show)(choice.indifference),
        ));
    }
    if called.name != "surge" {
        sentences.push(format!(
            "Time to completion: rollouts that do not complete (unfinished, rolled back, superseded) are not left out \
             but count with the horizon of {} (restricted mean).",
            human::duration(choice.evidence.horizon_s)
        ));
    }
    sentences.push(format!(
        "Differences: {replications} further replications, paired, Student's limits. Seed {}.",
        report.plan.seed
    ));
    sentences
}

fn rare(probability: f64) -> String {
    if probability >= 0.001 { human::percent(probability) } else { format!("{probability:.1e}") }
}
