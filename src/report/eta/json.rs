//! The answer for programs.

use serde_json::{Value, json};

use super::Answered;
use super::causes::of_cause;
use super::sentences::{help, missing, title};
use crate::eta::{Cause, Eta, Forecast, Help, StartUp, State};
use crate::report::json::versioned;
use crate::report::{caveats, format};
use crate::stats::Estimate;

/// The answer as one object.
#[must_use]
pub fn json(one: Answered<'_>) -> Value {
    let eta = one.eta;
    let (snapshot, workload) = (&eta.snapshot, &eta.snapshot.workload);
    let passed = if let State::Stalled(since) = eta.state { Some(format::instant(since)) } else { None };
    let mut object = json!({
        "workload": workload.full_name(), "kind": workload.kind.as_str(), "answer": title(eta), "state": eta.state.as_str(),
        "at": format::instant(snapshot.at), "at_given": snapshot.at_is_given, "replicas": workload.desired,
        "target": snapshot.target(), "updated": workload.updated, "available": workload.available,
        "deadline_passed_at": passed, "forecast": eta.forecast.as_ref().map(|own| forecast(eta, own)),
        "waits_for": eta.causes.iter().map(|own| cause(eta, own)).collect::<Vec<_>>(),
        "help": eta.help.iter().map(|own| helps(eta, own)).collect::<Vec<_>>(),
        "start_up": eta.start_up.as_ref().map(start_up), "remark": eta.remark, "missing": missing(eta),
    });
    if let Some(caveats) = one.caveats {
        caveats::extend(&mut object, caveats, None);
    }
    versioned(object)
}

fn forecast(eta: &Eta, own: &Forecast) -> Value {
    let clock = |estimate: &Estimate| {
        let at_rest = eta.state == State::AtRest;
        estimate.value.filter(|_| !at_rest).map(|seconds| format::instant(eta.snapshot.at + seconds.round() as i64))
    };
    json!({
        "replications": own.n, "p05_s": estimate(&own.p05), "p50_s": estimate(&own.p50), "p95_s": estimate(&own.p95),
        "p05_at": clock(&own.p05), "p50_at": clock(&own.p50), "p95_at": clock(&own.p95), "never": estimate(&own.never),
        "deadline": own.deadline.as_ref().map(estimate), "horizon_s": own.horizon_s, "stuck": own.stuck,
    })
}

fn estimate(of: &Estimate) -> Value {
    json!({"value": of.value, "low": of.low, "high": of.high, "n": of.n})
}

fn cause(eta: &Eta, own: &Cause) -> Value {
    let instant = |at: Option<i64>| at.map(format::instant);
    json!({
        "cause": own.kind.as_str(), "text": of_cause(eta, own).0, "passes": own.kind.passes(), "pods": own.pods,
        "since": instant(own.since), "until": instant(own.until), "evidence": own.evidence,
    })
}

fn helps(eta: &Eta, own: &Help) -> Value {
    json!({
        "action": own.action.as_str(), "text": help(eta, own), "forecast": own.forecast.as_ref().map(|own| forecast(eta, own)),
    })
}

fn start_up(own: &StartUp) -> Value {
    let (complete, running, median) = match own {
        StartUp::Written => (None, None, None),
        StartUp::Fitted { complete, running, median_s, .. } => (Some(complete), Some(running), Some(median_s)),
        StartUp::Present { complete, median_s, .. } => (Some(complete), None, Some(median_s)),
        StartUp::Assumed { complete, running } => (Some(complete), Some(running), None),
    };
    json!({"source": own.as_str(), "complete": complete, "running": running, "median_s": median})
}
