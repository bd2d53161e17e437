//! What refused creations tell of a quota whose object no file has: how many pods there could be, and until when.

use serde_json::{Value, json};

use super::history::History;
use super::names::{Named, appeared};
use super::source::{At, seconds};

/// The words of a refusal by a quota.
const QUOTA: &str = "exceeded quota";

/// A limit on the number of pods.
struct Limit {
    at: At,
    pods: usize,
    /// When more of them were created: it was over by then.
    over: Option<At>,
    why: String,
}

/// The limits as actions. Each begins with the recording, or where there were more pods at first, when it shows.
pub(super) fn about_refusals(history: &History, pods: &[Named<'_>], zero: i64) -> (Vec<(At, Value)>, Vec<String>) {
    let mut actions = Vec::new();
    let mut from = zero;
    for limit in limits(history, pods, zero) {
        let shown = limit.at.nanos.max(zero);
        let exceeded = created_from(pods, from).filter(|at| at.nanos < shown && count(pods, at.nanos) > limit.pods);
        let since = exceeded.last().map_or(from, |last| (last.nanos + shown) / 2);
        let at = At { nanos: since, ..limit.at };
        actions.push((at, json!({"at": at.since(zero), "do": "quota", "pods": limit.pods, "note": limit.why})));
        let Some(over) = limit.over else { continue };
        // The tries in between were refused, and the controller waits twice as long each time: the last one came about half-way.
        let last = history.refused.iter().rfind(|(at, _)| at.nanos < over.nanos && at.nanos > limit.at.nanos);
        let last = last.map_or((shown + over.nanos) / 2, |(at, _)| at.nanos);
        let lifted = At { nanos: (last + over.nanos) / 2, ..limit.at };
        from = over.nanos;
        actions.push((lifted, json!({"at": seconds(lifted.nanos - zero), "do": "quota", "pods": null})));
    }
    let remark = "no file has the quota: what was refused tells how many pods it left room for, and what was created later until when";
    let remarks = if actions.is_empty() { Vec::new() } else { vec![remark.into()] };
    (actions, remarks)
}

fn limits(history: &History, pods: &[Named<'_>], zero: i64) -> Vec<Limit> {
    let mut limits: Vec<Limit> = Vec::new();
    for (at, why) in history.refused.iter().filter(|(_, why)| why.contains(QUOTA)) {
        let before = limits.last();
        if before.is_some_and(|before| before.over.is_none_or(|over| at.nanos < over.nanos)) {
            continue;
        }
        // What was refused before the recording began holds if it goes on.
        let seen = at.nanos;
        let at = At { nanos: seen.max(zero), ..*at };
        let goes_on = || {
            history.refusing.iter().any(|(_, from, until)| from.nanos == seen && until.is_none_or(|until| until > at))
        };
        if seen < zero && !goes_on() {
            continue;
        }
        let there = count(pods, at.nanos);
        let over = created_from(pods, at.nanos + 1).find(|created| count(pods, created.nanos) > there);
        let name = why.split_once(QUOTA).and_then(|(_, rest)| rest.trim_start_matches(": ").split(',').next());
        let why = format!("{}: as its refusals tell", name.unwrap_or("quota"));
        limits.push(Limit { at, pods: there, over, why });
    }
    limits
}

/// When pods were created from an instant on, in order.
fn created_from<'a>(pods: &'a [Named<'_>], from: i64) -> impl Iterator<Item = At> + 'a {
    pods.iter().filter_map(|pod| pod.life.created).filter(move |at| at.nanos >= from)
}

/// How many pods there were, those that were stopping included.
fn count(pods: &[Named<'_>], nanos: i64) -> usize {
    let over = |pod: &Named<'_>| [pod.life.gone, pod.life.failed].into_iter().flatten().any(|at| at.nanos <= nanos);
    pods.iter().filter(|pod| appeared(pod.life).0 <= nanos && !over(pod)).count()
}
