//! A recommendation for programs.

use serde_json::{Map, Value, json};

use super::Answered;
use super::changes::Changes;
use super::report::{Report, criterion, object, word};
use super::{method, misses, patch, pull_request, reasons, sentences};
use crate::analysis::headlines::{
    AVAILABLE_P05, DIP_MEAN, DIP_POD_SECONDS, DURATION_P95, Headline, PODS_P95, STALLED, SURGE, UNFINISHED,
};
use crate::analysis::pick::has_room;
use crate::metrics::Figure;
use crate::plan::{Plan, Premise, is_chosen, world_of};
use crate::recommend::{Choice, Criterion, Origin, Strategy, TIME_TO_COMPLETE};
use crate::report::{input_uncertainty, premises, what_if};
use crate::scenario::Scenario;
use crate::stats::Estimate;

/// A recommendation as a JSON object.
#[must_use]
pub fn json(answered: Answered<'_>) -> Value {
    let Answered { plan, question, recommendation, .. } = answered;
    let report = Report::from(answered);
    let strategies: Vec<Value> = recommendation.strategies.iter().map(|one| report.strategy(one)).collect();
    let mut answer = json!({
        "case": object(&recommendation.case),
        "kind": recommendation.kind,
        "deployment": recommendation.deployment,
        "namespace": recommendation.namespace,
        "replicas": recommendation.strategies.first().map(|one| one.spec.replicas),
        "pod_requests": {
            "cpu_millis": recommendation.requests.cpu_millis,
            "memory_bytes": recommendation.requests.memory_bytes,
        },
        "strategies_from": match recommendation.origin { Origin::Swept => "sweep", Origin::Around => "manifest" },
        "criterion": criterion(&question.criterion).name,
        "confidence": question.confidence,
        "replications": question.replications,
        "seed": plan.seed,
        "manifest_strategy": recommendation.own,
        "zone_s": recommendation.pick.zone_s,
        "least_room": recommendation.pick.least_room,
        "fastest": recommendation.pick.fastest,
        "equally_fast": recommendation.pick.equally_fast,
        "remarks": sentences::remarks(&report),
        "strategies": strategies,
        "recommended": recommendation.choice.as_ref().map(|choice| report.choice(choice)),
        "what_if": {
            "recommended": what_if::json(&answered.what_if.recommended),
            "now": what_if::json(&answered.what_if.now),
        },
        "sources": sources(plan, &recommendation.case),
        "unmet": if recommendation.choice.is_none() { misses::json(&report) } else { Value::Null },
    });
    if let Some(search) = &recommendation.search {
        answer["search"] = json!({
            "candidates": search.candidates,
            "looks": search.looks,
            "replications": search.replications,
            "finalists": search.finalists,
            "held": search.held,
        });
    }
    if let Some(found) = &recommendation.drawn {
        answer["drawn_latencies"] = json!({
            "measurements": input_uncertainty::measured(&found.measurements),
            "draws": found.draws,
            "replications": found.replications,
            "meets": found.meets,
            "choices": found.picked.iter().map(|(place, count)| json!({"strategy": place, "draws": count})).collect::<Vec<_>>(),
        });
    }
    answer
}

/// What the answer in a world rests on: the values of a scenario of it, without the strategy, which is what is chosen.
fn sources(plan: &Plan, world: &[(String, String)]) -> Value {
    let is_of_world = |scenario: &&Scenario| world_of(scenario) == world;
    let first = plan.scenarios.first();
    let id = plan.scenarios.iter().find(is_of_world).or(first).map(|scenario| scenario.id);
    let given: Vec<Premise> = plan.premises.iter().filter(|premise| !is_chosen(&premise.key)).cloned().collect();
    premises::json(&given, id)
}

impl Report<'_> {
    fn strategy(&self, one: &Strategy) -> Value {
        let assessed = self.objectives().iter().zip(&one.assessments).map(|(objective, assessment)| {
            json!({
                "objective": objective.text,
                "default": self.asked.added().contains(objective),
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
            "has_room": has_room(&one.bounds),
            "duration_s_p95": statistic(DURATION_P95),
            "min_available_p05": statistic(AVAILABLE_P05),
            "peak_footprint_p95": statistic(PODS_P95),
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
        let changes = Changes::of(self, choice);
        let procedure = match self.question.criterion {
            Criterion::Duration => method::RULE,
            _ => method::PROCEDURE,
        };
        json!({
            "strategy": choice.best,
            "conditional": self.plan.caveats.is_conditional(None),
            "parameters": object(&self.recommendation.strategies[choice.best].parameters),
            "patch": patch::of(self.recommendation, choice.best),
            "yaml": patch::yaml(self.recommendation, choice.best),
            "command": patch::command(self.recommendation, choice.best),
            "by_hand": patch::by_hand(self.recommendation, choice.best),
            "why": sentences::why(self, choice),
            "gains": changes.gains,
            "costs": changes.costs,
            "sure": reasons::sure(self, choice),
            "slower_s": choice.slower_s,
            "available": choice.available,
            "pull_request": pull_request::paragraphs(self, choice).join("\n\n"),
            "procedure": procedure,
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
