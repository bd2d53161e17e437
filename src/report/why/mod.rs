//! The answer of `rollcast why`: where the time of a rollout goes, what holds one up, how often, and what helps.

mod bars;
mod causes;
mod chain;
mod effects;
mod glyphs;
mod json;
mod page;
mod parts;
mod story;

pub use chain::closing;
pub use glyphs::Bars;
pub use json::json;
pub use page::Page;

use super::format;
use crate::diagnosis::Role;
use crate::scenario::Scenario;
use crate::why::{Condition, Shown, Why};
use page::wrapped;

/// The answer as text.
#[must_use]
pub fn text(why: &Why, scenario: &Scenario, page: Page<'_>) -> String {
    let Some(asked) = why.asked() else { return String::new() };
    let mut text = wrapped(&opening(why, asked, page.condition), page.width);
    text.push('\n');
    if why.is_about_stalls() {
        text.push_str(&story::text(asked, scenario, page.width));
    } else {
        text.push_str(&parts::text(why, scenario, page));
    }
    text.push_str(&bars::text(&asked.account, page));
    let often = causes::text(why, scenario);
    if !often.is_empty() {
        text.push_str(&wrapped(&often, page.width));
        text.push('\n');
    }
    text.push_str(&effects::text(why, scenario, page.width));
    let number = asked.replication;
    text.push_str(&format!(
        "Whole log: rollcast trace {} --scenario {} --replication {number}\n",
        page.input, scenario.id
    ));
    text
}

/// Which replication this is, among how many.
fn opening(why: &Why, asked: &Shown, condition: Option<&Condition>) -> String {
    let all = format::count(u64::from(why.n));
    let number = asked.replication;
    let completed = match why.completed == why.n {
        true => format!("{all} rollouts, which all completed"),
        false => format!("{} of {all} rollouts that completed", format::count(u64::from(why.completed))),
    };
    let typical = why.shown.iter().find(|shown| shown.role == Role::Typical && shown.replication != number);
    let beside = typical
        .map_or(String::new(), |shown| format!(" Typical: replication {}, {}.", shown.replication, ended(shown)));
    match asked.role {
        Role::Slowest if typical.is_none() => {
            format!("The {completed}, took equally long: replication {number}, {}.", ended(asked))
        }
        Role::Slowest => format!("Slowest of the {completed}: replication {number}, {}.{beside}", ended(asked)),
        Role::Stalled => {
            let stalled: u32 = why.causes.iter().map(|(_, count)| count).sum();
            format!("{} of {all} rollouts stalled. Shown: replication {number}.", format::count(u64::from(stalled)))
        }
        Role::Typical | Role::Asked => {
            let chosen = match (condition, why.matching) {
                (Some(condition), Some(matching)) => format!(
                    "{} of {all} rollouts have {}. Shown: the median of them, replication {number}, {}.",
                    format::count(u64::from(matching)),
                    condition.text,
                    ended(asked)
                ),
                (Some(condition), None) => {
                    format!("{} of {all} rollouts: replication {number}, {}.", condition.text, ended(asked))
                }
                (None, _) => format!("Replication {number} of {all} rollouts, counted from 0: {}.", ended(asked)),
            };
            chosen + &beside
        }
    }
}

/// How a replication ended.
fn ended(shown: &Shown) -> String {
    use crate::metrics::Outcome;
    let after = format::time(shown.record.duration.as_secs_f64());
    match shown.record.outcome {
        Outcome::Completed => format!("complete after {after}"),
        Outcome::RolledBack => format!("undone, and the old version complete after {after}"),
        Outcome::Superseded => format!("replaced by a later version, which was complete after {after}"),
        Outcome::Unfinished => format!("not complete within {after}"),
    }
}
