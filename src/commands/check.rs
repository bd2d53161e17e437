//! The objectives that `--check` compares results with, and its answer.

use std::borrow::Cow;

use super::answer::Answer;
use crate::analysis::Verdict;
use crate::plan::{Objective, Plan};

/// Has a check look beyond the success of rollouts whose pods may fail later. What it adds to the experiment is kept with the
/// result like an option of the command line, so that the result can be repeated.
pub(super) fn look_beyond_success(plan: &mut Plan, check: bool) {
    plan.overrides.beyond_success = check && plan.look_beyond_success(&mut []).is_some();
}

/// The plan whose objectives decide. Under `check` a plan without objectives gets the default ones, so that no check accepts
/// everything.
pub(super) fn judged(plan: &Plan, check: bool) -> Cow<'_, Plan> {
    if !check {
        return Cow::Borrowed(plan);
    }
    if !plan.objectives.is_empty() {
        let Some(missing) = plan.missing_objective(&[]) else { return Cow::Borrowed(plan) };
        let objectives = plan.objectives.iter().cloned().chain([missing]).collect();
        return Cow::Owned(Plan { objectives, ..plan.clone() });
    }
    let mut judged = Plan { objectives: plan.default_objectives(), ..plan.clone() };
    judged.include_what_follows();
    Cow::Owned(judged)
}

/// The sentence beside the answer where [`judged`] took the default objectives, or added one; empty where the plan has its own.
pub(super) fn remark(plan: &Plan, judged: &Plan) -> String {
    if plan.objectives == judged.objectives {
        return String::new();
    }
    if let Some(added) = judged.objectives.last().filter(|_| !plan.objectives.is_empty()) {
        return format!(
            "No objective is about availability, and available pods may fail after the end: asked for besides, {}.\n",
            added.text
        );
    }
    format!(
        "No objectives are written: under --check the default floor is asked for, {}.\n",
        listed(&judged.objectives)
    )
}

/// Objectives as they are written, in a sentence.
pub(super) fn listed(objectives: &[Objective]) -> String {
    objectives.iter().map(|objective| objective.text.as_str()).collect::<Vec<_>>().join(" and ")
}

/// Under `--check` the answer is yes only where every scenario is shown to meet every objective, and where the answer is not
/// conditional on a field that is not modelled.
pub(super) fn answer(check: bool, verdicts: &[Verdict<'_>], conditional: bool) -> Answer {
    let met = !conditional && !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.met == Some(true));
    if check && !met { Answer::No } else { Answer::Yes }
}
