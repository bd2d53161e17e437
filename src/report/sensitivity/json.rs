//! The answer for programs.

use serde_json::{Value, json};

use super::Answered;
use super::sentences::title;
use super::words::name;
use crate::report::caveats;
use crate::report::json::versioned;
use crate::sensitivity::{Design, End, Outcome, Range, Sensitivity};
use crate::stats::Estimate;

/// The answer as one object.
#[must_use]
pub fn json(one: Answered<'_>) -> Value {
    let Answered { plan, scenario, found } = one;
    let mut object = json!({
        "name": plan.name, "scenario": scenario.id, "answer": title(found), "replications": found.replications,
        "trajectories": count(found.screening.as_ref()), "rows": count(found.indices.as_ref()),
        "factors": found.ranges.iter().map(factor).collect::<Vec<_>>(),
        "outcomes": found.outcomes.iter().map(|own| outcome(found, own)).collect::<Vec<_>>(),
    });
    caveats::extend(&mut object, &plan.caveats, Some(scenario.id));
    versioned(object)
}

fn count(design: Option<&Design>) -> u32 {
    design.map_or(0, |design| design.count)
}

fn estimate(of: &Estimate) -> Value {
    json!({"value": of.value, "low": of.low, "high": of.high, "n": of.n})
}

fn factor(range: &Range) -> Value {
    json!({
        "factor": range.factor.key(), "text": name(range.factor), "given": range.given, "low": range.low, "high": range.high,
        "percent": range.is_percent, "setting": range.factor.is_setting(),
    })
}

fn outcome(found: &Sensitivity, own: &Outcome) -> Value {
    let effect = |place: usize| {
        let [low, high] = own.ends[place];
        let screened = own.effects.get(place);
        let index = own.indices.get(place).copied().flatten();
        json!({
            "factor": found.ranges[place].factor.key(), "at_low": end(&low), "at_high": end(&high),
            "mu": screened.map(|effect| effect.mu), "mu_star": screened.map(|effect| estimate(&effect.mu_star)),
            "sigma": screened.and_then(|effect| effect.sigma),
            "first": index.map(|index| estimate(&index.first)), "total": index.map(|index| estimate(&index.total)),
        })
    };
    json!({
        "metric": own.headline.figure.measure.name(), "statistic": own.headline.figure.statistic.as_str(),
        "as_written": estimate(&own.as_written),
        "effects": (0..own.ends.len()).map(effect).collect::<Vec<_>>(),
    })
}

fn end(end: &End) -> Value {
    json!({"level": end.level, "value": end.value, "difference": end.difference.as_ref().map(estimate)})
}
