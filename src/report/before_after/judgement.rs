//! The verdict of a comparison, as a word for programs and as a sentence for people.

use super::Answer;
use super::figures;
use crate::analysis::before_after::{Effect, Row};
use crate::plan::Objective;
use crate::report::event::listed;
use crate::report::format::capital;

/// What the change does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The later version meets all objectives and the earlier one is not shown to; or they stand alike, and some figure is better
    /// and none worse.
    Better,
    /// The reverse.
    Worse,
    /// They stand alike, and some figures are better and others worse.
    Mixed,
    /// They stand alike, and no figure is shown to be better or worse.
    NoDifference,
    /// There is no earlier version.
    New,
}

impl Judgement {
    /// The word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Mixed => "mixed",
            Self::NoDifference => "no_difference_shown",
            Self::New => "new",
        }
    }
}

/// What the change of `answer` does.
#[must_use]
pub fn judgement(answer: &Answer) -> Judgement {
    let [old, new] = [0, 1].map(|side| answer.held.iter().all(|one| one.met[side] == Some(true)));
    let any = |effect: Effect| answer.rows.iter().any(|row| row.effect == effect);
    match (answer.old.is_some(), old, new, any(Effect::Better), any(Effect::Worse)) {
        (false, ..) => Judgement::New,
        (_, false, true, ..) | (_, _, _, true, false) if !old || new => Judgement::Better,
        (_, true, false, ..) | (_, _, _, false, true) => Judgement::Worse,
        (_, _, _, true, true) => Judgement::Mixed,
        _ => Judgement::NoDifference,
    }
}

/// The verdict in a sentence; `labels` are what the versions are called.
#[must_use]
pub(super) fn sentence(answer: &Answer, labels: &[String; 2]) -> String {
    let [old, new] = labels;
    let standing = |side: usize| standing(answer, side);
    let rows = |effect: Effect| {
        let names = answer.rows.iter().filter(|row| row.effect == effect).map(figures::name);
        let short = |name: String| name.split(", ").next().unwrap_or_default().to_owned();
        names.map(short).collect::<Vec<_>>().join(", ")
    };
    let all = |side: usize| standing(side).is_none();
    let is_same = answer.is_same_forecast;
    let text = match (judgement(answer), standing(0), standing(1)) {
        (Judgement::New, _, None) => format!("{new} meets all objectives."),
        (Judgement::New, _, Some(why)) => format!("{new} {why}."),
        (_, None, None) if is_same => format!("{old} and {new} are the same to the forecast, and meet all objectives."),
        (_, _, Some(why)) if is_same => format!("{old} and {new} are the same to the forecast: {new} {why}."),
        (Judgement::Better, Some(why), None) => format!("{new} is better: it meets all objectives, {old} {why}."),
        (Judgement::Worse, None, Some(why)) => format!("{new} is worse: it {why}; {old} meets all objectives."),
        (judgement, _, why) => {
            let ending = match why {
                None => "both meet all objectives".to_owned(),
                Some(why) if all(0) => format!("{new} {why}"),
                Some(why) => format!("neither is shown to meet all objectives: {new} {why}"),
            };
            match judgement {
                Judgement::Better => format!("{new} is better ({}); {ending}.", rows(Effect::Better)),
                Judgement::Worse => format!("{new} is worse ({}); {ending}.", rows(Effect::Worse)),
                Judgement::Mixed => {
                    format!("{new} is better ({}) and worse ({}); {ending}.", rows(Effect::Better), rows(Effect::Worse))
                }
                _ if takes_other_room(&answer.rows) => {
                    format!("no difference but in room is shown between {old} and {new}; {ending}.")
                }
                _ => format!("no difference is shown between {old} and {new}; {ending}."),
            }
        }
    };
    let condition = if answer.caveats.is_conditional(None) {
        " The answer is conditional on what is not modelled: no --check passes it."
    } else {
        ""
    };
    format!("{}{condition}", capital(&text))
}

fn takes_other_room(rows: &[Row]) -> bool {
    rows.iter().any(|row| matches!(row.effect, Effect::CostsLess | Effect::CostsMore))
}

/// Why a version is not shown to meet all objectives; `None`: it is.
pub(super) fn standing(answer: &Answer, side: usize) -> Option<String> {
    let missed = |met: Option<bool>| {
        let missed = answer.held.iter().filter(|one| one.met[side] == met).map(|one| text(&one.objective));
        missed.collect::<Vec<_>>()
    };
    let (not, open) = (missed(Some(false)), missed(None));
    match (not.is_empty(), open.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("does not meet {}", listed(&not))),
        (true, false) => Some(format!("is not shown to meet {}", listed(&open))),
        (false, false) => Some(format!("does not meet {} and is not shown to meet {}", listed(&not), listed(&open))),
    }
}

fn text(objective: &Objective) -> String {
    objective.text.clone()
}
