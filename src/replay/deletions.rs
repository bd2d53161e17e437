//! Whether two lists of deleted pods follow the same ranking.
//!
//! Which pod is deleted first depends on chance in more ways than by its UID: a pod that the scheduler binds a few
//! milliseconds later changes how many pods its node counts. The properties that the ranking compares before it counts
//! pods on nodes do not depend on chance: whether a pod is bound, whether it is Ready, and its deletion cost. Therefore
//! each burst of deletions of one template must have as many pods of each such kind as the recording, whichever pods
//! they were.

use std::collections::BTreeMap;

use super::answer::DeletionLine;
use super::pod_life::PodLife;
use super::recording::Recording;
use super::steps::{DELETION_COST, deletion_cost};

/// Deletions of one template that are less than this apart are one burst, because one sync may have made them [s].
const BURST_GAP: f64 = 0.15;
/// A pod that changed within this time before or after its deletion may have been of either kind for the controller
/// [s].
const UNSURE: f64 = 0.25;
/// Deletions within this time before the end of a recording may be missing from it [s].
const END: f64 = 1.0;

/// Whether the pod was bound, whether it was Ready, and its deletion cost.
type Kind = (bool, bool, i32);

/// A deletion and the kind of its pod; `None` where the pod changed so close to it that its kind is uncertain.
struct Deletion {
    at: f64,
    kind: Option<Kind>,
}

/// The first burst in which other kinds of pods were deleted.
pub(super) fn difference(
    recording: &Recording,
    lives: &BTreeMap<String, PodLife>,
    expected: &[DeletionLine],
    got: &[DeletionLine],
) -> Option<String> {
    let (expected, got) = (by_template(recording, lives, expected), by_template(recording, lives, got));
    let none = Vec::new();
    expected.keys().chain(got.keys()).find_map(|template| {
        let (left, right) = (expected.get(template).unwrap_or(&none), got.get(template).unwrap_or(&none));
        count(template, left, right, recording.ended_at - END).or_else(|| bursts(template, left, right))
    })
}

/// A pod's template, which is its name up to the last hyphen.
fn template_of(pod: &str) -> &str {
    pod.rsplit_once('-').map_or(pod, |(template, _)| template)
}

/// What the controllers deleted; pods deleted by hand are left out.
fn by_template(
    recording: &Recording,
    lives: &BTreeMap<String, PodLife>,
    deletions: &[DeletionLine],
) -> BTreeMap<String, Vec<Deletion>> {
    let mut templates: BTreeMap<String, Vec<Deletion>> = BTreeMap::new();
    for (at, pod) in deletions.iter().filter(|(_, pod)| !by_hand(recording, pod)) {
        let life = lives.get(pod).filter(|_| !node_lost(recording, *at));
        let kind = life.and_then(|life| kind(life, *at, cost(recording, pod, *at)?));
        templates.entry(template_of(pod).to_owned()).or_default().push(Deletion { at: *at, kind });
    }
    templates
}

/// Whether a node has been lost by `at`. Readiness then depends on placement, and placement on which of two pods was
/// scheduled first.
fn node_lost(recording: &Recording, at: f64) -> bool {
    recording.actions.iter().any(|action| action.what == "node-down" && action.at.0 < at)
}

fn by_hand(recording: &Recording, pod: &str) -> bool {
    recording.actions.iter().any(|action| action.what == "delete-pod" && action.pod().as_deref() == Some(pod))
}

/// A pod's deletion cost at an instant; `None` where the cost changed about then.
fn cost(recording: &Recording, pod: &str, at: f64) -> Option<i32> {
    let mut cost = 0;
    for action in recording.actions.iter().filter(|action| action.pod().as_deref() == Some(pod)) {
        let Some(value) = action.annotations.as_ref().and_then(|annotations| annotations.get(DELETION_COST)) else {
            continue;
        };
        if (action.at.0 - at).abs() < UNSURE {
            return None;
        }
        if action.at.0 < at {
            cost = deletion_cost(value).unwrap_or(cost);
        }
    }
    Some(cost)
}

fn kind(life: &PodLife, at: f64, cost: i32) -> Option<Kind> {
    let sure = |instant: f64| (instant - at).abs() >= UNSURE;
    // The pod's own end also ends its readiness, possibly at another time than in the recording.
    let changes = || life.ready.iter().filter(|(instant, _)| life.deleted != Some(*instant));
    let settled = changes().all(|(instant, _)| sure(*instant)) && life.bound.is_none_or(sure);
    let ready = changes().take_while(|(instant, _)| *instant < at).last().is_some_and(|(_, ready)| *ready);
    settled.then_some((life.bound.is_some_and(|bound| bound < at), ready, cost))
}

fn count(template: &str, expected: &[Deletion], got: &[Deletion], end: f64) -> Option<String> {
    let more = if expected.len() > got.len() { expected.get(got.len()) } else { got.get(expected.len()) };
    more.filter(|deletion| deletion.at < end).map(|deletion| {
        let (observed, simulated) = (expected.len(), got.len());
        format!(
            "deletions: observed {observed} of {template}, simulated {simulated}, the first more at {:.3} s",
            deletion.at
        )
    })
}

fn bursts(template: &str, expected: &[Deletion], got: &[Deletion]) -> Option<String> {
    let all = expected.len().min(got.len());
    let mut from = 0;
    for to in 1..=all {
        if to < all && expected[to].at - expected[to - 1].at <= BURST_GAP {
            continue;
        }
        let (left, right) = (&expected[from..to], &got[from..to]);
        if let Some(kind) = unmatched(left, right).or_else(|| unmatched(right, left)) {
            return Some(format!(
                "deletions of {template} from {:.3} s: {}",
                left[0].at,
                difference_text(kind, left, right)
            ));
        }
        from = to;
    }
    None
}

/// A kind that certainly has more pods in `one` than it can have in `other`.
fn unmatched(one: &[Deletion], other: &[Deletion]) -> Option<Kind> {
    let many = |list: &[Deletion], kind| list.iter().filter(|deletion| deletion.kind == kind).count();
    let kinds = one.iter().filter_map(|deletion| deletion.kind);
    let unsure = many(other, None);
    kinds.into_iter().find(|&kind| many(one, Some(kind)) > many(other, Some(kind)) + unsure)
}

fn difference_text(kind: Kind, expected: &[Deletion], got: &[Deletion]) -> String {
    let many = |list: &[Deletion]| list.iter().filter(|deletion| deletion.kind == Some(kind)).count();
    let (bound, ready, cost) = kind;
    let name = match (bound, ready) {
        (false, _) => "unscheduled",
        (true, false) => "unready",
        (true, true) => "Ready",
    };
    let cost = if cost == 0 { String::new() } else { format!(" of cost {cost}") };
    format!("observed {} {name} pods{cost} going, simulated {}", many(expected), many(got))
}
