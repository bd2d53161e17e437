//! The answer for programs.

use serde_json::{Value, json};

use super::effects::words;
use crate::diagnosis::{Account, Life, rows};
use crate::plan::Plan;
use crate::report::{caveats, json::versioned};
use crate::scenario::Scenario;
use crate::time::SimTime;
use crate::why::{Effect, Help, Shown, Why};

/// One JSON object, ending in a newline.
#[must_use]
pub fn json(why: &Why, plan: &Plan, scenario: &Scenario) -> String {
    let mut object = json!({
        "scenario": scenario.id,
        "replications": why.n,
        "completed": why.completed,
        "stalled": scenario.can_stall().then(|| why.causes.iter().map(|(_, count)| count).sum::<u32>()),
        "causes": why.causes.iter().map(|(cause, count)| json!({"cause": cause.as_str(), "rollouts": count})).collect::<Vec<_>>(),
        "matching": why.matching,
        "shown": why.shown.iter().map(|shown| one(shown, scenario)).collect::<Vec<_>>(),
        "effects": why.effects.iter().map(|effect| tried(effect, scenario)).collect::<Vec<_>>(),
    });
    caveats::extend(&mut object, &plan.caveats, Some(scenario.id));
    format!("{}\n", versioned(object))
}

fn one(shown: &Shown, scenario: &Scenario) -> Value {
    let account = &shown.account;
    let after = |at: SimTime| at.since(account.start).as_secs_f64();
    let parts: Vec<Value> = account
        .parts()
        .iter()
        .map(|(part, length)| json!({"part": part.as_str(), "seconds": length.as_secs_f64()}))
        .collect();
    let chain: Vec<Value> = account
        .chain
        .iter()
        .map(|piece| {
            json!({
                "pod": piece.pod.and_then(|pod| account.pod(pod)).map(Life::name), "part": piece.part.as_str(),
                "from_s": after(piece.from), "to_s": after(piece.to),
            })
        })
        .collect();
    let stalled = account.stalled.map(|stalled| {
        json!({
            "at_s": after(stalled.at), "last_progress_s": after(stalled.progress), "cause": stalled.cause.as_str(),
            "pods": stalled.held, "of": stalled.of,
            "message": (!stalled.refusals.is_empty())
                .then(|| stalled.refusals.message(&scenario.cluster.explanation.resources)),
        })
    });
    json!({
        "role": shown.role.as_str(), "replication": shown.replication, "outcome": shown.record.outcome.as_str(),
        "duration_s": account.duration().map(|length| length.as_secs_f64()),
        "min_available": shown.record.min_available,
        "parts": parts, "chain": chain, "stalled": stalled, "pods": pods(shown, account),
    })
}

/// What the pods did, as in `pods.csv`.
fn pods(shown: &Shown, account: &Account) -> Vec<Value> {
    let rows = rows(account, 0, shown.replication, shown.role).into_iter().filter(|row| !row.pod.is_empty());
    rows.map(|row| {
        json!({
            "pod": row.pod, "version": row.version, "node": row.node, "phase": row.phase.as_str(),
            "from_s": row.from_s, "to_s": row.to_s, "deciding": row.deciding,
        })
    })
    .collect()
}

fn tried(effect: &Effect, scenario: &Scenario) -> Value {
    let difference = &effect.paired.difference;
    let help = match effect.help() {
        Help::Helps => "helps",
        Help::NotShown => "no_difference_shown",
        Help::Hurts => "makes_it_worse",
    };
    json!({
        "change": words(effect.remedy, scenario), "figure": effect.figure.text(), "verdict": help,
        "before": effect.paired.values.map(|(before, _)| before), "after": effect.paired.values.map(|(_, after)| after),
        "difference": difference.value, "low": difference.low, "high": difference.high, "replications": effect.n,
    })
}
