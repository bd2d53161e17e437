//! A recommendation for programs.

use serde_json::{Map, Value, json};

use super::report::{Report, criterion, object, word};
use super::{misses, patch, sentences};
use crate::analysis::headlines::{DIP_MEAN, DIP_POD_SECONDS, DURATION_P95, Headline, STALLED, SURGE, UNFINISHED};
use crate::metrics::Figure;
use crate::plan::Plan;
use crate::recommend::{Choice, Origin, Question, Recommendation, Strategy, TIME_TO_COMPLETE};
use crate::stats::Estimate;

/// A recommendation as a JSON object.
#[must_use]
pub fn json(plan: &Plan, question: &Question, recommendation: &Recommendation) -> Value {
    let report = Report { plan, question, recommendation };
    let strategies: Vec<Value> = recommendation.strategies.iter().map(|one| report.strategy(one)).collect();
    json!({
        "case": object(&recommendation.case),
        "deployment": recommendation.deployment,
        "strategies_from": match recommendation.origin { Origin::Swept => "sweep", Origin::Around => "manifest" },
        "criterion": criterion(&question.criterion).name,
        "confidence": question.confidence,
        "replications": question.replications,
        "seed": plan.seed,
        "manifest_strategy": recommendation.own,
        "strategies": strategies,
        "recommended": recommendation.choice.as_ref().map(|choice| report.choice(choice)),
        "unmet": if recommendation.choice.is_none() { misses::json(&report) } else { Value::Null },
    })
}

impl Report<'_> {
    fn strategy(&self, one: &Strategy) -> Value {
        let assessed = self.objectives().iter().zip(&one.assessments).map(|(objective, assessment)| {
            json!({
                "objective": objective.text,
                "standing": word(assessment.standing),
                "value": assessment.value,
                "shown": assessment.shown,
            })
        });
        let statistic = |headline: Headline| one.statistics.get(headline.figure).map_or(Value::Null, estimate);
        json!({
            "parameters": object(&one.parameters),
            "eligible": one.eligible,
            "qualifies": one.qualifies(),
            "on_front": one.on_front,
            "criterion": one.criterion,
            "duration_s_p95": statistic(DURATION_P95),
            "dip_depth_mean": statistic(DIP_MEAN),
            "dip_pod_seconds_mean": statistic(DIP_POD_SECONDS),
            "surge_pod_seconds_mean": statistic(SURGE),
            "stalled_rate": statistic(STALLED),
            "unfinished_rate": statistic(UNFINISHED),
            "objectives": assessed.collect::<Vec<_>>(),
        })
    }

    fn choice(&self, choice: &Choice) -> Value {
        let differences: Map<String, Value> = choice
            .evidence
            .differences
            .iter()
            .map(|(figure, paired)| {
                let mut value = estimate(&paired.difference);
                value["variance_ratio"] = json!(paired.variance_ratio);
                (difference_name(*figure).to_owned(), value)
            })
            .collect();
        json!({
            "strategy": choice.best,
            "conditional": self.plan.caveats.is_conditional(None),
            "parameters": object(&self.recommendation.strategies[choice.best].parameters),
            "patch": patch::of(self.recommendation, choice.best),
            "pull_request": sentences::pull_request(self, choice).join("\n\n"),
            "procedure": sentences::PROCEDURE,
            "decided": choice.decided,
            "probability_of_correct_selection": choice.decided.then_some(choice.probability),
            "indifference_zone": choice.indifference,
            "largest_difference": choice.bound.value,
            "largest_difference_known": choice.bound.known,
            "qualified": choice.qualified,
            "not_told_apart": choice.undecided,
            "selection_replications": choice.replications,
            "evidence_replications": [choice.evidence.replications.start, choice.evidence.replications.end],
            "horizon_s": choice.evidence.horizon_s,
            "differences_from_manifest": differences,
        })
    }
}

/// The name of a difference: that of its metric, but the time to completion is no column.
fn difference_name(figure: Figure) -> &'static str {
    if figure == TIME_TO_COMPLETE { "time_to_complete_s" } else { figure.measure.name() }
}

fn estimate(estimate: &Estimate) -> Value {
    json!({"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n})
}
