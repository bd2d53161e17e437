//! The objectives that `--check` compares results with, and its answer.

use std::borrow::Cow;

use super::answer::Answer;
use crate::analysis::{ClusterVerdict, Verdict};
use crate::plan::{Asked, NoFloor, Objective, Plan};

/// Has a check look beyond the success of rollouts whose pods may fail later. What it adds to the experiment is kept with the
/// result like an option of the command line, so that the result can be repeated.
pub(super) fn look_beyond_success(plan: &mut Plan, check: bool) {
    plan.overrides.beyond_success = check && plan.look_beyond_success(&mut []).is_some();
}

/// The plan whose objectives decide. Under `check` the default floor is asked for besides, so that no check accepts everything.
pub(super) fn judged(plan: &Plan, check: bool) -> Cow<'_, Plan> {
    if !check {
        return Cow::Borrowed(plan);
    }
    Cow::Owned(Plan { objectives: plan.ask(&[]).objectives, ..plan.clone() })
}

/// The sentence beside the answer of `--check` about the objectives that nobody wrote; empty where there are none.
pub(super) fn remark(plan: &Plan, check: bool) -> String {
    if !check {
        return String::new();
    }
    sentence(&plan.ask(&[]), "under --check ").map_or(String::new(), |sentence| format!("{sentence}\n"))
}

/// What is said of the objectives that nobody wrote; `when` they are asked for is empty or ends in a space.
pub(super) fn sentence(asked: &Asked, when: &str) -> Option<String> {
    let without = match asked.without_floor {
        None => "",
        Some(NoFloor::Volume) => ", and no availability, because a volume keeps new pods from running beside old ones",
        Some(NoFloor::InPlace(_)) => {
            ", because each pod goes before the one in its place comes, so that no strategy keeps the usual 90%"
        }
    };
    let is_floor = |one: &Objective| one.text.starts_with("availability:");
    let has_less = matches!(asked.without_floor, Some(NoFloor::InPlace(_)));
    match (asked.written, asked.added()) {
        (_, []) if asked.without_floor.is_some() => {
            Some(format!("Available pods are not asked for{}.", without.replace(", and no availability", "")))
        }
        (_, []) => None,
        (0, added) => Some(format!(
            "No objectives are written: {when}the default floor is asked for, {}{without}.",
            listed(added)
        )),
        (_, added) if has_less || added.iter().any(is_floor) => Some(format!(
            "No objective is about available pods: {when}the default floor is asked for besides, {}{without}.",
            listed(added)
        )),
        (_, added) => Some(format!(
            "No objective is about what comes after the end, when available pods may fail: {when}that is asked for besides, {}.",
            listed(added)
        )),
    }
}

/// Objectives as they are written, in a sentence.
pub(super) fn listed(objectives: &[Objective]) -> String {
    objectives.iter().map(|objective| objective.text.as_str()).collect::<Vec<_>>().join(" and ")
}

/// Under `--check` the answer is yes only where every scenario is shown to meet every objective, and the cluster those about
/// it, and where the answer is not conditional on a field that is not modelled.
pub(super) fn answer(
    check: bool,
    verdicts: &[Verdict<'_>],
    of_cluster: &[ClusterVerdict<'_>],
    conditional: bool,
) -> Answer {
    let is_met = of_cluster.iter().all(|verdict| verdict.met == Some(true));
    let met =
        is_met && !conditional && !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.met == Some(true));
    if check && !met { Answer::No } else { Answer::Yes }
}
