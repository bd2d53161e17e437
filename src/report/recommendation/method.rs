//! Procedures, papers, levels and numbers of replications.

use super::report::{Report, criterion};
use super::wanted;
use crate::recommend::{Choice, Criterion};
use crate::report::format;

pub(super) const PROCEDURE: &str =
    "selection by betting (Waudby-Smith and Ramdas, Journal of the Royal Statistical Society B 86 (2024), 1-27)";

pub(super) const RULE: &str =
    "the rule of choice (docs/guide/choosing-a-strategy.md), with limits from order statistics";

/// Procedures, papers, levels and numbers of replications.
pub(super) fn lines(report: &Report<'_>, choice: &Choice) -> Vec<String> {
    let question = report.question;
    let mut sentences = vec![wanted::origin(report)];
    sentences.extend(wanted::search(report));
    let replications = format::count(u64::from(question.replications));
    if !report.objectives().is_empty() {
        sentences.push(format!(
            "Objectives: replications 0 to {}, exact binomial limits of shares and quantiles, Student's of means; each \
             claim errs with probability {} or less, so that with {} confidence no strategy qualifies wrongly \
             (intersection-union test, Berger 1982; Bonferroni over {} strategies).",
            question.replications - 1,
            rare(report.recommendation.tail),
            format::share(1.0 - (1.0 - question.confidence) / 2.0),
            report.eligible(),
        ));
    }
    let called = criterion(&question.criterion);
    if question.criterion == Criterion::Duration {
        sentences.extend(rule(report, choice));
    } else if choice.replications > 0 {
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

/// The rule of choice, and what its promise rests on.
fn rule(report: &Report<'_>, choice: &Choice) -> Vec<String> {
    let confidence = format::share(choice.probability);
    let zone = format::time(report.recommendation.pick.zone_s);
    let (badly, anew) = match report.can_stall() {
        true => ("stall more often", ""),
        false => ("complete more seldom", "; then no object that must be created anew"),
    };
    let mut sentences = vec![format!(
        "Rule of choice, from the estimates of the same replications: of the strategies that meet the objectives, those whose p95 \
         is within {zone} of the fastest; of these, those not shown to {badly}; then the most pods available at worst \
         (the number that 95 of 100 rollouts never go below); then no more pods than the nodes take{anew}; then the fewest pod-minutes \
         of extra pods. The zone of {zone} is a tenth of the limit of the duration, or a twentieth of the least p95, whichever is \
         more, unless --indifference says otherwise. This order is a preference, and no probability is claimed for it."
    )];
    if choice.slower_s.is_some() || choice.available.is_some() {
        sentences.push(format!(
            "Promise: how much faster another strategy may be, and how many pods stay available, is shown by the next {} with \
             limits from order statistics, whatever the distribution; together they err with probability {} or less \
             (intersection-union test, Berger 1982; Bonferroni over limits and looks).",
            format::plural(u64::from(choice.replications), "replication"),
            format::share(1.0 - choice.probability),
        ));
    } else {
        sentences
            .push(format!("The p95 is beyond what {confidence} confidence can bound: nothing is promised of speed."));
    }
    sentences
}

fn promise(report: &Report<'_>, choice: &Choice) -> String {
    let most = (criterion(&report.question.criterion).show)(choice.bound.value);
    let condition = match choice.bound.known {
        true => format!(", whatever the distribution, since no two rollouts can differ by more than {most}"),
        false => format!(", provided that no two rollouts differ by more than {most}, ten times the most seen"),
    };
    format!("probability of correct selection {} or more{condition}", format::share(choice.probability))
}

/// Why no probability is promised.
pub(super) fn no_promise(report: &Report<'_>, choice: &Choice) -> String {
    let most = (criterion(&report.question.criterion).show)(choice.bound.value);
    let reason = match choice.bound.exceeded {
        true => format!("a rollout went beyond the difference of {most} that was reckoned with at most"),
        false => "the ceiling came before the end of the selection".into(),
    };
    format!("no probability is promised, because {reason}")
}

fn rare(probability: f64) -> String {
    if probability >= 0.001 { format::share(probability) } else { format!("{probability:.1e}") }
}
