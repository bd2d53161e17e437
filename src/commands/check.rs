//! The objectives that `--check` compares results with, and its answer.

use std::borrow::Cow;

use super::answer::Answer;
use crate::analysis::Verdict;
use crate::plan::{Objective, Plan};

/// The plan whose objectives decide. Under `check` a plan without objectives gets the default ones, so that no check accepts
/// everything.
pub(super) fn judged(plan: &Plan, check: bool) -> Cow<'_, Plan> {
    if !check || !plan.objectives.is_empty() {
        return Cow::Borrowed(plan);
    }
    Cow::Owned(Plan { objectives: Objective::defaults(), ..plan.clone() })
}

/// The sentence beside the answer where [`judged`] took the default objectives; empty where the plan has its own.
pub(super) fn remark(plan: &Plan, judged: &Plan) -> String {
    if plan.objectives == judged.objectives {
        return String::new();
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
