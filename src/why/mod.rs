//! Why rollouts of a scenario take as long as they do, or stall: chosen replications, the parts of their time, the causes of
//! all stalls, and what helps.

mod condition;
mod effect;
mod remedy;

pub use condition::{Condition, Found};
pub use effect::{Effect, Help, Watch, effects};
pub use remedy::Remedy;

use std::collections::BTreeMap;

use crate::diagnosis::{Account, Chosen, Part, Role, causes};
use crate::experiment::{Effort, RunError, records};
use crate::metrics::{Outcome, Record};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::sim::{Simulator, StallCause};

/// Which replication is asked about.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// A typical one and the slowest one; where none completed, one that stalled.
    Usual,
    /// The slowest one of those that completed.
    Slowest,
    /// One that stalled.
    Stalled,
    /// The one that a condition chooses.
    Where(Condition),
    /// The one of this number.
    Replication(u32),
}

/// A replication that is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Why it is shown.
    pub role: Role,
    /// Its number.
    pub replication: u32,
    /// Its record.
    pub record: Record,
    /// What its pods did.
    pub account: Account,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// Replications of the scenario.
    pub n: u32,
    /// How many of them completed.
    pub completed: u32,
    /// How many stalled, by cause, the most frequent first.
    pub causes: Vec<(StallCause, u32)>,
    /// How many satisfy the condition that was asked for.
    pub matching: Option<u32>,
    /// The replication that is asked about, and where that helps a typical one before it.
    pub shown: Vec<Shown>,
    /// What was tried.
    pub effects: Vec<Effect>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WhyError {
    /// No replication is such as was asked for.
    #[error("{0}")]
    None(String),
    /// The replications were not run.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Why {
    /// Answers the question about the one scenario of `plan`.
    ///
    /// # Errors
    /// When no replication is such as was asked for, or when the run was stopped.
    pub fn answer(plan: &Plan, question: &Question, effort: Effort<'_>, watch: Watch<'_>) -> Result<Self, WhyError> {
        let kept = records(plan, effort, watch(plan)).map_err(RunError::from)?.pop().unwrap_or_default();
        let scenario = plan.scenarios.first().ok_or_else(|| WhyError::None("there is no scenario".into()))?;
        let chosen = Chosen::of(&kept);
        let (roles, matching) = roles(question, &chosen, &kept)?;
        let mut simulator = Simulator::sampled(plan.seed, plan.sampling);
        let shown = roles.into_iter().filter_map(|(role, replication)| {
            let record = *kept.get(replication as usize)?;
            Some(Shown { role, replication, record, account: Account::of(&mut simulator, scenario, replication) })
        });
        let mut why = Self {
            n: kept.len() as u32,
            completed: kept.iter().filter(|record| record.outcome == Outcome::Completed).count() as u32,
            causes: causes(&kept),
            matching,
            shown: shown.collect(),
            effects: Vec::new(),
        };
        let remedies = why.remedies(scenario);
        why.effects = effects(plan, &kept, &remedies, why.is_about_stalls(), (effort, watch))?;
        Ok(why)
    }

    /// The replication that is asked about.
    #[must_use]
    pub fn asked(&self) -> Option<&Shown> {
        self.shown.last()
    }

    /// Whether the replication that is asked about is one that did not complete after a stall.
    #[must_use]
    pub fn is_about_stalls(&self) -> bool {
        self.asked().is_some_and(|shown| {
            shown.record.stall.is_some() && (shown.role == Role::Stalled || shown.account.end.is_none())
        })
    }

    fn remedies(&self, scenario: &Scenario) -> Vec<Remedy> {
        // What is changed of one workload alone is not changed in the world that it rolls in, so that it would seem to make no
        // difference.
        if scenario.has_neighbours() {
            return Vec::new();
        }
        let stall = self.asked().and_then(|shown| shown.record.stall);
        if let Some((_, cause)) = stall.filter(|_| self.is_about_stalls()) {
            return Remedy::for_stall(scenario, cause);
        }
        let mut largest: BTreeMap<Part, f64> = BTreeMap::new();
        for account in self.shown.iter().map(|shown| &shown.account) {
            let whole = account.duration().map_or(0.0, |length| length.as_secs_f64()).max(1e-9);
            for (part, length) in account.parts() {
                let share = largest.entry(part).or_default();
                *share = share.max(length.as_secs_f64() / whole);
            }
        }
        let mut parts: Vec<(Part, f64)> = largest.into_iter().collect();
        parts.sort_by(|one, other| other.1.total_cmp(&one.1));
        Remedy::for_time(scenario, &parts)
    }
}

/// The number of the replication that is asked about, of the one scenario of `plan`. Only where the question needs it the
/// replications are run.
///
/// # Errors
/// As for [`Why::answer`].
pub fn find(plan: &Plan, question: &Question, effort: Effort<'_>, watch: Watch<'_>) -> Result<u32, WhyError> {
    if let Question::Replication(number) = question {
        return in_range(*number, plan.replications as usize);
    }
    let kept = records(plan, effort, watch(plan)).map_err(RunError::from)?.pop().unwrap_or_default();
    let (roles, _) = roles(question, &Chosen::of(&kept), &kept)?;
    roles.last().map(|(_, number)| *number).ok_or_else(|| WhyError::None("no rollout was simulated".into()))
}

fn in_range(number: u32, n: usize) -> Result<u32, WhyError> {
    if (number as usize) < n {
        return Ok(number);
    }
    Err(WhyError::None(format!(
        "there is no replication {number}: the experiment has {n}, counted from 0; ask for more with --set replications={}",
        u64::from(number) + 1
    )))
}

type Roles = (Vec<(Role, u32)>, Option<u32>);

/// The replications to show, the one that is asked about last.
fn roles(question: &Question, chosen: &Chosen, records: &[Record]) -> Result<Roles, WhyError> {
    let n = records.len();
    let none = |text: String| WhyError::None(text);
    let typical = chosen.typical.map(|number| (Role::Typical, number));
    let (asked, matching) = match question {
        Question::Usual => {
            let slowest = chosen.slowest.map(|number| (Role::Slowest, number));
            let stalled = chosen.stalled.map(|number| (Role::Stalled, number));
            let first = (n > 0).then_some((Role::Asked, 0));
            (slowest.or(stalled).or(first).ok_or_else(|| none("no rollout was simulated".into()))?, None)
        }
        Question::Slowest => {
            let other = if chosen.stalled.is_some() { "--stalled" } else { "--replication 0" };
            let slowest =
                chosen.slowest.ok_or_else(|| none(format!("none of {n} rollouts completed: ask with {other}")))?;
            ((Role::Slowest, slowest), None)
        }
        Question::Stalled => {
            let stalled =
                chosen.stalled.ok_or_else(|| none(format!("none of {n} rollouts stalled: ask with --slowest")))?;
            ((Role::Stalled, stalled), None)
        }
        Question::Where(condition) => {
            let found = condition.choose(records);
            let found = found.ok_or_else(|| none(format!("none of {n} rollouts has `{}`", condition.text)))?;
            ((Role::Asked, found.replication), found.matching)
        }
        Question::Replication(number) => ((Role::Asked, in_range(*number, n)?), None),
    };
    let beside = typical.filter(|(_, number)| asked.0 != Role::Stalled && *number != asked.1);
    Ok((beside.into_iter().chain([asked]).collect(), matching))
}
