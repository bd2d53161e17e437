//! Whether the pods of a StatefulSet were created and deleted as in a recording.

use super::answer::MoveLine;
use super::observe::Move;

/// Moves that are closer than this may have come in either order [s].
const TOGETHER: f64 = 0.15;

/// Moves as they are printed.
pub(super) fn lines(moves: &[Move], rounded: impl Fn(f64) -> f64) -> Vec<MoveLine> {
    let word = |created| if created { "create" } else { "delete" }.to_owned();
    moves.iter().map(|one| (rounded(one.at), word(one.created), one.ordinal, one.template.clone())).collect()
}

/// The first move that is another one, or more than `tolerance` seconds away.
pub(super) fn difference(expected: &[MoveLine], got: &[MoveLine], tolerance: f64) -> Option<String> {
    let (expected, got) = (sorted(expected), sorted(got));
    for place in 0..expected.len().max(got.len()) {
        let difference = match (expected.get(place), got.get(place)) {
            (Some(left), Some(right)) if (&left.1, left.2, &left.3) != (&right.1, right.2, &right.3) => {
                format!("observed {}, simulated {}", text(left), text(right))
            }
            (Some(left), Some(right)) if (left.0 - right.0).abs() > tolerance => {
                format!("{} observed, simulated at {:.3} s: more than {tolerance} s apart", text(left), right.0)
            }
            (Some(left), None) => format!("{} observed, not simulated", text(left)),
            (None, Some(right)) => format!("{} simulated, not observed", text(right)),
            _ => continue,
        };
        return Some(format!("move {}: {difference}", place + 1));
    }
    None
}

/// A move in words.
pub(super) fn text((at, what, ordinal, template): &MoveLine) -> String {
    format!("{what} {ordinal} of {template} at {at:.3} s")
}

/// Moves in order of time; of those that follow each other closely, creations before deletions, then by ordinal and template.
fn sorted(moves: &[MoveLine]) -> Vec<MoveLine> {
    let mut sorted = moves.to_vec();
    let mut from = 0;
    for to in 1..=sorted.len() {
        if to < sorted.len() && sorted[to].0 - sorted[to - 1].0 < TOGETHER {
            continue;
        }
        sorted[from..to].sort_by(|one, other| (&one.1, one.2, &one.3).cmp(&(&other.1, other.2, &other.3)));
        from = to;
    }
    sorted
}
