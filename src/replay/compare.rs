//! Whether a simulation matches a recording.

use super::answer::{Answer, Field, OtherAnswer, ScalingLine};
use super::daemon_moves;
use super::deletions;
use super::expect::Expect;
use super::low_point::LowPoint;
use super::moves;
use super::observe::{Ended, Observed};
use super::recording::Recording;

pub(super) fn compare(recording: &Recording, observed: &Observed) -> Answer {
    let expect = recording.expect.as_ref().filter(|expect| !expect.is_empty());
    let mut answer = Answer {
        name: recording.name.clone(),
        scaling: Field { expected: expect.and_then(|e| e.scaling.clone()), got: scaling_lines(observed) },
        deletions: Field {
            expected: expect.map(|e| e.deletions.clone()),
            got: observed.deletions.iter().map(|(at, pod)| (rounded(*at), pod.clone())).collect(),
        },
        min_ready: Field { expected: expect.map(|e| e.min_ready), got: observed.min_ready },
        min_available: Field { expected: expect.map(|e| e.min_available), got: observed.min_available },
        max_spec_replicas_sum: Field {
            expected: expect.map(|e| e.max_spec_replicas_sum),
            got: observed.max_spec_replicas_sum,
        },
        max_total_pods_sustained: Field {
            expected: expect.map(|e| e.max_total_pods_sustained),
            got: observed.max_total_pods_sustained,
        },
        complete_at: Field { expected: expect.and_then(|e| e.complete_at), got: observed.complete_at.map(rounded) },
        outcome: Field { expected: expect.and_then(|e| e.outcome.clone()), got: observed.outcome.clone() },
        progressing: Field { expected: expect.and_then(collapsed), got: conditions(observed) },
        revision: Field { expected: expect.and_then(|e| e.revision.clone()), got: observed.revision.clone() },
        stalled: observed.stalled.as_ref().map(|(at, why)| (rounded(*at), why.clone())),
        moves: (recording.stateful_set.is_some() || recording.daemon_set.is_some()).then(|| Field {
            expected: expect.and_then(|e| e.moves.clone()),
            got: moves::lines(&observed.moves, rounded),
        }),
        versions: observed.versions.clone(),
        others: observed.others.iter().map(other).collect(),
        ended_at: recording.ended_at,
        was_running: recording.start.is_some(),
        unknown_times: recording.pods.unknown_times,
        placement: observed.placement,
        low_point: observed.low_point.as_ref().map(LowPoint::rounded),
        ..Answer::default()
    };
    if let Some(expect) = expect {
        answer.first_difference = first_difference(recording, &answer, expect, observed);
        answer.matched = Some(answer.first_difference.is_none());
    }
    answer
}

fn other(ended: &Ended) -> OtherAnswer {
    let (name, outcome) = (ended.name.clone(), ended.outcome.clone());
    OtherAnswer { name, outcome, complete_at: ended.complete_at.map(rounded) }
}

/// Seconds rounded to the millisecond, as in recordings.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

fn scaling_lines(observed: &Observed) -> Vec<ScalingLine> {
    let line = |s: &super::observe::Scaling| (rounded(s.at), s.template.clone(), s.from, s.to);
    observed.scaling.iter().map(line).collect()
}

fn conditions(observed: &Observed) -> Vec<(String, String)> {
    observed.progressing.iter().map(|(_, pair)| pair.clone()).collect()
}

/// The Progressing condition without instants and repetitions.
fn collapsed(expect: &Expect) -> Option<Vec<(String, String)>> {
    let conditions = expect.progressing.as_ref()?;
    let mut pairs: Vec<_> = conditions.iter().map(|(_, status, reason)| (status.clone(), reason.clone())).collect();
    pairs.dedup();
    Some(pairs)
}

/// The first field that does not match, the most important fields first. For a recording that is not repeatable only
/// the extremes and the outcome are compared.
fn first_difference(recording: &Recording, answer: &Answer, expect: &Expect, observed: &Observed) -> Option<String> {
    let repeatable = recording.repeatable;
    let deletions = || {
        let expected = expect.deletions.as_ref()?;
        deletions::difference(recording, &observed.lives, expected, &answer.deletions.got)
    };
    let sequence = || match &answer.moves {
        None => scaling(answer, expect.instants_within_s),
        Some(Field { expected, got }) if recording.daemon_set.is_some() => {
            daemon_moves::difference(expected.as_ref()?, got, expect.instants_within_s)
        }
        Some(Field { expected, got }) => moves::difference(expected.as_ref()?, got, expect.instants_within_s),
    };
    let details = || {
        complete_at(answer, expect)
            .or_else(|| equal("progressing", &answer.progressing))
            .or_else(|| revision(answer))
            .or_else(deletions)
    };
    repeatable
        .then(sequence)
        .flatten()
        // The ReplicaSets of Deployments beside a set.
        .or_else(|| (repeatable && answer.moves.is_some()).then(|| scaling(answer, expect.instants_within_s)).flatten())
        .or_else(|| equal("outcome", &answer.outcome))
        .or_else(|| within("min_ready", expect.min_ready, answer.min_ready.got))
        .or_else(|| within("min_available", expect.min_available, answer.min_available.got))
        .or_else(|| most("max_spec_replicas_sum", &answer.max_spec_replicas_sum))
        .or_else(|| most("max_total_pods_sustained", &answer.max_total_pods_sustained))
        .or_else(|| repeatable.then(details).flatten())
}

fn scaling(answer: &Answer, tolerance: f64) -> Option<String> {
    let (expected, got) = (answer.scaling.expected.as_ref()?, &answer.scaling.got);
    for place in 0..expected.len().max(got.len()) {
        let difference = match (expected.get(place), got.get(place)) {
            (Some(left), Some(right)) if (&left.1, left.2, left.3) != (&right.1, right.2, right.3) => {
                format!("observed {}, simulated {}", scaling_text(left), scaling_text(right))
            }
            (Some(left), Some(right)) if (left.0 - right.0).abs() > tolerance => {
                format!("{} observed, simulated at {:.3} s: more than {tolerance} s apart", scaling_text(left), right.0)
            }
            (Some(_), Some(_)) => continue,
            (Some(left), None) => format!("{} observed, not simulated", scaling_text(left)),
            (None, Some(right)) => format!("{} simulated, not observed", scaling_text(right)),
            (None, None) => continue,
        };
        return Some(format!("scaling {}: {difference}", place + 1));
    }
    None
}

fn scaling_text((at, template, from, to): &ScalingLine) -> String {
    format!("{template} {from} -> {to} at {at:.3} s")
}

fn equal<T: PartialEq + std::fmt::Debug>(name: &str, field: &Field<T, T>) -> Option<String> {
    let expected = field.expected.as_ref()?;
    (*expected != field.got).then(|| format!("{name}: observed {expected:?}, simulated {:?}", field.got))
}

fn within(name: &str, range: Option<(i64, i64)>, got: i64) -> Option<String> {
    let (low, high) = range?;
    let observed = if low == high { low.to_string() } else { format!("{low} to {high}") };
    (got < low || got > high).then(|| format!("{name}: observed {observed}, simulated {got}"))
}

fn most(name: &str, field: &Field<Option<i64>, i64>) -> Option<String> {
    let expected = field.expected.flatten()?;
    (expected != field.got).then(|| format!("{name}: observed {expected}, simulated {}", field.got))
}

fn complete_at(answer: &Answer, expect: &Expect) -> Option<String> {
    let tolerance = expect.instants_within_s;
    match (expect.complete_at?, answer.complete_at.got) {
        (None, None) => None,
        (None, Some(got)) => Some(format!("complete_at: never observed, simulated at {got:.3} s")),
        (Some((low, high)), None) => Some(format!("complete_at: observed at {low:.3} to {high:.3} s, never simulated")),
        (Some((low, high)), Some(got)) => (got < low - tolerance || got > high + tolerance)
            .then(|| format!("complete_at: observed at {low:.3} to {high:.3} s, simulated at {got:.3} s")),
    }
}

fn revision(answer: &Answer) -> Option<String> {
    let expected = answer.revision.expected.as_ref()?;
    (*expected != answer.revision.got).then(|| {
        let word = |revision: &Option<String>| revision.clone().unwrap_or_else(|| "none".into());
        format!("revision: observed {}, simulated {}", word(expected), word(&answer.revision.got))
    })
}
