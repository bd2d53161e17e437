//! What changed, in the words of the input.

use super::Answer;
use crate::plan::{Change, Role};
use crate::report::event::listed;
use crate::report::format::{printable, shorten};

/// A longer value is cut.
const VALUE: usize = 60;
/// So many fields that cannot change a rollout are named.
const NAMED: usize = 5;
/// So many changes that matter are listed.
pub(super) const LISTED: usize = 30;

/// A change as people read it: the field, before, and after.
pub(super) fn cells(change: &Change) -> [String; 3] {
    let value = |value: &Option<String>| value.as_deref().map_or("–".into(), |text| shorten(&printable(text), VALUE));
    [field(change), value(&change.old), value(&change.new)]
}

/// The field that changed.
pub(super) fn field(change: &Change) -> String {
    printable(
        match (change.object.as_str(), change.field.as_str()) {
            ("", field) => field.to_owned(),
            (object, "") => object.to_owned(),
            (object, field) => format!("{object}: {field}"),
        }
        .as_str(),
    )
}

/// The changes that the forecast uses.
pub(super) fn used(answer: &Answer) -> Vec<&Change> {
    answer.changes.iter().filter(|change| change.role == Role::Used).collect()
}

/// What is said of the other changes: first what is not modelled, because it matters.
pub(super) fn others(answer: &Answer) -> Vec<String> {
    let mut sentences = Vec::new();
    for change in &answer.changes {
        if let Role::Unmodelled { effect, .. } = &change.role {
            let [field, old, new] = cells(change);
            sentences.push(format!("{field} changed ({old} -> {new}) and is not modelled: {effect}."));
        }
    }
    let of = |role: &Role| {
        let names: Vec<String> = answer.changes.iter().filter(|change| change.role == *role).map(field).collect();
        let more = names.len().saturating_sub(NAMED);
        let mut shown: Vec<String> = names.into_iter().take(NAMED).collect();
        if more > 0 {
            shown.push(format!("{more} more"));
        }
        (!shown.is_empty()).then(|| listed(&shown))
    };
    sentences.extend(of(&Role::Harmless).map(|names| format!("Changed, but cannot change a rollout: {names}.")));
    sentences.extend(of(&Role::Unread).map(|names| format!("Changed, but not read: {names}.")));
    sentences
}

/// What is said where no change is listed.
pub(super) fn nothing(answer: &Answer) -> Option<&'static str> {
    match (used(answer).is_empty(), answer.is_same_forecast, answer.old.is_some()) {
        (_, _, false) | (false, _, _) => None,
        (true, true, _) => Some("Nothing that the forecast uses differs."),
        (true, false, _) => {
            Some("What the files resolve to differs, though no field does: a file that they name, for instance.")
        }
    }
}
