//! The figures of the answer: a heading, then a name and values in each row.

use crate::eta::{Eta, Forecast, State};
use crate::report::format;
use crate::stats::Estimate;

/// What is in place of a value that the simulated rollouts do not reach.
const BEYOND: &str = "–";

/// Names with their values.
pub(super) fn rows(eta: &Eta) -> Vec<(&'static str, String)> {
    let workload = &eta.snapshot.workload;
    let mut rows = Vec::new();
    if let Some(forecast) = &eta.forecast {
        let name = if eta.state == State::AtRest { "a rollout takes" } else { "time left" };
        rows.push((name, values(forecast, format::time)));
        if eta.state != State::AtRest {
            let clock = |seconds: f64| format::clock(eta.snapshot.at + seconds.round() as i64);
            rows.push(("complete at, UTC", values(forecast, clock)));
        }
        rows.extend(deadline(eta, forecast).map(|text| ("progress deadline", text)));
        let never = forecast.never;
        let limit = limit(&never).map_or(String::new(), |high| format!(", at most {high}"));
        let never = never.value.map_or_else(|| BEYOND.to_owned(), format::share);
        let horizon = format::time(forecast.horizon_s);
        rows.push((
            "does not complete",
            format!("{never} of {} within {horizon}{limit}", format::count(u64::from(forecast.n))),
        ));
    }
    let target = eta.snapshot.target();
    let version = if eta.state == State::AtRest { "present" } else { "new" };
    rows.push((
        "now",
        format!(
            "{} of {target} pods of the {version} version, {} of {} available{}",
            workload.updated.min(target.max(workload.updated)),
            workload.available,
            workload.desired,
            going(eta)
        ),
    ));
    rows
}

/// `p50 14s   p05 9s   p95 31s`.
fn values(forecast: &Forecast, write: impl Fn(f64) -> String) -> String {
    let one = |value: Option<f64>| value.map_or_else(|| BEYOND.to_owned(), &write);
    let [p05, p50, p95] = [&forecast.p05, &forecast.p50, &forecast.p95].map(|estimate| one(estimate.value));
    format!("p50 {p50}   p05 {p05}   p95 {p95}")
}

/// The risk of the deadline.
pub(super) fn deadline(eta: &Eta, forecast: &Forecast) -> Option<String> {
    if let State::Stalled(since) = eta.state {
        return Some(format!("passed at {} UTC", format::clock(since)));
    }
    let share = forecast.deadline.as_ref()?;
    let limit = limit(share).map_or(String::new(), |high| format!(" (at most {high})"));
    let value = share.value.map_or_else(|| BEYOND.to_owned(), format::share);
    if eta.state == State::AtRest {
        return Some(format!("{value} pass it{limit}"));
    }
    let earliest = eta.snapshot.workload.deadline();
    let earliest = earliest.map_or(String::new(), |at| format!(", at {} UTC at the earliest", format::clock(at)));
    Some(format!("{value} pass it{limit}{earliest}"))
}

/// The upper limit of a share, where it says more than the share.
fn limit(share: &Estimate) -> Option<String> {
    share.high.filter(|high| share.value.is_some_and(|value| value < *high)).map(format::share)
}

fn going(eta: &Eta) -> String {
    match eta.snapshot.pods.iter().filter(|pod| pod.told.is_some()).count() as u64 {
        0 => String::new(),
        count => format!(", {count} on the way out"),
    }
}
