//! A word beforehand about work that takes long.

use super::output::note;
use crate::plan::Plan;
use crate::report::format;
use crate::sweep::foresee;

/// Events that one core handles in a second, of rollouts of a hundred pods and more: docs/performance.md has what was measured.
const A_SECOND: f64 = 15e6;

/// Says, unless `quiet`, about how long a plan takes where that is out of proportion, and what makes it less.
pub(super) fn tell_if_long(plan: &Plan, quiet: bool) {
    if let Some(text) = text(plan).filter(|_| !quiet) {
        note(text);
    }
}

fn text(plan: &Plan) -> Option<String> {
    let foreseen = foresee(plan);
    if !foreseen.is_long() {
        return None;
    }
    let more = if foreseen.is_more { "more than " } else { "" };
    let targets = if plan.precision.is_some() { ", or less where the precision is reached earlier" } else { "" };
    Some(format!(
        "this takes long: about {more}{} events in {}, {more}{} of one core{targets}; fewer replications, a shorter horizon or fewer \
         pods take less, and `rollcast plan` divides it among machines",
        format::count(foreseen.events),
        format::plural(plan.rollouts(), "rollout"),
        format::time(foreseen.events as f64 / A_SECOND),
    ))
}
