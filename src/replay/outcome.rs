//! How a replayed rollout ended, in sentences.

use super::answer::{Answer, OtherAnswer, Placement, Replays};

/// How the rollout ended, when, and whether it stalled on the way, in sentences.
pub(super) fn outcome_text(answer: &Answer) -> String {
    let version = answer.versions.last().map_or("the Deployment", String::as_str);
    let undone = answer.versions.len() > 1 && answer.versions[..answer.versions.len() - 1].iter().any(|v| v == version);
    let stalled =
        |(at, why): &(f64, String)| format!("stalled at {} (ProgressDeadlineExceeded; {why})", seconds_text(*at));
    let stalled = answer.stalled.as_ref().map(stalled);
    let ended = seconds_text(answer.ended_at);
    let end = match (answer.outcome.got.as_str(), answer.complete_at.got) {
        ("rejected", _) => return "The API server refused the Deployment, so nothing was rolled out.".into(),
        (_, Some(at)) if undone => {
            format!("The rollout was rolled back: {version} was complete again at {}.", seconds_text(at))
        }
        (_, Some(at)) => format!("The rollout of {version} was complete at {}.", seconds_text(at)),
        ("progress-deadline-exceeded", None) => {
            let stalled = stalled.unwrap_or_else(|| "stalled (ProgressDeadlineExceeded)".into());
            return format!(
                "The rollout of {version} {stalled}, and was not complete when the recording ended at {ended}."
            );
        }
        (_, None) => format!("The rollout of {version} was not complete when the recording ended at {ended}."),
    };
    stalled.map_or(end.clone(), |stalled| format!("{end} Before, it had {stalled}."))
}

/// How another Deployment ended, in a sentence.
pub(super) fn of_other(other: &OtherAnswer, ended_at: f64) -> String {
    let (name, ended) = (&other.name, seconds_text(ended_at));
    match (other.outcome.as_str(), other.complete_at) {
        (_, Some(at)) => format!("The rollout of the Deployment {name} was complete at {}.", seconds_text(at)),
        ("progress-deadline-exceeded", None) => format!(
            "The rollout of the Deployment {name} stalled (ProgressDeadlineExceeded), and was not complete when the recording \
             ended at {ended}."
        ),
        (_, None) => {
            format!("The rollout of the Deployment {name} was not complete when the recording ended at {ended}.")
        }
    }
}

/// The other figures of the answer.
pub(super) fn figures(answer: &Answer) -> String {
    let first = if answer.was_running { "first action" } else { "first action after create" };
    if answer.moves.is_some() {
        return format!(
            "At least {} pods were Ready and {} available from the {first} on; at most {} were there.",
            answer.min_ready.got, answer.min_available.got, answer.max_total_pods_sustained.got,
        );
    }
    let conditions: Vec<_> =
        answer.progressing.got.iter().map(|(status, reason)| format!("{status} {reason}")).collect();
    let conditions = if conditions.is_empty() { "never set".to_owned() } else { conditions.join(", ") };
    format!(
        "At least {} pods were Ready and {} available from the {first} on; at most {} were asked for and \
         {} there.\n  Progressing: {conditions}. Revision: {}.",
        answer.min_ready.got,
        answer.min_available.got,
        answer.max_spec_replicas_sum.got,
        answer.max_total_pods_sustained.got,
        answer.revision.got.as_deref().unwrap_or("none"),
    )
}

/// That times are not known.
pub(super) fn unknown(times: usize) -> String {
    let pods = pods(times);
    format!("When {pods} would have become Ready is not known: taken as what is usual for the version.")
}

/// How far the recording and the simulation agree; `None`: from the beginning on they do not, or there is nothing to compare.
pub(super) fn agree(answer: &Answer) -> Option<String> {
    let (what, alike, last, all) = match &answer.moves {
        Some(moves) => {
            let (expected, got) = (moves.expected.as_ref()?, &moves.got);
            let same = expected
                .iter()
                .zip(got)
                .take_while(|(one, other)| (&one.1, one.2, &one.3) == (&other.1, other.2, &other.3));
            let same: Vec<f64> = same.map(|(one, _)| one.0).collect();
            ("moves", same.len(), same.last().copied(), expected.len())
        }
        None => {
            let (expected, got) = (answer.scaling.expected.as_ref()?, &answer.scaling.got);
            let same = expected
                .iter()
                .zip(got)
                .take_while(|(one, other)| (&one.1, one.2, one.3) == (&other.1, other.2, other.3));
            let same: Vec<f64> = same.map(|(one, _)| one.0).collect();
            ("scalings", same.len(), same.last().copied(), expected.len())
        }
    };
    let last = seconds_text(last?);
    if alike == all {
        return Some(format!("The recording and the simulation have the same {all} {what} in the same order."));
    }
    Some(format!("The recording and the simulation have the same first {alike} of {all} {what}, up to {last}."))
}

/// What was taken as recorded of where pods went; `None`: nothing was.
pub(super) fn placement(placement: &Placement) -> Option<String> {
    let Placement { recorded, given, other } = *placement;
    let of = format!("Of {} with a recorded node", pods(recorded));
    let taken = "because the scheduler's rules gave it the same score as another one";
    match (given, other) {
        (0, 0) => None,
        (0, _) => Some(format!("{of}, {other} went to another node.")),
        (_, 0) => Some(format!("{of}, {given} went there {taken}; the rules alone chose it for the others.")),
        _ => Some(format!("{of}, {given} went there {taken}, and {other} went to another node.")),
    }
}

/// That milliseconds decide; `None`: they do not.
pub(super) fn replays(replays: Option<&Replays>) -> Option<String> {
    let Replays { of, matched, first_difference } = replays?;
    Some(format!(
        "Milliseconds decide: {matched} of {of} replays with other milliseconds of each request match, and this is the first of \
         them. The first one of all differs: {first_difference}."
    ))
}

fn pods(count: usize) -> String {
    if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") }
}

/// An instant of the recording.
pub(super) fn seconds_text(seconds: f64) -> String {
    format!("{seconds:.1} s")
}
