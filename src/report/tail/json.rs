//! The answer for programs.

use serde_json::{Value, json};

use super::Answered;
use super::causes::sentence;
use crate::report::{caveats, json::versioned};
use crate::tail::{Caused, Way};

/// One JSON object, ending in a newline.
#[must_use]
pub fn json(answered: Answered<'_>) -> String {
    let Answered { tail, event, scenario, plan } = answered;
    let rare = &tail.rare;
    let cause = |one: &Caused| {
        let count = |number: u32| json!(number);
        json!({
            "cause": sentence(one, scenario), "entities": count(one.entities), "times": count(one.times), "part": one.part,
        })
    };
    let mut object = json!({
        "scenario": scenario.id,
        "event": event.text,
        "probability": rare.probability.value,
        "low": rare.probability.low,
        "high": rare.probability.high,
        "relative_error": rare.relative_error,
        "replications": tail.n,
        "pilot_replications": tail.pilots,
        "hits": rare.hits,
        "effective_hits": rare.effective,
        "plain_replications": rare.plain,
        "drawn": drawn(tail.way),
        "plain_share": tail.plain,
        "others_at_most": rare.unseen,
        "causes": tail.causes.iter().map(cause).collect::<Vec<Value>>(),
    });
    if tail.way == Way::Staged {
        object["stages"] = json!(tail.stages);
    }
    caveats::extend(&mut object, &plan.caveats, Some(scenario.id));
    format!("{}\n", versioned(object))
}

const fn drawn(way: Way) -> &'static str {
    match way {
        Way::Weighted => "weighted",
        Way::Staged => "staged",
        Way::NotRare => "plain_not_rare",
        Way::NoCause => "plain_no_cause",
        Way::NothingDrawn => "plain_nothing_random",
    }
}
